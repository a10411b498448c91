"""Whatever is wrong with a command is a sentence on stderr and exit code 2: each parameter of each command is tried."""

import errno
import os
import typing
from pathlib import Path

import pytest
from PIL import Image
from typer.models import ArgumentInfo

from genimg import checkpoints, cli
from genimg.models.pix2pix import Pix2Pix
from genimg.models.stylegan2 import StyleGAN2

# Each command as it would work, in small. `nothing` is a file that is not there; it keeps the slow ones from working.
RIGHT = {
    "sample": "small-dcgan --out {tmp}/x.png",
    "reconstruct": "small-vae {face} --out {tmp}/x.png",
    "interpolate": "small-vae {face} {face} --out {tmp}/x.gif --frames 2",
    "style": "{face} {face} --out {tmp}/x.png --seconds 2",
    "edit": "{face} --out {tmp}/x.png",
    "import-weights": "{tmp}/nothing.pth --as dcgan --name x",
    "push": "nobody somebody/model",
    "train": "gan --out {tmp}/run --steps 1 --data folder:{tmp}/nothing",
    "evaluate": "nobody",
    "animate": "{face} --out {tmp}/x.gif --seconds 1",
    "vary": "small-vae {face} --out {tmp}/x.png",
    "info": "{face}",
    "again": "{face} --out {tmp}/x.png",
    "grid": "{face} --out {tmp}/x.png",
    "art": "grid --out {tmp}/x.png --size 64",
    "draw": "{face} --out {tmp}/x.png --model {tmp}/artist",
    "texture": "{face} --out {tmp}/x.png --size 128",
    "texture-grow": "{face} --out {tmp}/run --minutes 0.01",
    "cutout": "{face} --out {tmp}/x.png",
    "repair": "{face} --out {tmp}/x.png --method telea --mask {face}",
    "restore": "{face} --out {tmp}/x.png",
    "enlarge": "{face} --out {tmp}/x.png",
    "remix": "{face} --out {tmp}/x.png --size 128",
    "compress": "{face} --out {tmp}/x.gimg",
    "decompress": "{face} --out {tmp}/x.png",
    "codec": "nobody",
    "sliders": "nobody",
    "mix": "{tmp}/styled --out {tmp}/x.png",
    "project": "small-dcgan {face} --out {tmp}/x.png --seconds 1",
}
WRONG_FILES = ("{tmp}/nothing.png", "{tmp}", "{text}", "{text}/x.png", "/proc/self/mem", "{tmp}/" + 300 * "x" + ".png")
WRONG_PLACES = ("{text}/x.png", "{tmp}/nothing/x.png", "{tmp}/x.bmp", "{tmp}/folder.png", "/proc/self/stat/x.gif")
WRONG_FOLDERS = ("{text}", "{text}/run", "/proc/self/stat/run", "-")
WRONG_NUMBERS = ("x", "nan", "-1e9", "1e400", "")
WRONG_WORDS = ("nobody", "", "\udcff", 300 * "x")
# What is not looked at as the command stands above, so that nothing is wrong with it.
UNUSED = {
    *(("texture", name) for name in ("statistic", "start", "seconds")),
    *(("repair", name) for name in ("model", "seconds")),
    *(("cutout", name) for name in ("colour", "behind")),
    ("import-weights", "name"), ("evaluate", "data"), ("push", "repo"),
}  # fmt: skip


def commands():
    """Return each command's function by its name."""
    registered = [command for group in cli.GROUPS for command in group.app.registered_commands]
    return {command.name or command.callback.__name__: command.callback for command in registered}


def wrong_values(name, kind):
    """Return what to try for a parameter by its name and annotation."""
    options = {kind, *typing.get_args(kind)}
    if name == "out":
        return WRONG_PLACES
    if Path in options:
        return WRONG_FILES
    if options & {int, float}:
        return WRONG_NUMBERS
    return WRONG_WORDS if options & {str, list[str]} else ()


