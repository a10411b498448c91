import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from genimg.algorithms import matting
from genimg.core.images import resize


def places(side):
    y, x = torch.meshgrid(torch.arange(side) + 0.5, torch.arange(side) + 0.5, indexing="ij")
    return x, y


def scene(side):
    """Return two smooth pictures of clearly different colours, and of about the same brightness."""
    x, y = (value / side for value in places(side))
    thing = torch.stack([0.8 + 0.15 * x, 0.3 + 0.2 * y, 0.1 + 0.1 * x])
    behind = torch.stack([0.1 + 0.2 * y, 0.3 + 0.2 * x, 0.7 + 0.2 * y])
    return thing[None], behind[None]


@pytest.fixture(scope="module")
def soft_disc():
    """A disc with a rim that fades over 10 pixels, before a background: (picture, its colours, its opacity)."""
    x, y = places(128)
    alpha = ((40 - torch.hypot(x - 64, y - 64)) / 10 + 0.5).clamp(0, 1)[None, None]
    thing, behind = scene(128)
    return matting.composite(thing, alpha, behind), thing, alpha


@pytest.fixture(scope="module")
def hard_disc():
    """A disc with a sharp rim and a little noise: (picture, disc)."""
    x, y = places(96)
    disc = (torch.hypot(x - 48, y - 48) < 26).float()[None, None]
    thing, behind = scene(96)
    noise = 0.02 * torch.randn(1, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    return (matting.composite(thing, disc, behind) + noise).clamp(0, 1), disc


def patch(side, rows, columns):
    mask = torch.zeros(1, 1, side, side)
    mask[..., slice(*rows), slice(*columns)] = 1
    return mask


def overlap(one, other):
    return float((one * other).sum() / torch.maximum(one, other).sum())


def test_a_soft_border_and_its_colours_are_recovered(soft_disc):
    picture, thing, alpha = soft_disc
    nothing = torch.zeros_like(alpha)
    known = matting.trimap((alpha > 0.5).float(), nothing, nothing, 20)
    unknown = known == 0.5
    found = matting.estimate_alpha(picture, known)
    assert (found - alpha).abs()[unknown].mean() < 0.02
    assert ((alpha > 0.5).float() - alpha).abs()[unknown].mean() > 0.1  # what a hard cut would be wrong by
    assert torch.equal(found[~unknown], alpha[~unknown])

    colours = matting.estimate_foreground(picture, found)
    mixed = ((alpha > 0.3) & (alpha < 0.95)).expand_as(thing)
    assert (colours - thing).abs()[mixed].mean() < 0.02 < 0.1 < (picture - thing).abs()[mixed].mean()


def test_a_trimap_is_a_band_of_exact_width():
    half = patch(40, (0, 40), (0, 20))
    nothing = torch.zeros_like(half)
    known = matting.trimap(half, nothing, nothing, 6)
    assert (known[..., :17] == 1).all() and (known[..., 17:23] == 0.5).all() and (known[..., 23:] == 0).all()
    keep, remove = patch(40, (0, 10), (15, 25)), patch(40, (30, 40), (15, 25))
    known = matting.trimap(half, keep, remove, 6)
    assert (known[keep > 0] == 1).all() and (known[remove > 0] == 0).all()
    assert (known[..., 10:30, 17:23] == 0.5).all()


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_without_doubt_there_is_nothing_to_solve(value):
    known = torch.full((1, 1, 8, 8), value)
    assert torch.equal(matting.estimate_alpha(torch.rand(1, 3, 8, 8), known), known)


def test_one_stroke_or_a_box_finds_the_disc(hard_disc):
    picture, disc = hard_disc
    nothing = torch.zeros_like(disc)
    assert overlap(matting.segment(picture, patch(96, (44, 52), (40, 56)), nothing), disc) > 0.97
    assert overlap(matting.segment(picture, nothing, nothing, (15, 15, 81, 81)), disc) > 0.97
    beside = patch(96, (2, 8), (10, 80))
    assert overlap(matting.segment(picture, nothing, beside), disc) > 0.97


def test_strokes_are_always_respected(hard_disc):
    picture, disc = hard_disc
    keep, beside, inside = patch(96, (44, 52), (40, 56)), patch(96, (5, 9), (5, 30)), patch(96, (30, 40), (50, 54))
    nothing = torch.zeros_like(disc)
    assert (matting.segment(picture, torch.maximum(keep, beside), nothing)[beside > 0] == 1).all()
    assert (matting.segment(picture, keep, inside)[inside > 0] == 0).all()
    # Even against a box, and on a copy that is much smaller than the picture.
    large, marks = resize(picture, (480, 480)), [interpolate(one, scale_factor=5) for one in (beside, inside)]
    cut = matting.segment(large, *marks, (75, 75, 405, 405))
    assert (cut[marks[0] > 0] == 1).all() and (cut[marks[1] > 0] == 0).all()


def test_a_box_means_the_same_in_a_thin_picture(hard_disc):
    picture, _ = hard_disc
    thin = picture[..., :4].clone()
    thin[..., 20:70, :] = torch.tensor((0.9, 0.3, 0.1)).view(1, 3, 1, 1)
    nothing = torch.zeros(1, 1, 96, 4)
    cut = matting.segment(thin, nothing, nothing, (0, 5, 4, 91))
    assert cut[..., 25:65, :].all() and not cut[..., :15, :].any()


def test_a_matte_is_carried_to_four_times_the_size_along_the_edge():
    x, y = places(256)
    round_about = 70 + 12 * torch.sin(9 * torch.atan2(y - 128, x - 128))
    alpha = ((round_about - torch.hypot(x - 128, y - 128)) / 3 + 0.5).clamp(0, 1)[None, None]
    large = matting.composite(scene(256)[0], alpha, scene(256)[1])
    small, coarse = resize(large, (64, 64)), interpolate(alpha, (64, 64), mode="area")
    plain = interpolate(coarse, (256, 256), mode="bilinear", align_corners=False)
    fine = matting.upsample(coarse, small, large)
    assert (fine - alpha).abs().mean() < 0.25 * (plain - alpha).abs().mean()


def test_composite_is_linear_between_its_ends():
    thing, behind = torch.rand(2, 1, 3, 5, 7)
    assert torch.equal(matting.composite(thing, torch.ones(1, 1, 5, 7), behind), thing)
    assert torch.equal(matting.composite(thing, torch.zeros(1, 1, 5, 7), behind), behind)
    quarter = matting.composite(thing, torch.full((1, 1, 5, 7), 0.25), behind)
    np.testing.assert_allclose(quarter, 0.25 * thing + 0.75 * behind, atol=1e-6)
