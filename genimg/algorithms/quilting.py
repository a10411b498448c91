"""Image quilting: a larger texture sewn from patches of a small one, along seams where they differ least.

Efros and Freeman 2001, "Image Quilting for Texture Synthesis and Transfer" (SIGGRAPH).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genimg.algorithms import periods
from genimg.core.errors import UserError
from genimg.core.steps import Step

Array = NDArray[Any]
_STEP = 10.0  # the misfit that a block a cycle out of step would have, in that of any block


def quilt(
    exemplar: Tensor,
    height: int,
    width: int,
    *,
    block: int = 48,
    overlap: int = 12,
    tolerance: float = 0.1,
    tile: bool = False,
    seed: int = 0,
) -> Iterator[Step]:
    """Sew a picture of any size from blocks of `exemplar`, row by row.

    Each block is drawn from those that fit what is there already almost as well as the best one, and is cut along the
    path through the overlap on which the two differ least. Departing from the paper, the very blocks that lay beside
    the neighbours in the exemplar are left out as far as there are others: they fit perfectly, and would copy it whole.
    For a tile of what clearly repeats, as bricks do, the exemplar is warped a little so that whole periods fit, and all
    blocks keep step with it; see `genimg.algorithms.periods`.

    Args:
        exemplar: ``(1, 3, h, w)`` in [0, 1].
        height: of the result in pixels.
        width: of the result in pixels.
        block: side of a block; at most the exemplar's shorter side and, for a tile, the result's.
        overlap: how far neighbours overlap at least, in pixels, below half a block.
        tolerance: how much worse than the best block one may fit, as a fraction of its squared error.
        tile: let the last blocks of rows and columns fit the first ones, so that the result repeats without a seam.
        seed: the same seed chooses the same blocks.

    Yields:
        A `Step` for each row of blocks, with the whole picture, black where nothing lies yet.

    Raises:
        UserError: if the sizes do not agree.
    """
    waves = np.zeros((0, 2))
    if tile:
        exemplar, waves = periods.fitted(exemplar, periods.waves(exemplar), height, width)
    source = np.ascontiguousarray(exemplar[0].permute(1, 2, 0).float().cpu().numpy())
    largest = min(*source.shape[:2], *((height, width) if tile else ()))
    if not 2 <= 2 * overlap < block <= largest:
        raise UserError(
            f"A block must be at most {largest} pixels and more than twice the overlap; got {block} and {overlap}."
        )
    rows, columns = (_places(side, block, overlap, tile) for side in (height, width))
    # Where nothing repeats, the last blocks reach over the border.
    canvas_size = (height, width) if tile else (rows[-1] + block, columns[-1] + block)
    canvas = np.zeros((*canvas_size, 3), np.float32)
    chosen: dict[tuple[int, int], tuple[int, int]] = {}
    rng = np.random.default_rng(seed)
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            ys, xs = (
                np.arange(start, start + block) % side for start, side in zip((top, left), canvas_size, strict=True)
            )
            window = canvas[np.ix_(ys, xs)]
            known = _Known(
                top=rows[i - 1] + block - top if i else 0,
                left=columns[j - 1] + block - left if j else 0,
                bottom=top + block - height if tile and i == len(rows) - 1 else 0,
                right=left + block - width if tile and j == len(columns) - 1 else 0,
            )
            error = _misfit(source, window, known)
            if chosen:
                _keep_step(error, chosen[0, 0], (top, left), waves)
            for neighbour, place in (((i, j - 1), (0, left - columns[j - 1])), ((i - 1, j), (top - rows[i - 1], 0))):
                if neighbour in chosen:
                    _forbid(error, chosen[neighbour], place, block // 4)
            y, x = chosen[i, j] = _draw(error, tolerance, rng)
            patch = source[y : y + block, x : x + block]
            canvas[np.ix_(ys, xs)] = np.where(_new(window, patch, known)[..., None], patch, window)
        picture = torch.from_numpy(canvas[:height, :width].copy()).permute(2, 0, 1)[None]
        yield Step(i + 1, len(rows), picture)


@dataclass(frozen=True)
class _Known:
    """How many pixels of a window lie under blocks that are there already, from each side."""

    top: int
    left: int
    bottom: int
    right: int


def _places(side: int, block: int, overlap: int, tile: bool) -> list[int]:
    """Return where blocks begin along one side: evenly, so that overlaps differ by a pixel and the ends meet."""
    if tile:
        count = math.ceil(side / (block - overlap))
        return [round(i * side / count) for i in range(count)]
    count = max(1, math.ceil((side - overlap) / (block - overlap)))
    return [i * (block - overlap) for i in range(count)]


def _misfit(source: Array, window: Array, known: _Known) -> Array:
    """Return for every place in the exemplar the squared error of its block where the window is known.

    The known part is a frame; cut into four rectangles, each is one matching in OpenCV, which works by FFT.
    """
    block = len(window)
    inner = slice(known.top, block - known.bottom)
    total = np.zeros((source.shape[0] - block + 1, source.shape[1] - block + 1), np.float32)
    everything = slice(0, block)
    for ys, xs in (
        (slice(0, known.top), everything),
        (slice(block - known.bottom, block), everything),
        (inner, slice(0, known.left)),
        (inner, slice(block - known.right, block)),
    ):
        part = window[ys, xs]
        if part.size:
            # Of the exemplar, what this rectangle can lie on while the block stays inside.
            field = source[ys.start : ys.start + len(total) + len(part) - 1,
                           xs.start : xs.start + total.shape[1] + part.shape[1] - 1]  # fmt: skip
            total += cv2.matchTemplate(field, np.ascontiguousarray(part), cv2.TM_SQDIFF)
    return total.clip(min=0)  # by FFT, a perfect fit may come out a little below zero


def _keep_step(error: Array, first: tuple[int, int], offset: tuple[int, int], waves: Array) -> None:
    """Make places the worse, the further their waves are out of step with those of the first block.

    Args:
        error: of every place, changed in place.
        first: the place of the first block.
        offset: of this block from that one in the result.
        waves: ``(n, 2)``, see `genimg.algorithms.periods.waves`.
    """
    y, x = np.ogrid[: error.shape[0], : error.shape[1]]
    usual = error.mean()
    for down, across in waves:
        cycles = down * (y - first[0] - offset[0]) + across * (x - first[1] - offset[1])
        error += _STEP * usual * np.square(cycles - cycles.round())


def _forbid(error: Array, neighbour: tuple[int, int], offset: tuple[int, int], radius: int) -> None:
    """Leave out the places that continue a neighbour as the exemplar does, unless none would remain."""
    y, x = neighbour[0] + offset[0], neighbour[1] + offset[1]
    around = np.s_[max(0, y - radius) : max(0, y + radius + 1), max(0, x - radius) : max(0, x + radius + 1)]
    kept = error[around].copy()
    error[around] = np.inf
    if not np.isfinite(error).any():
        error[around] = kept


def _draw(error: Array, tolerance: float, rng: np.random.Generator) -> tuple[int, int]:
    """Return one of the places (y, x) whose error is at most 1 + `tolerance` times the smallest."""
    # A thousandth of the mean stands for rounding, or a flat texture would offer one block alone.
    finite = error[np.isfinite(error)]
    good = np.flatnonzero(error <= (1 + tolerance) * finite.min() + 1e-6 * (1 + finite.mean()))
    y, x = np.unravel_index(rng.choice(good), error.shape)
    return int(y), int(x)


def _new(window: Array, patch: Array, known: _Known) -> Array:
    """Return where a window takes the new patch, ``(block, block)`` of bool: inside the cuts on all known sides."""
    difference = np.square(window - patch).sum(2)
    along = np.arange(len(window))
    new = np.ones(difference.shape, bool)
    if known.left:
        new &= along[None, :] >= minimal_cut(difference[:, : known.left])[:, None]
    if known.top:
        new &= along[:, None] >= minimal_cut(difference[: known.top].T)[None, :]
    if known.right:
        new &= along[::-1][None, :] >= minimal_cut(difference[:, ::-1][:, : known.right])[:, None]
    if known.bottom:
        new &= along[::-1][:, None] >= minimal_cut(difference[::-1][: known.bottom].T)[None, :]
    return new


def minimal_cut(error: Array) -> Array:
    """Return the path from the first row to the last, a column in each, on which `error` sums to the least.

    From one row to the next the path moves by at most a column. By dynamic programming.

    Args:
        error: ``(rows, columns)``, not negative.

    Returns:
        ``(rows,)`` columns.
    """
    count = len(error)
    costs = np.pad(error.astype(np.float64), ((0, 0), (1, 1)), constant_values=np.inf)
    for row in range(1, count):
        above = costs[row - 1]
        costs[row, 1:-1] += np.minimum(np.minimum(above[:-2], above[1:-1]), above[2:])
    path = np.empty(count, int)
    path[-1] = costs[-1].argmin()
    for row in range(count - 2, -1, -1):
        place = path[row + 1]
        path[row] = place - 1 + costs[row, place - 1 : place + 2].argmin()
    return path - 1
