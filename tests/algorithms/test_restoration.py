import io

import pytest
import torch
from PIL import Image
from torchvision.transforms.functional import gaussian_blur

from genimg.algorithms import restoration
from genimg.core.images import to_pil, to_tensor
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


@pytest.mark.parametrize("sigma", [1.5, 2.0])
def test_deblurring_gains_2_db(photo, sigma):
    blurred = gaussian_blur(photo, [17, 17], [sigma, sigma])
    blurred = to_tensor(to_pil(blurred)[0])  # rounded, as it is in a file
    sharp = restoration.deblur(blurred, radius=sigma)
    assert quality(sharp, photo) > quality(blurred, photo) + 2
    assert torch.equal(sharp, restoration.deblur(blurred, radius=sigma))


def test_jpeg_is_softened(photo):
    buffer = io.BytesIO()
    to_pil(photo)[0].save(buffer, "JPEG", quality=12)
    damaged = to_tensor(Image.open(buffer).convert("RGB"))
    softened = restoration.soften_jpeg(damaged, quality=12)
    assert quality(softened, photo) > quality(damaged, photo) + 0.5

    def steps(image):
        """Return how much larger the steps between blocks of 8 are than those inside of them."""
        rows = (image[..., 1:, :] - image[..., :-1, :]).abs().mean((0, 1, 3))
        return rows[7::8].mean() / rows[3::8].mean()

    assert steps(damaged) > 1.3 * steps(softened)


@pytest.mark.parametrize("method", [restoration.denoise, restoration.deblur, restoration.soften_jpeg])
def test_a_constant_picture_stays_constant(method):
    flat = torch.tensor((51, 102, 204)).view(1, 3, 1, 1).expand(1, 3, 48, 64) / 255
    restored = method(flat)
    assert restored.shape == flat.shape and restored.dtype == torch.float32
    tolerance = 4 / 255 if method is restoration.soften_jpeg else 1 / 255  # JPEG rounds colours
    assert (restored - flat).abs().max() < tolerance and restored.std((2, 3)).max() < 1e-3
