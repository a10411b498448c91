"""Pictures of a seed or of a sketch from the command line."""

import json

import pytest
from PIL import Image

from genimg import checkpoints
from genimg.models.pix2pix import Pix2Pix
from genimg.studio import art, draw


def test_a_picture_and_what_made_it(run, tmp_path):
    path = tmp_path / "x.png"
    asked = ("--seed", 7, "--size", 96, "--palette", "Lagoon", "--tile", "--set", "octaves=3")
    assert run("art", "perlin", *asked, "--out", path) == (0, "", "")
    with Image.open(path) as picture:
        made = art.make("perlin", seed=7, width=96, palette="Lagoon", tile=True, parameters={"octaves": 3})
        assert picture.tobytes() == made.tobytes()
    code, told, _ = run("info", path)
    assert code == 0 and told.splitlines()[0] == "art, 96 x 96"
    for line in ("seed: 7", 'palette: "Lagoon"', "tile: true", 'parameters: {"octaves": 3}'):
        assert f"  {line}\n" in told
    assert json.loads(run("info", path, "--json")[1])["parameters"]["palette"] == "Lagoon"
    assert run("again", path, "--out", tmp_path / "again.png") == (0, "", "")
    assert (tmp_path / "again.png").read_bytes() == path.read_bytes()
    assert run("art", "grid", "--size", 96, "--height", 64, "--out", tmp_path / "x.jpg")[0] == 0
    with Image.open(tmp_path / "x.jpg") as picture:
        assert picture.format == "JPEG" and picture.size == (96, 64)
    photo, edited, again = tmp_path / "photo.png", tmp_path / "edited.webp", tmp_path / "again.webp"
    Image.effect_noise((40, 30), 50).save(photo)
    assert run("edit", photo, "--op", "gamma:value=2", "--quality", "70", "--out", edited)[0] == 0
    assert "image: photo, pixels " in run("info", edited)[1]
    code, _, told = run("again", edited, "--out", again)
    assert code == 2 and told.startswith("genimg: It was made of 'photo', which has no recipe")
    assert run("again", edited, "--of", tmp_path / "x.jpg", "--of", photo, "--out", again)[0] == 0
    assert again.read_bytes() == edited.read_bytes()


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


def test_a_sketch_is_drawn(run, tmp_path, monkeypatch):
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path))
    monkeypatch.setattr(checkpoints, "_fetched", {})
    Image.new("RGB", (60, 40), "teal").save(tmp_path / "sketch.png")
    asked = ("draw", tmp_path / "sketch.png", "--out", tmp_path / "x.png")
    assert "train one with the recipe pix2pix" in run(*asked)[2]
    checkpoints.save(Pix2Pix(image_size=32, widths=(8, 8), depth=1), tmp_path / "artist")
    assert run(*asked) == (0, "", "")
    with Image.open(tmp_path / "sketch.png") as sketch, Image.open(tmp_path / "x.png") as made:
        assert made.tobytes() == draw.paint("artist", [sketch])[0].tobytes()
    assert run(*asked, "--model", tmp_path / "artist", "--enlarge")[0] == 0
    assert Image.open(tmp_path / "x.png").size == (384, 384)
