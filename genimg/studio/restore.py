"""Restoration in the Repair tab: a whole picture with less noise, less blur, fewer traces of JPEG."""

from PIL import Image
from torch import Tensor

from genimg.algorithms import deblocking, deconvolution, restoration
from genimg.core.errors import UserError, choice, number
from genimg.core.images import to_pil, to_tensor
from genimg.studio.again import remembered
from genimg.studio.repair import fit

METHODS = ("denoise", "deblur", "jpeg")
MAX_BLUR = 8  # pixels
MAX_QUALITY = 95
SHARP = 0.55  # pixels of blur that the edges of a sharp photo or drawing may show
_CLEAN = 90  # quality from which on JPEG leaves nothing that the eye sees
_FAINT = 0.5 / 255  # of noise: that of a picture of 8 bits


@remembered("restore")
def restore(
    picture: Image.Image | None,
    *,
    method: object = "denoise",
    strength: object = 1.0,
    blur: object = 0,
    quality: object = 0,
) -> tuple[Image.Image, str]:
    """Make a whole picture better.

    What is wrong with it is measured; where nothing is, it stays as it is.

    Args:
        picture: at most `genimg.studio.repair.MAX_PIXELS` of it are worked on.
        method: denoise, deblur or jpeg.
        strength: 0.2..3, 1 for what seems right; more smooths more, or sharpens more.
        blur: for deblur: the radius of the blur in pixels, 0..8; 0 to have it measured.
        quality: for jpeg: that of the compression, 0..95; 0 to have it measured.

    Returns:
        The picture, and what was found and done in a sentence.

    Raises:
        UserError: for no picture, one that is too small, or a value out of range.
    """
    method, level = choice("The method", method, METHODS), number("Strength", strength, 0.2, 3)
    radius, known = number("The blur", blur, 0, MAX_BLUR), number("The quality", quality, 0, MAX_QUALITY)
    upright = fit(picture)
    image = to_tensor(upright)
    if min(image.shape[-2:]) < 16:
        raise UserError("That picture is too small to be restored; it needs 16 pixels each way.")
    if method == "denoise":
        made, said = _denoised(image, level)
    elif method == "deblur":
        made, said = _sharpened(image, level, radius)
    else:
        made, said = _softened(image, level, round(known))
    return (upright if made is image else to_pil(made)[0]), said


def _denoised(image: Tensor, level: float) -> tuple[Tensor, str]:
    noise = restoration.estimate_noise(image)
    if noise < _FAINT:
        return image, "No noise was found; the picture stays as it is."
    return restoration.denoise(image, strength=level), f"Noise of {255 * noise:.1f} of 255 was taken away."


def _sharpened(image: Tensor, level: float, radius: float) -> tuple[Tensor, str]:
    found = radius or min(deconvolution.estimate_blur(image), MAX_BLUR)
    if not radius and found < SHARP:
        return image, "This picture looks sharp already and stays as it is; choose a radius to sharpen it all the same."
    return deconvolution.deblur(image, found, strength=level), f"A blur of {found:.1f} pixels was undone."


def _softened(image: Tensor, level: float, quality: int) -> tuple[Tensor, str]:
    if quality:
        return deblocking.deblock(image, quality, strength=level), f"Traces of JPEG of quality {quality} were softened."
    traces = deblocking.find(image)
    if traces is None:
        return image, "No traces of JPEG were found; choose a quality to soften it all the same."
    if traces.quality >= _CLEAN:
        return image, f"JPEG of quality {traces.quality} leaves nothing to be seen; the picture stays as it is."
    made = deblocking.deblock(image, traces.quality, grid=traces.grid, strength=level)
    return made, f"Traces of JPEG of quality {traces.quality} were softened."
