"""Every command and every call that the README shows works as it stands there, in small.

The blocks are read off the README itself. Minutes, counts and sizes are made small, the files that are named lie ready,
and commands run in this process. Lines for several GPUs and for setting up an environment are only looked at: their
words must be understood.
"""

import json
import re
import shlex
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from huggingface_hub import constants
from PIL import Image
from typer.main import get_command

from genimg import checkpoints, cli
from genimg.core import places
from genimg.data.avatars import VALUES, draw_attributes, render
from genimg.models.dcgan import DCGAN
from genimg.studio import examples, texture, vae
from tests.training import stylegan2_file

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
# What an option's value becomes. A training has no wish for a number of pictures in the README, and gets one here.
SMALL = {
    "--count": "4", "--seconds": "2", "--frames": "3", "--minutes": "0.02", "--batch-size": "8",
    ("art", "--size"): "96", ("texture", "--size"): "128",
}  # fmt: skip
MORE = {
    "train": ["--count", "60", "--steps", "2", "--batch-size", "8"],
    "evaluate": ["--count", "10"],
    "sliders": ["--steps", "1"],
    "interpolate": ["--frames", "3"],
    "style": ["--size", "256"],
    "remix": ["--size", "128"],
    "project": ["--seconds", "1"],
}


def lines(language="sh"):
    """Return the commands of all blocks in a language, continued lines joined and comments left out."""
    text = "\n".join(body for kind, body in BLOCKS if kind == language).replace("\\\n", " ")
    commands = [shlex.join(shlex.split(part, comments=True)) for line in text.splitlines() for part in line.split("&&")]
    return [command for command in commands if command]


