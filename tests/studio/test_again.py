"""Pictures that are made again from what their files say."""

import base64
import importlib
import inspect
from collections import deque
from dataclasses import replace

import pytest
from PIL import Image

from genimg.core import recipes
from genimg.core.errors import UserError
from genimg.core.images import encode, finished, open_image
from genimg.core.recipes import Recipe
from genimg.studio import (
    again,
    art,
    compare,
    cutout,
    draw,
    edit,
    enlarge,
    examples,
    remix,
    restore,
    sampler,
    steering,
    texture,
    vae,
)
from genimg.studio.again import OPERATIONS


def known(content):
    return recipes.parse(open_image(content, alpha=True).info[recipes.SOURCE])


def photo(side=48):
    noise = Image.effect_noise((side, side), 50)
    return Image.merge("RGB", (noise, Image.linear_gradient("L").resize(noise.size), noise))


def last(steps):
    return finished(deque(steps, 1).pop())


STROKES = [
    {"kind": "keep", "width": 0.2, "points": [[0.4, 0.5], [0.6, 0.5]]},
    {"kind": "remove", "width": 0.1, "points": [[0, 0], [1, 0]]},
]
MADE = {
    "art": lambda _: art.make("glass", seed=4, width=80, parameters={"panes": 9}),
    "cutout": lambda photo: cutout.cutout(photo, STROKES, background="colour", colour="#2a9d8f"),
    "draw": lambda photo: draw.drawing(photo, model="avatars-pix2pix"),
    "edit": lambda photo: edit.edit(photo, [{"op": "rotate", "angle": 20}, {"op": "gamma", "value": 1.5}]),
    "enlarge": lambda photo: last(enlarge.magnify(photo, times=2, kind="photo")),
    "remix": lambda photo: last(remix.remix(photo, size=128, seed=3)),
    "restore": lambda photo: restore.restore(photo, method="denoise", strength=2)[0],
    "quilt": lambda photo: last(texture.quilt(photo, width=160, height=128, sample=48, block=16, seed=2)),
    "life": lambda _: texture.life("nca-brick", size=64, steps=20, seed=1),
}


@pytest.mark.parametrize("name", MADE)
def test_the_same_bytes_come_out(name):
    one = photo()
    content = encode(MADE[name](one))
    recipe = known(content)
    assert recipe.operation == name
    assert encode(again.again(recipe, [one])) == content
    if recipe.sources:
        with pytest.raises(UserError, match="which has no recipe: give that picture, as it was"):
            again.again(recipe, [photo(40)])


def test_what_was_drawn_comes_back_from_its_file_alone(small):
    asked = steering.Steering("small-vae", 7, 0.8, amounts=[1.5, -0.5], numbers={3: 0.25}, other=9, share=0.25)
    content, name, _ = steering.file(asked, "own", None, "vae")
    assert name == "small-vae-7.png" and encode(again.again(known(content))) == content
    sheet, name, _ = steering.file(asked, "sheet", 5, "vae")
    assert name == "small-vae-7-all.png" and encode(again.again(known(sheet))) == sheet
    third = sampler.draw("small-dcgan", "dcgan", seed=5, count=4, truncation=0.5).images[2]
    assert recipes.of(third).parameters["seed"] == 7
    assert again.again(recipes.of(third)).tobytes() == third.tobytes()


def test_variations_and_a_comparison_come_back(small):
    face = photo(32)
    content = encode(vae.sheet("small-vae", face, strength=0.3, seed=4, count=5))
    assert known(content).weights and encode(again.again(known(content), [face])) == content
    entries = compare.compare(["small-vae", "small-dcgan"], seed=2, count=3, image=face)
    asked = {"names": ["small-vae", "small-dcgan"], "seed": 2, "count": 3, "image": face}
    made = again.told(compare.sheet(entries), "comparison", asked)
    assert again.again(known(encode(made)), [face]).height == made.height  # but for its milliseconds


def test_what_was_drawn_on_the_page_needs_no_sketch():
    sketch = "data:image/png;base64," + base64.b64encode(encode(photo(64))).decode()
    content = encode(draw.drawing(sketch, model="avatars-pix2pix"))
    assert not known(content).sources and encode(again.again(known(content))) == content


