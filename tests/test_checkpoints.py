"""Checkpoints: what is saved comes back, what is broken is left out, and nothing is asked of the network."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import genimg
from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.models.dcgan import DCGAN
from genimg.models.vae import VAE
from genimg.studio import handles

ROOT = Path(__file__).parents[1]


def network():
    return DCGAN(image_size=32, latent_dim=4, widths=(8, 8, 8), residual=True).eval()


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Whoever connects to anything fails."""

    def refuse(self, address):
        raise AssertionError(f"something connects to {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: refuse(None, a))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of checkpoints with one good one, `good`."""
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path))
    checkpoints.save(network(), tmp_path / "good")
    return tmp_path


@pytest.mark.parametrize("half", [False, True], ids=["float32", "float16"])
@pytest.mark.parametrize("model", [network(), VAE(image_size=32, latent_dim=3, widths=(8, 8, 8))], ids=["dcgan", "vae"])
def test_what_is_saved_comes_back(folder, model, half):
    checkpoints.save(model, folder / "again", half=half)
    loaded = checkpoints.load("again")
    assert type(loaded) is type(model) and not loaded.training
    assert not any(p.requires_grad for p in loaded.parameters())
    for key, value in model.state_dict().items():
        wanted = value.half() if half and value.is_floating_point() else value
        assert torch.equal(loaded.state_dict()[key].cpu(), wanted.to(value.dtype)), key
    stored = load_file(folder / "again" / checkpoints.WEIGHTS)
    assert {v.dtype for v in stored.values() if v.is_floating_point()} == {torch.float16 if half else torch.float32}
    assert all(v.dtype == torch.float32 for v in loaded.state_dict().values() if v.is_floating_point())


def test_loading_leaves_the_random_numbers_alone(folder):
    checkpoints._load.cache_clear()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    checkpoints.load(next(iter(checkpoints.available())).name)
    assert torch.equal(torch.rand(3), expected)


def test_it_is_loaded_once_and_again_when_the_file_changes(folder):
    first = checkpoints.load("good")
    assert checkpoints.load("good") is first
    checkpoints.save(network(), folder / "good")
    os.utime(folder / "good" / checkpoints.WEIGHTS, ns=(1, 1))  # another time, however coarse the clock
    assert checkpoints.load("good") is not first


def test_listing_reads_no_weights(folder, monkeypatch):
    monkeypatch.setattr(checkpoints, "load_file", lambda *_: pytest.fail("weights are read"))
    assert [(c.name, c.architecture, c.config["latent_dim"]) for c in checkpoints.available()] == [("good", "dcgan", 4)]
    assert [c.name for c in checkpoints.available("vae")] == []


def known(folder, name, **facts):
    shutil.copytree(folder / "good", folder / name)
    (folder / name / checkpoints.FACTS).write_text(json.dumps(facts))


def test_the_best_come_first_faces_before_others_and_the_unmeasured_by_name(folder):
    known(folder, "clothes", data="fashion-mnist", figures={"nfd": 0.05})
    known(folder, "soft", data="avatars", figures={"nfd": 0.4})
    known(folder, "crisp", data="avatars", figures={"nfd": 0.1})
    known(folder, "fresh", data="avatars")
    known(folder, "lesson", data="avatars", figures={"nfd": 0.01}, teaches=True)
    known(folder, "odd", data=["avatars"], figures={"nfd": "best"})
    known(folder, "odder", figures=[1], line=7, summary=None)
    names = [c.name for c in checkpoints.available()]
    assert names == ["crisp", "soft", "fresh", "lesson", "clothes", "good", "odd", "odder"]
    known(folder, "better", data="avatars", figures={"nfd": 0.01})
    assert checkpoints.available()[0].name == "better"
    (folder / "better" / checkpoints.FACTS).write_text("{}")
    os.utime(folder / "better" / checkpoints.FACTS, ns=(1, 1))
    assert checkpoints.available()[0].name == "crisp"


