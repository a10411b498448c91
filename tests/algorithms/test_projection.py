import itertools
import math

import pytest
import torch
from torch import nn
from torch.nn.functional import avg_pool2d

from genimg.algorithms.projection import difference, project

SIDE, LATENT = 16, 6


@pytest.fixture(scope="module")
def world():
    """A linear generator, a picture that it can make, and what is known of it: the left half."""
    random = torch.Generator().manual_seed(5)
    layer = nn.Linear(LATENT, 3 * SIDE * SIDE)
    with torch.no_grad():
        # Smooth, as pictures are: noise would vanish at the small sizes that are compared.
        rough = torch.randn(LATENT * 3, 1, SIDE, SIDE, generator=random)
        layer.weight.copy_(0.25 * avg_pool2d(rough, 5, 1, 2).reshape(LATENT, -1).T)
        layer.bias.fill_(0.5)
    layer.requires_grad_(False)
    truth = torch.randn(1, LATENT, generator=random)
    start = torch.randn(3, LATENT, generator=random)
    known = torch.zeros(1, 1, SIDE, SIDE)
    known[..., : SIDE // 2] = 1

    def decode(latents):
        return layer(latents).view(-1, 3, SIDE, SIDE)

    return decode, decode(truth), known, start


def test_the_hidden_half_is_recovered(world):
    decode, target, known, start = world
    steps = list(project(decode, target * known, known, start, weight=0.0, steps=200))
    assert len(steps) == 200 and steps[-1].total == 200
    hidden = known[0, 0] == 0
    wrong = [(step.image[0] - target[0])[:, hidden].abs().mean() for step in (steps[0], steps[-1])]
    spread = (target - target.mean()).abs()[0][:, hidden].mean()
    assert wrong[1] < 0.03 * spread < wrong[0]


def test_pictures_are_sorted_and_never_become_worse(world):
    decode, target, known, start = world
    best = math.inf
    for step in project(decode, target, known, start, steps=30):
        errors = difference(step.image, target, known)
        assert errors.tolist() == sorted(errors.tolist())
        assert step.metrics["loss"] == pytest.approx(float(errors[0]), abs=1e-6) and step.metrics["loss"] <= best
        best = step.metrics["loss"]


def test_a_seed_gives_the_same_pictures(world):
    first, again, other = ([*project(*world, steps=12, seed=seed)][-1].image for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


@pytest.mark.parametrize(("seconds", "count"), [(5.0, 5), (0.5, 1)])
def test_the_deadline_ends_the_search(world, seconds, count):
    ticks = itertools.count()  # half a second from look to look, and two looks at each step
    steps = list(project(*world, steps=500, seconds=seconds, clock=lambda: next(ticks) / 2))
    assert len(steps) == count
    assert steps[-1].index == steps[-1].total == count
    assert steps[-1].metrics["seconds"] + steps[-1].metrics["seconds"] / count > seconds


def test_improbable_latents_cost(world):
    decode, target, known, start = world
    asked = []

    def energy(latents):
        asked.append(latents.detach().clone())
        return 10 * latents.square().sum(1)

    list(project(decode, target, known, start, energy=energy, weight=1.0, steps=100))
    assert len(asked) == 100
    assert asked[-1].norm() < 0.2 * start.norm()  # being probable is all that counts here


def test_a_difference_counts_what_is_known_alone():
    target, known = torch.zeros(1, 3, 16, 16), torch.zeros(1, 1, 16, 16)
    known[..., :8] = 1
    off = torch.full((1, 3, 16, 16), 0.25)
    hidden = torch.where(known > 0, 0.0, off)
    found = difference(torch.cat([target, off, hidden]), target, known)
    torch.testing.assert_close(found, torch.tensor([0.0, 0.25, 0.0]), atol=1e-6, rtol=0)
