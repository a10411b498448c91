"""The command line: what it writes, and that whatever is wrong is one sentence on stderr with exit code 2."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image

import genimg
from genimg import cli
from genimg.models.dcgan import DCGAN
from genimg.studio import compress, vae

ROOT = Path(__file__).parents[1]


@pytest.fixture
def face(tmp_path):
    path = tmp_path / "face.png"
    vae.examples(64)[0].save(path)
    return path


@pytest.fixture
def other(tmp_path):
    path = tmp_path / "other.jpg"
    vae.examples(64)[1].resize((90, 60)).save(path)
    return path


def shell(*arguments, **environment):
    command = [sys.executable, "-m", "genimg", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ | environment)


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_from_the_shell(run, small, tmp_path):
    """In a process of its own, which imports no compiler to look over all checkpoints: that takes four seconds."""
    wrong = shell("sample", "nobody", "--out", tmp_path / "y.png", GENIMG_CHECKPOINTS="", PYTHONPROFILEIMPORTTIME="1")
    imported = set(re.findall(r"^import time:.*\| *(\S+)$", wrong.stderr, re.MULTILINE))
    assert "genimg.checkpoints" in imported and not imported & {"torch._dynamo", "sympy"}
    assert wrong.returncode == 2 and wrong.stdout == ""
    assert wrong.stderr.splitlines()[-1].startswith(
        "genimg: There is no checkpoint named 'nobody'; there are: avatars-"
    )
    code, out, err = run("sample", "nobody", "--out", tmp_path / "y.png")
    assert (code, out) == (2, "")
    assert err == "genimg: There is no checkpoint named 'nobody'; there are: small-dcgan, small-vae.\n"


def test_classes_from_the_shell(special, run, tmp_path):
    for value in ("dark", "light"):
        assert run("sample", "small-classes", "--class", f"shade={value}", "--out", tmp_path / f"{value}.png")[0] == 0
    dark, light = (np.asarray(Image.open(tmp_path / f"{value}.png"), int) for value in ("dark", "light"))
    assert np.abs(dark - light).max() > 20
    code, _, err = run("sample", "small-classes", "--class", "shade", "--out", tmp_path / "x.png")
    assert code == 2 and "attribute=value" in err


def test_words_from_the_shell(special, run, tmp_path):
    code, _, err = run("sample", "small-classes", "--prompt", "a light dog", "--out", tmp_path / "said.png")
    assert code == 0 and err == "Not understood: dog.\n"
    run("sample", "small-classes", "--class", "shade=light", "--out", tmp_path / "asked.png")
    assert np.array_equal(pixels(tmp_path / "said.png"), pixels(tmp_path / "asked.png"))
    code, _, err = run("sample", "small-progressive", "--prompt", "light", "--out", tmp_path / "x.png")
    assert code == 2 and "draws nothing by words" in err


def test_enlarged_from_the_shell(small, run, monkeypatch, tmp_path):
    monkeypatch.setattr("genimg.studio.enlarge.NAME", "nobody")
    code, _, err = run("sample", "small-dcgan", "--enlarge", "--out", tmp_path / "x.png")
    assert code == 2 and "There is no checkpoint named" in err


def test_a_folder_of_pictures_and_a_folder_of_photos(small, run, face, other, tmp_path, monkeypatch):
    folder = tmp_path / "many"
    assert run("sample", "small-dcgan", "--count", 70, "--out", folder)[0] == 0
    assert len(list(folder.rglob("*.png"))) == 70
    code, _, err = run("sample", "small-dcgan", "--count", 70, "--truncation", 0.5, "--out", folder)
    assert code == 2 and "holds pictures of other settings" in err

    monkeypatch.delenv("GENIMG_CHECKPOINTS")
    photos = tmp_path / "photos"
    (photos / "below").mkdir(parents=True)
    shutil.copy(face, photos / "a.png")
    shutil.copy(other, photos / "below" / "b.png")
    (photos / "c.png").write_bytes(b"no picture")
    painted = tmp_path / "painted"
    assert run("style", photos, other, "--instant", "--size", 256, "--out", painted)[0] == 0
    assert sorted(p.relative_to(painted).as_posix() for p in painted.rglob("*.png")) == ["a.png", "below/b.png"]
    code, _, err = run("style", photos, other, "--out", painted)
    assert code == 2 and "--instant" in err


def test_list(small, run):
    code, out, err = run("list", "--json")
    assert (code, err) == (0, "")
    assert [(c["name"], c["architecture"]) for c in json.loads(out)] == [("small-dcgan", "dcgan"), ("small-vae", "vae")]


def test_the_list_has_room_for_long_names(small_folder, tmp_path, monkeypatch, run):
    for name in ("a", "a-name-of-more-than-twenty-four-letters"):
        shutil.copytree(small_folder / "small-vae", tmp_path / name)
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path))
    assert [line.split() for line in run("list")[1].splitlines()] == [
        ["a", "vae"],
        ["a-name-of-more-than-twenty-four-letters", "vae"],
    ]


def test_the_version(run):
    assert run("--version") == (0, f"genimg {genimg.__version__}\n", "")


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("sample small-vae --count 4", "PNG"),
        ("reconstruct small-vae {face}", "PNG"),
        ("interpolate small-vae {face} {face} --frames 2", "GIF"),
        ("art grid --size 64", "PNG"),
        ("compress {face}", None),
    ],
)
def test_a_minus_is_the_standard_output(small_folder, monkeypatch, capfdbinary, face, tmp_path, command, kind):
    """Bytes there, and nothing else: what is said beside them goes to stderr."""
    if "small" in command:
        monkeypatch.setenv("GENIMG_CHECKPOINTS", str(small_folder))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        cli.main(*command.format(face=face).split(), "--out", "-")
    out, _ = capfdbinary.readouterr()
    assert not ended.value.code and not Path("-").exists()
    if kind is None:
        assert compress.decompress(out)
    else:
        assert Image.open(io.BytesIO(out)).format == kind


@pytest.mark.parametrize("command", ["train gan", "texture-grow face.png", "style . face.png --instant"])
def test_many_files_do_not_go_to_the_standard_output(run, command, face, monkeypatch):
    monkeypatch.chdir(face.parent)
    code, out, err = run(*command.split(), "--out", "-")
    assert code == 2 and out == "" and "cannot go to the standard output" in err and not Path("-").exists()


def test_a_broken_checkpoint_is_named_beside_the_list(small_folder, tmp_path, monkeypatch, run):
    shutil.copytree(small_folder / "small-vae", tmp_path / "good")
    (tmp_path / "bad").mkdir()
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path))
    code, out, err = run("list")
    assert code == 0 and out.split() == ["good", "vae"] and err.startswith("bad cannot be used: ")


def test_reconstruct(small, run, other, tmp_path):
    code, out, _ = run("reconstruct", "small-vae", other, "--out", tmp_path / "again.webp", "--json")
    with Image.open(other) as image:
        made = vae.reconstruct("small-vae", image)
    assert code == 0 and json.loads(out) == {"psnr": made.psnr}
    assert pixels(tmp_path / "again.webp").shape == (32, 32, 3)


@pytest.mark.parametrize("ending", [".gif", ".mp4"])
def test_interpolate(small, run, face, other, tmp_path, ending):
    film = tmp_path / f"film{ending}"
    code, _, err = run("interpolate", "small-vae", face, other, "--frames", 7, "--fps", 10, "--out", film)
    assert code == 0, err
    with av.open(str(film)) as container:
        frames = list(container.decode(video=0))
    assert len(frames) == 7 and (frames[0].width, frames[0].height) == (256, 256)


@pytest.mark.parametrize("ending", [".gif", ".mp4"])
def test_animate(run, face, tmp_path, ending):
    film = tmp_path / f"film{ending}"
    code, _, err = run("animate", face, "--seconds", 2, "--seed", 3, "--out", film)
    assert code == 0, err
    with av.open(str(film)) as container:
        frames = list(container.decode(video=0))
    assert len(frames) == 24 and (frames[0].width, frames[0].height) == (256, 256)
    code, _, err = run("animate", face, "--temperature", 9, "--out", film)
    assert code == 2 and err == "genimg: Temperature must be a number from 0 to 1.5, got 9.0.\n"


def test_vary(small, run, face, tmp_path):
    code, _, err = run("vary", "small-vae", face, "--strength", 0.3, "--count", 4, "--out", tmp_path / "x.png")
    assert code == 0, err
    with Image.open(face) as image:
        made = genimg.load("small-vae").vary(image, 4, strength=0.3)
    assert np.array_equal(pixels(tmp_path / "x.png")[32:, 32:], np.asarray(made[3]))


def test_instant_style_and_edit(run, face, other, tmp_path):
    painted, edited = tmp_path / "painted.png", tmp_path / "edited.jpg"
    assert run("style", face, other, "--out", painted, "--instant", "--size", 256)[0] == 0
    assert pixels(painted).shape == (256, 256, 3) and pixels(painted).std() > 5
    operations = ["--op", "flip:axis=horizontal", "--op", "resize:width=32,height=32"]
    assert run("edit", face, "--out", edited, *operations)[0] == 0
    plain = pixels(face)[:, ::-1].reshape(32, 2, 32, 2, 3).mean((1, 3))
    assert np.abs(pixels(edited) - plain).mean() < 8
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (8, 4), (255, 0, 0, 0)).save(logo)
    assert run("edit", logo, "--out", tmp_path / "turned.webp", "--op", "rotate:angle=90")[0] == 0
    assert Image.open(tmp_path / "turned.webp").getpixel((1, 1))[3] == 0
    assert "laid on white" in run("edit", logo, "--out", edited)[1] and pixels(edited).min() > 250


@pytest.fixture
def textbook(tmp_path):
    """A generator as others save it: names of their own, no bias in the last layer, wrapped in a dictionary."""
    torch.manual_seed(3)
    model = DCGAN(image_size=32, latent_dim=6, widths=(8, 8, 8)).eval()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    torch.nn.init.zeros_(model.out[0].bias)
    theirs = {f"main.{i}.{k.rpartition('.')[2]}": v for i, (k, v) in enumerate(model.state_dict().items())}
    theirs.popitem()
    torch.save({"state_dict": theirs, "epoch": torch.tensor(3)}, tmp_path / "netG.pth")
    return model


def test_weights_of_others_are_imported(run, textbook, tmp_path, monkeypatch):
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path / "mine"))
    settings = ["--set", "widths=[8,8,8]", "--set", "latent_dim=6"]
    asked = ["import-weights", tmp_path / "netG.pth", "--as", "dcgan", "--name", "theirs"]
    assert run(*asked, *settings)[0] == 0
    latents = torch.randn(2, 6)
    loaded = genimg.checkpoints.load("theirs")
    assert torch.equal(loaded(latents.to(next(loaded.parameters()).device)).cpu(), textbook(latents))
    assert len(genimg.load("theirs").sample(2, seed=1)) == 2
    for more, words in (
        (settings, "The name must be a new plain word"),
        (["--name", "../up", *settings], "plain word"),
        (["--name", "b", "--set", "latent_dim=7"], "was expected where the file has"),
        (["--name", "b", "--as", "mlp"], "give --set activation=relu|"),
        (["--name", "b", "--key", "netD"], "--key must be one of"),
        (["--name", "b", "--set", "depth=3"], "dcgan has no setting depth"),
        (["--name", "b", "--set", "widths=many"], "cannot be built with"),
        (["--name", "b", "--as", "oracle"], "--as must be one of"),
    ):
        code, _, err = run(*asked, *more)
        assert code == 2 and words in err, err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["theirs"]


class Trap:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_pickle_with_code_is_refused_and_does_not_run(run, tmp_path, monkeypatch):
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path / "mine"))
    trap, sprung = tmp_path / "trap.pth", tmp_path / "sprung"
    torch.save({"weight": Trap(sprung)}, trap)
    code, _, err = run("import-weights", trap, "--as", "dcgan", "--name", "trap")
    assert code == 2 and "holds more than tensors" in err and not sprung.exists()


def test_train_and_go_on_and_evaluate(run, tmp_path):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for i, picture in enumerate(np.random.default_rng(0).integers(0, 256, (120, 40, 32, 3), dtype=np.uint8)):
        Image.fromarray(picture).save(pictures / f"{i}.png")
    asked = ["train", "gan", "--data", f"folder:{pictures}", "--size", 32, "--steps", 2, "--batch-size", 8]
    asked += ["--set", "widths=[8,8,8]", "--set", "latent_dim=4", "--out", tmp_path / "run"]
    code, out, err = run(*asked)
    folder = tmp_path / "run" / "checkpoint"
    assert code == 0 and str(folder) in out, err
    assert "train gan" in (folder / "README.md").read_text()
    code, out, _ = run(*asked)
    assert code == 0 and "budget of this run is used up; it was exported" in out
    code, out, err = run("evaluate", folder, "--count", 12, "--json")
    assert code == 0 and json.loads(out)["nfd"] > 0, err
    assert "NFD" in (folder / "README.md").read_text()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("sample small-dcgan --count 0 --out {tmp}/x.png", "How many must be a whole number from 1 to 64, got 0"),
        ("sample small-dcgan --seed -1 --out {tmp}/x.png", "Seed must be"),
        ("sample small-dcgan --truncation nan --out {tmp}/x.png", "Truncation must be"),
        ("sample small-dcgan --out {tmp}/x.bmp", "must end in .png, .jpg, .jpeg, .webp; got 'x.bmp'"),
        ("sample small-dcgan --out {tmp}/none/x.png", "There is no folder"),
        ("reconstruct small-dcgan {face} --out {tmp}/x.png", "must be one of small-vae"),
        ("reconstruct small-vae {tmp}/none.png --out {tmp}/x.png", "There is no file"),
        ("reconstruct small-vae {tmp} --out {tmp}/x.png", "damaged"),
        ("reconstruct small-vae {text} --out {tmp}/x.png", "not a picture that can be read"),
        ("interpolate small-vae {face} {face} --out {tmp}/x.avi", "must end in .gif, .mp4; got 'x.avi'"),
        ("interpolate small-vae {face} {face} --out {tmp}/x.gif --frames 1", "Frames must be"),
        ("interpolate small-vae {face} {face} --out {tmp}/x.gif --fps 0", "--fps must be"),
        ("style {face} {face} --out {tmp}/x.png --size 9", "must be a whole number from 256 to 2048, got 9"),
        ("edit {face} --out {tmp}/x.png --op melt", "melt"),
        ("edit {face} --out {tmp}/x.png --op brightness:factor=much", "must be a number"),
        ("edit {face} --out {tmp}/x.png --quality 0", "--quality must be"),
        ("import-weights {tmp}/none.pth --as dcgan --name x", "There is no file"),
        ("import-weights {text} --as dcgan --name x", "damaged"),
        (
            "train oracle --out {tmp}/run --steps 1",
            "The recipe must be one of gan, mlp, progressive, ",
        ),
        ("train gan --out {tmp}/run --steps 1 --data folder:{tmp}/none", "There is no folder"),
        ("train gan --out {tmp}/run --steps 1 --batch-size 0", "--batch-size must be"),
        ("train gan --out {tmp}/run --steps 1 --data paintings", "There is no data set named 'paintings'"),
        ("evaluate nobody", "There is no checkpoint named 'nobody'"),
        ("evaluate small-dcgan --count 1", "--count must be"),
        ("push nobody me/nobody", "There is no checkpoint named 'nobody'"),
    ],
)
def test_what_is_wrong_is_one_sentence(small, run, face, tmp_path, command, words):
    text = tmp_path / "text.png"
    text.write_text("no picture")
    code, out, err = run(*command.format(tmp=tmp_path, face=face, text=text).split(" "))
    assert code == 2 and out == "", (code, out, err)
    assert err.startswith("genimg: ") and err.count("\n") == 1 and words in err, err
    assert not list(tmp_path.glob("x.*")) and not (tmp_path / "run").exists()


def test_a_setting_that_does_not_fit_is_a_sentence(run, tmp_path):
    for i in range(10):
        Image.new("RGB", (32, 32), (20 * i, 0, 0)).save(tmp_path / f"{i}.png")
    for setting, words in (("speed=3", "no setting speed"), ("loss=love", "loss must be one of"), ("lr=fast", "lr")):
        asked = ["train", "gan", "--out", tmp_path / "run", "--steps", 1, "--data", f"folder:{tmp_path}", "--size", 32]
        code, _, err = run(*asked, "--set", "widths=[8,8,8]", "--set", setting)
        assert code == 2 and words in err and err.splitlines()[-1].startswith("genimg: "), err


@pytest.mark.parametrize("command", ["", "sing", "sample", "sample small-dcgan --seed x --out x.png"])
def test_what_is_no_command_is_shown_how(run, command):
    code, _, err = run(*command.split())
    assert code == 2 and "Traceback" not in err


def test_a_checkpoint_in_any_folder_goes_by_its_path(small_folder, run, tmp_path, monkeypatch):
    (tmp_path / "none").mkdir()
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path / "none"))
    folder = shutil.copytree(small_folder / "small-vae", tmp_path / "runs" / "mine" / "checkpoint")
    for words in (["sample", folder, "--out", "a.png"], ["interpolate", folder, "--seeds", 1, 2, "--out", "a.gif"]):
        code, _, err = run(*words[:-1], tmp_path / words[-1])
        assert code == 0 and (tmp_path / words[-1]).is_file(), err
    code, _, err = run("sample", folder.parent, "--out", tmp_path / "b.png")
    assert code == 2 and "no checkpoint named" in err
