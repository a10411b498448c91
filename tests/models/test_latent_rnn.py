import math

import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from genimg.models.latent_rnn import LatentRNN, mixture_nll, sample_mixture


@pytest.fixture
def model():
    return LatentRNN(latent_dim=8, moves=3, hidden=16, mixtures=4).eval()


def known():
    weights, means = torch.tensor([0.2, 0.5, 0.3]), torch.randn(3, 2)
    scales = torch.rand(3, 2) + 0.3
    return weights, means, scales, MixtureSameFamily(Categorical(weights), Independent(Normal(means, scales), 1))


def test_the_likelihood_is_that_of_a_known_mixture():
    weights, means, scales, mixture = known()
    targets = 2 * torch.randn(5, 7, 2)
    mine = mixture_nll(weights.log(), means, scales.log(), targets)
    assert mine.shape == (5, 7) and torch.allclose(mine, -mixture.log_prob(targets), atol=1e-5)


def test_draws_have_the_mixtures_moments_and_follow_the_temperature():
    weights, means, scales, mixture = known()
    many = (weights.log().expand(40_000, 3), means.expand(40_000, 3, 2), scales.log().expand(40_000, 3, 2))

    def drawn(temperature):
        return sample_mixture(*many, torch.Generator().manual_seed(0), temperature)

    assert torch.allclose(drawn(1.0).mean(0), mixture.mean, atol=0.03)
    assert torch.allclose(drawn(1.0).var(0), mixture.variance, rtol=0.05)
    assert torch.equal(drawn(0.0), means[1].expand(40_000, 2))  # the likeliest component's mean
    # At one half: weights squared, variances halved.
    sharp = weights.square() / weights.square().sum()
    cold = MixtureSameFamily(Categorical(sharp), Independent(Normal(means, scales / math.sqrt(2)), 1))
    assert torch.allclose(drawn(0.5).var(0), cold.variance, rtol=0.05)


def test_a_film_moves_along_the_basis_alone_and_begins_with_its_face(model):
    first = torch.randn(2, 8)
    model.basis.copy_(torch.linalg.qr(torch.randn(8, 3)).Q.T)
    film = model.dream(first, 9, torch.Generator().manual_seed(1))
    assert film.shape == (2, 9, 8) and torch.equal(film[:, 0], first)
    moved = film - first[:, None]
    assert moved.abs().max() > 0.1
    assert torch.allclose(moved @ model.basis.T @ model.basis, moved, atol=1e-5)  # nothing but the basis
    assert torch.allclose(model.positions(film) @ model.basis, moved, atol=1e-5)
    again, other = (model.dream(first, 9, torch.Generator().manual_seed(seed)) for seed in (1, 2))
    assert torch.equal(film, again) and not torch.equal(film, other)


def test_frame_by_frame_is_the_same_as_all_at_once(model):
    first, positions = torch.randn(2, 8), torch.randn(2, 5, 3)
    whole = model(first, positions)
    state, parts = None, []
    for frame in positions.split(1, dim=1):
        *mixture, hidden, cell = model(first, frame, state)
        state = (hidden, cell)
        parts.append(mixture)
    for all_at_once, one_by_one in zip(whole[:3], zip(*parts, strict=True), strict=True):
        assert torch.allclose(all_at_once, torch.cat(one_by_one, dim=1), atol=1e-5)
    assert torch.allclose(whole[0].exp().sum(-1), torch.ones(2, 5))
