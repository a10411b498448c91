"""Random art from the command line."""

import json

import pytest
from PIL import Image

from genimg.studio import art


def test_a_picture_and_what_made_it(run, tmp_path):
    path = tmp_path / "x.png"
    asked = ("--seed", 7, "--size", 96, "--palette", "Lagoon", "--tile", "--set", "octaves=3")
    assert run("art", "perlin", *asked, "--out", path) == (0, "", "")
    with Image.open(path) as picture:
        facts = json.loads(picture.text["genimg"])
        made = art.make("perlin", seed=7, width=96, palette="Lagoon", tile=True, parameters={"octaves": 3})
        assert picture.tobytes() == made.tobytes()
    assert facts == {"art": "perlin", "seed": 7, "palette": "Lagoon", "tile": True, "parameters": {"octaves": 3}}
    assert run("art", "grid", "--size", 96, "--height", 64, "--out", tmp_path / "x.jpg")[0] == 0
    with Image.open(tmp_path / "x.jpg") as picture:
        assert picture.format == "JPEG" and picture.size == (96, 64)


def test_the_list_names_all(run):
    code, out, _ = run("art")
    assert code == 0 and run("art", "--list")[1] == out
    for name in (*art.METHODS, *art.PALETTES, "octaves"):
        assert name in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("oil", "--out", "x.png"), "The method must be one of"),
        (("grid",), "--out"),
        (("grid", "--out", "x.txt"), "must end in"),
        (("grid", "--set", "boxes=0", "--out", "x.png"), "Boxes must be a whole number from 3 to 80, got 0"),
        (("grid", "--size", "5000", "--out", "x.png"), "Width must be a whole number"),
    ],
)
def test_wrong_words_are_one_sentence(run, arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run("art", *arguments)
    assert code == 2 and out == "" and words in err and err.count("\n") == 1
    assert not list(tmp_path.iterdir())
