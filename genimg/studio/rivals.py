"""What JPEG and WebP make of the same small picture: at the same bytes, at the same quality, at all qualities.

At this size most of a JPEG is its header: tables that hardly differ from file to file. So the bytes of what they code
alone are counted too: the scan of a JPEG, and the VP8 chunk of a WebP.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from PIL import Image

from genimg.studio.compress import curve, psnr, square, ssim

_QUALITIES = {
    "JPEG": (1, 2, 3, 5, 7, 9, 12, 15, 18, 22, 26, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95),
    "WebP": (0, 1, 2, 4, 6, 10, 15, 20, 25, 30, 35, 40, 50, 60, 70, 75, 80, 85, 90, 95, 100),
}


@dataclass(frozen=True)
class Rival:
    """A picture as another format has it.

    Attributes:
        format: JPEG or WebP.
        quality: as Pillow counts it.
        picture: decoded again.
        size: bytes of the file.
        payload: bytes of the coded data in it.
        psnr: decibels.
        original: what it is compared with.
        met: whether the file is what was asked for; else it is the nearest that this format can do.
    """

    format: str
    quality: int
    picture: Image.Image
    size: int
    payload: int
    psnr: float
    original: Image.Image
    met: bool = True

    @property
    def ssim(self) -> float:
        """Structural similarity to the original."""
        return ssim(self.original, self.picture)

    @property
    def bpp(self) -> float:
        """Bits a pixel, of the whole file."""
        return 8 * self.size / (self.picture.width * self.picture.height)


def files(original: Image.Image, format: str) -> list[Rival]:
    """Return one small picture in a format at about twenty qualities; those of the last pictures are remembered.

    A JPEG is made twice at each: with colour at half the size, as usual, and with all of it.
    """
    return list(_files(original.tobytes(), original.size, format))


@lru_cache(maxsize=64)
def _files(pixels: bytes, size: tuple[int, int], format: str) -> tuple[Rival, ...]:
    original = Image.frombytes("RGB", size, pixels)
    made = []
    for content, quality in ((c, q) for q in _QUALITIES[format] for c in _WRITERS[format](original, q)):
        with Image.open(io.BytesIO(content)) as opened:
            picture = opened.convert("RGB")
        made.append(Rival(format, quality, picture, len(content), payload(content), psnr(original, picture), original))
    return tuple(made)


def _jpeg(image: Image.Image, quality: int) -> Iterator[bytes]:
    for subsampling in (2, 0):  # colour at half the size, as usual, or at the full size
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality, optimize=True, subsampling=subsampling)
        yield buffer.getvalue()


def _webp(image: Image.Image, quality: int) -> Iterator[bytes]:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=6)
    yield buffer.getvalue()


_WRITERS: Mapping[str, Callable[[Image.Image, int], Iterator[bytes]]] = {"JPEG": _jpeg, "WebP": _webp}


def payload(content: bytes) -> int:
    """Return how many bytes of a JPEG are its scan, or of a WebP its VP8 chunk without the chunk's own head."""
    if content[:4] == b"RIFF":
        at = content.index(b"VP8 ", 12)
        return int.from_bytes(content[at + 4 : at + 8], "little")
    at = 2
    while content[at + 1] != 0xDA:  # start of scan
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    start = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return len(content) - start - 2  # the end of image is a marker of two bytes


def same_size(original: Image.Image, format: str, size: int) -> Rival:
    """Return the best file of at most `size` bytes, or the smallest there is, with `met` false."""
    made = files(original, format)
    fitting = [one for one in made if one.size <= size]
    return max(fitting, key=lambda one: one.psnr) if fitting else _missed(min(made, key=lambda one: one.size))


def same_quality(original: Image.Image, format: str, decibels: float) -> Rival:
    """Return the smallest file of at least this PSNR, or the best there is, with `met` false."""
    made = files(original, format)
    fitting = [one for one in made if one.psnr >= decibels]
    return min(fitting, key=lambda one: one.size) if fitting else _missed(max(made, key=lambda one: one.psnr))


def _missed(one: Rival) -> Rival:
    return replace(one, met=False)


def curves(original: Image.Image) -> dict[str, list[tuple[float, float]]]:
    """Return bits a pixel and PSNR of whole JPEG files, of their scans alone, and of whole WebP files."""
    area = original.width * original.height
    jpeg, webp = files(original, "JPEG"), files(original, "WebP")
    return {
        "JPEG": _front([(one.bpp, one.psnr) for one in jpeg]),
        "JPEG scan": _front([(8 * one.payload / area, one.psnr) for one in jpeg]),
        "WebP": _front([(one.bpp, one.psnr) for one in webp]),
    }


def _front(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the points than which none is both smaller and better, by size."""
    best: list[tuple[float, float]] = []
    for point in sorted(points, key=lambda p: (p[0], -p[1])):
        if not best or point[1] > best[-1][1]:
            best.append(point)
    return best


def mean_curves(images: Sequence[Image.Image], refine: object = False) -> dict[str, list[tuple[float, float]]]:
    """Return means over pictures, setting by setting, of what `curves` and `genimg.studio.compress.curve` return."""
    originals = [square(image) for image in images]
    area = originals[0].width * originals[0].height
    ours = [curve(one, refine=refine) for one in originals]
    jpeg, webp = ([files(one, format) for one in originals] for format in ("JPEG", "WebP"))
    return {
        "ours": _front(_mean(ours)),
        "JPEG": _front(_mean([[(one.bpp, one.psnr) for one in made] for made in jpeg])),
        "JPEG scan": _front(_mean([[(8 * one.payload / area, one.psnr) for one in made] for made in jpeg])),
        "WebP": _front(_mean([[(one.bpp, one.psnr) for one in made] for made in webp])),
    }


def _mean(lists: Sequence[Sequence[tuple[float, float]]]) -> list[tuple[float, float]]:
    return [(sum(x for x, _ in at) / len(at), sum(y for _, y in at) / len(at)) for at in zip(*lists, strict=True)]
