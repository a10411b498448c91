"""Random art for people: a picture by method, seed and palette, the same in the page, in Python and in the shell."""

from collections.abc import Mapping
from functools import lru_cache

from PIL import Image

from genimg.algorithms import procedural
from genimg.core.errors import UserError, choice, flag, integer, number
from genimg.core.images import to_pil
from genimg.core.runtime import MAX_SEED
from genimg.studio.again import remembered
from genimg.studio.art_methods import METHODS, Field

SIDES = (64, 2048)  # of a picture, in pixels
RATIO = 4  # the longer side against the shorter
OWN = "own"  # the palette that each method brings along
PALETTES = (OWN, *procedural.PALETTES)
THUMBNAIL_SEED = 1  # of the wall of methods; chosen by eye


@remembered("art")
def make(
    method: str,
    *,
    seed: int = 0,
    width: int = 1024,
    height: int | None = None,
    palette: str = OWN,
    tile: bool = False,
    parameters: Mapping[str, object] | None = None,
) -> Image.Image:
    """Return a picture; the same arguments give the same one, and another size the same one, sharper.

    Args:
        method: one of `METHODS`.
        seed: 0 to 2^31 - 1.
        width: 64 to 2048 pixels.
        height: likewise, as wide if None; at most 4 to 1.
        palette: one of `PALETTES`; "own" is the method's.
        tile: whether its edges fit together.
        parameters: of the method, by name; see `METHODS[method].fields`. What is missing has its default.

    Raises:
        UserError: for an unknown name or a value out of range.
    """
    method = choice("The method", method, list(METHODS))
    seed = integer("Seed", seed, 0, MAX_SEED)
    width = integer("Width", width, *SIDES)
    height = width if height is None else integer("Height", height, *SIDES)
    if max(width, height) > RATIO * min(width, height):
        raise UserError(f"The picture may be at most {RATIO} to 1, got {width} x {height}.")
    name = choice("The palette", palette, PALETTES)
    picture = procedural.METHODS[method](
        (width, height),
        seed,
        None if name == OWN else name,
        tile=flag("Tileable", tile),
        **check_parameters(method, parameters),
    )
    return to_pil(picture)[0]


def check_parameters(method: str, parameters: Mapping[str, object] | None) -> dict[str, float]:
    """Return all parameters of a method, given ones checked and the others by default.

    Raises:
        UserError: for an unknown one or a value out of range.
    """
    fields = METHODS[method].fields
    if parameters is not None and not isinstance(parameters, Mapping):
        raise UserError(f"Parameters must be a table of names and numbers, got {parameters!r:.40}.")
    given = parameters or {}
    for name in given:
        if name not in fields:
            raise UserError(f"{method} has no parameter {name!r:.40}; it has {', '.join(fields)}.")
    return {name: _checked(field, given.get(name, field.default)) for name, field in fields.items()}


def _checked(field: Field, value: object) -> float:
    label = field.label
    if field.whole:
        return integer(label, value, int(field.low), int(field.high))
    return number(label, value, field.low, field.high)


def swatch(palette: str) -> list[str]:
    """Return the colours of a palette as hexadecimal words, from light to dark; for "own" a mixture of all sorts."""
    return procedural.PALETTES.get(palette, "f6efdf f2cc8f e07a5f b8475a 81b29a 3d7f8c 3d405b").split()


@lru_cache(maxsize=64)
def thumbnail(method: str, side: int = 112) -> Image.Image:
    """Return a small picture of what a method makes; made when first asked for."""
    return make(method, seed=THUMBNAIL_SEED, width=2 * side).resize((side, side), Image.Resampling.LANCZOS)