def cases():
    for command, function in commands().items():
        for name, kind in typing.get_type_hints(function, include_extras=True).items():
            if name != "return" and command in RIGHT and (command, name) not in UNUSED:
                plain, *extras = typing.get_args(kind)
                words = (extras[0].default, *(extras[0].param_decls or ()))
                named = [word for word in words if isinstance(word, str) and word.startswith("--")]
                argument = isinstance(extras[0], ArgumentInfo)
                yield command, name, plain, argument, (*named, f"--{name.replace('_', '-')}")[0]


def arguments(command):
    """Return the names of what a command takes by its place."""
    hints = typing.get_type_hints(commands()[command], include_extras=True)
    return [name for name, kind in hints.items() if any(isinstance(x, ArgumentInfo) for x in typing.get_args(kind)[1:])]


def test_every_command_is_here():
    assert set(RIGHT) == set(commands()) - {"list", "app"}


@pytest.fixture
def files(tmp_path, small, monkeypatch):
    face, text = tmp_path / "face.png", tmp_path / "text.png"
    Image.new("RGB", (40, 40), (200, 90, 10)).save(face)
    text.write_bytes(b"no picture, and no text: \xff\xfe\x00")
    (tmp_path / "folder.png").mkdir()
    checkpoints.save(Pix2Pix(image_size=16, widths=(8, 8), depth=1), tmp_path / "artist")
    styled = StyleGAN2(image_size=8, noise_dim=4, latent_dim=4, mapping=[4], widths=(4, 4))
    checkpoints.save(styled, tmp_path / "styled")
    return {"tmp": tmp_path, "face": face, "text": text}


@pytest.mark.parametrize(
    ("command", "name", "kind", "argument", "option"), cases(), ids=lambda v: v if isinstance(v, str) else ""
)
def test_a_wrong_value_is_a_sentence(run, files, command, name, kind, argument, option):
    before = sorted(files["tmp"].rglob("*"))
    right = RIGHT[command].format(**files).split(" ")
    values = WRONG_FOLDERS if command in ("train", "texture-grow") and name == "out" else wrong_values(name, kind)
    for value in values:
        value = value.format(**files)
        given = list(right)
        if argument:
            given[arguments(command).index(name)] = value
        elif option in given:
            given[given.index(option) + 1] = value
        else:
            given += [option, value]
        code, out, err = run(command, *given)
        assert code == 2 and out == "" and "Traceback" not in err, (given, code, out, err)
        assert "Invalid value" in err or (err.startswith("genimg: ") and err.count("\n") == 1), (given, err)
        assert sorted(files["tmp"].rglob("*")) == before, given


def test_a_full_device_is_a_sentence_and_a_link_stays_one(run, files):
    full, link, there = files["tmp"] / "full.png", files["tmp"] / "link.png", files["tmp"] / "there.png"
    full.symlink_to("/dev/full")
    asked = ("art", "grid", "--size", 64, "--out")
    assert run(*asked, full) == (2, "", "genimg: /dev/full cannot be written: No space left on device.\n")
    there.write_bytes(b"old")
    link.symlink_to(there)
    assert run(*asked, link)[0] == 0
    assert link.is_symlink() and Image.open(there).size == (64, 64)


def test_a_disk_that_fills_up_spoils_no_older_file(run, files, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = {path: path.read_bytes() for path in files["tmp"].rglob("*") if path.is_file()}
    monkeypatch.setattr("genimg.checkpoints.tempfile.NamedTemporaryFile", full)
    code, _, err = run("edit", files["face"], "--out", files["face"])
    assert code == 2 and err == f"genimg: {files['face']} cannot be written: No space left on device.\n"
    assert {path: path.read_bytes() for path in files["tmp"].rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("text", ["[" * 100_000, "NaN", "1e999", "[1", "{}"], ids=lambda text: text[:5])
def test_odd_settings_are_sentences(run, files, text):
    code, _, err = run("art", "grid", "--out", files["tmp"] / "x.png", "--set", f"boxes={text}")
    assert code == 2 and err.startswith("genimg: Boxes must be a whole number"), err


def test_no_network_is_a_sentence(run, small, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    code, out, err = run("push", "small-vae", "somebody/model")
    assert code == 2 and out == "" and err.startswith("genimg: The Hugging Face Hub did not take small-vae as"), err
    code, out, err = run("push", "small-vae", "no name at all")
    assert code == 2 and out == "" and err.count("\n") == 1, err
