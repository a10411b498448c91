import pytest
import torch
from torchvision.transforms.functional import gaussian_blur

from genimg.algorithms import deconvolution
from genimg.core.images import to_pil, to_tensor
from genimg.studio import examples


@pytest.fixture(scope="module")
def photo():
    return to_tensor(examples.photo("Astronaut").crop((120, 20, 312, 212)))


def blurred(photo, radius, noise=0.0):
    """Blur a photo, add noise, and round it, as it is in a file."""
    size = 2 * round(4 * radius) + 1
    soft = gaussian_blur(photo, [size, size], [radius, radius])
    soft = soft + noise * torch.randn(photo.shape, generator=torch.Generator().manual_seed(0))
    return to_tensor(to_pil(soft)[0])


def quality(image, photo):
    """Return the PSNR in dB."""
    return float(-10 * (image - photo).square().mean().log10())


@pytest.mark.parametrize(
    ("radius", "noise", "gain"), [(1, 0, 3.5), (1, 0.01, 2), (2, 0, 3.5), (2, 0.01, 2.5), (3, 0, 3)]
)
def test_a_blurred_photo_gains_by_the_radius_that_its_edges_show(photo, radius, noise, gain):
    soft = blurred(photo, radius, noise)
    found = deconvolution.estimate_blur(soft)
    assert found == pytest.approx(radius, abs=0.35)
    assert quality(deconvolution.deblur(soft, found), photo) > quality(soft, photo) + gain


def test_sharp_edges_show_no_blur_and_a_picture_without_any_none():
    squares = (torch.arange(128) // 16 + torch.arange(128)[:, None] // 16) % 2
    assert deconvolution.estimate_blur(squares.float().expand(1, 3, -1, -1)) < 0.5
    assert deconvolution.estimate_blur(torch.full((1, 3, 64, 64), 0.5)) == 0
    gradient = torch.linspace(0, 1, 400).expand(1, 3, 64, 400)
    assert deconvolution.estimate_blur(gradient) == 0


def test_an_edge_becomes_steep_without_ringing():
    step = torch.where(torch.arange(128) < 60, 0.2, 0.8).expand(1, 3, 96, 128)
    sharp = deconvolution.deblur(blurred(step, 2.0), 2.0)
    assert (sharp - step)[..., 6:-6, 6:-6].abs().max() < 0.05


def test_the_border_is_clean_though_what_lay_beyond_it_is_unknown():
    wide = to_tensor(examples.photo("Astronaut").crop((60, 0, 300, 260)))
    photo, soft = (one[..., 40:220, 40:200] for one in (wide, blurred(wide, 2.0)))
    sharp, rim = deconvolution.deblur(soft, 2.0), torch.ones(180, 160)
    rim[8:-8, 8:-8] = 0
    before, after = (float(((one - photo).square() * rim).mean()) for one in (soft, sharp))
    assert after < 0.7 * before


def test_more_strength_is_sharper(photo):
    soft = blurred(photo, 2.0, 0.02)
    weak, usual, strong = (deconvolution.deblur(soft, 2.0, strength=level) for level in (0.3, 1, 3))

    def roughness(image):
        return float((image[..., 1:] - image[..., :-1]).abs().mean())

    assert roughness(weak) < roughness(usual) < roughness(strong)


@pytest.mark.parametrize("size", [(16, 16), (16, 200), (33, 47)])
def test_a_constant_picture_of_any_size_stays_constant(size):
    flat = (torch.tensor((51, 102, 204)).view(1, 3, 1, 1) / 255).expand(1, 3, *size)
    assert torch.allclose(deconvolution.deblur(flat, 8.0), flat, atol=1e-3)


def test_the_shrunk_value_is_the_least_of_all():
    values, beta = torch.linspace(-2, 2, 41), 4.0
    tried = torch.linspace(-2, 2, 40_001)
    cost = tried.abs() ** (2 / 3) + beta / 2 * (tried - values[:, None]).square()
    best = tried[cost.argmin(1)]
    assert torch.allclose(deconvolution._shrunk(values, beta), best, atol=5e-3)
