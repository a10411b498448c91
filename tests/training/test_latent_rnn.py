"""Training of the network that makes faces act, on four drawn people and a small untrained autoencoder."""

import itertools
import math

import pytest
import torch

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.data.avatars import VALUES, draw_attributes
from genimg.data.datasets import Pictures
from genimg.models.latent_rnn import LatentRNN
from genimg.training import latent_rnn
from genimg.training.loop import train
from genimg.training.recipes import make_recipe

SMALL = {"image_size": 32, "vae": "small-vae", "moves": 3, "hidden": 8, "mixtures": 2}
pytestmark = pytest.mark.usefixtures("small")


@pytest.fixture(scope="module")
def data():
    rows = [[VALUES[name].index(value) for name, value in draw_attributes(i).items()] for i in range(4)]
    return Pictures(torch.zeros(4, 3, 32, 32, dtype=torch.uint8), torch.tensor(rows, dtype=torch.uint8), VALUES)


def build(**settings):
    torch.manual_seed(3)
    return make_recipe("latent_rnn", **SMALL, takes=3, frames=10, **settings)


def losses(steps):
    return [step.metrics["loss/nll"] for step in steps]


def test_a_run_learns_and_its_checkpoint_dreams(data, tmp_path):
    recipe = build(lr=0.01)
    steps = list(train(recipe, data, out=tmp_path, batch_size=4, steps=40))
    assert steps[0].image.shape == (32, 3, 32, 32)  # four faces, eight frames
    assert sum(losses(steps[-5:])) < sum(losses(steps[:5]))
    model = checkpoints.load(tmp_path / "checkpoint")
    assert isinstance(model, LatentRNN) and model.vae == "small-vae" and model.fps == 12
    assert torch.allclose(model.basis, recipe.model.basis, atol=1e-3)  # stored in float16
    assert model.dream(torch.randn(1, 8), 5, torch.Generator().manual_seed(0)).shape == (1, 5, 8)


def test_a_run_that_was_killed_takes_the_same_steps(data, tmp_path):
    whole = losses(train(build(), data, out=tmp_path / "whole", batch_size=4, steps=6))
    first = train(build(), data, out=tmp_path / "cut", batch_size=4, steps=6, save_every=0)
    begun = losses(itertools.islice(first, 4))  # beyond the first epoch of 3 steps
    first.close()
    again = make_recipe("latent_rnn", **SMALL, takes=3, frames=10)  # other first weights
    assert begun + losses(train(again, data, out=tmp_path / "cut", batch_size=4, steps=6)) == whole


def test_films_hold_still_until_the_expression_changes(data):
    vae = checkpoints.load("small-vae")
    films = latent_rnn.acted(vae, [draw_attributes(0)], takes=2, frames=30, progress=False)
    assert films.shape == (2, 30, 8)
    changes = films.diff(dim=1).abs().amax(2)
    assert (changes == 0).float().mean() > 0.3 and (changes > 0).any()
    again = latent_rnn.acted(vae, [draw_attributes(0)], takes=2, frames=30, progress=False)
    assert torch.equal(films, again)


def test_the_principal_moves_are_those_of_known_films():
    plane = torch.linalg.qr(torch.randn(6, 2)).Q.T
    films = torch.randn(5, 1, 6) + torch.randn(5, 20, 2) * torch.tensor([3.0, 1.0]) @ plane
    found = latent_rnn.principal_moves(films, 2)
    assert torch.allclose(found @ found.T, torch.eye(2), atol=1e-5)
    assert torch.allclose(found @ plane.T @ plane, found, atol=1e-4)
    assert (found[0] @ plane[0]).abs() > 0.9


def test_the_figure_of_standing_still_is_the_best_gaussian(monkeypatch):
    films = torch.cumsum(0.7 * torch.randn(40, 30, 8), dim=1)
    monkeypatch.setattr(latent_rnn, "acted", lambda *_, **__: films)
    model = LatentRNN(latent_dim=8, moves=3, hidden=8, mixtures=2, vae="small-vae").eval()
    figures = latent_rnn.measure(model)
    # Steps of variance 0.49, and the noise of both ends.
    entropy = 1.5 * math.log(2 * math.pi * math.e * (0.49 + 2 * latent_rnn.NOISE**2))
    assert figures["nll_still"] == pytest.approx(entropy, abs=0.1)
    assert figures["nll"] > figures["nll_still"]  # untrained


def test_other_sets_and_other_networks_are_refused(data):
    with pytest.raises(UserError, match="learns from avatars alone"):
        build().adapt(Pictures(data.images, data.labels, {}))
    with pytest.raises(UserError, match="small-vae is no VAE of pictures of 64 px"):
        make_recipe("latent_rnn", **SMALL | {"image_size": 64})
    with pytest.raises(UserError, match="small-dcgan is no VAE"):
        make_recipe("latent_rnn", **SMALL | {"vae": "small-dcgan"})
