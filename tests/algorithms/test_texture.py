import pytest
import torch

from genimg import checkpoints
from genimg.algorithms import texture


@pytest.fixture(scope="module")
def features():
    return checkpoints.load("vgg16-features")


@pytest.fixture(scope="module")
def stripes():
    row = ((torch.arange(48) // 6) % 2).float()
    return torch.stack([row, 0.5 * row + 0.2, 1 - row]).view(1, 3, 1, 48).expand(1, 3, 48, 48).contiguous() * 0.8 + 0.1


def synthesized(features, exemplar, start, **options):
    *_, step = texture.synthesize(features, exemplar, start, **({"steps": 8} | options))
    return step.image


@pytest.mark.parametrize("statistic", texture.STATISTICS)
def test_the_picture_comes_nearer(features, stripes, statistic):
    start = texture.noise(stripes, 48, 48, seed=0)
    made = synthesized(features, stripes, start, statistic=statistic, rough=True, steps=15)
    likeness = texture.Likeness(features, stripes, statistic=statistic)
    before, after, same = (likeness(one, torch.Generator().manual_seed(0)) for one in (start, made, stripes))
    assert after < 0.85 * before
    assert same < 0.2 * after


@pytest.mark.parametrize("statistic", texture.STATISTICS)
def test_a_flat_texture_stays_flat(features, statistic):
    flat = torch.tensor([0.3, 0.5, 0.7]).view(1, 3, 1, 1).expand(1, 3, 48, 48).contiguous()
    made = synthesized(features, flat, flat, statistic=statistic)
    assert (made - flat).abs().mean() < 0.02


def test_seeds_reproduce(features, stripes):
    start = texture.noise(stripes, 32, 32, seed=0)
    one, same, other = (synthesized(features, stripes, start, seed=seed, steps=3) for seed in (0, 0, 1))
    assert torch.equal(one, same) and not torch.equal(one, other)
    assert torch.equal(start, texture.noise(stripes, 32, 32, seed=0))


def test_a_tile_is_worked_on_across_its_border(features, stripes):
    """A cut through the middle of a stripe that starts at the border is mended only where the border is seen."""
    start = stripes[..., :44].contiguous()  # 44 is no multiple of a period: a stripe of 10 at the border

    def seam(picture):
        return (picture[..., 0] - picture[..., -1]).abs().mean()

    moved = {tile: synthesized(features, stripes, start, tile=tile, steps=8) - start for tile in (True, False)}
    edge = {tile: change[..., [0, 1, -1, -2]].abs().mean() for tile, change in moved.items()}
    assert edge[True] > edge[False]


def test_the_clock_is_kept(features, stripes):
    now = iter(range(10_000))
    steps = list(texture.synthesize(features, stripes, stripes, seconds=20, clock=lambda: float(next(now))))
    assert 1 <= len(steps) <= 20 and steps[-1].metrics["seconds"] <= 22
