"""Cutting a thing out of a photo: a hard proposal from a few strokes, a soft matte at its border, clean colours.

Papers: Rother, Kolmogorov, Blake 2004, "GrabCut" (OpenCV's); Levin, Lischinski, Weiss 2006, "A Closed-Form Solution to
Natural Image Matting", and Germer, Uelwer, Conrad, Harmeling 2020, "Fast Multi-Level Foreground Estimation" (both
pymatting's); He and Sun 2015, "Fast Guided Filter", for carrying a small matte to the full size. Departure: GrabCut
runs on a small copy, where it takes a fraction of the time, since the border is decided by the matte anyway.
"""

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from genimg.core.images import resize, to_pil

Array = NDArray[Any]

GRABCUT_SIDE = 320  # longer side of the copy that GrabCut sees
ROUNDS = 5
SPECK = 0.006  # of the picture: smaller islands and holes that no stroke asked for are mistakes
_SEED = 0  # OpenCV starts its colour clusters by chance
_SHIFTS = (1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0)  # pymatting's start with 0, which fails on flat colours and costs a try


def segment(image: Tensor, keep: Tensor, remove: Tensor, box: tuple[int, int, int, int] | None = None) -> Tensor:
    """Propose what belongs to the thing: ``(1, 1, H, W)`` of 0 and 1, by GrabCut.

    Args:
        image: ``(1, 3, H, W)``.
        keep: ``(1, 1, H, W)``, 1 where the thing surely is.
        remove: the same where it surely is not.
        box: (left, top, right, bottom) in pixels around the thing; what lies outside is surely not of it.
    """
    height, width = image.shape[-2:]
    scale = min(1.0, GRABCUT_SIDE / max(height, width))
    size = (max(8, round(height * scale)), max(8, round(width * scale)))
    pixels = _pixels(resize(image, size))
    sure, never = (interpolate(one, size, mode="area")[0, 0].numpy() > 0.2 for one in (keep, remove))
    labels = np.full(size, cv2.GC_PR_FGD if box or not sure.any() else cv2.GC_PR_BGD, np.uint8)
    if box:
        across, down = size[1] / width, size[0] / height  # not `scale` where a thin picture is made wider
        left, right, top, bottom = (
            round(v * by) for v, by in zip(box[::2] + box[1::2], (across, across, down, down), strict=True)
        )
        outside = np.ones(size, bool)
        outside[top : max(bottom, top + 1), left : max(right, left + 1)] = False
        labels[outside] = cv2.GC_BGD
    labels[sure], labels[never] = cv2.GC_FGD, cv2.GC_BGD
    known = labels.copy()
    if not box and not (never.any() and sure.any()):
        # One side of the story only: the picture's rim is most likely background, or else the colours far from the
        # strokes are.
        rim = np.ones(size, bool)
        rim[2:-2, 2:-2] = False
        labels[rim & ~sure] = cv2.GC_PR_BGD if sure.any() else cv2.GC_BGD
    counted = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))
    if not counted.any() or counted.all():  # GrabCut needs both
        return (interpolate(torch.from_numpy(counted)[None, None].float(), (height, width)) > 0.5).float()
    cv2.setRNGSeed(_SEED)
    cv2.grabCut(pixels, labels, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = _without_specks(np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)), known)
    smooth = interpolate(torch.from_numpy(found)[None, None].float(), (height, width), mode="bicubic")
    return (((smooth > 0.5).float() + keep).clamp(max=1) * (1 - remove)).float()


def _without_specks(found: Array, known: Array) -> Array:
    """Fill small holes and take small islands away, unless a stroke touches them."""
    for value, asked in ((True, cv2.GC_FGD), (False, cv2.GC_BGD)):
        count, parts, stats, _ = cv2.connectedComponentsWithStats((found == value).astype(np.uint8), connectivity=4)
        for i in range(1, count):
            part = parts == i
            if stats[i, cv2.CC_STAT_AREA] < SPECK * found.size and not (known[part] == asked).any():
                found[part] = not value
    return found


def trimap(proposal: Tensor, keep: Tensor, remove: Tensor, band: float) -> Tensor:
    """Return 1 where the thing is, 0 where it is not, 0.5 in a band of `band` pixels along its border.

    Args:
        proposal: ``(1, 1, H, W)`` of 0 and 1.
        keep: 1 where the thing surely is; no stroke is put in doubt.
        remove: the same where it surely is not.
        band: how wide the band is.
    """
    inside = proposal[0, 0].numpy() > 0.5
    near = [cv2.distanceTransform(side.astype(np.uint8), cv2.DIST_L2, 5) for side in (inside, ~inside)]
    unknown = torch.from_numpy(np.minimum(np.where(inside, near[0], np.inf), np.where(inside, np.inf, near[1])))
    result = torch.where(unknown[None, None] <= band / 2, 0.5, proposal)
    return torch.where(remove > 0.5, 0.0, torch.where(keep > 0.5, 1.0, result)).float()


