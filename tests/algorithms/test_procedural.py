import pytest
import torch

from genimg.algorithms.procedural import STYLES


@pytest.mark.parametrize("make", STYLES.values(), ids=STYLES)
def test_deterministic_by_seed_and_worth_looking_at(make):
    picture = make(96, 3)
    assert picture.shape == (1, 3, 96, 96) and picture.dtype == torch.float32
    assert picture.min() >= 0 and picture.max() <= 1
    assert torch.equal(picture, make(96, 3))
    assert not torch.equal(picture, make(96, 4))
    assert picture.std() > 0.05  # not blank


def test_another_size_is_the_same_picture():
    small, large = (STYLES["Stained glass"](side, 1) for side in (64, 128))
    halved = torch.nn.functional.avg_pool2d(large, 2)
    assert (small - halved).abs().mean() < 0.05
