"""Editing photos: an ordered list of operations that is checked, previewed small, undone, and applied at full size.

An operation is a plain mapping, as JSON has it: ``{"op": "brightness", "factor": 1.2}``. `OPERATIONS` names them all
with their arguments and ranges. Lengths are pixels of the full-size picture at that place in the list.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from genimg.algorithms import editing
from genimg.core import images as pictures
from genimg.core.errors import UserError, choice, flag, integer, number
from genimg.studio.again import remembered

MAX_OPERATIONS = 50
MAX_SIDE = 8000
MAX_PIXELS = 24_000_000  # of any picture on the way: twice what an upload may have
MAX_WORK = 600_000_000  # pixels of all operations together: 50 edits of a 12 MP photo
PREVIEW = 720  # longest side of a preview

Operation = Mapping[str, object]
Checked = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Field:
    """One argument of an operation: its range or choices, and the default, which is always the neutral value.

    Attributes:
        low: smallest number.
        high: largest number.
        default: what a missing argument means; None where it must be given.
        choices: the allowed words, for an argument that is a word.
        pixels: whether it is a length, which shrinks with a preview.
        whole: whether it must be a whole number.
    """

    low: float = 0
    high: float = 0
    default: float | str | None = None
    choices: tuple[str, ...] = ()
    pixels: bool = False
    whole: bool = False

    def check(self, name: str, value: object) -> float | int | str:
        """Return `value` if it is allowed.

        Raises:
            UserError: naming what is allowed.
        """
        if value is None and self.default is not None:
            raise UserError(f"{name} must have a value; leave it out to use {self.default}.")
        if self.choices:
            return choice(name, value, self.choices)
        if self.whole:
            return integer(name, value, int(self.low), int(self.high))
        return number(name, value, self.low, self.high)


@dataclass(frozen=True)
class Colour(Field):
    """A colour written as ``#rrggbb``."""

    def check(self, name: str, value: object) -> str:
        """Return `value` in lower case if it is a colour.

        Raises:
            UserError: otherwise.
        """
        if not isinstance(value, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            raise UserError(f"{name} must be a colour such as #ffffff, got {repr(value)[:40]}.")
        return value.lower()


def _length(low: int, high: int = MAX_SIDE) -> Field:
    return Field(low, high, pixels=True, whole=True)


_FACTOR = Field(0, 3, default=1.0)

OPERATIONS: dict[str, tuple[Callable[..., Tensor], dict[str, Field]]] = {
    "crop": (
        editing.crop,
        {
            "left": _length(0, 2 * MAX_SIDE),
            "top": _length(0, 2 * MAX_SIDE),
            "width": _length(1, 2 * MAX_SIDE),
            "height": _length(1, 2 * MAX_SIDE),
        },
    ),
    "rotate": (
        editing.rotate,
        {
            "angle": Field(-360, 360, default=0.0),
            "fit": Field(choices=editing.FITS, default="expand"),
            "fill": Colour(default="#ffffff"),
        },
    ),
    "flip": (editing.flip, {"axis": Field(choices=("horizontal", "vertical"))}),
    "resize": (editing.resize, {"width": _length(1), "height": _length(1)}),
    "brightness": (editing.brightness, {"factor": _FACTOR}),
    "contrast": (editing.contrast, {"factor": _FACTOR}),
    "saturation": (editing.saturation, {"factor": _FACTOR}),
    "hue": (editing.hue, {"degrees": Field(-360, 360, default=0.0)}),
    "gamma": (editing.gamma, {"value": Field(0.1, 10, default=1.0)}),
    "balance": (editing.balance, {"red": _FACTOR, "green": _FACTOR, "blue": _FACTOR}),
    "sharpen": (
        editing.sharpen,
        {"amount": Field(0, 5, default=0.0), "radius": Field(0.5, 10, default=1.5, pixels=True)},
    ),
    "blur": (editing.blur, {"radius": Field(0, 20, default=0.0, pixels=True)}),
    "grayscale": (editing.grayscale, {}),
    "auto_contrast": (editing.auto_contrast, {}),
}
RESHAPING = ("crop", "rotate", "flip", "resize")


def check(operations: object) -> list[Checked]:
    """Return the operations as ``(name, arguments)``, every argument present, of the right kind and in range.

    Raises:
        UserError: naming the operation and what is wrong with it.
    """
    if not isinstance(operations, Sequence) or isinstance(operations, str):
        raise UserError('operations must be a list such as [{"op": "brightness", "factor": 1.2}].')
    if len(operations) > MAX_OPERATIONS:
        raise UserError(f"At most {MAX_OPERATIONS} operations are applied at once, got {len(operations)}.")
    return [_check_one(f"operation {i}", operation) for i, operation in enumerate(operations, 1)]


def _check_one(place: str, operation: object) -> Checked:
    if not isinstance(operation, Mapping) or "op" not in operation:
        raise UserError(f'{place} must be an object such as {{"op": "brightness", "factor": 1.2}}.')
    name = choice(place, operation["op"], list(OPERATIONS))
    fields = OPERATIONS[name][1]
    for extra in operation:
        if extra != "op" and extra not in fields:
            takes = ", ".join(fields) or "nothing"
            raise UserError(f"{place} ({name}) takes {takes}, not {repr(extra)[:40]}.")
    arguments = {}
    for key, field in fields.items():
        label = f"{key} of {place} ({name})"
        if key not in operation and field.default is None:
            raise UserError(f"{label} is missing.")
        arguments[key] = field.check(label, operation.get(key, field.default))
    return name, arguments


def sizes(size: tuple[int, int], operations: object) -> list[tuple[int, int]]:
    """Return the picture's ``(width, height)`` at the start and after each operation, without computing a pixel.

    Raises:
        UserError: for a crop that leaves the picture, and for results or work beyond the bounds.
    """
    width, height = size
    found, work = [(width, height)], 0
    for i, (name, arguments) in enumerate(check(operations), 1):
        place = f"operation {i} ({name})"
        if name == "crop" and (
            arguments["left"] + arguments["width"] > width or arguments["top"] + arguments["height"] > height
        ):
            raise UserError(f"{place} must lie inside the picture, which is {width} x {height} there.")
        if name in RESHAPING:
            # The meta device runs the shapes of the very functions that will make the picture, and nothing else.
            shape = _run(torch.empty(1, 3, height, width, device="meta"), name, arguments).shape
            height, width = shape[-2:]
        work += width * height
        if width * height > MAX_PIXELS:
            limit = f"at most {MAX_PIXELS // 1_000_000} million pixels are made"
            raise UserError(f"{place} would make {width} x {height} pixels; {limit}.")
        if work > MAX_WORK:
            raise UserError(
                f"That is too much work at once from {place} on; use fewer operations or a smaller picture."
            )
        found.append((width, height))
    return found


@remembered("edit")
def edit(image: Image.Image | None, operations: object) -> Image.Image:
    """Apply a list of operations at full size, in order; what is see-through stays so.

    Args:
        image: the picture.
        operations: a list of mappings, see the module; at most 50.

    Raises:
        UserError: for a missing picture, an unknown operation, a bad value, or too large a result.
    """
    photo = _picture(image)
    sizes(photo.size, operations)
    edited = _apply(photo, check(operations), before=1.0, after=1.0)
    edited.info = photo.info
    return edited


def preview(image: Image.Image | None, operations: object, *, longest: int = PREVIEW) -> Image.Image:
    """Apply the operations on a small copy, so that a slider can be followed; looks like `edit`, made smaller.

    Args:
        image: the full-size picture.
        operations: as for `edit`; lengths are still those of the full size.
        longest: the longer side of the result, at most.

    Raises:
        UserError: as `edit`.
    """
    photo, checked = _picture(image), check(operations)
    track = sizes(photo.size, operations)
    after = min(1.0, longest / max(track[-1]))
    # A picture that is enlarged on the way starts that much less shrunk, or the preview would be coarser than the file.
    resized = [i for i, (name, _) in enumerate(checked) if name == "resize"]
    growth = [max(track[i + 1]) / max(track[i]) for i in resized]
    before = min(1.0, after * max(1.0, *growth)) if growth else after
    width, height = (max(1, round(side * before)) for side in photo.size)
    # reducing_gap skips most of the pixels of a large photo, and the eye does not see it.
    small = photo if before == 1 else photo.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return _apply(small, checked, before=before, after=after)


def _apply(image: Image.Image, operations: Sequence[Checked], *, before: float, after: float) -> Image.Image:
    images, scale = pictures.to_tensor(image, alpha=True), before
    with torch.inference_mode():
        for name, arguments in operations:
            if name == "resize":
                scale = after
            images = _run(images, name, arguments, scale)
    return pictures.to_pil(images)[0]


def _run(images: Tensor, name: str, arguments: dict[str, Any], scale: float = 1.0) -> Tensor:
    function, fields = OPERATIONS[name]
    ready = {key: _scaled(value, fields[key], scale) for key, value in arguments.items()}
    if name == "rotate":
        ready["fill"] = tuple(int(ready["fill"][i : i + 2], 16) / 255 for i in (1, 3, 5))
    if name == "crop" and scale != 1:  # rounding may put the box a pixel outside
        height, width = images.shape[-2:]
        ready["left"], ready["top"] = min(ready["left"], width - 1), min(ready["top"], height - 1)
        ready["width"] = max(1, min(ready["width"], width - ready["left"]))
        ready["height"] = max(1, min(ready["height"], height - ready["top"]))
    if name == "resize":
        ready["width"], ready["height"] = max(1, ready["width"]), max(1, ready["height"])
    return function(images, **ready)


def _scaled(value: Any, field: Field, scale: float) -> Any:
    if not field.pixels or scale == 1:
        return value
    return round(value * scale) if field.whole else value * scale


def _picture(image: Image.Image | None) -> Image.Image:
    if not isinstance(image, Image.Image):
        raise UserError("Choose a picture first.")
    return pictures.to_rgb(image, alpha=True)


def save(image: Image.Image, format: str = "PNG", quality: int = 92, *, notes: object = True) -> tuple[bytes, str]:
    """Return a picture as the bytes of a file, and the file's ending.

    Args:
        image: as `edit` returns it.
        format: PNG, JPEG or WEBP; see `laid_on_white` for the second.
        quality: 1 to 100, for JPEG and WebP.
        notes: whether the file shall say how it was made, and the date, camera and copyright that the photo's said.

    Raises:
        UserError: for an unknown format or a quality outside 1..100.
    """
    format = choice("format", format, pictures.FORMATS)
    exif = image.info.get("exif")
    if not flag("notes", notes):
        image, exif = image.copy(), None
        image.info = {}
    content = pictures.encode(image, format, quality=integer("quality", quality, 1, 100), exif=exif)
    return content, {"JPEG": "jpg"}.get(format, format.lower())


def laid_on_white(image: Image.Image, format: object) -> str:
    """Return what a person must know about a see-through picture in a format that cannot be so; else nothing."""
    return "laid on white, as JPEG knows no transparency" if (image.mode, format) == ("RGBA", "JPEG") else ""


def fit_box(
    size: tuple[int, int], start: tuple[float, float], end: tuple[float, float], ratio: float | None = None
) -> tuple[int, int, int, int]:
    """Return the crop ``(left, top, width, height)`` drawn from one corner to the other, inside the picture.

    Args:
        size: ``(width, height)`` of the picture in pixels.
        start: the first corner as fractions of the size.
        end: the opposite corner, likewise; with a ratio it gives the direction and the longer reach.
        ratio: width over height to keep, or None for any.

    Raises:
        UserError: for corners or a ratio that are no numbers.
    """
    limits = [float(side) for side in size]
    first = [min(max(number("corner", c, -1e6, 1e6), 0.0), 1.0) * side for c, side in zip(start, limits, strict=True)]
    last = [min(max(number("corner", c, -1e6, 1e6), 0.0), 1.0) * side for c, side in zip(end, limits, strict=True)]
    reach = [abs(b - a) for a, b in zip(first, last, strict=True)]
    if ratio is not None:
        ratio = number("ratio", ratio, 1 / pictures.MAX_RATIO, pictures.MAX_RATIO)
        room = [side - a if b >= a else a for a, b, side in zip(first, last, limits, strict=True)]
        width = min(max(reach[0], reach[1] * ratio), room[0], room[1] * ratio)
        reach = [width, width / ratio]
    box = []
    for a, b, length, side in zip(first, last, reach, size, strict=True):
        extent = min(max(1, round(length)), side)
        box.append((min(max(0, round(a if b >= a else a - length)), side - extent), extent))
    return box[0][0], box[1][0], box[0][1], box[1][1]
