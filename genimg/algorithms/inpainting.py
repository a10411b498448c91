"""Fill what is missing in a picture from what is around it.

Papers: Barnes, Shechtman, Finkelstein, Goldman 2009, "PatchMatch" (pypatchmatch's); Damelin and Hoang 2018, "On Surface
Completion and Image Inpainting by Biharmonic Functions" (scikit-image's); Telea 2004, "An Image Inpainting Technique
Based on the Fast Marching Method" (OpenCV's). For finding scratches: Meyer 1979, the top-hat transform.

Pictures are ``(1, 3, H, W)`` in [0, 1], holes ``(1, 1, H, W)``, 1 where something is to be filled.
"""

import math
import threading
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import find_objects
from torch import Tensor

from genimg.core.images import to_pil

Array = NDArray[Any]

PATCH = 3  # radius of the patches that are compared: 7 x 7 pixels
TELEA_RADIUS = 4
RING = 3  # pixels around a hole that bound what the biharmonic surface may be
_one = threading.Lock()  # pypatchmatch keeps its seed for the whole process


def patchmatch(image: Tensor, hole: Tensor, *, avoid: Tensor | None = None, seed: int = 0) -> Tensor:
    """Fill holes with patches of the rest of the picture, coarse to fine: for objects and large holes.

    Args:
        image: the picture.
        hole: where to fill.
        avoid: where nothing is to be copied from, like `hole`.
        seed: of the search.
    """
    import patchmatch.patch_match as library

    inside = hole[0, 0].numpy() > 0.5
    shut = None if avoid is None else (avoid[0, 0].numpy() > 0.5) & ~inside
    with _one:
        library.set_random_seed(seed)
        if shut is None or not shut.any():
            filled = library.inpaint(_bytes(image), inside, patch_size=PATCH)
        else:
            filled = library.inpaint(_bytes(image), inside, global_mask=shut, patch_size=PATCH)
    return _put(image, hole, filled.astype(np.float32) / 255)


def biharmonic(image: Tensor, hole: Tensor) -> Tensor:
    """Fill holes with the smoothest surface that continues their surroundings: for small holes in smooth places.

    That surface swings past the colours at a border with an edge on it, so each hole is held to the range of what lies
    around it, within 3 pixels.
    """
    from skimage.restoration import inpaint_biharmonic

    pixels = image[0].permute(1, 2, 0).double().numpy()
    inside = hole[0, 0].numpy() > 0.5
    filled = inpaint_biharmonic(pixels, inside, channel_axis=-1, split_into_regions=True)
    return _put(image, hole, _bounded(filled, pixels, inside))


def _bounded(filled: Array, pixels: Array, inside: Array) -> Array:
    """Clip each hole, channel by channel, to what is in the ring around it."""
    count, parts = cv2.connectedComponents(inside.astype(np.uint8), connectivity=8)
    boxes = find_objects(parts, count - 1)
    result = filled.copy()
    for part, (rows, columns) in enumerate(boxes, 1):
        box = (
            slice(max(0, rows.start - RING), rows.stop + RING),
            slice(max(0, columns.start - RING), columns.stop + RING),
        )
        here = parts[box] == part
        around = np.asarray(cv2.dilate(here.astype(np.uint8), _disc(2 * RING + 1))) > 0
        known = pixels[box][around & ~inside[box]]
        if len(known):
            result[box][here] = filled[box][here].clip(known.min(0), known.max(0))
    return result


def telea(image: Tensor, hole: Tensor) -> Tensor:
    """Carry the colours of the border inwards, front by front: for scratches and dust."""
    inside = (hole[0, 0].numpy() > 0.5).astype(np.uint8)
    filled = cv2.inpaint(_bytes(image), inside, TELEA_RADIUS, cv2.INPAINT_TELEA)
    return _put(image, hole, np.asarray(filled, np.float32) / 255)


def find_scratches(image: Tensor, *, sensitivity: float = 0.5) -> Tensor:
    """Propose where scratches and dust are, as a hole ``(1, 1, H, W)``.

    Both are thin and stand out from all beside them, which is what a closing or opening with a small disc takes away
    (top-hats). Of that a scratch is what holds a straight line, whatever its direction, and a speck of dust what is
    small and alone. Eyes, letters and fabric are neither, mostly: it is a proposal, to be corrected by hand.

    Args:
        image: the picture.
        sensitivity: 0..1, how little must stand out.
    """
    gray = cv2.cvtColor(_bytes(image), cv2.COLOR_RGB2GRAY)
    longer = max(gray.shape)
    disc = _disc(max(5, round(longer / 90) | 1))
    length = max(9, round(longer * (0.075 - 0.04 * sensitivity)) | 1)
    threshold = 70 - 50 * sensitivity
    found = np.zeros(gray.shape, np.uint8)
    for kind in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        hat = np.asarray(cv2.morphologyEx(gray, kind, disc))
        # Thickened, since a slanting line one pixel wide is a staircase.
        thick = cv2.dilate(hat, np.ones((3, 3), np.uint8))
        line = np.max([cv2.morphologyEx(thick, cv2.MORPH_OPEN, bar) for bar in _bars(length)], 0)
        # Where lines lie side by side it is a pattern, not a scratch.
        usual = cv2.blur(line.astype(np.float32), (2 * length + 1,) * 2)
        found |= ((line > threshold) & (line > 3.0 * usual) & (hat > 0.5 * threshold)).astype(np.uint8)
        found |= _dust(hat, threshold, max(2, disc.shape[0] // 2))
    grown = cv2.dilate(found, _disc(3 if longer < 900 else 5))
    return torch.from_numpy(grown).float()[None, None]


def _dust(hat: Array, threshold: float, width: int) -> Array:
    """Return what is small, and has nothing else that stands out around it."""
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


def _bars(length: int, directions: int = 24) -> list[Array]:
    """Return straight lines of a length in all directions, as structuring elements."""
    bars, middle = [], length // 2
    for i in range(directions):
        x, y = (round(middle * v) for v in (math.cos(math.pi * i / directions), math.sin(math.pi * i / directions)))
        bar = np.zeros((length, length), np.uint8)
        cv2.line(bar, (middle - x, middle - y), (middle + x, middle + y), 1)
        bars.append(bar)
    return bars


def _put(image: Tensor, hole: Tensor, filled: Array) -> Tensor:
    """Return the picture, untouched but for its holes."""
    new = torch.from_numpy(np.ascontiguousarray(filled)).permute(2, 0, 1)[None].to(image.dtype)
    return torch.where(hole > 0.5, new.clamp(0, 1), image)


def _bytes(image: Tensor) -> Array:
    return np.array(to_pil(image)[0])
