"""The one safe door for pictures: whatever a stranger sends becomes upright 8-bit sRGB, or a sentence."""

import contextlib
import io
import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageFile, PngImagePlugin, TiffImagePlugin, UnidentifiedImageError

from genimg.core import avif, profiles, recipes
from genimg.core.errors import UserError

log = logging.getLogger(__name__)

MAX_PIXELS = 4096 * 3072  # an ordinary phone photo; decoded it is 50 MB
MAX_JPEG = 4 * MAX_PIXELS  # of a JPEG, which can be decoded at half its size
MAX_RATIO = 50  # beyond this a picture is a line, and no tab can show it
MAX_BYTES = 25_000_000  # of an upload; a photo of 50 million pixels has 12 to 20 MB
REDUCED = "reduced"  # where `Image.info` keeps the size that a photo had in its file
# The decoders that uploads may reach. Pillow has dozens more, rarely used and rarely attacked on our behalf. Not ICO,
# which decodes what is inside before it tells the size. (The one for JPEG opens MPO, of many phones, too.)
_READABLE = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF")
_HEAD = 16  # bytes by which every kind of file is told apart
_SLOW = ("ppm_plain", "bmp_rle")  # decoders written in Python, which take a second for a million bytes
_MAX_SLOW = 1_000_000
_PPM = re.compile(rb"P\w+\s+(#[^\n]*\n\s*)*\d+\s+(#[^\n]*\n\s*)*\d+\s")
_TWELVE_BITS = 1 << 12
_MAX_SCANS = 500  # of a JPEG; ten are usual, and each of a hundred thousand would go over all pixels again
# Whoever decodes more than this waits until at most one other does: thirty photos at once would take all the memory.
_LARGE = 3_000_000
_turns = threading.BoundedSemaphore(2)

TiffImagePlugin.READ_LIBTIFF = True  # Pillow's own reader of uncompressed TIFFs knows no YCbCr
PngImagePlugin.MAX_TEXT_MEMORY = 8 * 2**20  # what comments may unpack to; 64 MB times thirty people is too much

_LIMIT = (
    f"at most {MAX_PIXELS / 1e6:.1f} million are accepted, of a JPEG {MAX_JPEG / 1e6:.0f} million, "
    "so make it smaller first"
)
Source = str | Path | bytes | BinaryIO


def open_image(source: Source, *, alpha: bool = False, tell: Callable[[str], object] = log.warning) -> Image.Image:
    """Decode a picture that a stranger sent, into upright 8-bit sRGB.

    The header is read first and the size refused before any pixel is decoded; only of a JPEG with up to `MAX_JPEG`
    pixels half the width and height are decoded. EXIF orientation and ICC profile are applied, alpha is composited over
    white, 16 bits are scaled to 8, and of an animation the first frame is taken. Of all that a file says beside its
    pixels, date, camera and copyright alone are kept, as EXIF in ``info``.

    Args:
        source: a path, the bytes of a file, or an open binary file.
        alpha: keep the alpha of a picture that is see-through anywhere, as RGBA.
        tell: is called with a sentence if the picture was reduced.

    Raises:
        UserError: if it is no picture that we read, is damaged, or is too large or too thin.
    """
    try:
        with warnings.catch_warnings(), _stream(source) as stream:
            warnings.simplefilter("ignore")
            with Image.open(stream, formats=_READABLE) as image:
                image.seek(0)
                before = _reduce(image)
                _check_size(image)
                _check_inside(image, stream)
                with _turns if image.width * image.height > _LARGE else contextlib.nullcontext():
                    picture = to_rgb(_deepened(image, stream), alpha=alpha)
                if isinstance(source, str | Path):
                    picture.info[recipes.NAME] = Path(source).stem
                if before:
                    picture.info[REDUCED] = before
                    tell(reduced(picture))
                return picture
    except UserError:
        raise
    except FileNotFoundError:
        raise UserError(f"There is no file {source!s}.") from None
    except Image.DecompressionBombError:  # Pillow looks before we can
        raise UserError(f"That picture has far too many pixels; {_LIMIT}.") from None
    except UnidentifiedImageError:
        raise UserError(
            "That file is not a picture that can be read here; send a PNG, JPEG, WebP, AVIF, GIF or TIFF."
        ) from None
    except Exception as error:  # Pillow's decoders raise a dozen kinds on damaged input, SyntaxError among them
        raise UserError("That picture is damaged and cannot be read; save it again and retry.") from error


