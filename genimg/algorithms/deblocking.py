"""Take the traces of JPEG out of a picture: how strongly it was compressed, seen in the file's own steps, and a repair.

Papers: Fan and de Queiroz 2003, "Identification of Bitmap Compression History: JPEG Detection and Quantizer Estimation"
(coefficients that come in steps); Dabov et al. 2007, "Image Denoising by Sparse 3-D Transform-Domain Collaborative
Filtering" (shrink twice, the second time by what the first has found; here without its third dimension); Yaroslavsky
1996 (a cosine transform in windows at all places); Zakhor 1992, "Iterative Procedures for Reduction of Blocking
Effects in Transform Image Coding" (what is made must be something that the file could have come from); He and Sun 2015,
"Fast Guided Filter" (colours, which the file keeps at half the size, follow the edges of the brightness).

Pictures are ``(1, 3, H, W)`` in [0, 1]; a quality is that of libjpeg, 1 to 100.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, conv2d, conv_transpose2d, interpolate, max_pool2d, pad

# The tables that the standard proposes (annex K), by rows; libjpeg scales them by the quality.
_LUMA = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
    87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
_CHROMA = (
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99,
    99, 99, 99, *(99,) * 32,
)  # fmt: skip
_TO_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
_STRIP = 128  # rows that are worked on at once: 64 coefficients of a place lie in memory
_STRIDE = 2  # pixels from one window to the next
_BLOCKS = 1500  # of a picture that are looked at to find its steps; more say nothing new
_FINEST = 95  # quality; above it steps are as small as the rounding of colours
_FEW = 50  # coefficients; fewer say nothing
_CERTAIN = 0.3  # agreement with steps; of pictures without any it is at most 0.13
_HARD, _SOFT = 0.4, 0.2  # how much of a step is taken for damage, first and then: measured on photos
_HIGHEST = 1.5  # steps of fine waves, in those of coarse ones, that the damage can be
_POSSIBLE = 0.8  # of half a step, that a coefficient may move
_EVEN = 2.25  # variance of brightness, of 255 squared, below which colours follow no edge


@dataclass(frozen=True)
class Traces:
    """How a picture was compressed.

    Attributes:
        quality: 1..95.
        grid: the row and the column, 0..7, where the first whole block begins: not 0 where a picture was cropped.
    """

    quality: int
    grid: tuple[int, int]


def find(image: Tensor) -> Traces | None:
    """Return how a picture was compressed, or None if no traces are to be seen, as at a quality above 95.

    Found are the tables of libjpeg, which most programs use, in pictures that were not resized since.
    """
    luma = 255 * _colours(image)[:, :1]
    if min(luma.shape[-2:]) < 32:
        return None
    found = [_steps(luma, grid) for grid in {(0, 0), (_begin(luma.mT), _begin(luma))}]
    score, traces = max(found, key=lambda one: one[0])
    return traces if score > _CERTAIN else None


def table(quality: int, *, chroma: bool = False) -> Tensor:
    """Return the steps ``(64,)`` that libjpeg rounds the coefficients of a block to, by rows."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    base = torch.tensor(_CHROMA if chroma else _LUMA)
    return ((base * scale + 50) // 100).clamp(1, 255).float()


def deblock(image: Tensor, quality: int, *, grid: tuple[int, int] | None = None, strength: float = 1.0) -> Tensor:
    """Return the picture without edges of blocks, ringing and bleeding colours.

    Waves in windows at all places that are weaker than the file's steps are taken away, and the means of all windows
    hide where the blocks were.

    Args:
        image: the picture.
        quality: of the compression.
        grid: where its blocks begin, if known: then no coefficient leaves its step.
        strength: 1 for as much as that quality damages, more smooths more.
    """
    luma, chroma = (255 * _colours(image)).split([1, 2], 1)
    steps = table(quality)
    smooth = _smoothed(luma, strength * steps)
    if grid is not None:
        smooth = _possible(smooth, luma, steps, grid)
    odd = (0, luma.shape[-1] % 2, 0, luma.shape[-2] % 2)
    guide, half = (avg_pool2d(pad(one, odd, mode="replicate"), 2) for one in (smooth, chroma))
    steps = strength * table(quality, chroma=True)
    half = torch.cat([_smoothed(one, steps) for one in half.split(1, 1)], 1)
    made = torch.cat([smooth, _coloured(smooth, guide, half)], 1) / 255
    return torch.einsum("dc,nchw->ndhw", torch.linalg.inv(torch.tensor(_TO_YCC)), made).clamp(0, 1)


def _colours(image: Tensor) -> Tensor:
    """Return brightness and the two differences of colour, as JPEG has them, but these around 0."""
    return torch.einsum("dc,nchw->ndhw", torch.tensor(_TO_YCC), image)


def _begin(luma: Tensor) -> int:
    """Return at which column blocks seem to begin: steps across their edges are larger than those beside them."""
    step = (luma[..., 1:] - luma[..., :-1]).abs()
    jump = step[..., 1:-1] - (step[..., :-2] + step[..., 2:]) / 2
    across = jump.clamp(-20, 20).mean((0, 1, 2))
    means = torch.stack([across[place::8].mean() for place in range(8)])
    return (int(means.argmax()) + 2) % 8


def _steps(luma: Tensor, grid: tuple[int, int]) -> tuple[float, Traces]:
    """Return the quality whose steps agree best with the blocks of a grid, after how well they do."""
    blocks = luma[..., grid[0] :, grid[1] :]
    found = conv2d(blocks - 128, _waves(), stride=8).flatten(2)[0].T
    # Where a picture is at the end of its range, decoding has cut off what did not fit.
    sound = ((max_pool2d(blocks, 8) < 255) & (max_pool2d(-blocks, 8) < 0)).flatten()
    found = found[sound] if sound.sum() >= _FEW else found
    found = found[:: math.ceil(len(found) / _BLOCKS)]
    score, quality = max((_agreement(found, table(one)), one) for one in range(1, _FINEST + 1))
    return score, Traces(quality, grid)


def _agreement(found: Tensor, steps: Tensor) -> float:
    """Return 1 for coefficients ``(N, 64)`` that are multiples of the steps, about 0 for any others."""
    counted = (found.abs() > steps / 2) & (steps > 1)
    counted[:, 0] = False  # that of a flat picture may be a multiple by chance, in all blocks
    waves = torch.cos(2 * math.pi * found / steps)
    return float(waves[counted].mean()) if counted.sum() >= _FEW else 0.0


@lru_cache
def _waves() -> Tensor:
    """Return the 64 cosine waves of a block, ``(64, 1, 8, 8)``, each of length 1."""
    place, wave = torch.arange(8.0), torch.arange(8.0)[:, None]
    rows = torch.cos(math.pi * (place + 0.5) * wave / 8) / 2
    rows[0] /= math.sqrt(2)
    return torch.einsum("ay,bx->abyx", rows, rows).reshape(64, 1, 8, 8)


def _smoothed(plane: Tensor, steps: Tensor) -> Tensor:
    """Take waves away that are weak beside the steps: once outright, then each in proportion to what that has left."""
    height, width = plane.shape[-2:]
    y = pad(plane, (8, 8 + width % _STRIDE, 8, 8 + height % _STRIDE), mode="replicate")
    damage = torch.minimum(steps, _HIGHEST * steps[:9].mean()).view(1, 64, 1, 1)
    hard = damage * _HARD
    hard[:, 0] = 0  # means of windows stay
    first = _windows(y, y, lambda pilot: (pilot.abs() >= hard).float())
    power = (_SOFT * damage).square()
    second = _windows(y, first, lambda pilot: pilot.square() / (pilot.square() + power))
    return second[..., 8 : 8 + height, 8 : 8 + width]


def _windows(plane: Tensor, pilot: Tensor, gain: Callable[[Tensor], Tensor]) -> Tensor:
    """Multiply the waves of all windows by the gain that the same ones of `pilot` get, and return the windows' mean.

    A window counts the more the fewer waves it needs: those without an edge in them are the better estimates.
    """
    total, weights = torch.zeros_like(plane), torch.zeros_like(plane)
    box = torch.ones(1, 1, 8, 8)
    for top in range(0, plane.shape[-2] - 7, _STRIP):
        rows = slice(top, min(top + _STRIP + 8 - _STRIDE, plane.shape[-2]))
        kept = gain(conv2d(pilot[..., rows, :], _waves(), stride=_STRIDE))
        weight = 1 / (0.5 + kept.square().sum(1, keepdim=True))
        made = conv2d(plane[..., rows, :], _waves(), stride=_STRIDE) * kept * weight
        total[..., rows, :] += conv_transpose2d(made, _waves(), stride=_STRIDE)
        weights[..., rows, :] += conv_transpose2d(weight, box, stride=_STRIDE)
    return total / weights


def _possible(smooth: Tensor, luma: Tensor, steps: Tensor, grid: tuple[int, int]) -> Tensor:
    """Return `smooth` with each coefficient of the file's blocks near enough to what the file says."""
    whole = [(side - begin) // 8 * 8 for side, begin in zip(luma.shape[-2:], grid, strict=True)]
    rows, columns = (slice(begin, begin + size) for begin, size in zip(grid, whole, strict=True))
    part = (..., rows, columns)
    was, now = (conv2d(one[part], _waves(), stride=8) for one in (luma, smooth))
    reach = _POSSIBLE * steps.view(1, 64, 1, 1) / 2
    result = smooth.clone()
    result[part] += conv_transpose2d(now.clamp(was - reach, was + reach) - now, _waves(), stride=8)
    return result


def _coloured(luma: Tensor, guide: Tensor, half: Tensor) -> Tensor:
    """Enlarge colours ``(1, 2, h, w)`` to twice the size: at each place as a line of brightness, fitted around it."""

    def mean(values: Tensor) -> Tensor:
        return avg_pool2d(values, 3, 1, 1, count_include_pad=False)

    middle, colour = mean(guide), mean(half)
    slope = (mean(guide * half) - middle * colour) / (mean(guide.square()) - middle.square() + _EVEN)
    line = torch.cat([mean(slope), mean(colour - slope * middle)], 1)
    wide = interpolate(line, scale_factor=2, mode="bilinear")[..., : luma.shape[-2], : luma.shape[-1]]
    return wide[:, :2] * luma + wide[:, 2:]
