"""Make a whole picture better: less noise, less blur, fewer traces of JPEG. The methods are scikit-image's.

Papers: Buades, Coll, Morel 2005, "A Non-Local Algorithm for Image Denoising"; Orieux, Giovannelli, Rodet 2010,
"Bayesian Estimation of Regularization and Point Spread Function Parameters for Wiener-Hunt Deconvolution"; Nosratinia
2001, "Enhancement of JPEG-Compressed Images by Re-application of JPEG" (by scikit-image's cycle spinning).

Pictures are ``(1, 3, H, W)`` in [0, 1].
"""

import io
import warnings
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from skimage import restoration
from torch import Tensor

Array = NDArray[Any]
_ROUNDS = {"max_num_iter": 60, "min_num_iter": 15}


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


def deblur(image: Tensor, *, radius: float = 2.0, seed: int = 0) -> Tensor:
    """Undo a blur of known width by unsupervised Wiener-Hunt deconvolution, which samples how much noise there is.

    Args:
        image: the picture.
        radius: standard deviation of the Gaussian blur in pixels.
        seed: of the sampling.
    """
    reach = max(2, round(3 * radius))
    axis = np.arange(-reach, reach + 1)
    blur = np.exp(-(axis[:, None] ** 2 + axis**2) / (2 * radius**2))
    blur /= blur.sum()
    # The method takes the picture as a torus: a mirrored border keeps the far side's colours out.
    margin = 4 * reach
    pixels = np.pad(_array(image), ((margin, margin), (margin, margin), (0, 0)), mode="symmetric")
    channels = [
        restoration.unsupervised_wiener(pixels[..., i], blur, clip=False, rng=seed, user_params=_ROUNDS)[0]
        for i in range(3)
    ]
    sharp = _tensor(np.stack(channels, -1)[margin:-margin, margin:-margin].clip(0, 1))
    return denoise(sharp)  # what it makes of rounding and noise are speckles


def soften_jpeg(image: Tensor, *, quality: int = 25, shifts: int = 15) -> Tensor:
    """Average over JPEG's blocks: compress again with the grid of blocks shifted, shift back, and take the mean.

    Edges of blocks and ringing lie elsewhere in each of the compressed pictures, and the photo's own edges do not.

    Args:
        image: the picture.
        quality: of the compression, 1..95; about that of the damaged file, lower softens more.
        shifts: the largest in each direction, in pixels; colours come in blocks of 16.
    """

    def again(pixels: Array) -> Array:
        buffer = io.BytesIO()
        Image.fromarray((pixels.clip(0, 1) * 255).round().astype(np.uint8)).save(buffer, "JPEG", quality=quality)
        with Image.open(buffer) as picture:
            return np.asarray(picture, np.float64) / 255

    # Mirrored, since cycle spinning rolls the picture and its rim would meet the other side.
    pixels = np.pad(_array(image), ((16, 16), (16, 16), (0, 0)), mode="symmetric")
    with warnings.catch_warnings():  # that several workers would need another library
        warnings.simplefilter("ignore", UserWarning)
        mean = restoration.cycle_spin(pixels, func=again, max_shifts=shifts, shift_steps=3, channel_axis=-1)
    return _tensor(np.asarray(mean)[16:-16, 16:-16].clip(0, 1))


def _array(image: Tensor) -> Array:
    return image[0].permute(1, 2, 0).double().numpy()


def _tensor(pixels: Array) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None].float().clamp(0, 1)
