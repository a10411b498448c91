"""Fill what is missing in a picture from what is around it.

Papers: Barnes, Shechtman, Finkelstein, Goldman 2009, "PatchMatch" (pypatchmatch's); Damelin and Hoang 2018, "On Surface
Completion and Image Inpainting by Biharmonic Functions" (scikit-image's); Telea 2004, "An Image Inpainting Technique
Based on the Fast Marching Method" (OpenCV's).

Pictures are ``(1, 3, H, W)`` in [0, 1], holes ``(1, 1, H, W)``, 1 where something is to be filled.
"""

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
        around = np.asarray(cv2.dilate(here.astype(np.uint8), np.ones((2 * RING + 1,) * 2, np.uint8))) > 0
        known = pixels[box][around & ~inside[box]]
        if len(known):
            result[box][here] = filled[box][here].clip(known.min(0), known.max(0))
    return result


def telea(image: Tensor, hole: Tensor) -> Tensor:
    """Carry the colours of the border inwards, front by front: for scratches and dust."""
    inside = (hole[0, 0].numpy() > 0.5).astype(np.uint8)
    filled = cv2.inpaint(_bytes(image), inside, TELEA_RADIUS, cv2.INPAINT_TELEA)
    return _put(image, hole, np.asarray(filled, np.float32) / 255)


def _put(image: Tensor, hole: Tensor, filled: Array) -> Tensor:
    """Return the picture, untouched but for its holes."""
    new = torch.from_numpy(np.ascontiguousarray(filled)).permute(2, 0, 1)[None].to(image.dtype)
    return torch.where(hole > 0.5, new.clamp(0, 1), image)


def _bytes(image: Tensor) -> Array:
    return np.array(to_pil(image)[0])
