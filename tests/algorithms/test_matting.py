import gc
import sys

import numpy as np
import pytest
import torch
from numba.core.dispatcher import Dispatcher
from torch.nn.functional import interpolate

from genimg.algorithms import closed_form, matting
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


def patch(side, rows, columns):
    mask = torch.zeros(1, 1, side, side)
    mask[..., slice(*rows), slice(*columns)] = 1
    return mask


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


def test_a_matte_is_carried_to_four_times_the_size_along_the_edge():
    x, y = places(256)
    round_about = 70 + 12 * torch.sin(9 * torch.atan2(y - 128, x - 128))
    alpha = ((round_about - torch.hypot(x - 128, y - 128)) / 3 + 0.5).clamp(0, 1)[None, None]
    large = matting.composite(scene(256)[0], alpha, scene(256)[1])
    small, coarse = resize(large, (64, 64)), interpolate(alpha, (64, 64), mode="area")
    plain = interpolate(coarse, (256, 256), mode="bilinear", align_corners=False)
    fine = matting.upsample(coarse, small, large)
    assert (fine - alpha).abs().mean() < 0.25 * (plain - alpha).abs().mean()


@pytest.mark.parametrize("rim", [2, 8])
def test_the_band_follows_a_softer_edge(rim):
    x, y = places(160)
    alpha = ((45 - torch.hypot(x - 80, y - 80)) / rim + 0.5).clamp(0, 1)[None, None]
    red, green = (torch.tensor(colour).view(1, 3, 1, 1) / 255 for colour in ((200.0, 30, 40), (20.0, 200, 40)))
    photo = matting.composite(red, alpha, green)
    inside, nothing = (alpha > 0.7).float(), torch.zeros_like(alpha)  # a proposal that leaves most of the rim out
    narrow = matting.trimap(inside, nothing, nothing, 3)
    wide = matting.widened(photo, narrow, 12)
    mixed = (alpha > 0.05) & (alpha < 0.95)
    assert (wide[mixed] == 0.5).all() and (rim == 2 or (narrow[mixed] != 0.5).any())
    assert (wide == 0.5).sum() < 1.5 * (mixed | (narrow == 0.5)).sum()  # and no further
    found = matting.estimate_alpha(photo, wide)
    assert (found - alpha).abs()[mixed].mean() < 0.03
    assert (matting.estimate_foreground(photo, found) - red).abs().amax(1, keepdim=True)[mixed].mean() < 0.03


def test_composite_is_linear_between_its_ends():
    thing, behind = torch.rand(2, 1, 3, 5, 7)
    assert torch.equal(matting.composite(thing, torch.ones(1, 1, 5, 7), behind), thing)
    assert torch.equal(matting.composite(thing, torch.zeros(1, 1, 5, 7), behind), behind)
    quarter = matting.composite(thing, torch.full((1, 1, 5, 7), 0.25), behind)
    np.testing.assert_allclose(quarter, 0.25 * thing + 0.75 * behind, atol=1e-6)


def test_pymatting_is_entered_without_compiling_the_rest(monkeypatch, tmp_path):
    methods = closed_form.estimate_alpha_cf, closed_form.estimate_foreground_ml, closed_form.ichol
    assert [method.__module__ for method in methods] == [
        "pymatting.alpha.estimate_alpha_cf",
        "pymatting.foreground.estimate_foreground_ml",
        "pymatting.preconditioner.ichol",
    ]
    compiled = [one.py_func for one in gc.get_objects() if isinstance(one, Dispatcher)]
    assert not [one for one in compiled if one.__module__.startswith("pymatting.alpha")]
    # A version that is laid out otherwise is imported whole.
    (tmp_path / "pymatting").mkdir()
    (tmp_path / "pymatting" / "__init__.py").write_text("estimate_alpha_cf = estimate_foreground_ml = ichol = 'whole'")
    monkeypatch.syspath_prepend(tmp_path)
    assert closed_form._methods() == ("whole",) * 3
    del sys.modules["pymatting"]
