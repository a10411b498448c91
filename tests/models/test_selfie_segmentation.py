from pathlib import Path

import pytest
import torch
from PIL import Image

from genimg import checkpoints
from genimg.core.images import resize, to_tensor

REFERENCE = Path(__file__).parents[1] / "data" / "selfie-segmentation"


@pytest.fixture(scope="module")
def model():
    return checkpoints.load("selfie-segmentation").cpu()


@pytest.fixture(scope="module")
def photo():
    return to_tensor(Image.open(REFERENCE / "photo.png"))


def test_agrees_with_the_original_network(model, photo):
    original = to_tensor(Image.open(REFERENCE / "map.png"))[:, :1]
    assert (model(photo) - original).abs().max() < 0.5 / 255 + 1e-4  # the map was kept in 8 bits


def test_a_larger_photo_has_the_same_person_in_it(model, photo):
    large = model(resize(photo, (400, 520)))
    assert large.shape == (1, 1, 400, 520)
    assert (resize(large, (256, 256)) - model(photo)).abs().mean() < 0.03


@pytest.mark.parametrize("size", [(1, 1), (3, 300), (256, 31)])
def test_any_size_stays(model, size):
    found = model(torch.rand(2, 3, *size))
    assert found.shape == (2, 1, *size)
    assert torch.isfinite(found).all() and found.min() >= 0 and found.max() <= 1
