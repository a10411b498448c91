from pathlib import Path

import pytest
import torch
from PIL import Image

from genimg import checkpoints
from genimg.core.images import to_tensor

REFERENCE = Path(__file__).parents[1] / "data" / "photo-upscaler"


@pytest.fixture(scope="module")
def model():
    return checkpoints.load("photo-upscaler").cpu()


def test_agrees_with_the_original_network(model):
    """What ncnn makes of the original file, kept in 8 bits."""
    made = model(to_tensor(Image.open(REFERENCE / "photo.png")))
    original = to_tensor(Image.open(REFERENCE / "enlarged.png"))
    assert (made - original).abs().max() < 0.5 / 255 + 3e-4


@pytest.mark.parametrize("size", [(1, 1), (1, 60), (33, 2)])
def test_any_size_doubles(model, size):
    made = model(torch.rand(2, 3, *size))
    assert made.shape == (2, 3, 2 * size[0], 2 * size[1])
    assert made.min() >= 0 and made.max() <= 1
