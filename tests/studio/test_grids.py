"""A grid varies what it says and nothing else, and each of its pictures remembers how it was made."""

import numpy as np
import pytest
from PIL import Image

from genimg.core import recipes
from genimg.core.errors import UserError
from genimg.studio import again, art, grids, steering, style


@pytest.fixture
def face(small):
    return recipes.of(steering.picture(model="small-dcgan", seed=3))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1, 2.5, round", (1, 2.5, "round")),
        ("1..5", (1, 2, 3, 4, 5)),
        ("3..1", (3, 2, 1)),
        ("0..1 [5]", (0, 0.25, 0.5, 0.75, 1)),
        ("0..10 (+2.5)", (0, 2.5, 5, 7.5, 10)),
        ("-3..3[3], 9", (-3, 0, 3, 9)),
        ('"Long hair, wavy", true', ("Long hair, wavy", True)),
        ("7..7", (7,)),
        ("1..1 [1]", (1,)),
    ],
)
def test_values_are_lists_and_ranges(text, values):
    assert grids.values(text) == values


@pytest.mark.parametrize(
    "text", ["", " , ", "1..11", "0..1e9", "0..1 [11]", "1..2..3", "0..99999999", "1.2.3..4", "a," * 12, "[" * 9999]
)
def test_too_many_and_none_are_a_sentence(text):
    try:
        values = grids.values(text)
    except UserError as problem:
        assert len(str(problem)) < 300
    else:
        assert len(values) <= grids.MOST and all(isinstance(one, str) for one in values)


def test_each_cell_is_the_picture_of_its_values(face):
    axes = [grids.axis("seed=3..5"), grids.axis("truncation=0.5,1"), grids.axis("enlarged=false")]
    cells = list(grids.cells(face, axes))
    assert [one.place for one in cells] == [(x, y, 0) for y in range(2) for x in range(3)]
    for one in cells:
        x, y, _ = one.place
        alone = steering.picture(model="small-dcgan", seed=3 + x, truncation=(0.5, 1)[y])
        assert np.array_equal(one.picture, alone)
        assert np.array_equal(again.again(recipes.of(one.picture)), alone)


def test_tables_and_lists_are_reached_by_their_path(face):
    known = grids.parameters(face)
    assert {"seed", "truncation", "amounts.0", "share"} <= set(known) and "model" in known
    cells = list(grids.cells(face, [grids.axis("amounts.1=0,3")]))
    plain, moved = (one.picture for one in cells)
    assert np.array_equal(plain, steering.picture(model="small-dcgan", seed=3))
    assert np.array_equal(moved, steering.picture(model="small-dcgan", seed=3, amounts=[0.0, 3.0]))


def test_classes_and_the_settings_of_a_method(special):
    face = recipes.of(steering.picture(model="small-classes", seed=1))
    assert grids.suggested(face, "classes.shade") == "dark, light"
    dark, light = (one.picture for one in grids.cells(face, [grids.axis("classes.shade=dark,light")]))
    assert np.array_equal(light, steering.picture(model="small-classes", seed=1, classes={"shade": "light"}))
    assert not np.array_equal(dark, light)
    drawn = recipes.of(art.make("glass", width=64))
    name = next(one for one in grids.parameters(drawn) if one.startswith("parameters."))
    few, many = (
        one.picture for one in grids.cells(drawn, [grids.Axis(name, grids.values(grids.suggested(drawn, name))[::4])])
    )
    assert not np.array_equal(few, many)


def test_what_a_picture_was_made_of_is_found_by_its_recipe():
    drawn = art.make("glass", width=64, seed=2)
    painted = style.stylize(drawn, art.make("marble", width=64), size=256)
    cells = list(grids.cells(recipes.of(painted), [grids.axis("strength=0,1")]))
    assert [one.problem for one in cells] == ["", ""]
    assert np.array_equal(cells[1].picture, painted)
    assert abs(np.asarray(cells[0].picture, float) - np.asarray(painted, float)).mean() > 5


def test_a_value_that_cannot_be_is_told_in_its_cell_alone(face):
    good, bad = grids.cells(face, [grids.axis("truncation=1,9")])
    assert good.picture and not good.problem
    assert bad.picture is None and "Truncation must be a number from" in bad.problem


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ([], "one to three axes"),
        (["seed=1..2"] * 4, "one to three axes"),
        (["seed=1..2", "seed=3"], "Two axes"),
        (["seed=1..10", "truncation=0..1 [10]", "share=0,0.1,0.2"], "at most 200 pictures"),
        (["weather=1,2"], "Nothing is called 'weather'"),
    ],
)
def test_axes_that_cannot_be_are_a_sentence(face, axes, said):
    with pytest.raises(UserError, match=said):
        grids.cells(face, [grids.axis(one) for one in axes])


