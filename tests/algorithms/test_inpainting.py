import pytest
import torch

from genimg.algorithms import inpainting
from genimg.core.images import to_tensor
from genimg.studio import examples

METHODS = (inpainting.patchmatch, inpainting.biharmonic, inpainting.telea)


@pytest.fixture(scope="module")
def photo():
    return to_tensor(examples.photo("Cat").resize((180, 120)))


@pytest.fixture(scope="module")
def hole():
    mask = torch.zeros(1, 1, 120, 180)
    mask[..., 50:70, 80:110] = 1
    return mask


def blank(image, hole):
    """Paint the hole white: no method may look at what was there."""
    return torch.where(hole > 0.5, 1.0, image)


def test_biharmonic_continues_a_gradient_exactly(hole):
    x, y = torch.meshgrid(torch.linspace(0.1, 0.8, 180), torch.linspace(0, 0.17, 120), indexing="xy")
    gradient = torch.stack([x, 0.9 - x, x / 2 + y])[None]
    filled = inpainting.biharmonic(blank(gradient, hole), hole)
    assert (filled - gradient).abs().max() < 1e-3


def test_biharmonic_does_not_swing_past_its_surroundings(hole):
    """Beside an edge the plain surface goes far above the light side and below the dark one."""
    step = torch.where(torch.arange(180) < 84, 0.3, 0.6).expand(1, 3, 120, 180).clone()
    step[..., 45:60, 100:120] = 0.45
    filled = inpainting.biharmonic(blank(step, hole), hole)
    inside = filled[..., 50:70, 80:110]
    assert 0.3 <= inside.min() + 1e-6 and inside.max() <= 0.6 + 1e-6
    assert torch.allclose(inside[..., 0], torch.tensor(0.3), atol=0.05)
    assert torch.allclose(inside[..., -1, -1], torch.tensor(0.6), atol=0.05)


def test_each_hole_has_its_own_range():
    picture = torch.where(torch.arange(180) < 90, 0.2, 0.8).expand(1, 3, 120, 180)
    two = torch.zeros(1, 1, 120, 180)
    two[..., 40:80, 20:60] = two[..., 40:80, 120:160] = 1
    assert torch.allclose(inpainting.biharmonic(blank(picture, two), two), picture, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_a_constant_picture_stays_constant(method, hole):
    flat = torch.tensor((51, 102, 204)).view(1, 3, 1, 1).expand(1, 3, 120, 180) / 255
    filled = method(blank(flat, hole), hole)
    assert torch.equal(filled, method(flat, hole))
    # OpenCV rounds at every front, which adds up to three steps of 255.
    assert (filled - flat).abs().max() < (4 / 255 if method is inpainting.telea else 1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_not_in_the_hole_keeps_its_bits(method, photo, hole):
    filled = method(blank(photo, hole), hole)
    outside = (hole < 0.5).expand_as(photo)
    assert filled.shape == photo.shape and filled.dtype == photo.dtype
    assert torch.equal(filled[outside], photo[outside])
    inside = filled[~outside]
    assert 0 <= inside.min() and inside.max() <= 1 and not (inside == 1).all()


def test_a_seed_gives_the_same_bytes(photo, hole):
    first, again, other = (inpainting.patchmatch(photo, hole, seed=seed) for seed in (3, 3, 4))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_patchmatch_continues_a_pattern_and_smooth_methods_do_not(hole):
    stripes = (torch.arange(180) // 6 % 2).float().expand(1, 3, 120, 180).clone()
    wrong = {
        method.__name__: float((method(blank(stripes, hole), hole) - stripes).abs()[..., 50:70, 80:110].mean())
        for method in METHODS
    }
    assert wrong["patchmatch"] < 0.02 and wrong["biharmonic"] > 0.1 and wrong["telea"] > 0.1


def test_what_is_to_be_avoided_is_never_copied(hole):
    random = torch.Generator().manual_seed(0)
    picture = 0.2 + 0.1 * torch.rand(1, 3, 120, 180, generator=random)
    red = torch.tensor((0.9, 0.1, 0.1)).view(1, 3, 1, 1)
    near = torch.zeros(1, 1, 120, 180)
    near[..., 20:100, 70:80] = 1  # beside the hole: a red wall that runs past it
    picture = torch.where(near > 0, red + 0.05 * torch.rand(1, 3, 120, 180, generator=random), picture)
    copied = inpainting.patchmatch(blank(picture, hole), hole)
    avoided = inpainting.patchmatch(blank(picture, hole), hole, avoid=near)
    reddest = [float(one[:, 0, 50:70, 80:110].max()) for one in (copied, avoided)]
    assert reddest[0] > 0.8 and reddest[1] < 0.4