GENIMG = [line.removeprefix("python -m genimg ") for line in lines() if line.startswith("python -m genimg ")]
OTHERS = [line for line in lines() if not line.startswith("python -m genimg ")]
PYTHON = [body for kind, body in BLOCKS if kind == "python"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with every file that the README names, checkpoints to write to, and the Hub's cache."""
    folder = tmp_path_factory.mktemp("readme")
    faces = vae.examples(64)
    for name, picture in zip(("face.png", "a.png", "b.png"), faces, strict=False):
        picture.save(folder / name)
    for name in ("photo.jpg", "painting.jpg", "in.jpg"):
        faces[3].resize((120, 90)).save(folder / name)
    examples.photo("Astronaut").resize((128, 128)).save(folder / "portrait.jpg")
    texture.examples()["Gravel"].resize((96, 96)).save(folder / "gravel.jpg")
    Image.fromarray(np.pad(np.full((10, 10), 255, np.uint8), ((40, 40), (50, 60)))).save(folder / "holes.png")
    (folder / "strokes.json").write_text(json.dumps([{"kind": "box", "points": [[0.2, 0.2], [0.8, 0.8]]}]))
    (folder / "pictures").mkdir()
    for i, picture in enumerate(faces[:12]):
        picture.save(folder / "pictures" / f"{i}.png")
        for side in ("input", "target"):
            (folder / "pairs" / side).mkdir(parents=True, exist_ok=True)
            picture.save(folder / "pairs" / side / f"{i}.png")
    faces[5].save(folder / "sketch.png")
    network = DCGAN(image_size=64, widths=(32, 16, 8, 8))
    torch.save(network.state_dict(), folder / "netG.pth")
    stylegan2_file.write(folder / "network.pkl", stylegan2_file.Generator(widths=(8, 8, 8, 8)).eval())
    shutil.copytree(places.shipped(), folder / "checkpoints")
    _fashion(folder / "data" / "FashionMNIST" / "raw")
    repository = folder / "hub" / "models--somebody--faces"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0" * 40)
    shutil.copytree(places.shipped() / "avatars-dcgan", repository / "snapshots" / ("0" * 40))
    return folder


def _fashion(raw):
    raw.mkdir(parents=True)
    random = np.random.default_rng(0)
    for part, n in (("train", 60), ("t10k", 20)):
        pixels, labels = random.integers(0, 256, (n, 28, 28), np.uint8), (np.arange(n) % 10).astype(np.uint8)
        header = np.array([0x803, n, 28, 28], ">i4").tobytes()
        (raw / f"{part}-images-idx3-ubyte").write_bytes(header + pixels.tobytes())
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(np.array([0x801, n], ">i4").tobytes() + labels.tobytes())


@pytest.fixture
def here(place, monkeypatch):
    """Work in that folder, as somebody whose home it is."""
    monkeypatch.chdir(place)
    for name, below in (
        ("HOME", "."),
        ("USERPROFILE", "."),
        ("GENIMG_CHECKPOINTS", "checkpoints"),
        ("GENIMG_DATA", "data"),
    ):
        monkeypatch.setenv(name, str(place / below))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(place / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(checkpoints, "_fetched", {})
    monkeypatch.setattr("genimg.data.datasets.avatars", few_avatars)
    monkeypatch.setattr("genimg.data.datasets.AVATARS", 200)
    monkeypatch.setattr("genimg.training.evaluate.POOL", 50)
    monkeypatch.setattr("genimg.training.evaluate.FACES", 20)
    return place


def few_avatars(count, *, size, start=0, **_):
    """Draw so many and no more: the real one draws a thousand at once, on all cores, and keeps them."""
    faces = [draw_attributes(index) for index in range(start, start + count)]
    labels = [[VALUES[name].index(face[name]) for name in VALUES] for face in faces]
    return np.stack([np.asarray(render(face, size)) for face in faces]), np.array(labels, np.uint8)


def small(line):
    """Return the words of a command with less to do."""
    words = shlex.split(line.replace("widths=[512,256,128,64]", "widths=[32,16,8,8]"))
    less = [SMALL.get((words[0], name), SMALL.get(name, value)) for name, value in zip(words, words[1:], strict=False)]
    if words[:2] in (["train", "gan"], ["train", "vae"]):  # networks of full width take a minute to export
        size = int(words[words.index("--size") + 1]) if "--size" in words else 64
        less += ["--set", f"widths={[16] + [8] * (size.bit_length() - 4)}"]
    return [words[0], *less, *MORE.get(words[0], [])]


@pytest.mark.parametrize("line", GENIMG)
def test_a_command(here, run, line):
    words = small(line)
    code, _, err = run(*words)
    assert code == 0, err
    if "--out" in words:
        out = here / words[words.index("--out") + 1]
        assert opened(out) if out.suffix else (out / "checkpoint" / "README.md").exists()


def opened(path):
    """Say whether a file is a picture, a film or one of ours."""
    if path.suffix in (".gif", ".mp4"):
        with av.open(str(path)) as film:
            return len(list(film.decode(video=0))) > 1
    if path.suffix == ".gimg":
        return path.stat().st_size < 1000
    with Image.open(path) as picture:
        return picture.getextrema() is not None


def test_every_command_is_shown_but_two():
    assert set(get_command(cli.app).commands) - {shlex.split(line)[0] for line in GENIMG} == {"app", "codec", "push"}


@pytest.mark.parametrize("line", OTHERS)
def test_a_line_that_is_only_looked_at(place, line):
    words = shlex.split(line)
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
    elif "genimg" in words:
        assert words[:3] == ["accelerate", "launch", "--multi_gpu"]
        name, *rest = [word for word in words[words.index("genimg") + 1 :] if word != "..."]
        if "--out" not in rest:  # the line says "and so on"
            rest += ["--out", str(place / "out")]
        get_command(cli.app).commands[name].make_context(name, rest)
    else:
        named = [word for word in words if word.endswith((".txt", "app.py"))]
        assert all((ROOT / word).exists() for word in named) and (named or "venv" in line)


def test_calls_from_python(here):
    (plain,) = (body for body in PYTHON if "gradio_client" not in body)
    made = {}
    exec(plain, made)
    assert len(made["faces"]) == 16 and len(made["theirs"]) == 1


def test_calls_of_a_client(here, app_url, monkeypatch):
    """Each call answers with as many things as the README takes, and no public endpoint is missing there."""
    (calls,) = (body for body in PYTHON if "gradio_client" in body)
    monkeypatch.setattr("gradio_client.client.DEFAULT_TEMP_DIR", str(here / "downloads"), raising=False)
    assert 'Client("http://127.0.0.1:7860")' in calls
    calls = calls.replace('Client("http://127.0.0.1:7860")', f'Client("{app_url}", verbose=False)')
    calls = calls.replace("seconds=20", "seconds=2").replace("size=512", "size=256").replace("1024", "128")
    calls = re.sub(r", 24, (?=.spherical)", ", 3, ", calls)  # frames of a film
    made = {}
    exec(calls, made)
    made["job"].cancel()
    for name in (
        "picture",
        "before",
        "after",
        "gif",
        "mp4",
        "painted",
        "edited",
        "face",
        "another",
        "sewn",
        "dreamt",
        "cut",
        "whole",
        "clean",
    ):
        assert opened(Path(made[name])), name
    assert opened(Path(made["again"])) and Path(made["file"]).suffix == ".gimg" and len(made["gallery"]) == 12
    public = made["studio"].view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(public) == set(re.findall(r'api_name="(/\w+)"', calls))