def estimate_alpha(image: Tensor, known: Tensor) -> Tensor:
    """Return the opacity ``(1, 1, H, W)`` of the thing in `image`, solved where the trimap `known` is neither 0 nor 1.

    A closed-form matte (Levin et al. 2006): in every small window alpha is a linear function of colour.
    """
    if not bool(((known > 0) & (known < 1)).any()) or not bool((known == 0).any()) or not bool((known == 1).any()):
        return (known >= 0.5).float()
    from pymatting import estimate_alpha_cf, ichol  # compiled when it is first imported, which takes a minute

    alpha = estimate_alpha_cf(
        _array(image), known[0, 0].double().numpy(), preconditioner=lambda matrix: ichol(matrix, shifts=_SHIFTS),
        cg_kwargs={"rtol": 1e-5, "maxiter": 2000},
    )  # fmt: skip
    return torch.from_numpy(alpha).float()[None, None]


def estimate_foreground(image: Tensor, alpha: Tensor) -> Tensor:
    """Return the colours ``(1, 3, H, W)`` of the thing alone, without what shines through its soft border."""
    from pymatting import estimate_foreground_ml

    colors = estimate_foreground_ml(_array(image).astype(np.float32), alpha[0, 0].numpy())
    return torch.from_numpy(np.asarray(colors)).permute(2, 0, 1)[None].float().clamp(0, 1)


def upsample(alpha: Tensor, small: Tensor, large: Tensor, *, radius: int = 4, epsilon: float = 1e-4) -> Tensor:
    """Carry a matte of a small copy to the full picture, along the full picture's own edges.

    Args:
        alpha: ``(1, 1, h, w)`` of the small copy.
        small: the small copy ``(1, 3, h, w)``.
        large: the picture ``(1, 3, H, W)``.
        radius: of the windows, in pixels of the small copy, in which alpha is a linear function of colour.
        epsilon: how flat a window must be for its mean to serve.

    Returns:
        ``(1, 1, H, W)``.
    """
    size = (large.shape[-2], large.shape[-1])
    mean, target = _box(small, radius), _box(alpha, radius)
    shared = _box(small * alpha, radius) - mean * target
    spread = torch.stack([_box(small * small[:, i : i + 1], radius) - mean * mean[:, i : i + 1] for i in range(3)], 1)
    slope = _solve(spread + epsilon * torch.eye(3).view(1, 3, 3, 1, 1), shared)
    offset = target - (slope * mean).sum(1, keepdim=True)
    slope, offset = (
        interpolate(_box(one, radius), size, mode="bilinear", align_corners=False) for one in (slope, offset)
    )
    fine = ((slope * large).sum(1, keepdim=True) + offset).clamp(0, 1)
    # Where the matte is certain it stays so: the linear model would let the background's texture through.
    plain = interpolate(alpha, size, mode="bilinear", align_corners=False)
    doubt = _box(((alpha > 0.02) & (alpha < 0.98)).float(), 2)
    doubt = (interpolate(doubt, size, mode="bilinear", align_corners=False) * 4).clamp(0, 1)
    return plain + doubt * (fine - plain)


def composite(foreground: Tensor, alpha: Tensor, background: Tensor) -> Tensor:
    """Return ``alpha * foreground + (1 - alpha) * background``."""
    return alpha * foreground + (1 - alpha) * background


def _solve(matrices: Tensor, right: Tensor) -> Tensor:
    """Solve symmetric ``(1, 3, 3, H, W)`` for ``(1, 3, H, W)``, by Cramer's rule; LAPACK is slow on many small ones."""
    a, b, c = matrices.unbind(1)
    rows = [torch.linalg.cross(b, c, dim=1), torch.linalg.cross(c, a, dim=1), torch.linalg.cross(a, b, dim=1)]
    parts = [(row * right).sum(1, keepdim=True) for row in rows]
    return torch.cat(parts, 1) / (a * rows[0]).sum(1, keepdim=True)


def _box(values: Tensor, radius: int) -> Tensor:
    return avg_pool2d(values, 2 * radius + 1, 1, radius, count_include_pad=False)


def _array(image: Tensor) -> Array:
    return image[0].permute(1, 2, 0).double().contiguous().numpy()


def _pixels(image: Tensor) -> Array:
    return np.array(to_pil(image)[0])
