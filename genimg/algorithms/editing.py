"""Photo edits as pure functions over ``(N, 3, H, W)`` float32 in [0, 1]; every neutral setting gives the input back.

A fourth channel is alpha. What changes light and colour leaves it alone and looks at nothing that it hides; what mixes
neighbouring pixels mixes each as much as it is seen, so that no hidden colour shines through at the edges.
"""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import Tensor

from genimg.core.later import Later

F = Later("torchvision.transforms.v2.functional")
FITS = ("expand", "keep", "crop")
Edit = Callable[..., Tensor]


def _of_colour(function: Edit) -> Edit:
    """Let an edit of light or colour have the colours alone, and join the alpha to them again."""

    @wraps(function)
    def applied(images: Tensor, **settings: Any) -> Tensor:
        return (
            torch.cat([function(images[:, :3], **settings), images[:, 3:]], 1)
            if _veiled(images)
            else function(images, **settings)
        )

    return applied


def _of_neighbours(function: Edit) -> Edit:
    """Let an edit that mixes pixels have the colours multiplied by their alpha, and the alpha beside them."""

    @wraps(function)
    def applied(images: Tensor, **settings: Any) -> Tensor:
        if not _veiled(images):
            return function(images, **settings)
        veil = images[:, 3:]
        mixed = function(torch.cat([images[:, :3] * veil, veil], 1), **settings)
        # Where nothing is seen there is no colour to be had.
        colours = (mixed[:, :3] / mixed[:, 3:].clamp_min(1e-4)).clamp(0, 1)
        return torch.cat([colours, mixed[:, 3:]], 1)

    return applied


def _veiled(images: Tensor) -> bool:
    return images.shape[1] == 4


def _weights(images: Tensor) -> Tensor:
    """Return how much each pixel is seen, ``(N, 1, H, W)``."""
    return images[:, 3:] if _veiled(images) else torch.ones_like(images[:, :1])


def crop(images: Tensor, *, left: int, top: int, width: int, height: int) -> Tensor:
    """Cut out a box; exact, pixels are copied.

    Raises:
        ValueError: if the box does not lie inside the picture.
    """
    if left < 0 or top < 0 or width < 1 or height < 1:
        raise ValueError(f"crop box {width} x {height} at ({left}, {top}) is not a box")
    if left + width > images.shape[-1] or top + height > images.shape[-2]:
        raise ValueError(f"crop box {width} x {height} at ({left}, {top}) leaves the picture {tuple(images.shape)}")
    return F.crop(images, top, left, height, width)


def rotate(
    images: Tensor, *, angle: float = 0.0, fit: str = "expand", fill: tuple[float, float, float] = (1.0, 1.0, 1.0)
) -> Tensor:
    """Turn clockwise about the centre; quarter turns are exact, others bilinear.

    Args:
        images: ``(N, 3, H, W)``.
        angle: degrees, clockwise.
        fit: ``expand`` shows the whole picture, ``keep`` keeps the size and loses the corners, ``crop`` keeps the
            largest rectangle that holds no fill.
        fill: RGB in [0, 1] for what the picture does not cover; of a picture with alpha that is see-through.
    """
    height, width = images.shape[-2:]
    quarters, rest = divmod(angle, 90.0)
    if rest == 0 and (fit != "keep" or quarters % 2 == 0):
        return torch.rot90(images, -int(quarters), (-2, -1))
    turned = _turned(images, angle=-angle, expand=fit != "keep", fill=list(fill))
    if fit == "crop":
        inner_width, inner_height = inner_rectangle(width, height, angle)
        turned = F.center_crop(turned, [inner_height, inner_width])
    return turned


@_of_neighbours
def _turned(images: Tensor, *, angle: float, expand: bool, fill: list[float]) -> Tensor:
    nothing = [0.0] * 4
    return F.rotate(
        images, angle, F.InterpolationMode.BILINEAR, expand=expand, fill=nothing if _veiled(images) else fill
    )


def inner_rectangle(width: int, height: int, angle: float) -> tuple[int, int]:
    """Return the ``(width, height)`` of the largest upright rectangle inside a picture turned by `angle` degrees.

    Either all four corners of the rectangle touch the sides of the picture, or, where the picture is too slender
    for that, two opposite corners touch its long sides, and then every position along them serves; ours is centred.
    Half a pixel is taken off each side, because interpolation mixes the fill into the picture's very edge.
    """
    sin, cos = abs(math.sin(math.radians(angle))), abs(math.cos(math.radians(angle)))
    long, short = max(width, height), min(width, height)
    if short <= 2 * sin * cos * long or abs(sin - cos) < 1e-9:
        half = short / 2
        inner = (half / sin, half / cos) if width >= height else (half / cos, half / sin)
    else:
        double = cos * cos - sin * sin
        inner = ((width * cos - height * sin) / double, (height * cos - width * sin) / double)
    edge = 1 if min(sin, cos) > 1e-9 else 0
    return max(1, math.floor(inner[0] + 1e-6) - edge), max(1, math.floor(inner[1] + 1e-6) - edge)


def flip(images: Tensor, *, axis: str) -> Tensor:
    """Mirror left to right (``horizontal``) or top to bottom (``vertical``); exact."""
    return F.horizontal_flip(images) if axis == "horizontal" else F.vertical_flip(images)


def resize(images: Tensor, *, width: int, height: int) -> Tensor:
    """Resample to ``width x height``, bicubic with antialiasing."""
    return images if images.shape[-2:] == (height, width) else _resampled(images, size=[height, width])