def test_each_says_in_a_line_what_it_draws(folder):
    known(folder, "told", line="Draws cats.", line_zh="画猫。", summary="A network. It is large.")
    known(folder, "summed", summary="A network of 3.5 million numbers for cats. It is large.")
    known(folder, "long", line="cat " * 100)
    assert (checkpoints.line("told"), checkpoints.line("told", "zh")) == ("Draws cats.", "画猫。")
    assert checkpoints.line("summed", "zh") == "A network of 3.5 million numbers for cats."
    assert len(checkpoints.line("long")) == 160 and checkpoints.line("good") == ""
    with pytest.raises(UserError, match="no checkpoint named 'nobody'"):
        checkpoints.line("nobody")


def changed(**settings):
    return json.dumps({"architecture": "dcgan", "image_size": 32, "latent_dim": 4, "widths": [8, 8, 8]} | settings)


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        (None, "config.json"),
        ("{", "JSONDecodeError"),
        ("[]", "TypeError"),
        ("{}", "architecture"),
        ('{"architecture": "oracle"}', "unknown architecture 'oracle'"),
        ('{"architecture": [1]}', "TypeError"),
        ("[" * 200_000 + "]" * 200_000, "RecursionError"),
        (" " * 1_000_001, "larger than 1 MB"),
        (changed(latent_dim=5), "the weights have 4x8x4x4, the settings ask for 5x8x4x4"),
        (changed(widths=[8, 8, 800_000]), "the settings ask for"),
        (changed(latent_dim=10**12), "more than 500 million numbers"),
        (changed(widths=[8] * 100_000), "."),
    ],
)  # fmt: skip
def test_a_broken_folder_is_left_out_and_listed_with_its_problem(folder, config, problem):
    shutil.copytree(folder / "good", folder / "bad")
    (folder / "bad" / checkpoints.CONFIG).unlink()
    if config is not None:
        (folder / "bad" / checkpoints.CONFIG).write_text(config)
    assert [c.name for c in checkpoints.available()] == ["good"]
    (broken,) = checkpoints.broken()
    assert broken.name == "bad" and re.search(problem, broken.problem) and len(broken.problem) < 250
    with pytest.raises(UserError, match="The checkpoint bad cannot be used: "):
        checkpoints.load("bad")


def test_a_name_that_is_no_text_is_left_out(folder):
    shutil.copytree(folder / "good", folder / os.fsdecode(b"bad\xff"))
    assert [(c.name, c.problem) for c in checkpoints.broken()] == [("bad?", "its name cannot be read")]


@pytest.mark.parametrize("name", ["nobody", "", "../good", "good/", "/etc", "somebody/model"])
def test_an_unknown_name_is_a_sentence_that_names_the_choices(folder, name):
    with pytest.raises(UserError, match=r"There is no checkpoint named '.*'; there are: good\."):
        checkpoints.load(name)
    with pytest.raises(UserError, match="there are: good"):
        genimg.load(name)


def test_a_path_to_any_folder_is_loaded_too(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path / "elsewhere"))
    assert checkpoints.available() == [] == checkpoints.broken()
    assert isinstance(checkpoints.load(folder / "good"), DCGAN)
    with pytest.raises(UserError, match="not a usable checkpoint"):
        checkpoints.load(tmp_path / "nowhere")
    monkeypatch.delenv("GENIMG_CHECKPOINTS")
    assert checkpoints.root() == ROOT / "checkpoints"


def test_damaged_weights_are_left_out(folder):
    weights = folder / "good" / checkpoints.WEIGHTS
    whole = weights.read_bytes()
    for i, content in enumerate((whole[:-50], whole[:20], b"", b"\xff" * 1000)):
        weights.write_bytes(content)
        os.utime(weights, ns=(i, i))  # another time, however coarse the clock
        with pytest.raises(UserError, match="The checkpoint good cannot be used: model.safetensors is damaged"):
            checkpoints.load("good")


