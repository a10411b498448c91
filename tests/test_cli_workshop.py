"""Cut-out, repair and restoration from the shell."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageDraw

from genimg.studio import examples


@pytest.fixture
def disc(tmp_path):
    """A red disc on a grey ground, 120 x 90."""
    picture = Image.new("RGB", (120, 90), (120, 124, 128))
    ImageDraw.Draw(picture).ellipse((40, 25, 80, 65), fill=(200, 30, 30))
    picture.save(tmp_path / "disc.png")
    return tmp_path / "disc.png"


def test_cutout_and_repair(run, disc, tmp_path):
    strokes = tmp_path / "strokes.json"
    strokes.write_text(json.dumps([{"kind": "box", "points": [[0.25, 0.2], [0.75, 0.8]]}]))
    out = tmp_path / "out.png"
    assert run("cutout", disc, "--out", out, "--strokes", strokes, "--softness", 0) == (0, "", "")
    alpha = np.asarray(Image.open(out))[..., 3]
    assert alpha[45, 60] == 255 and alpha[5, 5] == 0
    assert run("cutout", disc, "--out", out, "--background", "colour", "--colour", "#00ff00", "--softness", 0)[0] == 0
    assert Image.open(out).getpixel((2, 2)) == (0, 255, 0)

    strokes.write_text(json.dumps([{"kind": "damage", "width": 0.5, "points": [[0.5, 0.5]]}]))
    assert run("repair", disc, "--out", out, "--strokes", strokes, "--method", "telea")[0] == 0
    assert np.abs(np.asarray(Image.open(out), int)[45, 60] - (120, 124, 128)).max() < 6


def test_a_person_is_cut_out_without_a_stroke(run, tmp_path):
    examples.photo("Astronaut").resize((128, 128)).save(tmp_path / "portrait.png")
    Image.new("RGB", (60, 40), "navy").save(tmp_path / "plain.png")
    out = tmp_path / "out.png"
    assert run("cutout", tmp_path / "portrait.png", "--out", out, "--person", "--softness", 0) == (0, "", "")
    alpha = np.asarray(Image.open(out))[..., 3]
    assert alpha[34, 56] == alpha[100, 50] == 255 and alpha[10, 100] == 0
    code, _, err = run("cutout", tmp_path / "plain.png", "--out", out, "--person")
    assert code == 2 and "No person was found" in err


def test_restore(run, disc, tmp_path):
    noisy = np.asarray(Image.open(disc), float) + 20 * np.random.default_rng(0).standard_normal((90, 120, 3))
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(tmp_path / "noisy.png")
    assert run("restore", tmp_path / "noisy.png", "--out", tmp_path / "out.png")[0] == 0
    clean, made = (np.asarray(Image.open(path), float) for path in (disc, tmp_path / "out.png"))
    assert np.abs(made - clean).mean() < 0.5 * np.abs(noisy - clean).mean()


def test_enlarge(run, disc, tmp_path):
    assert run("enlarge", disc, "--out", tmp_path / "out.webp", "--times", 3)[0] == 0
    assert Image.open(tmp_path / "out.webp").size == (360, 270)


@pytest.fixture
def folder(tmp_path):
    """A folder with two pictures, one below the other, a damaged one, and what is no picture."""
    there = tmp_path / "pictures"
    (there / "below").mkdir(parents=True)
    examples.photo("Astronaut").resize((32, 32)).save(there / "a.jpg")
    Image.new("RGBA", (20, 16), (200, 30, 60, 120)).save(there / "below" / "b.png")
    (there / "bad.png").write_bytes((there / "below" / "b.png").read_bytes()[:60])
    (there / "notes.txt").write_text("no picture")
    return there


@pytest.mark.parametrize(
    ("command", "names"),
    [
        (["enlarge", "--times", "3"], ["a.jpg", "below/b.png"]),
        (["edit", "--op", "flip:axis=horizontal"], ["a.jpg", "below/b.png"]),
        (["cutout", "--softness", "0"], ["a.jpg.png", "below/b.png"]),
        (["restore", "--method", "jpeg"], ["a.jpg", "below/b.png"]),
        (["compress", "--rate", "0.2"], ["a.jpg.gimg", "below/b.png.gimg"]),
    ],
    ids=lambda value: value[0],
)
def test_a_folder_is_filled_and_gone_on_with(run, folder, tmp_path, command, names, caplog):
    name, *options = command
    out = tmp_path / "out"
    asked = [name, folder, "--out", out, *options]
    assert run(*asked)[0] == 0 and "bad.png is left out: That picture is damaged" in caplog.text
    assert f"1 of the 3 pictures in {folder} are left out." in caplog.text
    made = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert sorted(path.relative_to(out).as_posix() for path in made) == sorted([*names, "made.json"])
    gone = next(path for path in made if path.name == Path(names[0]).name)
    gone.unlink()
    assert run(*asked)[0] == 0
    assert gone.is_file() and all(path.stat().st_mtime_ns == when for path, when in made.items() if path != gone)
    code, _, err = run(name, folder, "--out", folder / "inside", *options)
    assert code == 2 and "name a folder beside it" in err
    code, _, err = run(name, folder, "--out", tmp_path / "new", options[0], "none")
    assert code == 2 and not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "command", ["enlarge", "edit --op flip:axis=vertical", "cutout", "restore", "compress", "style --instant"]
)
def test_a_folder_of_which_nothing_can_be_used_is_an_error(run, folder, tmp_path, command):
    for name in ("a.jpg", "below/b.png"):
        (folder / name).unlink()
    name, *options = command.split()
    examples.photo("Coffee").resize((64, 64)).save(tmp_path / "painting.png")
    paintings = [tmp_path / "painting.png"] if name == "style" else []
    code, _, err = run(name, folder, *paintings, "--out", tmp_path / "out", *options)
    assert code == 2 and f"Not one of the pictures in {folder}, 1, could be used" in err


def test_an_enlarged_photo_keeps_its_date_and_never_the_place(run, tmp_path):
    exif = Image.Exif()
    exif.update({ExifTags.Base.DateTime: "2026:01:02 03:04:05", ExifTags.Base.Copyright: "Ann"})
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (48.0, 30.0, 0.0)})
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.new("RGB", (20, 12), "teal").save(photos / "a.jpg", exif=exif)
    assert run("enlarge", photos / "a.jpg", "--out", tmp_path / "a.jpg")[0] == 0
    assert run("enlarge", photos, "--out", tmp_path / "many")[0] == 0
    assert run("enlarge", photos / "a.jpg", "--out", tmp_path / "bare.webp", "--no-notes")[0] == 0
    for made in (tmp_path / "a.jpg", tmp_path / "many" / "a.jpg"):
        with Image.open(made) as picture:
            kept = picture.getexif()
            assert picture.size == (40, 24) and kept[ExifTags.Base.Copyright] == "Ann"
            assert ExifTags.Base.DateTime in kept and not kept.get_ifd(ExifTags.IFD.GPSInfo)
    with Image.open(tmp_path / "bare.webp") as picture:
        assert not picture.getexif()


def test_what_a_folder_was_made_with_stays(run, folder, tmp_path):
    assert run("enlarge", folder, "--out", tmp_path / "out")[0] == 0
    with Image.open(tmp_path / "out" / "below" / "b.png") as picture:
        assert (picture.mode, picture.size) == ("RGBA", (40, 32))
    with Image.open(tmp_path / "out" / "a.jpg") as picture:
        assert (picture.format, picture.size) == ("JPEG", (64, 64))
    code, _, err = run("enlarge", folder, "--out", tmp_path / "out", "--times", 4)
    assert code == 2 and "holds pictures of other settings" in err


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("cutout", "disc.png", "--out", "x.jpg"), "JPEG has no transparency"),
        (("cutout", "disc.png", "--out", "x.png", "--softness", "7"), "Softness must be a number"),
        (("repair", "disc.png", "--out", "x.png"), "Paint over what is to be repaired"),
        (("repair", "disc.png", "--out", "x.png", "--method", "magic"), "The method must be one of"),
        (("enlarge", "disc.png", "--out", "x.png", "--times", "9"), "How many times must be a whole number"),
        (("restore", "none.png", "--out", "x.png"), "There is no file"),
        (("restore", "disc.png", "--out", "x.png", "--strength", "nan"), "Strength must be a number"),
    ],
)
def test_what_is_wrong_is_a_sentence(run, disc, monkeypatch, command, sentence):
    monkeypatch.chdir(disc.parent)
    code, _, err = run(*command)
    assert code == 2 and sentence in err