@pytest.mark.parametrize("format, quality", [("PNG", 92), ("JPEG", 60), ("WEBP", 75)])
def test_what_it_was_made_of_is_made_again_first(small, format, quality):
    drawn = steering.picture(model="small-vae", seed=3)
    middle = open_image(encode(edit.edit(drawn, [{"op": "hue", "degrees": 90}]), format, quality=quality))
    content = encode(edit.edit(middle, [{"op": "flip", "axis": "horizontal"}]))
    assert encode(again.again(known(content))) == content


def test_a_see_through_source_is_known_by_its_file(tmp_path):
    logo = photo()
    logo.putalpha(Image.linear_gradient("L").resize(logo.size))
    logo.save(tmp_path / "logo.png")
    laid = restore.restore(open_image(tmp_path / "logo.png"), method="jpeg")[0]
    assert recipes.of(laid).sources["picture"].name == "logo"
    assert again.again(recipes.of(laid), [open_image(tmp_path / "logo.png", alpha=True)]).tobytes() == laid.tobytes()


def test_a_model_that_was_trained_on_since_is_a_sentence(small):
    recipe = recipes.of(steering.picture(model="small-vae", seed=3))
    with pytest.raises(UserError, match="small-vae has other weights than when this picture was made"):
        again.again(replace(recipe, weights={"small-vae": "0" * 16}))
    with pytest.raises(UserError, match="nobody"):
        again.again(replace(recipe, weights={"nobody": "0" * 16}))


@pytest.mark.parametrize(
    "recipe, words",
    [
        (Recipe("os:system", {}, (1, 1)), "Nothing here is called 'os:system'; a recipe may name art, "),
        (Recipe("art", {"method": "glass", "shell": "ls"}, (1, 1)), "names 'shell', which art does not know"),
        (Recipe("art", {"method": "glass", "width": 1e9}, (1, 1)), "Width must be"),
        (Recipe("art", {}, (1, 1)), "says too little: missing a required argument: 'method'"),
    ],
)
def test_what_cannot_be_followed_is_a_sentence(recipe, words):
    with pytest.raises(UserError, match=words):
        again.again(recipe)


def test_all_that_a_recipe_may_name_is_there_and_remembers():
    for name, place in OPERATIONS.items():
        module, function = place.split(":")
        service = getattr(importlib.import_module(f"genimg.studio.{module}"), function)
        assert inspect.unwrap(service) is not service or name == "grid", name  # whose sheet is given its recipe there


def test_what_came_with_genimg_needs_not_be_given():
    cat = examples.photo("Cat")
    shown = open_image(encode(cat, "JPEG", quality=75))  # as a box for photos keeps it
    for one in (cat, shown, examples.style("Mosaic"), texture.examples()["Gravel"]):
        made = restore.restore(one, method="deblur", blur=1)[0]
        assert again.again(recipes.of(made)).tobytes() == made.tobytes()


def test_files_of_the_sources_have_the_same_pixels_and_those_that_are_missing_are_told():
    middle = open_image(encode(art.make("perlin", seed=3, width=96), "WEBP", quality=70))
    made = last(remix.remix(middle, layout=photo(), mode="layout", size=128))
    found, missing = again.files(recipes.of(made), seconds=60)
    assert [*found] == ["photo"] and [*missing] == ["layout"]
    again_there = open_image(found["photo"])
    assert again_there.tobytes() == middle.tobytes()
    assert recipes.source(again_there) == recipes.of(made).sources["photo"]  # its own recipe is in it
    found, missing = again.files(recipes.of(made), seconds=0)
    assert not found and [*missing] == ["photo", "layout"]


def test_what_is_made_by_the_clock_is_not_even_tried():
    asked = Recipe("refine", {}, (8, 8))
    recipe = Recipe("edit", {"operations": []}, (8, 8), {"image": recipes.Source("0", "sea", asked)})
    with pytest.raises(UserError, match="'sea', which was made by the clock: give that picture"):
        again.again(recipe)
