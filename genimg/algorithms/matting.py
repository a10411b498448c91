"""Cutting a thing out of a photo: from a hard proposal to a soft matte at its border, and clean colours.

Papers: Levin, Lischinski, Weiss 2006, "A Closed-Form Solution to Natural Image Matting", and Germer, Uelwer, Conrad,
Harmeling 2020, "Fast Multi-Level Foreground Estimation" (both pymatting's); He and Sun 2015, "Fast Guided Filter", for
carrying a small matte to the full size.
"""

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

Array = NDArray[Any]

FLAT = 0.1  # of the colours' difference: so far may a mixture lie from the line between them
_SHIFTS = (1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0)  # pymatting's start with 0, which fails on flat colours and costs a try


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


def widened(image: Tensor, known: Tensor, reach: float) -> Tensor:
    """Return the trimap with its band made wider where the photo's own edge is softer than that.

    A pixel beside the band joins it if its colour is a mixture of what lies deeper inside and further outside.

    Args:
        image: ``(1, 3, H, W)``.
        known: ``(1, 1, H, W)``, what `trimap` returned.
        reach: how far from the band, in pixels, mixtures are looked for.
    """
    band = known == 0.5
    beside = torch.from_numpy(cv2.distanceTransform((~band[0, 0]).numpy().astype(np.uint8), cv2.DIST_L2, 5))
    beside = beside[None, None]
    thing, behind = (_mean_around(image, (known == side) & (beside > reach), 2 * round(reach)) for side in (1, 0))
    way = thing - behind
    length = (way * way).sum(1, keepdim=True)
    share = ((image - behind) * way).sum(1, keepdim=True) / length
    off = (image - behind - share * way).square().sum(1, keepdim=True)
    mixed = (share > 0.04) & (share < 0.96) & (off < FLAT**2 * length) & (length > 0.01)  # no side is near: NaN, false
    soft = band | (mixed & (beside <= reach))
    _, parts = cv2.connectedComponents(soft[0, 0].numpy().astype(np.uint8), connectivity=4)
    touching = np.unique(parts[band[0, 0].numpy()])
    return torch.where(torch.from_numpy(np.isin(parts, touching[touching > 0]))[None, None], 0.5, known)


def estimate_alpha(image: Tensor, known: Tensor) -> Tensor:
    """Return the opacity ``(1, 1, H, W)`` of the thing in `image`, solved where the trimap `known` is neither 0 nor 1.

    A closed-form matte (Levin et al. 2006): in every small window alpha is a linear function of colour.
    """
    if not bool(((known > 0) & (known < 1)).any()) or not bool((known == 0).any()) or not bool((known == 1).any()):
        return (known >= 0.5).float()
    from genimg.algorithms.closed_form import estimate_alpha_cf, ichol  # compiled when it is first imported

    alpha = estimate_alpha_cf(
        _array(image), known[0, 0].double().numpy(), preconditioner=lambda matrix: ichol(matrix, shifts=_SHIFTS),
        cg_kwargs={"rtol": 1e-5, "maxiter": 2000},
    )  # fmt: skip
    return torch.from_numpy(alpha).float()[None, None]


def estimate_foreground(image: Tensor, alpha: Tensor) -> Tensor:
    """Return the colours ``(1, 3, H, W)`` of the thing alone, without what shines through its soft border."""
    from genimg.algorithms.closed_form import estimate_foreground_ml

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


def _mean_around(image: Tensor, where: Tensor, radius: int) -> Tensor:
    """Return the mean colour of those pixels within a square around each pixel; NaN where there are none."""
    weight = where[0, 0].numpy().astype(np.float32)
    size = (2 * radius + 1, 2 * radius + 1)  # a box filter takes as long for any
    number, total = (
        np.asarray(cv2.boxFilter(one, -1, size, normalize=False, borderType=cv2.BORDER_CONSTANT))
        for one in (weight, _array(image).astype(np.float32) * weight[..., None])
    )
    number = number[..., None]
    mean = np.where(number > 0.5, total / np.maximum(number, 1), np.nan)
    return torch.from_numpy(mean).permute(2, 0, 1)[None]


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
