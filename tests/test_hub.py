"""The Hugging Face Hub, without a network: its cache as it lies on a disk, and what our networks write for it."""

import json
import shutil

import pytest
import torch
from huggingface_hub import ModelCard, constants

import genimg
from genimg import checkpoints, hub
from genimg.core.errors import UserError
from genimg.models.autoencoder import Autoencoder
from genimg.models.dcgan import DCGAN
from genimg.models.flow import Flow
from genimg.models.nca import NCA
from genimg.models.pix2pix import Pix2Pix
from genimg.models.upscaler import Upscaler
from genimg.models.vae import VAE

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NETWORKS = [
    DCGAN(image_size=32, latent_dim=4, widths=(8, 8, 8), num_classes=(2, 3)),
    VAE(image_size=32, latent_dim=3, widths=(8, 8, 8)),
    NCA(channels=4, hidden=8),
    Pix2Pix(image_size=16, widths=(8, 16), depth=1),
    Upscaler(width=8, depth=1),
]


@pytest.fixture
def cached(small_folder, small, tmp_path, monkeypatch):
    """The Hub's cache with one repository in it, somebody/faces, and no network."""
    repository = tmp_path / "hub" / "models--somebody--faces"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(COMMIT)
    shutil.copytree(small_folder / "small-vae", repository / "snapshots" / COMMIT)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(checkpoints, "_fetched", {})
    return repository


def test_nothing_is_fetched_unasked(cached, run, tmp_path):
    with pytest.raises(UserError, match="no checkpoint named 'somebody/faces'.*say --hub, or hub=True in Python"):
        genimg.load("somebody/faces")
    code, _, err = run("sample", "somebody/faces", "--out", tmp_path / "x.png")
    assert code == 2 and "say --hub" in err
    with pytest.raises(UserError, match="small-vae.$"):  # no hint where it would be none
        genimg.load("faces")


def test_a_checkpoint_of_the_hub(cached, run, tmp_path):
    made = genimg.load("somebody/faces", hub=True).sample(2, seed=3)
    assert [a.tobytes() for a in made] == [b.tobytes() for b in genimg.load("small-vae").sample(2, seed=3)]
    assert checkpoints.find("somebody/faces").name == "somebody/faces"
    face = tmp_path / "face.png"
    made[0].save(face)
    checkpoints._fetched.clear()
    out = tmp_path / "x.png"
    for command in ("sample", f"reconstruct {face}", f"vary {face}", f"interpolate {face} {face}"):
        words = command.split()
        ending = out.with_suffix(".gif") if words[0] == "interpolate" else out
        code, _, err = run(words[0], "somebody/faces", *words[1:], "--hub", "--out", ending)
        assert code == 0 and ending.exists(), err
        checkpoints._fetched.clear()


@pytest.mark.parametrize("name", ["somebody/else", "no name at all", "a/b/c", ""])
def test_what_the_hub_does_not_have_is_a_sentence(cached, name):
    with pytest.raises(UserError, match="The Hugging Face Hub has no .* for us: "):
        genimg.load(name, hub=True)


def test_what_is_not_ours_is_a_sentence(cached):
    config = cached / "snapshots" / COMMIT / "config.json"
    config.write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(UserError, match="The checkpoint somebody/faces cannot be used: "):
        genimg.load("somebody/faces", hub=True)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.architecture)
def test_what_save_pretrained_writes_is_read_here(network, tmp_path, monkeypatch):
    network.save_pretrained(tmp_path / "mine")
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path))
    loaded = checkpoints.load("mine")
    assert type(loaded) is type(network)
    for key, value in network.state_dict().items():
        assert torch.equal(loaded.state_dict()[key].cpu(), value)
    again = type(network).from_pretrained(tmp_path / "mine", strict=True)
    assert json.dumps(again.hub_config(), sort_keys=True) == json.dumps(network.hub_config(), sort_keys=True)
    card = ModelCard.load(tmp_path / "mine" / "README.md")
    assert card.data.license is None and card.data.pipeline_tag == network.task
    assert f"{sum(p.numel() for p in network.parameters()):,} numbers" in card.text
    network.save_pretrained(tmp_path / "given", config={"image_size": 32})
    assert json.loads((tmp_path / "given" / "config.json").read_text())["architecture"] == network.architecture


def test_every_network_says_what_it_is():
    assert all(kind.architecture == word and kind.task for word, kind in checkpoints.ARCHITECTURES.items())
    assert {Autoencoder, Flow} <= set(checkpoints.ARCHITECTURES.values())
    assert hub.FILES[0] == checkpoints.CONFIG