@contextlib.contextmanager
def _stream(source: Source) -> Iterator[BinaryIO]:
    """Open what there is; of an animated AVIF only the still picture in it."""
    if isinstance(source, str | Path):
        with Path(source).open("rb") as file, _stream(file) as stream:
            yield stream
        return
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    head = stream.read(_HEAD)
    if head[:1] == b"P" and head[1:2] in b"0123456fFy" and not _PPM.match(head + stream.read(4096)):
        raise UnidentifiedImageError  # Pillow would look for the size through megabytes of comment
    stream.seek(0)
    yield io.BytesIO(avif.still(stream.read())) if avif.is_avif(head) else stream


def looks_like_picture(path: Path) -> bool:
    """Tell by its first bytes, and not by its name, whether a file is of a kind that `open_image` reads."""
    Image.init()
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return any(accepts is None or accepts(head) for _, accepts in (Image.OPEN[name] for name in _READABLE))


def reduced(picture: Image.Image) -> str:
    """Return a sentence about a photo that was made smaller while it was decoded, or nothing."""
    before = picture.info.get(REDUCED)
    if not before:
        return ""
    return f"photo of {before[0] * before[1] / 1e6:.0f} MP, reduced to {picture.width} × {picture.height}"


def to_rgb(image: Image.Image, *, alpha: bool = False) -> Image.Image:
    """Return `image` upright, in 8-bit sRGB, whatever its mode, with nothing in ``info`` but what may stay.

    Args:
        image: any picture.
        alpha: return RGBA if it is see-through anywhere, instead of laying it over white.

    Raises:
        UserError: if it is too large or too thin.
    """
    _check_size(image)
    image.load()
    info = {"exif": profiles.notes(image), REDUCED: image.info.get(REDUCED), recipes.SOURCE: recipes.kept(image)}
    info[recipes.NAME] = image.info.get(recipes.NAME)
    turn, profile = profiles.turn(image), image.info.get("icc_profile")
    colours, veil = _parts(image)
    picture = profiles.to_srgb(colours, profile)
    if veil is not None and alpha:
        picture.putalpha(veil)
    elif veil is not None:
        picture = Image.composite(picture, Image.new("RGB", picture.size, "white"), veil)
    if turn is not None:
        picture = picture.transpose(turn)
    picture.info = {key: value for key, value in info.items() if value}
    return picture


