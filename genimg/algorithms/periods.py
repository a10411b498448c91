"""What a picture repeats in: its wave vectors, and how it is warped a little so that whole periods fill a tile.

A wave vector has the direction in which a pattern repeats, and its length is in cycles per pixel: courses of bricks 20
pixels high have (1/20, 0). Two of them span the lattice of a pattern of scales or of checks.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

Array = NDArray[np.float64]
_PAD = 4  # the spectrum is sampled so many times finer than the picture asks for
_FEWEST, _SHORTEST = 2.5, 4.0  # periods that must be there to be seen; pixels of a period
_CLEAR = 40.0  # power of a wave over that of others as long; of noise the strongest has 15
_STRONG = 0.3  # power of a wave beside the strongest
_APART = 0.3  # sine of the angle between two waves
_HARMONICS = (1, 2, 3)
MOST = 0.2  # a warp beyond this would be seen


def waves(picture: Tensor) -> Array:
    """Find the waves that a picture clearly repeats in.

    Args:
        picture: ``(1, 3, H, W)``.

    Returns:
        ``(n, 2)`` wave vectors, y before x, in cycles per pixel; n is 0, 1 or 2, and the longest wave comes first.
    """
    grey = picture[0].mean(0).double().cpu().numpy()
    height, width = grey.shape
    window = np.hanning(height + 2)[1:-1, None] * np.hanning(width + 2)[1:-1]
    grey = (grey - grey.mean()) * window
    power = np.abs(np.fft.rfft2(grey, (_PAD * height, _PAD * width))) ** 2
    ky, kx = np.fft.fftfreq(_PAD * height)[:, None], np.fft.rfftfreq(_PAD * width)
    radius = np.hypot(ky, kx)
    seen = (radius * min(height, width) >= _FEWEST) & (radius <= 1 / _SHORTEST)
    if not seen.any() or power[seen].max() <= 1e-12 * height * width:
        return np.zeros((0, 2))
    ring = (radius * min(height, width)).astype(int)
    usual = np.array([np.median(power[ring == i]) if (ring == i).any() else np.inf for i in range(ring.max() + 1)])
    around = np.pad(power, 1, mode="edge")
    highest = np.max([around[y : y + power.shape[0], x : x + power.shape[1]] for y in range(3) for x in range(3)], 0)
    strong = power >= np.maximum(_STRONG * power[seen].max(), _CLEAR * usual[ring])
    rows, columns = np.nonzero(seen & strong & (power == highest))
    found: list[Array] = []
    for row, column in sorted(zip(rows, columns, strict=True), key=lambda place: radius[place]):
        wave = np.array([ky[row, 0], kx[column]])
        if not found or abs(_sine(found[0], wave)) > _APART:
            found.append(_refined(grey, wave))
        if len(found) == 2:
            break
    return np.array(found).reshape(-1, 2)


def _sine(one: Array, other: Array) -> float:
    return float((one[0] * other[1] - one[1] * other[0]) / (np.linalg.norm(one) * np.linalg.norm(other)))


def _refined(grey: Array, wave: Array) -> Array:
    """Return the vector near `wave` at which it and its harmonics have most power."""
    reach = np.array([1 / (_PAD * side) for side in grey.shape])
    y, x = (np.arange(side) for side in grey.shape)
    for _ in range(4):
        ky, kx = (wave[axis] + reach[axis] * np.linspace(-1, 1, 9) for axis in (0, 1))
        power = np.zeros((9, 9))
        for n in _HARMONICS:
            rows, columns = (np.exp(-2j * np.pi * n * np.outer(k, place)) for k, place in ((ky, y), (kx, x)))
            power += np.abs(rows @ grey @ columns.T) ** 2
        best = np.unravel_index(power.argmax(), power.shape)
        wave, reach = np.array([ky[best[0]], kx[best[1]]]), reach / 4
    return wave


def fitted(picture: Tensor, found: Array, height: int, width: int) -> tuple[Tensor, Array]:
    """Warp a picture so that whole periods of its waves fit into a tile.

    Args:
        picture: ``(1, 3, H, W)`` in [0, 1].
        found: its waves, see `waves`.
        height: of the tile in pixels.
        width: of the tile in pixels.

    Returns:
        What remains of the picture when it is turned, sheared and stretched by at most a fifth, somewhat smaller, and
        its waves then; the picture itself, and its waves, where more would be needed.
    """
    tile = np.array([height, width])
    whole = np.round(found * tile) / tile
    if not len(found) or (whole == 0).all(1).any():
        return picture, found
    if len(found) == 2:
        warp = np.linalg.solve(found, whole)  # found @ warp = whole: a place p of the tile shows warp @ p
    else:
        warp = np.eye(2) + np.outer(found[0], whole[0] - found[0]) / (found[0] @ found[0])
    if np.linalg.norm(warp - np.eye(2), 2) > MOST:
        return picture, found
    size = np.array(picture.shape[-2:])
    kept = np.floor(size * (size / (np.abs(warp) @ size)).min()).astype(int)
    places = np.stack(np.meshgrid(*(np.arange(n) + 0.5 - n / 2 for n in kept), indexing="ij"), -1) @ warp.T
    grid = torch.from_numpy((2 * places / size)[..., ::-1].copy()).to(picture)
    warped = F.grid_sample(picture, grid[None], mode="bicubic", padding_mode="border", align_corners=False)
    return warped.clamp(0, 1), whole
