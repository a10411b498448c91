"""What a photo says about itself: the colours that its numbers mean, which way is up, and who took it when."""

import io
from typing import Any

from PIL import ExifTags, Image, ImageCms
from PIL.Image import Transpose

MAX_PROFILE = 4_000_000  # bytes; those of printing presses have about one million
_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # the picture that a profile for these colours fits
_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
}  # fmt: skip
# What may stay with a photo. Never where it was taken, nor the numbers of the camera and its lens, nor which way is up:
# the picture has been turned already.
_KEPT = (
    ExifTags.Base.Make, ExifTags.Base.Model, ExifTags.Base.DateTime, ExifTags.Base.Artist, ExifTags.Base.Copyright,
)  # fmt: skip
_KEPT_DEEPER = (
    ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized, ExifTags.Base.OffsetTime,
    ExifTags.Base.OffsetTimeOriginal, ExifTags.Base.OffsetTimeDigitized, ExifTags.Base.LensMake,
    ExifTags.Base.LensModel,
)  # fmt: skip
_LONGEST = 500  # characters of one of them


def to_srgb(image: Image.Image, profile: object) -> Image.Image:
    """Return a picture without alpha in sRGB, as its ICC profile says; a profile that is broken or unfit is ignored.

    Args:
        image: of any mode that has 8 bits.
        profile: the bytes of the profile, or None.
    """
    if image.mode == "LAB":
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    if isinstance(profile, bytes) and 0 < len(profile) <= MAX_PROFILE:
        try:
            return _converted(image, profile)
        except (ImageCms.PyCMSError, ValueError, OSError, TypeError):
            pass
    return image.convert("RGB")


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = source.profile.xcolor_space.strip()
    mode = "LAB" if image.mode == "LAB" else _MODES[space] if space in _MODES else ""
    if mode == "RGB" and image.mode != "CMYK":
        image = image.convert("RGB")
    if image.mode != mode:
        return image.convert("RGB")
    transform = ImageCms.buildTransform(
        source,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    # Most profiles say what is so anyway, sRGB; the sixteenth of a second for a million pixels is spent on others.
    if mode == "RGB" and _is_neutral(transform):
        return image
    return ImageCms.applyTransform(image, transform)  # type: ignore[return-value]


def _is_neutral(transform: ImageCms.ImageCmsTransform) -> bool:
    steps = range(0, 256, 51)
    probe = Image.new("RGB", (36, 6))
    probe.putdata([(red, green, blue) for red in steps for green in steps for blue in steps])
    after = ImageCms.applyTransform(probe, transform)
    assert after is not None
    return all(abs(a - b) <= 1 for a, b in zip(probe.tobytes(), after.tobytes(), strict=True))


def turn(image: Image.Image) -> Transpose | None:
    """Return how a picture that has been loaded must be turned to be upright, None if it is."""
    return _TURNS.get(_exif(image).get(ExifTags.Base.Orientation))  # type: ignore[arg-type]


def notes(image: Image.Image) -> bytes | None:
    """Return the date, the camera and the copyright of a photo as EXIF, None if it says nothing of these."""
    found, kept = _exif(image), Image.Exif()
    kept.update(_texts(found, _KEPT))
    deeper = _texts(_deeper(found), _KEPT_DEEPER)
    if deeper:
        kept.get_ifd(ExifTags.IFD.Exif).update(deeper)
    return kept.tobytes() if kept or deeper else None


def _texts(found: Any, names: tuple[int, ...]) -> dict[int, str | bytes]:
    texts = {name: str(found[name])[:_LONGEST] for name in names if isinstance(found.get(name), str)}
    # As bytes where Pillow would write a question mark for what is no ASCII.
    return {n: text if text.isascii() else text.encode("latin-1", "replace") for n, text in texts.items() if text}


def _exif(image: Image.Image) -> Image.Exif:
    try:
        return image.getexif()
    except Exception:  # of a dozen kinds: damaged notes are no reason to refuse the picture
        return Image.Exif()


def _deeper(exif: Image.Exif) -> Any:
    try:
        return exif.get_ifd(ExifTags.IFD.Exif)
    except Exception:  # likewise
        return {}
