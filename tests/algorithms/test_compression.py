"""Transform coding: exact integers, sizes near the entropy, and the basis that one step suits."""

import numpy as np
import pytest
import torch

from genimg.algorithms import compression
from genimg.algorithms.compression import Codebook


@pytest.mark.parametrize("seed", range(30))
def test_integers_come_back_and_take_what_they_are_worth(seed):
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 400))
    deviation = np.exp(random.uniform(-6, 6, count))
    integers = np.rint(random.normal(size=count) * deviation).clip(-4095, 4095).astype(np.int64)
    if seed % 3 == 0:  # some that the model never expected
        integers[random.integers(0, count, 3)] = random.integers(-4095, 4096, 3)
    stream = compression.encode(integers, deviation)
    assert np.array_equal(compression.decode(stream, deviation), integers)
    bits = float(compression.cost(torch.from_numpy(integers), deviation).sum())
    assert abs(8 * len(stream) - bits) <= 0.02 * bits + 12


def test_what_is_certain_takes_a_byte_at_most():
    assert len(compression.encode(np.zeros(128, int), np.full(128, 1e-3))) <= 1


def test_costs_are_those_of_a_gaussian():
    known = [-np.log2(0.3829249225), -np.log2(0.2417303375)]  # of the standard normal over [-.5, .5] and [.5, 1.5]
    found = compression.cost(torch.tensor([0, -1]), np.ones(2))
    np.testing.assert_allclose(found.numpy(), known, rtol=1e-8)
    assert compression.cost(torch.tensor([4000]), np.array([0.5])).item() == 24  # the coder's longest


def test_a_linear_decoder_shows_its_sensitivity():
    torch.manual_seed(1)
    matrix = torch.randn(5, 12)

    def decode(latents):
        return (latents @ matrix).view(-1, 3, 2, 2)

    found = compression.sensitivity(decode, torch.randn(3, 5))
    torch.testing.assert_close(found, (matrix @ matrix.T).double(), rtol=1e-3, atol=1e-3)


def test_coordinates_are_independent_and_their_errors_add_up_in_the_picture():
    torch.manual_seed(2)
    metric, factors = torch.randn(6, 6), torch.randn(2, 6, 6).tril() + 3 * torch.eye(6)
    metric = metric @ metric.T + torch.eye(6)
    book = Codebook.of(compression.karhunen_loeve(torch.randn(2, 6), factors, metric))
    for k in range(2):
        covariance = book.inverses[k] @ (factors[k] @ factors[k].T).double() @ book.inverses[k].T
        torch.testing.assert_close(covariance, torch.diag(book.scales[k] ** 2), rtol=1e-3, atol=1e-3)
        errors = book.bases[k].T @ metric.double() @ book.bases[k]
        torch.testing.assert_close(errors, torch.eye(6, dtype=torch.double), rtol=2e-2, atol=1e-2)
        latent = torch.randn(6, dtype=torch.double)
        torch.testing.assert_close(book.latent(book.coordinates(latent, k), k), latent)


def test_refining_finds_a_latent_that_draws_the_target():
    torch.manual_seed(3)
    matrix = torch.linalg.qr(torch.randn(12, 4))[0].T
    book = Codebook.of({"means": torch.zeros(1, 4), "bases": torch.eye(4)[None], "scales": torch.ones(1, 4)})

    def decode(latents):
        return (latents @ matrix).view(-1, 3, 2, 2)

    wanted = torch.tensor([[0.5, -1.0, 0.2, 0.0]])
    found = compression.refine(
        decode, decode(wanted), book, torch.zeros(4, dtype=torch.double), 0, steps=80, prior=0.0
    )  # fmt: skip
    torch.testing.assert_close(found.float(), wanted[0], rtol=0.05, atol=0.03)
