"""Pictures in and out: the one safe door for uploads, PIL <-> NCHW, grids, GIF and MP4."""

import io
import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor
from torch.nn.functional import interpolate

from genimg.core.errors import UserError

MAX_PIXELS = 12_000_000  # an ordinary phone photo; decoded it is 36 MB
MAX_RATIO = 50  # beyond this a picture is a line, and no tab can show it
FORMATS = ("PNG", "JPEG", "WEBP")
# The decoders that uploads may reach. Pillow has dozens more, rarely used and rarely attacked on our behalf.
# (The one for JPEG opens MPO, the stereo pictures of some cameras, too.)
_READABLE = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "ICO", "PPM")


def open_image(source: str | Path | bytes | BinaryIO, *, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Decode a picture that a stranger sent, into upright 8-bit RGB.

    The header is read first and the size refused before any pixel is decoded. EXIF orientation is applied, alpha is
    composited over white, 16 bits are scaled to 8, and of an animation the first frame is taken.

    Args:
        source: a path, the bytes of a file, or an open binary file.
        max_pixels: the largest width times height accepted.

    Raises:
        UserError: if it is no picture that we read, is damaged, or is too large or too thin.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(stream, formats=_READABLE) as image:
                _check_size(image, max_pixels)
                image.seek(0)
                return to_rgb(image, max_pixels=max_pixels)
    except UserError:
        raise
    except FileNotFoundError:
        raise UserError(f"There is no file {source!s}.") from None
    except Image.DecompressionBombError:  # Pillow looks before we can
        raise UserError(f"That picture is far too large; at most {max_pixels / 1e6:g} million pixels fit.") from None
    except UnidentifiedImageError:
        raise UserError("That file is not a picture that can be read here; send a PNG, JPEG, WebP or GIF.") from None
    except Exception as error:  # Pillow's decoders raise a dozen kinds on damaged input, SyntaxError among them
        raise UserError("That picture is damaged and cannot be read; save it again and retry.") from error


def to_rgb(image: Image.Image, *, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Return `image` upright, over white, in 8-bit RGB, whatever its mode.

    Raises:
        UserError: if it is too large or too thin.
    """
    _check_size(image, max_pixels)
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        image = _to_eight_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def chosen(name: str, picture: object) -> Image.Image:
    """Return the picture that a person chose, as `to_rgb` does.

    Args:
        name: what it is for, as the sentences say it.
        picture: what came in its place.

    Raises:
        UserError: if there is none, it is no picture, or it is too large or too thin.
    """
    if picture is None:
        raise UserError(f"Choose a {name} first: upload one or click an example.")
    if not isinstance(picture, Image.Image):
        raise UserError(f"The {name} must be a picture, got {type(picture).__name__}.")
    return to_rgb(picture)


def _to_eight_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image, dtype=np.float32)
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    # Sixteen-bit files are opened as I;16 or I. A 32-bit one has no fixed white, so its own maximum serves.
    white = 65535.0 if image.mode != "F" and values.max() <= 65535 else max(float(values.max()), 1e-12)
    return Image.fromarray((values / white * 255).clip(0, 255).round().astype(np.uint8))


def _check_size(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise UserError(
            f"That picture has {width} x {height} pixels; at most {max_pixels / 1e6:g} million are accepted, "
            "so make it smaller first."
        )
    if max(width, height) > MAX_RATIO * min(width, height):
        raise UserError(f"That picture is {width} x {height}: too thin to work with (at most {MAX_RATIO} to 1).")


def to_tensor(image: Image.Image | Sequence[Image.Image]) -> Tensor:
    """Turn one RGB picture, or several of one size, into ``(N, 3, H, W)`` float32 in [0, 1]."""
    images = [image] if isinstance(image, Image.Image) else image
    stacked = np.stack([np.asarray(one.convert("RGB")) for one in images])
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).float().div(255)


def to_pil(images: Tensor) -> list[Image.Image]:
    """Turn ``(N, C, H, W)`` in [0, 1], C being 1 or 3, into N RGB pictures; values outside are clipped."""
    array = images.detach().float().clamp(0, 1).mul(255).round().byte().cpu()
    return [Image.fromarray(one.numpy()) for one in array.expand(-1, 3, -1, -1).permute(0, 2, 3, 1).contiguous()]


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


def encode(image: Image.Image, format: str = "PNG", *, quality: int = 92) -> bytes:
    """Return the bytes of a file in `format` (one of `FORMATS`); `quality` 1..100 counts for JPEG and WebP."""
    buffer = io.BytesIO()
    image.save(buffer, format, quality=quality)
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
    """Return an H.264 MP4 that every browser plays; odd sides lose a pixel, as the 4:2:0 format wants."""
    import av  # takes 0.1 s to import, and only films need it

    width, height = (side - side % 2 for side in frames[0].size)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "16", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            picture = av.VideoFrame.from_image(frame.crop((0, 0, width, height)))
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return buffer.getvalue()
