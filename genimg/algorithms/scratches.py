"""Find scratches and dust in a photo.

Papers: Kokaram 1998, "Motion Picture Restoration" (a scratch is a line that differs from both of its sides, in the same
sense, over a length); Meyer 1979, the top-hat transform, for dust.
"""

import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genimg.core.images import to_pil

Array = NDArray[Any]

_SIDE = 512  # pixels of the longer side, at which lines are looked for
_DIRECTIONS = 36
_LENGTH = 0.14  # of the longer side, that a line is looked at along
_LONG = 0.18  # of the longer side, that a scratch has at least
_EDGE = 0.75  # what the two sides differ by counts so much against a line
# How much of a line must differ from both sides: somewhere, all along, and where one that was found goes on.
_SURE, _LIKELY, _FAINT = 0.88, 0.56, 0.3
_EVEN = 0.27  # of what a line differs by from its sides, so far may its own colours lie apart
_CLEAR = 1.5  # times the contrast that is asked for must a line have on the whole


def find_scratches(image: Tensor, *, sensitivity: float = 0.5) -> Tensor:
    """Propose where scratches and dust are, as a hole ``(1, 1, H, W)``.

    A scratch is a thin line that is lighter, darker or of another colour than both of its sides, for most of a length,
    straight or nearly so, and of one colour; a speck of dust is small and alone. Wires and the legs of a tripod are
    such lines too: it is a proposal, to be corrected by hand.

    Args:
        image: the picture ``(1, 3, H, W)`` in [0, 1].
        sensitivity: 0..1, how little must stand out.
    """
    pixels = np.array(to_pil(image)[0])
    height, width = pixels.shape[:2]
    longer = max(height, width)
    found = _dust(pixels, 70 - 50 * sensitivity, max(5, round(longer / 90) | 1))
    scale = min(1.0, _SIDE / longer)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = pixels if scale == 1 else np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    for reach in (2, 4):  # lines up to 2 and up to 5 pixels wide
        lines = cv2.dilate(_lines(small, reach, 60 - 45 * sensitivity), _disc(reach + 1))
        found |= cv2.resize(lines, (width, height), interpolation=cv2.INTER_NEAREST)
    return torch.from_numpy(cv2.dilate(found, _disc(3 if longer < 900 else 5))).float()[None, None]


