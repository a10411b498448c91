"""How much noise there is in a picture, and less of it, by scikit-image.

Paper: Buades, Coll, Morel 2005, "A Non-Local Algorithm for Image Denoising".

Pictures are ``(1, 3, H, W)`` in [0, 1].
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skimage import restoration
from torch import Tensor

Array = NDArray[Any]


def estimate_noise(image: Tensor) -> float:
    """Return the standard deviation of the noise in a picture, from its finest wavelets."""
    return float(restoration.estimate_sigma(_array(image), channel_axis=-1, average_sigmas=True))


def denoise(image: Tensor, *, strength: float = 1.0) -> Tensor:
    """Take noise away by averaging patches that look alike (non-local means).

    Args:
        image: the picture.
        strength: 1 for as much as there seems to be noise, more smooths more; 0 leaves the picture.
    """
    pixels, sigma = _array(image), estimate_noise(image)
    if strength <= 0 or sigma <= 1e-4:
        return image
    smooth = restoration.denoise_nl_means(
        pixels, patch_size=5, patch_distance=6, h=0.8 * strength * sigma, sigma=strength * sigma, fast_mode=True,
        channel_axis=-1,
    )  # fmt: skip
    return _tensor(smooth)


def _array(image: Tensor) -> Array:
    return image[0].permute(1, 2, 0).double().numpy()


def _tensor(pixels: Array) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None].float().clamp(0, 1)
