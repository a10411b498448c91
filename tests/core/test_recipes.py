import json

import pytest
from PIL import Image

from genimg.core import recipes
from genimg.core.errors import UserError
from genimg.core.images import encode, open_image, shrink
from genimg.core.recipes import Recipe, Source

OWN = Recipe("art", {"method": "glass", "seed": 3}, (8, 6))
MADE = Recipe(
    "stylize",
    {"strength": 0.5, "only": "all"},
    (20, 10),
    {"content": Source("0123456789abcdef", "Katze im Grünen"), "style": Source("fedcba9876543210", "", OWN)},
    {"arbitrary-style": "00ff"},
)


def picture():
    return recipes.attach(Image.effect_noise((20, 10), 60).convert("RGB"), MADE)


def test_a_recipe_is_read_as_it_was_written():
    assert recipes.parse(recipes.text(MADE)) == MADE
    assert recipes.text(MADE).isascii()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_a_file_keeps_it_and_what_else_it_says(format):
    notes = Image.Exif()
    notes[0x8298] = "somebody's"
    content = encode(picture(), format, quality=77, exif=None if format == "PNG" else notes.tobytes())
    opened = open_image(content)
    known = recipes.parse(opened.info[recipes.SOURCE])
    assert (known.format, known.quality) == ((None, None) if format == "PNG" else (format, 77))
    assert (known.operation, known.parameters, known.sources) == (MADE.operation, MADE.parameters, MADE.sources)
    if format != "PNG":
        exif = Image.Exif()
        exif.load(opened.info["exif"])
        assert exif[0x8298] == "somebody's"
    # What is made of it remembers that, and where it came from.
    assert recipes.source(opened).recipe == known


def test_a_picture_that_was_changed_since_has_no_recipe():
    smaller = shrink(picture(), 10)
    assert recipes.of(smaller) is None
    assert recipes.KEY not in Image.open(__import__("io").BytesIO(encode(smaller))).info
    assert recipes.source(smaller).recipe is None


def test_the_hash_is_of_the_pixels_alone(tmp_path):
    one = picture()
    one.save(tmp_path / "a.png")
    one.save(tmp_path / "b.webp", lossless=True)
    found = {recipes.fingerprint(open_image(path)) for path in sorted(tmp_path.iterdir())}
    assert found == {recipes.fingerprint(one)}
    one.putpixel((0, 0), (0, 0, 1))
    assert recipes.fingerprint(one) not in found


def changed(**changes):
    return json.dumps(json.loads(recipes.text(MADE)) | changes)


@pytest.mark.parametrize(
    "content, words",
    [
        ("", "is no recipe of genimg"),
        ("{", "is no recipe of genimg"),
        ("[1]", "is no recipe of genimg"),
        ("null", "is no recipe of genimg"),
        ('{"seed": 3}', "is no recipe of genimg"),
        ("[" * 100_000, "is no recipe of genimg"),
        ('{"genimg": 2}', "has version 2; this genimg reads version 1"),
        ('{"genimg": 1}', "is damaged"),
        (changed(parameters=3), "is damaged"),
        (changed(operation=["art"]), "is damaged"),
        (changed(size="large"), "is damaged"),
        (changed(sources={"content": 5}), "is damaged"),
        (changed(format="EXE"), "is damaged"),
    ],
)
def test_what_is_none_is_a_sentence_and_no_reason_to_refuse_the_picture(content, words):
    with pytest.raises(UserError, match=words):
        recipes.parse(content)
    one = Image.new("RGB", (20, 10))
    one.info[recipes.KEY] = content
    assert recipes.of(one) is None and len(encode(one, "JPEG"))


def test_pictures_made_of_pictures_end_somewhere():
    one = OWN
    for _ in range(40):
        one = Recipe("edit", {}, (8, 6), {"image": Source("0", "", one)})
    found, deep = recipes.parse(recipes.text(one)), 0
    while found:
        found, deep = found.sources["image"].recipe, deep + 1
    assert deep == 20
    nested = '{"operation": "edit", "parameters": {}, "size": [1, 1], "sources": {"image": {"pixels": "0", "recipe": '
    with pytest.raises(UserError, match="is damaged"):
        recipes.parse('{"genimg": 1, ' + nested[1:] + nested * 30 + "0" + "}}}" * 31)


@pytest.mark.parametrize("value", ["y" * 70_000, object(), float("nan")])
def test_what_is_too_long_or_no_json_is_not_remembered(value):
    one = Image.new("RGB", (8, 6))
    assert recipes.KEY not in recipes.attach(one, Recipe("edit", {"x": value}, (8, 6))).info


def test_sources_are_told_shorter_before_nothing_is_told():
    long = Recipe("edit", {"operations": "x" * 40_000}, (8, 6))
    twice = Recipe("edit", {"operations": "y" * 40_000}, (8, 6), {"image": Source("0", "a", long)})
    assert recipes.parse(recipes.text(twice)).sources == {"image": Source("0", "a")}


def test_a_file_without_one_says_so(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "plain.png")
    with pytest.raises(UserError, match="plain.png does not say how it was made"):
        recipes.read(tmp_path / "plain.png")