def _lines(pixels: Array, reach: int, contrast: float) -> Array:
    """Return the middles of lines that differ by `contrast` from what is `reach` pixels to both sides."""
    height, width = pixels.shape[:2]
    length = max(9, round(_LENGTH * max(height, width)) | 1)
    score = np.zeros((height, width), np.float32)
    for i in range(_DIRECTIONS // 2):
        there, back, size = _turn(width, height, 180 * i / _DIRECTIONS)
        turned = cv2.warpAffine(pixels, there, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        along, across = (_along(one, reach, contrast, length) for one in (turned, turned.swapaxes(0, 1)))
        # Where lines lie in both directions it is a pattern.
        alone = cv2.warpAffine(np.abs(along - across.T), back, (width, height), flags=cv2.INTER_LINEAR)
        score = np.maximum(score, alone)
    ridge = np.maximum(_ridge(pixels, reach), _ridge(pixels.swapaxes(0, 1), reach).T)
    stands_out, kept = ridge > 0.4 * contrast, np.zeros((height, width), np.uint8)
    for line in _long((score > _LIKELY) & stands_out, score, round(_LONG * max(height, width))):
        depth = float(np.median(ridge[line]))
        unlike = np.abs(pixels - np.median(pixels[line], axis=0)).max(-1)
        # What scratched it had one colour; a collar, a mouth and the rim of a saucer have lights and shadows.
        if depth >= _CLEAR * contrast and np.median(unlike[line]) <= _EVEN * depth:
            kept |= _touching(line | ((score > _FAINT) & stands_out & (unlike < 0.5 * depth)), line)
    return kept


def _along(pixels: Array, reach: int, contrast: float, length: int) -> Array:
    """Return for what part of a length along the rows the pixels differ from both sides by `contrast`."""
    share = np.minimum(_ridge(pixels, reach) / contrast, 1)
    return np.asarray(cv2.blur(cv2.dilate(share, np.ones((3, 1))), (length, 1)))  # a little bent is straight


def _ridge(pixels: Array, reach: int) -> Array:
    """Return how far the pixels of rows are from those above and below, where both differ in the same sense."""
    middle = (cv2.blur(pixels, (1, reach - 1)) if reach > 2 else pixels).astype(np.int16)
    wide = np.pad(pixels.astype(np.int16), ((reach, reach), (0, 0), (0, 0)), mode="edge")
    above, below = middle - wide[: -2 * reach], middle - wide[2 * reach :]
    lighter, darker = _most(np.minimum(above, below)), _most(-np.maximum(above, below))
    # A rim has another thing on each side, which some colour tells, and a scratch the same one.
    unlike = np.float32(_EDGE) * _most(np.abs(above - below))
    return (np.maximum(lighter, darker) - unlike).clip(0)


def _most(colours: Array) -> Array:
    """Return the largest of the three values of each pixel; NumPy takes long over so short an axis."""
    red, green, blue = cv2.split(colours)
    return np.maximum(np.maximum(red, green), blue)


def _long(marks: NDArray[np.bool_], score: Array, least: int) -> Iterator[NDArray[np.bool_]]:
    """Yield the connected marks that are sure somewhere and as long as a scratch."""
    joined = cv2.dilate(marks.astype(np.uint8), _disc(3))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    size = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    sure = np.zeros(count)
    np.maximum.at(sure, parts.astype(np.int64).ravel(), np.where(marks, score, 0).ravel())
    for number in range(1, count):
        if size[number] >= least and sure[number] > _SURE:
            yield marks & (parts == number)


def _touching(marks: NDArray[np.bool_], line: NDArray[np.bool_]) -> Array:
    """Return those marks that are connected with a line, over gaps of a few pixels."""
    _, parts = cv2.connectedComponents(cv2.dilate(marks.astype(np.uint8), _disc(5)), connectivity=8)
    return (marks & np.isin(parts, np.unique(parts[line]))).astype(np.uint8)


def _turn(width: int, height: int, angle: float) -> tuple[Array, Array, tuple[int, int]]:
    """Return what turns a picture about its middle onto a canvas that holds all of it, what turns it back, the size."""
    side = math.ceil(math.hypot(width, height))
    there = np.array(cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1), float)
    there[:, 2] += np.array(((side - width) / 2, (side - height) / 2))
    return there, np.asarray(cv2.invertAffineTransform(there)), (side, side)


def _dust(pixels: Array, threshold: float, width: int) -> Array:
    """Return what is small, stands out in brightness, and has nothing else that stands out around it."""
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    found = np.zeros(gray.shape, np.uint8)
    for kind in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        hat = np.asarray(cv2.morphologyEx(gray, kind, _disc(width)))
        found |= _alone(hat, threshold, max(2, width // 2))
    return found


def _alone(hat: Array, threshold: float, width: int) -> Array:
    """Return the marks of a top-hat that are small, and have nothing else that stands out around them."""
    marks = (hat > threshold).astype(np.uint8)
    crowd = cv2.blur((hat > 0.4 * threshold).astype(np.float32), (8 * width + 1,) * 2)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
    small = (stats[:, cv2.CC_STAT_WIDTH] <= 2 * width) & (stats[:, cv2.CC_STAT_HEIGHT] <= 2 * width)
    area = stats[:, cv2.CC_STAT_AREA] / (8 * width + 1) ** 2
    crowded = np.zeros(count)
    np.maximum.at(crowded, parts.astype(np.int64).ravel(), crowd.ravel())
    alone = small & (crowded < 5 * area + 0.02)
    alone[0] = False
    return alone[parts].astype(np.uint8)


def _disc(width: int) -> Array:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width)))