def test_numbers_that_are_none_are_a_sentence(folder):
    weights = folder / "good" / checkpoints.WEIGHTS
    tensors = load_file(weights)
    key = next(key for key, value in tensors.items() if value.is_floating_point())
    tensors[key].view(-1)[0] = float("nan")
    checkpoints.save_tensors(tensors, weights)
    checkpoints.save_tensors({"mixture": tensors[key]}, folder / "good" / "mixture.safetensors")
    with pytest.raises(UserError, match="The checkpoint good is damaged: .* not finite"):
        checkpoints.load("good")
    with pytest.raises(UserError, match="not finite"):
        checkpoints.extra("good", "mixture")


@pytest.mark.parametrize("text", ["{", '{"a": {}}', '{"a": {"b": -1}}', "[]]", '{"a": {"b": 1, "c": 1}}'])
def test_damaged_classes_leave_a_checkpoint_out(folder, text):
    (folder / "good" / checkpoints.CLASSES).write_text(text)
    assert checkpoints.available() == [] and len(checkpoints.broken()) == 1


def test_a_kill_in_the_middle_of_a_save_leaves_the_old_file_whole(folder):
    weights = folder / "good" / checkpoints.WEIGHTS
    before = weights.read_bytes()
    script = """
import os, signal, sys
from pathlib import Path
from genimg import checkpoints
real = checkpoints.save_file
def dies(tensors, path):
    real(tensors, path)
    os.truncate(path, path.stat().st_size // 2)
    os.kill(os.getpid(), signal.SIGKILL)
checkpoints.save_file = dies
from genimg.models.dcgan import DCGAN
checkpoints.save(DCGAN(image_size=32, latent_dim=4, widths=(8, 8, 8), residual=True), Path(sys.argv[1]))
"""
    killed = subprocess.run([sys.executable, "-c", script, str(folder / "good")], cwd=ROOT)
    assert killed.returncode == -signal.SIGKILL
    assert list((folder / "good").glob("*.part"))  # it died while it wrote
    assert weights.read_bytes() == before
    assert isinstance(checkpoints.load("good"), DCGAN) and [c.name for c in checkpoints.available()] == ["good"]


def test_a_save_that_fails_leaves_nothing_behind(folder, monkeypatch):
    before = sorted((folder / "good").iterdir())
    monkeypatch.setattr(checkpoints, "save_file", lambda *_: (_ for _ in ()).throw(OSError("the disk is full")))
    with pytest.raises(OSError, match="disk is full"):
        checkpoints.save(network(), folder / "good")
    assert sorted((folder / "good").iterdir()) == before


def test_what_lies_beside_the_weights(folder):
    assert checkpoints.extra("good", "mixture") is None
    checkpoints.save_tensors({"a": torch.ones(2)}, folder / "good" / "mixture.safetensors", half=True)
    found = checkpoints.extra("good", "mixture")["a"]
    assert found.dtype == torch.float32 and found.tolist() == [1, 1]


def test_handles_follow_the_kind(small):
    assert isinstance(genimg.load("small-dcgan"), handles.Generator)
    assert isinstance(genimg.load("small-vae"), handles.Autoencoder)
    assert [image.size for image in genimg.load("small-dcgan").sample(3, seed=1)] == [(32, 32)] * 3
    face = genimg.load("small-vae").sample(seed=1)[0]
    assert genimg.load("small-vae").reconstruct(face).size == (32, 32)
    assert len(genimg.load("small-vae").interpolate(face, face, frames=3)) == 3
    assert genimg.checkpoints is checkpoints
    with pytest.raises(AttributeError, match="has no attribute 'lod'"):
        genimg.lod  # noqa: B018


def test_the_shipped_ones_are_whole_and_small(monkeypatch):
    monkeypatch.delenv("GENIMG_CHECKPOINTS", raising=False)
    assert {"avatars-dcgan", "avatars-vae", "arbitrary-style", "vgg16-features"} <= {
        c.name for c in checkpoints.available()
    }
    assert checkpoints.broken() == []
    for checkpoint in checkpoints.available():
        assert checkpoint.line() and checkpoint.line("zh")
        checkpoints.load(checkpoint.name)
        assert all(file.stat().st_size < 10_000_000 for file in checkpoint.path.iterdir())
    with pytest.raises(UserError, match="makes no pictures by itself"):
        genimg.load("vgg16-features")
