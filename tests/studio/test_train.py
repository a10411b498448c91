"""What is asked of a training is checked, and the presets are whole."""

import math

import numpy as np
import pytest

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.data.sketches import pair
from genimg.models.dcgan import DCGAN
from genimg.models.pix2pix import Pix2Pix
from genimg.studio import train
from genimg.training.loop import BATCH_SIZE
from genimg.training.recipes import make_recipe


def test_every_kind_and_size_makes_a_recipe():
    for kind in train.kinds():
        for size in train.SIZES:
            spec = train.plan(kind=kind, size=size)
            settings = {key: value for key, value in spec["settings"].items() if key != "conditional"}
            assert train.kinds()[kind].size in train.SIZES
            recipe = make_recipe(spec["recipe"], image_size=size, channels=3, **settings)
            assert recipe.model.image_size == size, kind
            chosen = {name: value for name, value in train.suggested(kind).items() if value is not None}
            assert train.plan(kind=kind, size=size, **chosen)["recipe"] == spec["recipe"]  # a form sent as it stands


@pytest.mark.parametrize("name", train.PRESETS)
def test_every_preset_is_a_plan(name, monkeypatch):
    monkeypatch.setattr(train, "_fashion", lambda *_: [])
    spec = train.plan(**train.preset(name))
    assert spec["preset"] == name and spec["title"] == train.PRESETS[name].title
    if train.PRESETS[name].cure:
        cured = train.plan(**train.cured(name))
        assert cured["settings"] != spec["settings"] and cured["preset"] == "" and "Cured" in cured["title"]
        assert {key: cured[key] for key in ("data", "size", "seed", "kind", "batch_size")} == {
            key: spec[key] for key in ("data", "size", "seed", "kind", "batch_size")
        }  # nothing but the illness is changed
        assert train.PRESETS[name].lesson.count(". ") == 1  # two sentences
    else:
        with pytest.raises(UserError, match="The preset must be one of"):
            train.cured(name)


@pytest.mark.parametrize("name", ["lr", "minutes", "gamma", "batch_size", "seed", "critic_lr", "beta1", "size"])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -1, 10**12, "4", True, [2]], ids=repr)
def test_numbers_that_are_none_or_out_of_reach_are_a_sentence(name, bad):
    with pytest.raises(UserError, match="must be .* got"):
        train.plan(**{name: bad})


@pytest.mark.parametrize("bad", [math.nan, math.inf, -1, 1001], ids=repr)
def test_a_bad_kl_weight_is_a_sentence(bad):
    with pytest.raises(UserError, match="KL weight must be a number from 0 to 1000, got"):
        train.plan(kind="vae", kl_weight=bad)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"kind": "diffusion"}, "The recipe must be one of gan, "),
        ({"data": "folder:/etc"}, "The data must be one of avatars, "),
        ({"loss": "wasserstein"}, "Loss must be one of bce, hinge, relativistic"),
        ({"loss": "hinge", "gamma": 1.0}, "Gamma has no part in gan with the loss hinge"),
        ({"kind": "mlp", "gamma": 1.0}, "Gamma has no part in mlp"),
        ({"kind": "progressive", "loss": "bce"}, "Loss has no part in progressive"),
        ({"kind": "cnn", "kl_weight": 1.0}, "KL weight has no part in cnn"),
        ({"size": 48}, "Size must be one of 16, 32, 64 pixels, got 48"),
        ({"warm": "no-such"}, "The start must be one of"),
        ({"kind": "conditional", "data": "own"}, "needs labels"),
        ({"kind": "pix2pix", "data": "fashion-mnist", "size": 32}, "has no pairs to learn from"),
        ({"kind": "pix2pix", "loss": "hinge"}, "Loss has no part in pix2pix"),
        ({"minutes": None}, "Minutes must be a number from 0.1 to 240"),
    ],
    ids=str,
)
def test_bad_choices_are_a_sentence(asked, words):
    with pytest.raises(UserError, match=words):
        train.plan(**asked)


def test_what_nobody_chose_is_left_to_the_recipe():
    assert train.plan(kind="mlp")["settings"] == {}
    assert train.plan(kind="vae")["settings"].keys() == {"latent_dim", "widths", "lr"}
    assert train.suggested("gan")["gamma"] == make_recipe("gan").gamma
    assert train.suggested("gan", "hinge")["gamma"] is None
    assert train.plan()["batch_size"] == train.DEFAULTS["batch_size"] == BATCH_SIZE


def test_fashion_mnist_that_is_not_here_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("GENIMG_DATA", str(tmp_path))
    assert train.fashion_here() is False
    with pytest.raises(UserError, match="fashion-mnist are not in"):
        train.plan(data="fashion-mnist", size=32)


def test_a_warm_start_makes_the_network_of_the_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path))
    for name, size in (("mine", 16), ("larger", 32)):
        widths = (24, 8) if size == 16 else (24, 16, 8)
        checkpoints.save(DCGAN(image_size=size, latent_dim=9, widths=widths, residual=True), tmp_path / name)
    assert train.warm_starts("gan", "avatars", 16) == ["mine"]
    assert train.warm_starts("gan", "fashion-mnist", 16) == []  # it is in colour
    assert train.warm_starts("conditional", "avatars", 16) == train.warm_starts("vae", "avatars", 16) == []
    spec = train.plan(kind="gan", size=16, warm="mine")
    assert spec["warm"] == "mine" and list(spec["settings"]["widths"]) == [24, 8]
    assert spec["settings"]["latent_dim"] == 9 and spec["settings"]["residual"] is True
    checkpoints.save(Pix2Pix(image_size=32, widths=(16, 24), depth=1), tmp_path / "artist")
    assert train.warm_starts("pix2pix", "own", 32) == ["artist"]
    assert train.plan(kind="pix2pix", data="own", size=32, warm="artist")["settings"]["depth"] == 1
    with pytest.raises(UserError, match="The start must be one of mine; got 'larger'"):
        train.plan(kind="gan", size=16, warm="larger")


def test_the_examples_are_what_is_learned_from():
    sheet = train.examples("avatars", 16)
    assert sheet.size == (128, 128)
    first = np.asarray(sheet.crop((0, 0, 16, 16)))
    from genimg.data.avatars import draw_attributes, render

    assert np.array_equal(first, np.asarray(render(draw_attributes(0), 16)))
    face, sketch = pair(1, size=16)
    both = np.asarray(train.examples("avatars", 16, paired=True).crop((32, 0, 64, 16)))
    assert np.array_equal(both, np.hstack([sketch, face]))
