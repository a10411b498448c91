import pytest
import torch

from genimg.algorithms import restoration
from genimg.core.images import to_tensor
from genimg.studio import examples


@pytest.fixture(scope="module")
def photo():
    return to_tensor(examples.photo("Astronaut").crop((150, 20, 278, 148)))


def quality(image, photo):
    """Return the PSNR in dB."""
    return float(-10 * (image - photo).square().mean().log10())


def noisy(photo, sigma):
    return (photo + sigma * torch.randn(photo.shape, generator=torch.Generator().manual_seed(0))).clamp(0, 1)


def test_noise_is_measured(photo):
    flat = torch.full_like(photo, 0.5)
    assert restoration.estimate_noise(noisy(flat, 0.05)) == pytest.approx(0.05, rel=0.1)
    assert restoration.estimate_noise(flat) < 1e-6
    assert restoration.estimate_noise(noisy(photo, 0.08)) == pytest.approx(0.08, rel=0.25)


def test_denoising_gains_3_db(photo):
    bad = noisy(photo, 0.08)
    assert quality(restoration.denoise(bad), photo) > quality(bad, photo) + 3
    assert restoration.denoise(bad, strength=0) is bad


def test_a_constant_picture_stays_constant():
    flat = torch.tensor((51, 102, 204)).view(1, 3, 1, 1).expand(1, 3, 48, 64) / 255
    assert torch.allclose(restoration.denoise(flat), flat, atol=1e-3)
