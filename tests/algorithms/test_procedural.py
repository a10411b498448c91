import inspect

import numpy as np
import pytest
import torch

from genimg.algorithms.procedural import METHODS, PALETTES, STYLES, formulas, reaction
from genimg.algorithms.procedural.cells import _bands
from genimg.algorithms.procedural.noise import at_points, gradients, on_grid
from genimg.algorithms.procedural.palettes import luminance, parse

SIDE = 96
# Grown or painted ones are made smaller, coarser and fewer: they take the longest.
QUICK = {"reaction": {"detail": 5.0}, "brush": {"width": 2.0, "length": 2.0}}


def make(name, side=SIDE, seed=3, palette=None, **options):
    return METHODS[name](side, seed, palette, **(QUICK.get(name, {}) | options))


@pytest.mark.parametrize("name", METHODS)
def test_deterministic_by_seed_and_worth_looking_at(name):
    picture = make(name)
    assert picture.shape == (1, 3, SIDE, SIDE) and picture.dtype == torch.float32
    assert picture.min() >= 0 and picture.max() <= 1
    assert torch.equal(picture, make(name))
    assert not torch.equal(picture, make(name, seed=4))
    assert picture.std() > 0.05  # not blank


@pytest.mark.parametrize("name", METHODS)
def test_tiles_wrap_around(name):
    picture = make(name, 128, tile=True)[0]
    for axis in (1, 2):
        moved = torch.roll(picture, 1, axis)
        steps = (picture - moved).abs().mean(dim=(0, 3 - axis))  # from each line to the next; the first is the border
        assert steps[0] <= 1.05 * steps[1:].max() + 1e-3


@pytest.mark.parametrize("name", METHODS)
def test_another_size_is_the_same_picture(name):
    small, large = (make(name, side) for side in (128, 256))
    halved = torch.nn.functional.avg_pool2d(large, 2)
    other = torch.nn.functional.avg_pool2d(make(name, 256, seed=4), 2)
    near, far = ((small - picture).abs().mean() for picture in (halved, other))
    assert near < 0.35 * far


@pytest.mark.parametrize("name", METHODS)
def test_wide_pictures_and_named_palettes(name):
    wide = make(name, (120, 60), palette="Lagoon", tile=True)
    assert wide.shape == (1, 3, 60, 120) and wide.std() > 0.04
    assert not torch.equal(wide, make(name, (120, 60), palette="Ember", tile=True))


def test_the_styles_are_called_with_side_and_seed():
    assert list(STYLES)[0] == "Stained glass" and len(STYLES) == 12 and "Waves" in STYLES
    for style in STYLES.values():
        required = [p for p in inspect.signature(style).parameters.values() if p.default is p.empty]
        assert len(required) == 2


def test_gradient_noise_is_zero_at_lattice_points_and_the_same_both_ways():
    lattice = gradients(np.random.default_rng(0), 5, 4)
    corners = np.arange(5, dtype=np.float32)
    assert np.abs(on_grid(lattice, corners, corners[:4])).max() == 0
    u, v = np.linspace(0, 9, 40, dtype=np.float32), np.linspace(-3, 5, 30, dtype=np.float32)
    grid, points = on_grid(lattice, u, v), at_points(lattice, *np.meshgrid(u, v))
    np.testing.assert_allclose(grid, points, atol=1e-6)
    assert 0.3 < np.abs(grid).max() < 1
    # Halfway between a corner with the gradient (1, 0) and others, along x: 1/2 of 1/2 from each side.
    flat = np.ones((2, 2), np.complex64)
    assert on_grid(flat, np.array([0.25], np.float32), np.array([0.0], np.float32))[0, 0] == pytest.approx(0.1464844)


def test_a_uniform_state_stays_uniform_and_moves_as_the_equations_say():
    u, v = np.full((8, 9), 0.5, np.float32), np.full((8, 9), 0.25, np.float32)
    reaction.step(u, v, feed=0.04, kill=0.06)
    np.testing.assert_allclose(u[1:-1, 1:-1], 0.5 - 0.5 * 0.25**2 + 0.04 * 0.5, rtol=1e-6)
    np.testing.assert_allclose(v[1:-1, 1:-1], 0.25 + 0.5 * 0.25**2 - 0.1 * 0.25, rtol=1e-6)
    empty, nothing = np.ones((8, 9), np.float32), np.zeros((8, 9), np.float32)
    reaction.step(empty, nothing, feed=0.04, kill=0.06)
    assert (empty == 1).all() and (nothing == 0).all()


def test_strands_of_a_tiling_are_followed():
    # Four tiles about one circle: the arcs round their common corner are one strand.
    turned = np.array([[False, True], [True, False]])
    bands = _bands(turned, closed=False)
    ring = {bands[0, 0, 1], bands[0, 1, 1], bands[1, 0, 0], bands[1, 1, 0]}
    assert len(ring) == 1 and len(np.unique(bands)) == 5


def test_dull_expressions_are_told_from_good_ones():
    y, x = np.mgrid[0:64, 0:64] / 64
    assert formulas.dullness(np.zeros((64, 64))) > 0
    assert formulas.dullness(np.sin(9 * x)) > 0  # changes along x alone
    assert formulas.dullness(np.random.default_rng(0).random((64, 64))) > 0
    assert formulas.dullness(np.sin(9 * x) + np.cos(7 * y + 3 * x)) <= 0
    dull = sum(formulas.dullness(formulas._found(seed, 5, False)(_trial())) > 0 for seed in range(30))
    assert dull <= 1


def _trial():
    return formulas._View(formulas.Canvas(64, 0), 1.0, 1.0).trial()


@pytest.mark.parametrize("name", PALETTES)
def test_palettes_go_from_light_to_dark(name):
    light = luminance(parse(PALETTES[name]))
    assert 5 <= len(light) <= 8
    assert light[0] > 0.9 and light[-1] < 0.3 and light[0] == light.max() and light[-1] == light.min()
