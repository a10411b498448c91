from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn.functional import avg_pool2d

from genimg import checkpoints
from genimg.core.images import to_tensor

REFERENCE = Path(__file__).parents[1] / "data" / "arbitrary-style"


@pytest.fixture(scope="module")
def model():
    return checkpoints.load("arbitrary-style").cpu()


def picture(name):
    return to_tensor([Image.open(REFERENCE / name)])


def test_agrees_with_the_original_network(model):
    vector = model.style_vector(picture("style.png"))
    assert vector.shape == (1, 100)
    original = torch.from_numpy(np.load(REFERENCE / "style_vector.npy"))
    assert (vector[0] - original).abs().max() < 0.06
    painted = model(picture("content.png"), vector, smooth=False)
    assert (painted - picture("output.png")).abs().mean() < 0.03


@pytest.mark.parametrize("size", [(64, 64), (61, 90), (5, 250), (1, 1), (258, 31)])
def test_any_size_stays(model, size):
    painted = model(torch.rand(1, 3, *size), torch.zeros(1, 100))
    assert painted.shape == (1, 3, *size)
    assert torch.isfinite(painted).all() and painted.min() >= 0 and painted.max() <= 1


def test_one_style_for_several_pictures(model):
    with torch.no_grad():
        pictures, vector = torch.rand(2, 3, 32, 32), torch.randn(1, 100)
        torch.testing.assert_close(model(pictures, vector)[1:], model(pictures[1:], vector), atol=1e-4, rtol=1e-3)


def test_no_pattern_is_woven_and_the_rim_is_like_the_rest(model):
    slope = torch.linspace(0.3, 0.5, 128).expand(1, 3, 128, 128)
    content, vector = picture("content.png"), model.style_vector(picture("style.png"))

    def weave(painted):
        """How much brighter some places of a grid of 4 pixels are than others."""
        fine = (painted - avg_pool2d(painted, 5, 1, 2))[..., 8:-8, 8:-8]
        height, width = (side // 4 for side in fine.shape[-2:])
        return fine[..., : 4 * height, : 4 * width].reshape(3, height, 4, width, 4).mean((1, 3)).std()

    def fringe(painted):
        """How much it jumps beside the left rim, where the slope is as even as anywhere."""
        return painted[..., :8].diff(dim=-1).abs().mean()

    with torch.no_grad():
        assert weave(model(content, vector)) < 0.3 * weave(model(content, vector, smooth=False))
        assert fringe(model(slope, vector)) < 0.6 * fringe(model(slope, vector, smooth=False))
