"""What a picture remembers of how it was made: a recipe, which travels with a PIL picture and inside its file.

A recipe is JSON: the operation, its parameters, and what the pictures were that it was made of, each with a recipe of
its own if it had one. PNG keeps it as text, JPEG and WebP as the user's comment of their EXIF.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image

from genimg.core.errors import UserError

VERSION = 1
KEY = "genimg"  # of PIL's ``info``, and of the text in a PNG
SOURCE = "genimg:of"  # the same of what a picture was before it was brought here
NAME = "genimg:called"  # the name of its file, without the ending
LIMIT = 60_000  # characters: what fits into one segment of a JPEG
_DEEP = 20  # pictures made of pictures
_HEAD = b"ASCII\0\0\0"  # how EXIF says that a comment is plain text


@dataclass(frozen=True)
class Source:
    """A picture that another one was made of.

    Attributes:
        pixels: their hash, see `fingerprint`.
        name: of its file, where that is known.
        recipe: its own, where it had one.
    """

    pixels: str
    name: str = ""
    recipe: "Recipe | None" = None


@dataclass(frozen=True)
class Recipe:
    """How a picture was made.

    Attributes:
        operation: its name, as in `genimg.studio.again`.
        parameters: of the operation, as JSON has them.
        size: width and height of the picture.
        sources: the pictures that it was made of, by the names of the parameters.
        weights: hashes of the models' weights, by the models' names.
        format: of its file, unless that is a PNG: others lose something.
        quality: of such a file.
    """

    operation: str
    parameters: Mapping[str, Any]
    size: tuple[int, int]
    sources: Mapping[str, Source] = field(default_factory=dict)
    weights: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None
    quality: int | None = None


def fingerprint(image: Image.Image) -> str:
    """Return a hash of a picture's pixels, 16 hexadecimal digits, whatever file they come from."""
    digest = hashlib.blake2b(f"{image.mode} {image.size}".encode(), digest_size=8)
    digest.update(image.tobytes())
    return digest.hexdigest()


def source(image: Image.Image) -> Source:
    """Return what a recipe says of a picture that something is made of."""
    return Source(fingerprint(image), str(image.info.get(NAME) or ""), of(image) or of(image, SOURCE))


def text(recipe: Recipe) -> str:
    """Return a recipe as JSON in ASCII, without those of its sources that are too far back, or make it too long."""
    whole = json.dumps({"genimg": VERSION, **_table(recipe)}, allow_nan=False)
    return whole if len(whole) <= LIMIT else json.dumps({"genimg": VERSION, **_table(recipe, 1)}, allow_nan=False)


def _table(recipe: Recipe, deep: int = _DEEP) -> dict[str, Any]:
    table: dict[str, Any] = {
        "operation": recipe.operation,
        "parameters": dict(recipe.parameters),
        "size": list(recipe.size),
    }
    sources = {
        name: {"pixels": one.pixels}
        | ({"name": one.name} if one.name else {})
        | ({"recipe": _table(one.recipe, deep - 1)} if one.recipe and deep > 1 else {})
        for name, one in recipe.sources.items()
    }
    more = {"sources": sources, "weights": dict(recipe.weights), "format": recipe.format, "quality": recipe.quality}
    return table | {key: value for key, value in more.items() if value}


def parse(content: str) -> Recipe:
    """Read what `text` wrote.

    Raises:
        UserError: for what is no recipe, is damaged, or is of a newer version.
    """
    try:
        table = json.loads(content)
        version = table["genimg"]
    except (ValueError, RecursionError, TypeError, KeyError, IndexError):
        raise UserError("What this picture says of itself is no recipe of genimg.") from None
    if version != VERSION:
        raise UserError(f"This picture's recipe has version {str(version)[:20]}; this genimg reads version {VERSION}.")
    try:
        return _recipe(table, _DEEP)
    except (TypeError, KeyError, ValueError, AttributeError):
        raise UserError("This picture's recipe is damaged.") from None


def _recipe(table: dict[str, Any], deep: int) -> Recipe:
    width, height = table["size"]
    operation, parameters = table["operation"], dict(table["parameters"])
    format, quality = table.get("format"), table.get("quality")
    if not deep or not isinstance(operation, str) or not all(isinstance(key, str) for key in parameters):
        raise ValueError
    if format not in (None, "JPEG", "WEBP"):
        raise ValueError
    sources = {
        str(name): Source(
            str(one["pixels"])[:64],
            str(one.get("name", ""))[:200],
            _recipe(one["recipe"], deep - 1) if one.get("recipe") else None,
        )
        for name, one in dict(table.get("sources", {})).items()
    }
    weights = {str(name): str(value)[:64] for name, value in dict(table.get("weights", {})).items()}
    size, quality = (int(width), int(height)), None if quality is None else int(quality)
    return Recipe(operation, parameters, size, sources, weights, format, quality)


def attach(image: Image.Image, recipe: Recipe) -> Image.Image:
    """Let a picture remember its recipe, unless that would be too long; return the picture."""
    try:
        known = text(recipe)
    except (TypeError, ValueError):
        return image  # it was made of what JSON cannot say
    if len(known) <= LIMIT:
        image.info[KEY] = known
    return image


def of(image: Image.Image, key: str = KEY) -> Recipe | None:
    """Return the recipe of a picture, None where it has none, or was changed since, or says what we cannot read.

    Args:
        image: any picture.
        key: `KEY` for what was made here, `SOURCE` for what its file said.
    """
    known = image.info.get(key)
    try:
        recipe = parse(known) if isinstance(known, str) else None
    except UserError:
        return None
    return recipe if recipe and recipe.size == image.size else None


def kept(image: Image.Image) -> str | None:
    """Return what the file of a picture says of how it was made, as text; no pixel is decoded for it."""
    known = image.info.get(KEY) or image.info.get(SOURCE)
    if not isinstance(known, str):
        try:
            known = image.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment)
        except Exception:  # of a dozen kinds: damaged notes are no reason to refuse the picture
            return None
        if not isinstance(known, bytes) or not known.startswith(_HEAD + b'{"genimg"'):
            return None
        known = known.removeprefix(_HEAD).decode("ascii", "replace")
    return known if len(known) <= LIMIT else None


def comment(known: str, exif: bytes | None) -> bytes:
    """Return EXIF in which the user's comment is a recipe, beside what `exif` says already."""
    notes = Image.Exif()
    if exif:
        notes.load(exif)
    notes.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = _HEAD + known.encode("ascii")
    return notes.tobytes()


def read(path: Path) -> Recipe:
    """Return the recipe in a picture's file.

    Raises:
        UserError: if the file cannot be read, or has no recipe, or a damaged one.
    """
    from genimg.core.decoding import open_image

    known = open_image(path, alpha=True).info.get(SOURCE)
    if not known:
        raise UserError(f"{path.name} does not say how it was made: no recipe of genimg is in it.")
    return parse(known)
