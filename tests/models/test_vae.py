import math

import pytest
import torch

from genimg.models.vae import VAE, kl_divergence


@pytest.mark.parametrize(("size", "widths", "channels"), [(32, (16, 8, 8), 1), (64, (16, 16, 8, 8), 3)])
def test_shapes_and_range(size, widths, channels):
    model = VAE(image_size=size, channels=channels, latent_dim=7, widths=widths)
    mean, log_variance = model.encode(torch.rand(3, channels, size, size))
    images = model(mean)
    assert images.shape == (3, channels, size, size)
    assert images.min() >= 0 and images.max() <= 1
    assert mean.shape == log_variance.shape == (3, 7)


def test_kl_of_known_gaussians():
    zeros = torch.zeros(1, 1)
    assert kl_divergence(zeros, zeros).item() == 0
    assert kl_divergence(torch.tensor([[3.0]]), zeros).item() == pytest.approx(4.5)
    # N(1, 4) against N(0, 1), from the textbook formula: log(1/2) + (4 + 1)/2 - 1/2.
    expected = math.log(1 / 2) + 5 / 2 - 1 / 2
    assert kl_divergence(torch.ones(1, 1), torch.full((1, 1), math.log(4))).item() == pytest.approx(expected)
    assert kl_divergence(torch.ones(2, 3), torch.zeros(2, 3)).tolist() == pytest.approx([1.5, 1.5])


def test_kl_agrees_with_torch():
    mean, log_variance = torch.randn(4, 5), torch.randn(4, 5)
    posterior = torch.distributions.Normal(mean, (log_variance / 2).exp())
    expected = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0, 1)).sum(1)
    assert torch.allclose(kl_divergence(mean, log_variance), expected, atol=1e-5)


def test_gradients_reach_every_parameter():
    model = VAE(image_size=32, latent_dim=7, widths=(16, 8, 8))
    for name, gain in model.named_parameters():
        if name.endswith("gain"):
            torch.nn.init.ones_(gain)
    mean, log_variance = model.encode(torch.rand(4, 3, 32, 32))
    images = model.decode(mean + torch.randn_like(mean) * (log_variance / 2).exp())
    (images.square().sum() + kl_divergence(mean, log_variance).sum()).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name
