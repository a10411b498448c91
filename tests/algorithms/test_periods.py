"""Periods: known waves are found, none in what has none, and whole ones fit a tile after a small warp."""

import cv2
import numpy as np
import pytest
import torch

from genimg.algorithms import periods
from genimg.algorithms.quilting import quilt


def picture(values):
    return torch.from_numpy(np.asarray(values, np.float32)).expand(1, 3, -1, -1)


def courses(height, slope=0.0, length=48, size=(180, 200)):
    """Bricks whose courses are so high, a lighter joint of two pixels between them, and rise to the right."""
    y, x = np.mgrid[: size[0], : size[1]].astype(float)
    y += slope * x
    shifted = x + (y // height % 2) * length / 2
    return np.where((y % height < 2) | (shifted % length < 2), 0.9, 0.4)


def scales(size=160):
    y, x = np.mgrid[:size, :size]
    return 0.5 + 0.2 * np.cos(2 * np.pi * (y / 30 + x / 25)) + 0.2 * np.cos(2 * np.pi * (y / 30 - x / 25))


@pytest.mark.parametrize(("height", "slope"), [(23, 0.0), (20.4, 0.05), (17, -0.1)])
def test_the_courses_of_bricks_are_found(height, slope):
    first, *_ = periods.waves(picture(courses(height, slope)))
    first = first * np.sign(first[0])
    assert first == pytest.approx((1 / height, slope / height), abs=1e-3)


def test_two_waves_span_a_lattice():
    found = periods.waves(picture(scales()))
    assert len(found) == 2
    assert sorted(abs(found).round(3).tolist()) == [[0.033, 0.04], [0.033, 0.04]]
    assert np.prod(found) < 0  # one falls to the right, the other rises


@pytest.mark.parametrize("size", [(1, 1), (7, 90), (128, 128)])
def test_noise_and_flat_colours_have_none(size):
    assert len(periods.waves(torch.rand(1, 3, *size))) == 0
    assert len(periods.waves(torch.full((1, 3, *size), 0.3))) == 0


def test_a_warp_makes_periods_whole():
    for drawn in (courses(23, 0.05), scales()):
        sample = picture(drawn)
        warped, waves = periods.fitted(sample, periods.waves(sample), 200, 220)
        cycles = waves * (200, 220)
        assert cycles == pytest.approx(cycles.round(), abs=1e-9) and (abs(cycles).max(1) > 5).all()
        assert min(warped.shape[-2:]) > 130
        again = periods.waves(warped)
        assert np.allclose(abs(again), abs(waves), atol=7e-4)


def test_what_would_be_bent_too_much_stays():
    sample = picture(courses(30))
    waves = periods.waves(sample)
    assert periods.fitted(sample, waves, 44, 44)[0] is sample
    assert periods.fitted(sample, waves[:0], 44, 44)[0] is sample


@pytest.mark.parametrize("seed", range(3))
def test_a_tile_of_scales_has_no_seam(seed):
    """What lies across the border is as like the sample as what lies elsewhere."""
    drawn, side = scales().astype(np.float32), 24
    *_, last = quilt(picture(drawn), 200, 210, block=48, overlap=12, tile=True, seed=seed)
    around = np.pad(last.image[0, 0].numpy(), (side // 2, side // 2), mode="wrap")
    strange = [
        [cv2.matchTemplate(drawn, around[y : y + side, x : x + side], cv2.TM_SQDIFF).min() for x in range(0, 210, 6)]
        for y in range(0, 200, 6)
    ]
    strange = np.array(strange)
    usual = strange[3:, 3:].mean()
    assert strange[0].mean() < 1.5 * usual and strange[:, 0].mean() < 1.5 * usual
