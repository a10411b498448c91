import itertools

import numpy as np
import pytest
import torch

from genimg.algorithms.quilting import minimal_cut, quilt
from genimg.core.errors import UserError


def last(steps):
    *_, step = steps
    return step.image


@pytest.fixture(scope="module")
def waves():
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(96.0), indexing="ij")
    noise = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    return (0.5 + 0.35 * torch.sin(x / 3) * torch.cos(y / 4)).expand(1, 3, -1, -1) * 0.9 + 0.1 * noise


def cost(error, path):
    return sum(error[row, column] for row, column in enumerate(path))


@pytest.mark.parametrize("seed", range(5))
def test_the_cut_is_the_best_of_all_paths(seed):
    error = np.random.default_rng(seed).random((5, 4))
    paths = itertools.product(range(4), repeat=5)
    best = min(
        cost(error, path) for path in paths if all(abs(a - b) <= 1 for a, b in zip(path, path[1:], strict=False))
    )
    found = minimal_cut(error)
    assert np.abs(np.diff(found)).max() <= 1
    assert cost(error, found) == pytest.approx(best)


def test_a_flat_texture_stays_flat():
    flat = torch.tensor([0.2, 0.5, 0.8]).view(1, 3, 1, 1).expand(1, 3, 48, 48)
    made = last(quilt(flat, 100, 130, block=24, overlap=6))
    assert made.shape == (1, 3, 100, 130)
    assert torch.equal(made, flat[..., :1, :1].expand_as(made))


def test_every_pixel_comes_from_the_sample(waves):
    made = last(quilt(waves, 120, 90, block=24, overlap=6))
    colors = {tuple(color) for color in waves[0].flatten(1).T.tolist()}
    assert {tuple(color) for color in made[0].flatten(1).T.tolist()} <= colors


def test_seeds(waves):
    one, same, other = (last(quilt(waves, 96, 96, block=24, overlap=6, seed=seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_it_grows_row_by_row(waves):
    steps = list(quilt(waves, 96, 96, block=24, overlap=6))
    assert [step.index for step in steps] == list(range(1, steps[0].total + 1))
    assert (steps[0].image[..., -10:, :] == 0).all() and (steps[-1].image > 0).all()


def test_a_tile_has_no_seam(waves):
    def seam(picture):
        """Differences over the border, in units of those between neighbours inside."""
        across = (picture[..., 0] - picture[..., -1]).abs().mean() / picture.diff(dim=3).abs().mean()
        down = (picture[..., 0, :] - picture[..., -1, :]).abs().mean() / picture.diff(dim=2).abs().mean()
        return max(across, down).item()

    for height, width in ((100, 100), (77, 131)):
        made = last(quilt(waves, height, width, block=24, overlap=8, tile=True))
        assert made.shape[-2:] == (height, width)
        assert seam(made) < 1.5
    assert seam(last(quilt(waves, 100, 100, block=24, overlap=8))) > 1.6


@pytest.mark.parametrize("block,overlap", [(97, 10), (24, 12), (24, 0), (2, 1)])
def test_sizes_that_do_not_agree(waves, block, overlap):
    with pytest.raises(UserError, match="A block must be at most 96"):
        next(quilt(waves, 200, 200, block=block, overlap=overlap))
