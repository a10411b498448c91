"""Piece by piece is the same as all at once."""

import pytest
import torch

from genimg.algorithms.tiling import tiles
from genimg.models.upscaler import Upscaler


@pytest.mark.parametrize(("height", "width", "side"), [(20, 33, 8), (8, 8, 8), (1, 5, 4), (7, 7, 64)])
def test_no_seam_shows(height, width, side):
    torch.manual_seed(0)
    network, images = Upscaler(scale=2, width=4, depth=2), torch.rand(2, 3, height, width)
    with torch.no_grad():
        *_, made = tiles(network, images, scale=2, reach=network.reach, side=side)
        torch.testing.assert_close(made, network(images))


def test_each_tile_is_shown_as_it_is_done():
    images = torch.rand(1, 3, 8, 12)
    done = [(made > 0).float().mean().item() for made in tiles(lambda x: x + 1, images, scale=1, reach=0, side=4)]
    assert done == pytest.approx([i / 6 for i in range(1, 7)])