def _parts(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Return a picture's colours in 8 bits, and its alpha if it is see-through anywhere."""
    if image.mode.startswith("I") or image.mode == "F":
        return _to_eight_bits(image), None
    if not image.has_transparency_data:
        return image, None
    whole = image.convert("RGBA")
    veil = whole.getchannel("A")
    colours = image.getchannel("L") if image.mode == "LA" else whole.convert("RGB")
    return colours, None if veil.getextrema()[0] == 255 else veil


def chosen(name: str, picture: object, *, alpha: bool = False) -> Image.Image:
    """Return the picture that a person chose, as `to_rgb` does.

    Args:
        name: what it is for, as the sentences say it.
        picture: what came in its place.
        alpha: as for `to_rgb`.

    Raises:
        UserError: if there is none, it is no picture, or it is too large or too thin.
    """
    if picture is None:
        raise UserError(f"Choose a {name} first: upload one or click an example.")
    if not isinstance(picture, Image.Image):
        raise UserError(f"The {name} must be a picture, got {type(picture).__name__}.")
    return to_rgb(picture, alpha=alpha)


def _to_eight_bits(image: Image.Image) -> Image.Image:
    values = np.nan_to_num(np.asarray(image, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    # Sixteen-bit files are opened as I;16 or I. A 32-bit one has no fixed white, so its own maximum serves.
    highest = float(values.max())
    white = max(highest, 1e-12) if image.mode == "F" or highest > 65535 else 65535.0
    if isinstance(image, TiffImagePlugin.TiffImageFile) and image.mode != "F" and highest < _TWELVE_BITS:
        white = _white(highest)
    return Image.fromarray((values / white * 255).clip(0, 255).round().astype(np.uint8))


def _white(highest: float) -> float:
    """Return white of a 16-bit TIFF whose values stay below 4096: cameras and microscopes fill 10 or 12 of the bits.

    The format cannot say so; a picture in all 16 bits whose lightest value is so low would be black.
    """
    return next(2.0**bits - 1 for bits in (8, 10, 12) if highest < 2**bits)


def _deepened(image: ImageFile.ImageFile, stream: BinaryIO) -> Image.Image:
    """Return a picture as it is, or a 16-bit colour TIFF that fills 12 bits or fewer as it was meant.

    Of 16-bit colours Pillow keeps the upper byte alone, which is nearly black then. Read with its bytes swapped, the
    same file gives the lower byte.
    """
    if not isinstance(image, TiffImagePlugin.TiffImageFile) or len(image.tile) != 1:
        return image
    args = image.tile[0].args
    if not isinstance(args, tuple) or args[0] != f"{image.mode};16N":
        return image
    image.load()
    if max(high for _, high in image.getextrema()) >= _TWELVE_BITS >> 8:  # type: ignore[misc, union-attr]
        return image
    stream.seek(0)
    with Image.open(stream, formats=("TIFF",)) as again:
        assert isinstance(again, TiffImagePlugin.TiffImageFile)
        swapped = f"{image.mode};16{'B' if sys.byteorder == 'little' else 'L'}"
        again.tile = [again.tile[0]._replace(args=(swapped, *args[1:]))]
        values = np.asarray(image, np.uint16) << 8 | np.asarray(again, np.uint16)
    mended = Image.fromarray((values / _white(float(values.max())) * 255).round().astype(np.uint8))
    mended.info = image.info
    return mended


def _reduce(image: ImageFile.ImageFile) -> tuple[int, int] | None:
    """Let a JPEG that is too large be decoded at half its width and height; return the size that it had then."""
    before = image.size
    if MAX_PIXELS < before[0] * before[1] <= MAX_JPEG and min(before) > 1:
        image.draft(None, (before[0] // 2, before[1] // 2))
    return before if image.size != before else None


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise UserError(f"That picture has {width} x {height} pixels; {_LIMIT}.")
    if max(width, height) > MAX_RATIO * min(width, height):
        raise UserError(f"That picture is {width} x {height}: too thin to work with (at most {MAX_RATIO} to 1).")


def _check_inside(image: ImageFile.ImageFile, stream: BinaryIO) -> None:
    """Refuse what would take far more than the size promises.

    Raises:
        UserError: for a TIFF with tiles beyond all measure, an AVIF whose coded picture is larger than it claims, a
            JPEG that goes over its pixels again and again, and a picture written as megabytes of text.
    """
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        wide, high = (int(image.tag_v2.get(tag, 0)) for tag in (TiffImagePlugin.TILEWIDTH, TiffImagePlugin.TILELENGTH))
        if wide * high > MAX_PIXELS:
            raise UserError(f"That TIFF is made of tiles of {wide} x {high} pixels, which is too large.")
    place = stream.tell()
    if image.tile and image.tile[0].codec_name in _SLOW and stream.seek(0, io.SEEK_END) > _MAX_SLOW:
        raise UserError("That picture is written in a way that takes too long to read; save it as a PNG and retry.")
    stream.seek(place)
    if image.format not in ("AVIF", "JPEG", "MPO"):
        return
    stream.seek(0)
    content = stream.read()
    stream.seek(place)
    if image.format == "AVIF" and avif.coded_pixels(content) > 4 * MAX_PIXELS:
        raise UserError(f"That AVIF picture is coded with far too many pixels; {_LIMIT}.")
    if image.format != "AVIF" and content.count(b"\xff\xda") > _MAX_SCANS:
        raise UserError(f"That JPEG has more than {_MAX_SCANS} scans; save it again and retry.")