@_of_neighbours
def _resampled(images: Tensor, *, size: list[int]) -> Tensor:
    return F.resize(images, size, interpolation=F.InterpolationMode.BICUBIC, antialias=True).clamp(0, 1)


@_of_colour
def brightness(images: Tensor, *, factor: float = 1.0) -> Tensor:
    """Multiply the light: 0 is black, 1 leaves the picture, 2 doubles every value."""
    return images if factor == 1 else F.adjust_brightness(images, factor)


def contrast(images: Tensor, *, factor: float = 1.0) -> Tensor:
    """Spread the values around their mean gray: 0 is flat gray, 1 leaves the picture."""
    if factor == 1:
        return images
    seen, colours = _weights(images), images[:, :3]
    gray = F.rgb_to_grayscale(colours)
    mean = (gray * seen).sum((1, 2, 3), keepdim=True) / seen.sum((1, 2, 3), keepdim=True).clamp_min(1e-6)
    return torch.cat([torch.lerp(mean, colours, factor).clamp(0, 1), images[:, 3:]], 1)


@_of_colour
def saturation(images: Tensor, *, factor: float = 1.0) -> Tensor:
    """Spread the colours around their gray: 0 is grayscale, 1 leaves the picture."""
    return images if factor == 1 else F.adjust_saturation(images, factor)


@_of_colour
def hue(images: Tensor, *, degrees: float = 0.0) -> Tensor:
    """Turn every colour round the colour wheel (HSV); 120 takes red to green, 360 is a full turn.

    The same as torchvision's `adjust_hue` in about half the time: a slider waits for it.
    """
    if degrees % 360 == 0:
        return images
    red, green, blue = images.unbind(1)
    value = images.amax(1)
    chroma = value - images.amin(1)
    # The hue in sixths of a turn, counted from the channel that is largest; a gray pixel has none, and chroma 0.
    divisor = chroma.clamp_min(1e-12)
    sixth = torch.where(
        value == red,
        (green - blue) / divisor,
        torch.where(value == green, (blue - red) / divisor + 2, (red - green) / divisor + 4),
    )
    # Smith's HSV in closed form: each channel falls short of the value by the chroma times a trapezoid of the hue.
    phase = sixth.add_(degrees / 60).unsqueeze(1) + images.new_tensor([5.0, 3.0, 1.0]).view(1, 3, 1, 1)
    phase = phase.remainder_(6)
    short = torch.minimum(phase, 4 - phase).clamp_(0, 1)
    return torch.addcmul(value.unsqueeze(1), chroma.unsqueeze(1), short, value=-1).clamp_(0, 1)


@_of_colour
def gamma(images: Tensor, *, value: float = 1.0) -> Tensor:
    """Raise values to the power ``1 / value``: above 1 lightens the shadows, below 1 deepens them; white stays."""
    return images if value == 1 else F.adjust_gamma(images, 1 / value)


@_of_colour
def balance(images: Tensor, *, red: float = 1.0, green: float = 1.0, blue: float = 1.0) -> Tensor:
    """Multiply each channel, as a warmer or cooler light would."""
    factors = images.new_tensor([red, green, blue]).view(1, 3, 1, 1)
    return (images * factors).clamp(0, 1)


def blur(images: Tensor, *, radius: float = 0.0) -> Tensor:
    """Blur with a Gaussian of standard deviation `radius` pixels, cut at three of them; edges repeat outward."""
    return images if radius < 0.1 else _blurred(images, radius=radius)  # the kernel would be a single 1


@_of_neighbours
def _blurred(images: Tensor, *, radius: float) -> Tensor:
    # Two passes of one line each: a square kernel would cost its side squared. Our own padding, because torchvision's
    # reflects and so refuses pictures smaller than the kernel.
    reach = math.ceil(3 * radius)
    size, padded = 2 * reach + 1, F.pad(images, [reach], padding_mode="edge")
    padded = F.gaussian_blur(padded, [size, 1], [radius, radius])[..., reach:-reach]
    return F.gaussian_blur(padded, [1, size], [radius, radius])[..., reach:-reach, :]


def sharpen(images: Tensor, *, amount: float = 0.0, radius: float = 1.5) -> Tensor:
    """Unsharp mask: add `amount` times what a blur of `radius` pixels takes away; an alpha stays as it is."""
    if amount == 0:
        return images
    colours, soft = images[:, :3], blur(images, radius=radius)[:, :3]
    return torch.cat([torch.lerp(soft, colours, 1 + amount).clamp(0, 1), images[:, 3:]], 1)


@_of_colour
def grayscale(images: Tensor) -> Tensor:
    """Keep the light alone (ITU-R 601 weights), in three equal channels."""
    return F.rgb_to_grayscale(images, num_output_channels=3)


def auto_contrast(images: Tensor) -> Tensor:
    """Stretch each channel so that its darkest value becomes 0 and its lightest 1; a flat channel stays."""
    seen, colours = _weights(images) > 0, images[:, :3]
    low = torch.where(seen, colours, 1.0).amin((-2, -1), keepdim=True)
    high = torch.where(seen, colours, 0.0).amax((-2, -1), keepdim=True)
    stretched = ((colours - low) / (high - low).clamp_min(1e-12)).clamp(0, 1)
    return torch.cat([torch.where(high > low, stretched, colours), images[:, 3:]], 1)
