"""Learning from pairs: a run that is killed takes the same steps, and what it leaves paints, and is measured."""

import itertools

import pytest
import torch

from genimg import checkpoints
from genimg.core import places
from genimg.core.errors import UserError
from genimg.data.datasets import Pictures
from genimg.data.pairs import Pairs
from genimg.models.pix2pix import Pix2Pix
from genimg.training.evaluate import evaluate
from genimg.training.loop import train
from genimg.training.recipes import load_data, make_recipe, recipe_for

SMALL = {"widths": (8, 16), "depth": 1, "critic_widths": (8, 16), "perceptual_every": 3, "alone": 2}


@pytest.fixture
def data():
    """Squares that become the opposite colour."""
    random = torch.Generator().manual_seed(1)
    targets = torch.randint(0, 256, (20, 3, 1, 1), generator=random, dtype=torch.uint8).expand(-1, -1, 16, 16)
    return Pairs(targets.contiguous(), torch.zeros(20, 0, dtype=torch.uint8), {}, 255 - targets)


def build(data, **settings):
    torch.manual_seed(3)
    return recipe_for("pix2pix", data, **(SMALL | settings))


def losses(steps):
    return [{k: v for k, v in step.metrics.items() if "/" in k} for step in steps]


def test_a_run_that_was_killed_takes_the_same_steps(data, tmp_path):
    recipe = build(data)
    steps = losses(train(recipe, data, out=tmp_path / "whole", batch_size=8, steps=7))
    assert "loss/discriminator" not in steps[1] and "loss/discriminator" in steps[2]
    assert [i for i, step in enumerate(steps) if "loss/perceptual" in step] == [0, 3, 6]
    first = train(build(data), data, out=tmp_path / "cut", batch_size=8, steps=7)
    begun = losses(itertools.islice(first, 6))  # beyond the first epochs of 2 steps
    first.close()
    torch.manual_seed(99)
    again = recipe_for("pix2pix", data, **SMALL)
    assert begun + losses(train(again, data, out=tmp_path / "cut", batch_size=8, steps=7)) == steps

    assert recipe.preview(recipe.average).shape == (24, 3, 16, 16)
    views = recipe.views()
    assert views["real"].shape == views["fake"].shape == (8, 3, 16, 16)
    made = checkpoints.load(tmp_path / "whole" / "checkpoint")
    assert isinstance(made, Pix2Pix) and made.image_size == 16


def test_it_learns_and_each_network_can_learn_alone(data, tmp_path):
    recipe = build(data, lr=3e-3, alone=40, perceptual=0.0)
    errors = [step["loss/error"] for step in losses(train(recipe, data, out=tmp_path, batch_size=16, steps=40))]
    assert errors[-1] < 0.6 * errors[0]
    for only, other in (("generator", recipe.critic), ("discriminator", recipe.model)):
        recipe.only = only
        before = [weight.clone() for weight in other.parameters()]
        recipe.step(*data.__getitems__(list(range(8))))
        assert all(map(torch.equal, before, other.parameters()))


def test_only_pairs_in_colour_will_do(data, tmp_path):
    lonely = Pictures(data.images, data.labels, {})
    with pytest.raises(UserError, match="learns from pairs"):
        next(train(build(data), lonely, out=tmp_path, batch_size=8, steps=1))
    with pytest.raises(UserError, match="3 channels, got 1"):
        make_recipe("pix2pix", channels=1)
    with pytest.raises(UserError, match="There are no pairs named 'mnist'"):
        load_data("pix2pix", "mnist", size=16)


def test_what_is_painted_is_measured(data, tmp_path, monkeypatch):
    (tmp_path / "vgg16-features").symlink_to(places.shipped() / "vgg16-features")
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path))
    monkeypatch.setattr("genimg.training.evaluate.load_pairs", lambda name, **_: data)
    network = Pix2Pix(image_size=16, widths=(8, 16), depth=1).eval()
    checkpoints.save(network, tmp_path / "artist")
    figures = evaluate("artist", data="avatars")
    made = network(data.sources.float() / 255)
    error = 255 * (made - data.images.float() / 255).abs().mean().item()
    assert figures["painted_error"] == pytest.approx(error, abs=0.3) and 3 < figures["painted_psnr"] < 20
    assert figures["nfd"] > 0.1
    card = (tmp_path / "artist" / "README.md").read_text()
    assert "PSNR of what is painted" in card and "held-out sources, what is painted after them" in card
    assert [one.name for one in checkpoints.available("pix2pix")] == ["artist"]
