"""Undo a blur: how wide it is, seen at the edges, and a deconvolution that knows what photos are like.

Papers: Krishnan and Fergus 2009, "Fast Image Deconvolution using Hyper-Laplacian Priors" (half-quadratic splitting);
Zuo et al. 2013, "A Generalized Iterated Shrinkage Algorithm for Non-convex Sparse Coding" (its inner step); Zhuo and
Sim 2011, "Defocus map estimation from a single image" (an edge that is blurred again, by a known width, tells its own).

Pictures are ``(1, 3, H, W)`` in [0, 1]; a blur is a Gaussian, its radius the standard deviation in pixels.
"""

import math
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genimg.algorithms.restoration import estimate_noise

Array = NDArray[Any]
_POWER = 2 / 3  # of gradients in the prior: photos have few large ones, fewer than a Laplacian would
_TRUST = 0.25  # in the picture over the prior, times the noise's variance; measured on photos
_AGAIN = 0.8  # pixels, of the smaller of the two blurs that edges are measured by
_PIXEL = 0.35  # variance that a step from one pixel to the next seems to have
_BORDER = 2.0  # radii from the border on that the picture is sharpened in full
_FEW = 20  # edges; fewer say nothing
_RIM = 6  # pixels
_ROUNDING = 1 / 255 / math.sqrt(12)  # of a picture of 8 bits: there is never less noise


def estimate_blur(image: Tensor) -> float:
    """Return how blurred the edges of a picture are: the radius of a Gaussian that makes them so of sharp steps.

    Blurred twice more, a little and more, an edge that was sharp loses much of its slope between the two, and one that
    was wide loses little. Of the stronger half of all edges the median counts. Measured on photos and drawings: 0 to
    0.5 where they are sharp, 0.5 to 1 for a blur of 1 pixel, and within 0.3 of blurs of 1.5 to 3.

    Returns:
        The radius in pixels; 0 for a picture without edges.
    """
    gray = cv2.cvtColor(np.ascontiguousarray(image[0].permute(1, 2, 0).numpy()), cv2.COLOR_RGB2GRAY)
    (across, down), more = (_slopes(gray, blur) for blur in (_AGAIN, 2 * _AGAIN))
    slope, less = np.hypot(across, down), np.hypot(*more)
    noise = estimate_noise(image) / (2 * math.sqrt(math.pi) * _AGAIN**2)  # what is left of it in a slope
    edges = _ridges(slope, across, down) & (slope > max(0.01, 4 * noise))
    if edges.sum() < _FEW:
        return 0.0
    edges &= slope >= np.median(slope[edges])
    ratio = np.square(slope[edges] / np.maximum(less[edges], 1e-6))
    variance = _AGAIN**2 * (4 - ratio) / np.maximum(ratio - 1, 1e-6)
    return math.sqrt(max(0.0, float(np.median(variance) - _PIXEL)))


def _slopes(gray: Array, blur: float) -> tuple[Array, Array]:
    smooth = cv2.GaussianBlur(gray, (0, 0), blur, borderType=cv2.BORDER_REFLECT)
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, *axis, ksize=1, scale=0.5) for axis in ((1, 0), (0, 1)))
    return np.asarray(across), np.asarray(down)


def _ridges(slope: Array, across: Array, down: Array) -> Array:
    """Return where a slope is steeper than before and behind it; its rim of a few pixels has no neighbours."""
    direction = np.round(np.arctan2(down, across) / (np.pi / 4)).astype(int) % 4
    ridges = np.zeros(slope.shape, bool)
    for i, step in enumerate(((0, 1), (1, 1), (1, 0), (1, -1))):
        back = (-step[0], -step[1])
        steepest = (slope >= np.roll(slope, step, (0, 1))) & (slope >= np.roll(slope, back, (0, 1)))
        ridges |= (direction == i) & steepest
    inside = np.zeros_like(ridges)
    inside[_RIM:-_RIM, _RIM:-_RIM] = True
    return ridges & inside


def deblur(image: Tensor, radius: float, *, strength: float = 1.0) -> Tensor:
    """Return the picture that is most probable before a blur.

    Args:
        image: the blurred picture.
        radius: of the blur.
        strength: 1 for as sharp as the noise in the picture lets it be; more is sharper, and rougher.
    """
    sigma = math.hypot(estimate_noise(image), _ROUNDING) / strength
    margin = math.ceil(6 * radius) + 8
    y = _wrapped(image, margin)
    height, width = y.shape[-2:]
    rows, columns = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)
    blur = torch.exp(-2 * (math.pi * radius) ** 2 * (rows.square() + columns.square()))
    slope = 4 * (torch.sin(math.pi * rows).square() + torch.sin(math.pi * columns).square())
    trust = _TRUST / sigma**2  # in the picture over the prior
    seen = trust * blur * torch.fft.rfft2(y)
    x, beta = y, 1.0
    while beta < 300:
        pull = beta * _divergence(*(_shrunk(gradient, beta) for gradient in _gradients(x)))
        x = torch.fft.irfft2((seen + torch.fft.rfft2(pull)) / (trust * blur.square() + beta * slope), s=(height, width))
        beta *= 2 * math.sqrt(2)
    sharp = x[..., margin:-margin, margin:-margin].clamp(0, 1)
    # What lay beyond the border has left its mark there, and nobody knows what it was.
    rows, columns = (torch.arange(side) for side in image.shape[-2:])
    rows, columns = (torch.minimum(one, one.flip(0)) for one in (rows, columns))
    known = (torch.minimum(rows[:, None], columns) / (_BORDER * radius)).clamp(max=1)
    return image + known * (sharp - image)


def _shrunk(values: Tensor, beta: float) -> Tensor:
    """Return the w that minimises ``|w|^(2/3) + beta / 2 (w - v)^2``, element by element."""
    p, t = _POWER, 1 / beta
    least = (2 * t * (1 - p)) ** (1 / (2 - p))
    threshold = least + t * p * least ** (p - 1)
    size = values.abs().clamp(min=threshold)
    w = size
    for _ in range(3):
        w = size - t * p * w.clamp(min=least) ** (p - 1)
    return torch.where(values.abs() > threshold, w * values.sign(), 0)


def _gradients(x: Tensor) -> tuple[Tensor, Tensor]:
    return x.roll(-1, -1) - x, x.roll(-1, -2) - x


def _divergence(across: Tensor, down: Tensor) -> Tensor:
    return across.roll(1, -1) - across + down.roll(1, -2) - down


def _wrapped(image: Tensor, margin: int) -> Tensor:
    """Return the picture in a margin whose far sides meet, as the Fourier transform takes them to.

    The margin is mirrored at the colours of the border as well, so that slopes go on through it.
    """
    around = ((0, 0), (0, 0), (margin, margin), (margin, margin))
    y = torch.from_numpy(np.pad(image.numpy(), around, mode="reflect", reflect_type="odd"))
    for axis in (-1, -2):
        length = y.shape[axis]
        place = torch.arange(length, dtype=y.dtype)
        far = torch.minimum(place, length - 1 - place)
        weight = (0.5 * (1 - far / margin)).clamp(min=0)
        weight = weight if axis == -1 else weight[:, None]
        y = y + weight * (y.flip(axis) - y)
    return y
