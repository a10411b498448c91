"""What every method draws on: coordinates, streams of chance, soft edges, and the way back to a tensor.

One unit of length is the shorter side of the picture, so a method measures in shares of the picture and knows nothing
of pixels, but for the softness of its edges: the same seed at another size is the same picture, sharper.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[Any]
Size = int | tuple[int, int]  # the side of a square, or width and height, in pixels


class Canvas:
    """An empty picture.

    Attributes:
        width: in pixels.
        height: in pixels.
        side: pixels of one unit of length, the shorter side.
        across: width in units, 1 or more.
        down: height in units, 1 or more.
        tile: whether the left edge is to go on at the right one, and the top at the bottom.
        x: ``(1, W)``, the centres of the pixels from the left, in units.
        y: ``(H, 1)``, from the top.
    """

    def __init__(self, size: Size, seed: int, *, tile: bool = False):
        self.width, self.height = (size, size) if isinstance(size, int) else size
        self.side = min(self.width, self.height)
        self.across, self.down = self.width / self.side, self.height / self.side
        self.tile = tile
        self.seed = seed
        self.x = ((np.arange(self.width, dtype=np.float32) + 0.5) / self.side)[None]
        self.y = ((np.arange(self.height, dtype=np.float32) + 0.5) / self.side)[:, None]
        self._streams = 0

    def random(self) -> np.random.Generator:
        """Return the next stream of chance: what one part of a picture draws never shifts another's numbers."""
        self._streams += 1
        return np.random.default_rng([self.seed, self._streams])

    def cells(self, count: float) -> tuple[int, int]:
        """Return how many columns and rows of `count` cells a unit the picture has, at least one."""
        return max(1, round(count * self.across)), max(1, round(count * self.down))

    def waves(self, along_x: float, along_y: float) -> Array:
        """Return the phase, in turns, of a plane wave with so many turns a unit; whole turns if it has to tile."""
        if self.tile:
            along_x, along_y = round(along_x * self.across) / self.across, round(along_y * self.down) / self.down
        return np.float32(along_x) * self.x + np.float32(along_y) * self.y

    def copies(self, x: float, y: float, reach: float) -> Iterator[tuple[float, float]]:
        """Yield a place and, on a torus, those of its repetitions that are seen within `reach`."""
        shifts = (0, -1, 1) if self.tile else (0,)
        for i in shifts:
            for j in shifts:
                at = x + i * self.across, y + j * self.down
                if -reach < at[0] < self.across + reach and -reach < at[1] < self.down + reach:
                    yield at

    def window(self, left: float, top: float, right: float, bottom: float) -> tuple[slice, slice]:
        """Return the rows and columns of the pixels within a box given in units, cut to the picture."""
        first = [max(0, int(np.floor(v * self.side))) for v in (top, left)]
        last = [max(0, int(np.ceil(v * self.side))) for v in (bottom, right)]
        return slice(first[0], last[0]), slice(first[1], last[1])

    def empty(self, color: Array) -> Array:
        """Return a picture ``(H, W, 3)`` of one colour."""
        return np.broadcast_to(color, (self.height, self.width, 3)).astype(np.float32)


def edge(value: Array, at: float, pixels: float) -> Array:
    """Return 0 below `at` and 1 above it, with a slope one pixel wide; `pixels` make one unit of `value`."""
    return np.clip((value - at) * pixels + 0.5, 0, 1).astype(np.float32)


def slope(value: Array) -> Array:
    """Return how much a picture's value changes from one pixel to the next, ``(H, W)``; never 0."""
    dy, dx = np.gradient(value) if min(value.shape) > 1 else (np.zeros_like(value),) * 2
    return np.sqrt(dx * dx + dy * dy) + np.float32(1e-7)


def mix(below: Array, above: Array, cover: Array) -> Array:
    """Lay a colour or picture over another where `cover`, ``(H, W)`` in [0, 1], says so."""
    return below + cover[..., None] * (above - below)


def tensor(picture: Array) -> Tensor:
    """Turn ``(H, W, 3)`` into ``(1, 3, H, W)`` float32, clipped to [0, 1]."""
    return torch.from_numpy(np.clip(picture, 0, 1).astype(np.float32, copy=False)).permute(2, 0, 1)[None].contiguous()
