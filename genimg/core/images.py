"""Pictures in and out: PIL <-> NCHW, grids, GIF and MP4; and the safe door of `genimg.core.decoding`."""

import io
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from torch import Tensor
from torch.nn.functional import interpolate

from genimg.core import recipes
from genimg.core.decoding import MAX_PIXELS, MAX_RATIO, chosen, open_image, to_rgb
from genimg.core.errors import UserError
from genimg.core.steps import Step

__all__ = [
    "FORMATS", "MAX_PIXELS", "MAX_RATIO", "checkerboard", "chosen", "crop_square", "encode", "encode_gif",
    "encode_mp4", "finished", "grid", "laid_over", "model_view", "open_image", "psnr", "resize", "shrink", "to_pil",
    "to_rgb", "to_tensor",
]  # fmt: skip

FORMATS = ("PNG", "JPEG", "WEBP")


def to_tensor(image: Image.Image | Sequence[Image.Image], *, alpha: bool = False) -> Tensor:
    """Turn one picture, or several of one size, into ``(N, 3, H, W)`` float32 in [0, 1]; with `alpha` RGBA has four."""
    images = [image] if isinstance(image, Image.Image) else image
    stacked = np.stack([np.asarray(one if alpha and one.mode == "RGBA" else one.convert("RGB")) for one in images])
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).float().div(255)


def to_pil(images: Tensor) -> list[Image.Image]:
    """Turn ``(N, C, H, W)`` in [0, 1] into N pictures, RGBA for C of 4 or else RGB; values outside are clipped."""
    array = images.detach().float().clamp(0, 1).mul(255).round().byte().cpu()
    array = array if array.shape[1] == 4 else array.expand(-1, 3, -1, -1)
    return [Image.fromarray(one.numpy()) for one in array.permute(0, 2, 3, 1).contiguous()]


def finished(step: Step) -> Image.Image:
    """Return the picture that long work ended with; it remembers how it was made.

    Raises:
        UserError: if there is none.
    """
    if step.image is None:
        raise UserError("There is no picture yet.")
    picture = to_pil(step.image)[0]
    return recipes.attach(picture, step.recipe) if step.recipe else picture


def shrink(image: Image.Image, longest: int) -> Image.Image:
    """Return `image` scaled down, if need be, so that its longer side is at most `longest` pixels."""
    scale = longest / max(image.size)
    if scale >= 1:
        return image
    return image.resize([max(1, round(side * scale)) for side in image.size], Image.Resampling.LANCZOS)  # type: ignore[arg-type]


def crop_square(image: Image.Image) -> tuple[Image.Image, tuple[int, int, int, int]]:
    """Return the largest central square of `image` and its box ``(left, top, right, bottom)``."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    return image.crop(box), box


def resize(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Resample ``(N, C, H, W)`` to ``(height, width)``, bicubic with antialiasing, clipped to [0, 1]."""
    if images.shape[-2:] == size:
        return images
    return interpolate(images, size, mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)


def model_view(image: object, size: int, channels: int = 3) -> Tensor:
    """Return what a model of pictures of this size sees of any: its central square, ``(1, channels, size, size)``.

    Raises:
        UserError: if there is none, or it is no picture.
    """
    if image is None:
        raise UserError("Choose a picture first: upload one, or click one of the examples.")
    if not isinstance(image, Image.Image):
        raise UserError(f"A picture must be a PIL image, got {type(image).__name__}.")
    pixels = resize(to_tensor(crop_square(to_rgb(image))[0]), (size, size))
    return pixels.mean(1, keepdim=True) if channels == 1 else pixels


def psnr(one: Tensor, other: Tensor) -> float:
    """Return the peak signal-to-noise ratio of two pictures in [0, 1] in decibels; 100 at most."""
    return -10 * math.log10(max(float((one - other).square().mean()), 1e-10))


def grid(images: Sequence[Image.Image], *, columns: int | None = None, gap: int = 2) -> Image.Image:
    """Paste pictures of one size into a grid on white, row by row; nearly square unless `columns` is given."""
    if not images:
        raise UserError("There is no picture to show.")
    columns = columns or math.ceil(math.sqrt(len(images)))
    rows = math.ceil(len(images) / columns)
    width, height = images[0].size
    sheet = Image.new("RGB", (columns * (width + gap) - gap, rows * (height + gap) - gap), "white")
    for i, image in enumerate(images):
        sheet.paste(image, (i % columns * (width + gap), i // columns * (height + gap)))
    return sheet


def laid_over(image: Image.Image, background: Image.Image | str = "white") -> Image.Image:
    """Return a see-through picture over a colour or another picture of its size; any other is returned as it is."""
    if image.mode != "RGBA":
        return image
    below = Image.new("RGB", image.size, background) if isinstance(background, str) else background.copy()
    below.paste(image, mask=image.getchannel("A"))
    return below


def checkerboard(size: tuple[int, int], square: int = 8) -> Image.Image:
    """Return the light and gray squares that stand for nothing, to show a see-through picture over."""
    rows, columns = (np.arange(side) // square for side in size[::-1])
    values = np.where((rows[:, None] + columns) % 2, 204, 238).astype(np.uint8)
    return Image.fromarray(values).convert("RGB")


def encode(image: Image.Image, format: str = "PNG", *, quality: int = 92, exif: bytes | None = None) -> bytes:
    """Return the bytes of a file, in which the picture's recipe is, where it has one.

    JPEG knows no alpha, so there a see-through picture is laid over white.

    Args:
        image: RGB or RGBA.
        format: one of `FORMATS`.
        quality: 1..100, counts for JPEG and WebP.
        exif: what the file shall say about the photo.
    """
    buffer = io.BytesIO()
    picture = laid_over(image) if format == "JPEG" else image
    # exact: WebP would otherwise paint what cannot be seen black, for a slightly smaller file.
    more: dict[str, Any] = {"exact": True} if format == "WEBP" else {}
    recipe = recipes.of(image)
    if recipe and format == "PNG":
        more["pnginfo"] = PngInfo()
        more["pnginfo"].add_text(recipes.KEY, recipes.text(replace(recipe, format=None, quality=None)))
    elif recipe:
        exif = recipes.comment(recipes.text(replace(recipe, format=format, quality=quality)), exif)
    picture.save(buffer, format, quality=quality, **more, **({"exif": exif} if exif else {}))
    return buffer.getvalue()


def encode_gif(frames: Sequence[Image.Image], *, fps: float = 12.0, loop: bool = True) -> bytes:
    """Return an animated GIF; it plays for ever unless `loop` is false.

    All frames share one palette made from all of them, without dither, so that still parts do not flicker.
    """
    palette = grid([shrink(frame, 256) for frame in frames]).quantize(256)
    indexed = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    buffer = io.BytesIO()
    timing = {"duration": round(1000 / fps)} | ({"loop": 0} if loop else {})
    indexed[0].save(buffer, "GIF", save_all=True, append_images=indexed[1:], **timing)  # type: ignore[arg-type]
    return buffer.getvalue()


def encode_mp4(frames: Sequence[Image.Image], *, fps: int = 24) -> bytes:
    """Return an H.264 MP4 that every browser plays.

    Odd sides lose a pixel, as the 4:2:0 format wants, and a single one is doubled.
    """
    import av  # takes 0.1 s to import, and only films need it

    width, height = (max(2, side - side % 2) for side in frames[0].size)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "16", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            wide = frame.resize((max(2, frame.width), max(2, frame.height)), Image.Resampling.NEAREST)
            picture = av.VideoFrame.from_image(wide.crop((0, 0, width, height)))
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return buffer.getvalue()
