from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

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
    painted = model(picture("content.png"), vector)
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