def test_the_sheet_shows_each_picture_at_its_place_and_comes_again(face):
    axes = [grids.axis("seed=3..5"), grids.axis("truncation=0.5,1"), grids.axis("share=0,0.5")]
    cells = list(grids.cells(face, axes))
    sheet, layout = grids.sheet(face, axes, cells)
    assert sheet.size == layout.size
    for one in cells:
        left, top = layout.corner(*one.place)
        middle = (left + layout.side // 2, top + layout.side // 2)
        assert layout.place(*middle) == one.place
        shown = sheet.crop((left, top, left + layout.side, top + layout.side)).resize(
            one.picture.size, Image.Resampling.BOX
        )
        assert abs(np.asarray(shown, float) - np.asarray(one.picture, float)).mean() < 6
    assert layout.place(1, 1) is None and layout.place(*sheet.size) is None
    assert np.array_equal(again.again(recipes.of(sheet)), sheet)


def test_a_sheet_is_laid_out_from_none_to_all(face):
    axes = [grids.axis("seed=1..2")]
    empty, layout = grids.sheet(face, axes, [])
    assert empty.size == layout.size
    wrong, _ = grids.sheet(face, axes, [grids.Cell((0, 0, 0), problem="no")])
    assert not np.array_equal(empty, wrong)


@pytest.mark.parametrize(
    "parameters",
    [
        {"of": {"operation": "grid", "parameters": {}}, "axes": [["seed", [1]]]},
        {"of": {"operation": "generate", "parameters": {}}, "axes": [["seed", list(range(99))]]},
        {"of": {}, "axes": []},
        {"of": 3, "axes": [3]},
    ],
)
def test_a_hostile_grid_is_a_sentence(parameters):
    with pytest.raises(UserError, match="damaged"):
        again.again(recipes.Recipe("grid", parameters, (8, 8)))


@pytest.mark.parametrize("operation", ["art", "generate"])
def test_all_that_is_suggested_can_be_made(operation, special):
    recipe = recipes.of(art.make("glass", width=64) if operation == "art" else steering.picture(model="small-classes"))
    for name in grids.parameters(recipe):
        if (text := grids.suggested(recipe, name)) and name not in (
            "width",
            "height",
            "steps",
            "guidance",
            "solver",
            "enlarged",
        ):
            assert not any(one.problem for one in grids.cells(recipe, [grids.Axis(name, grids.values(text))])), name


def test_what_is_kept_of_a_large_picture_is_small_and_still_says_how_it_was_made():
    (cell,) = grids.cells(recipes.of(art.make("glass", width=512)), [grids.axis("seed=7")])
    small = grids.kept(cell).picture
    assert small.size == (256, 256) and recipes.of(small).parameters["seed"] == 7
    assert cell.picture.size == (512, 512)
    assert grids.kept(grids.Cell((0, 0, 0), problem="no")).problem == "no"


def test_a_tall_sheet_is_made_of_smaller_pictures(face):
    axes = [grids.Axis("seed", (1, 2)), grids.Axis("truncation", (1,) * 10), grids.Axis("share", (0,) * 10)]
    page, layout = grids.sheet(face, axes, [grids.Cell((0, 0, 0), Image.new("RGB", (256, 256)))])
    assert page.height <= 8000 and 60 < layout.side < 256


@pytest.mark.parametrize(
    ("operation", "parameters", "name"),
    [
        ("art", {"method": "<b>"}, "seed"),
        ("art", {"method": "glass", "width": 10**400}, "width"),
        ("art", {"method": "glass", "parameters": {"nothing": 1}}, "parameters.nothing"),
        ("generate", {"model": 3}, "seed"),
        ("generate", {"model": "small-dcgan", "classes": {"x": "y"}}, "classes.x"),
        ("generate", {"model": "small-dcgan", "attributes": [1]}, "attributes.0"),
        ("edit", {"operations": [[[[[]]]]]}, "operations"),
    ],
)
def test_a_damaged_recipe_is_a_sentence(small, operation, parameters, name):
    recipe = recipes.Recipe(operation, parameters, (8, 8))
    for work in (
        lambda: grids.suggested(recipe, name),
        lambda: [one.problem for one in grids.cells(recipe, [grids.Axis(name, (1,))])],
    ):
        try:
            work()
        except UserError as problem:
            assert len(str(problem)) < 500
