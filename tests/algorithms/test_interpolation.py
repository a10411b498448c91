import math

import pytest
import torch

from genimg.algorithms.interpolation import METHODS, interpolate, keyframes, slerp
from genimg.core.errors import UserError


@pytest.mark.parametrize("method", ["linear", "spherical"])
def test_both_ends_are_met(method):
    a, b = torch.randn(64), torch.randn(64)
    way = interpolate(a, b, 9, method)
    assert way.shape == (9, 64)
    assert torch.equal(way[0], a) and torch.equal(way[-1], b)


def test_the_arc_of_a_right_angle():
    middle = slerp(torch.tensor([1.0, 0]), torch.tensor([0, 1.0]), torch.tensor([1 / 3, 0.5]))
    assert torch.allclose(middle[1], torch.tensor([math.sqrt(0.5)] * 2), atol=1e-6)
    assert torch.allclose(middle[0], torch.tensor([math.cos(math.pi / 6), math.sin(math.pi / 6)]), atol=1e-6)


def test_lengths_change_evenly():
    way = interpolate(torch.tensor([2.0, 0]), torch.tensor([0, 4.0]), 5, "spherical")
    assert torch.allclose(way.norm(dim=1), torch.tensor([2.0, 2.5, 3.0, 3.5, 4.0]), atol=1e-5)


@pytest.mark.parametrize("end", [[2.0, 0.0], [-1.0, 0.0], [0.0, 0.0]])
def test_vectors_without_an_arc_go_straight(end):
    start, end = torch.tensor([1.0, 0.0]), torch.tensor(end)
    assert torch.allclose(interpolate(start, end, 3, "spherical")[1], (start + end) / 2, atol=1e-6)


def test_an_unknown_way_is_refused():
    with pytest.raises(UserError, match="linear, spherical; got 'zigzag'"):
        interpolate(torch.ones(2), torch.ones(2), 3, "zigzag")


@pytest.mark.parametrize("method", METHODS)
def test_keyframes_visit_each_point_and_slow_down_there(method):
    points = torch.randn(4, 6)
    way = keyframes(points, 9, method)
    assert way.shape == (31, 6) and torch.allclose(way[::10], points, atol=1e-5)
    steps = way.diff(dim=0).norm(dim=1)[:10]
    assert steps[0] < steps[4] / 3 and steps[9] < steps[4] / 3
    loop = keyframes(points, 9, method, loop=True)
    assert loop.shape == (40, 6) and torch.allclose(loop[:31], way, atol=1e-5)
    assert torch.allclose(loop[31:], keyframes(points[[3, 0]], 9, method)[1:-1], atol=1e-5)


def test_keyframes_of_an_unknown_way_are_refused():
    with pytest.raises(UserError, match="cubic"):
        keyframes(torch.randn(2, 3), 3, "cubic")
