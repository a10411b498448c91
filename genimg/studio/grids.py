"""X/Y/Z grids: a picture made again and again from its recipe, with two or three of its parameters varied."""

import inspect
import json
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from genimg.core import recipes
from genimg.core.errors import UserError
from genimg.core.images import laid_over, shrink
from genimg.core.recipes import Recipe
from genimg.studio import again, art, sampler, steering
from genimg.studio.art_methods import METHODS

MOST = 10  # values of an axis
CELLS = 200  # of a grid
LETTERS = "xyz"
_SIDES = 96, 256  # pixels of a cell's longer side, least and most
_GAP, _TEXT = 4, 15
_TALL = 8000  # pixels of a sheet, at most: browsers and formats end somewhere
# What is worth seeing of parameters that have the same range wherever they are.
_WORTH = {
    "truncation": "0.4, 0.7, 1", "share": "0..1 [5]", "strength": "0..1 [5]", "guidance": "1, 1.5, 2, 3",
    "steps": "4, 8, 16, 30", "solver": "euler, heun",
}  # fmt: skip
_DIRECTIONS = 8  # principal ones, that are offered
_RANGE = re.compile(r"(-?[\d.]+)\s*\.\.\s*(-?[\d.]+)\s*(?:\[(\d+)\]|\(\+\s*([\d.]+)\))?")


@dataclass(frozen=True)
class Axis:
    """What varies along one side of a grid.

    Attributes:
        name: of a parameter of the recipe; a dot leads into a table of them, as in ``attributes.Smile``.
        values: that it takes, one after the other.
    """

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Cell:
    """A picture of a grid, or why there is none.

    Attributes:
        place: along x, y and z.
        picture: with a recipe of its own.
        problem: what is wrong with these values.
    """

    place: tuple[int, int, int]
    picture: Image.Image | None = None
    problem: str = ""


@dataclass(frozen=True)
class Layout:
    """Where the pictures of a grid lie on their sheet.

    Attributes:
        side: pixels of a cell.
        counts: values along x, y and z.
    """

    side: int
    counts: tuple[int, int, int]

    @property
    def column(self) -> int:
        """Width of the values of y, beside the cells."""
        return 6 * _TEXT if self.counts[1] > 1 else _GAP

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the sheet."""
        right, bottom = self.corner(self.counts[0], self.counts[1], self.counts[2] - 1)
        return right + _GAP, bottom + _GAP

    def corner(self, x: int, y: int, z: int) -> tuple[int, int]:
        """Return the left upper corner of a cell."""
        across = self.side + _GAP
        block = self.counts[1] * across + 5 * _TEXT
        return self.column + x * across, z * block + 4 * _TEXT + y * across

    def place(self, across: float, down: float) -> tuple[int, int, int] | None:
        """Return the place of the cell at a point of the sheet, None between the cells."""
        for z, y, x in product(*map(range, reversed(self.counts))):
            left, top = self.corner(x, y, z)
            if left <= across < left + self.side and top <= down < top + self.side:
                return x, y, z
        return None


def values(text: object) -> tuple[Any, ...]:
    """Read the values of an axis: a list such as ``1, 2.5, round`` or ranges, in any order.

    ``1..5`` is all whole numbers from 1 to 5, ``0..1 [5]`` five numbers from 0 to 1, and ``0..10 (+2.5)`` goes up by
    2.5. Quotes keep a comma inside of a value.

    Raises:
        UserError: for none, more than `MOST`, or a range without end.
    """
    found: list[Any] = []
    for part in re.findall(r'\s*((?:"[^"]*"|[^,"])+)', str(text)):
        found += _range(part.strip()) if part.strip() else []
    if not 1 <= len(found) <= MOST:
        raise UserError(f"An axis takes 1 to {MOST} values, as in 1, 2, 5 or 1..5 or 0..1 [5]; got {len(found)}.")
    return tuple(found)


def _range(part: str) -> list[Any]:
    asked = _RANGE.fullmatch(part)
    if not asked:
        return [_value(part)]
    first, last, count, step = (float(one) if one else None for one in _numbers(asked))
    assert first is not None and last is not None
    if count:
        made = [first + (last - first) * i / max(1, count - 1) for i in range(int(min(count, MOST + 1)))]
    else:
        by = math.copysign(step or 1.0, last - first)
        if not by or abs(last - first) / abs(by) > 10 * MOST:
            raise UserError(f"An axis takes 1 to {MOST} values; {part[:40]!r} has more.")
        made = [first + by * i for i in range(int(abs(last - first) / abs(by) + 1e-9) + 1)]
    return [int(one) if one.is_integer() else round(one, 6) for one in made]


def _numbers(asked: re.Match[str]) -> tuple[str | None, ...]:
    for one in asked.groups():
        if one and one.count(".") + (one in "-.") > 1:
            raise UserError(f"{one[:20]!r} is no number.")
    return asked.groups()


def _value(part: str) -> Any:
    try:
        return json.loads(part)
    except (ValueError, RecursionError):
        return part.strip('"')


def axis(text: str) -> Axis:
    """Read an axis as it is typed: ``seed=1..5``.

    Raises:
        UserError: without a name or values; see `values`.
    """
    name, equals, what = text.partition("=")
    if not equals or not name.strip():
        raise UserError(f"An axis is a parameter and its values, as in seed=1..5; got {text[:40]!r}.")
    return Axis(name.strip(), values(what))


@contextmanager
def _read() -> Iterator[None]:
    """Turn what goes wrong over a stranger's recipe into a sentence."""
    try:
        yield
    except UserError:
        raise
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError):
        raise UserError("This picture's recipe is damaged.") from None


@_read()
def parameters(recipe: Recipe) -> dict[str, Any]:
    """Return what can be varied in a picture, by the names that an `Axis` gives it, with the values that it has now.

    Args:
        recipe: of the picture.

    Raises:
        UserError: if nothing here makes such pictures, or the recipe is damaged.
    """
    asked = inspect.signature(again.service(recipe)).parameters
    usual = {name: one.default for name, one in asked.items() if one.default is not one.empty}
    known = {name: value for name, value in (usual | dict(recipe.parameters)).items() if name not in recipe.sources}
    tables = [name for name, one in asked.items() if re.search("Mapping|Sequence", str(one.annotation))]
    found = dict(_leaves({name: () if name in tables and value is None else value for name, value in known.items()}))
    return found | {name: value for name, value in _more(recipe).items() if name not in found}


def _leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    inside = tree.items() if isinstance(tree, Mapping) else enumerate(tree) if isinstance(tree, (list, tuple)) else None
    if inside is None:
        if tree is None or isinstance(tree, (bool, int, float)) or (isinstance(tree, str) and len(tree) < 100):
            yield path, tree
        return
    for key, value in inside:
        yield from _leaves(value, f"{path}.{key}" if path else str(key))


def _more(recipe: Recipe) -> dict[str, Any]:
    """Return what a recipe may say besides: how a model's pictures can be moved, and a method's settings."""
    if recipe.operation == "generate":
        source = sampler.sampler(recipe.parameters.get("model"), *steering.KINDS)
        found: dict[str, Any] = {f"attributes.{name}": 0.0 for name in source.attributes}
        found |= {f"amounts.{i}": 0.0 for i in range(min(len(source.directions), _DIRECTIONS))}
        return found | {f"classes.{name}": None for name in source.classes}
    if recipe.operation == "art":
        method = art.check_parameters(str(recipe.parameters.get("method")), None)
        return {f"parameters.{name}": value for name, value in method.items()}
    return {}


@_read()
def suggested(recipe: Recipe, name: str) -> str:
    """Return values of a parameter that are worth seeing, as they are typed; nothing where none come to mind.

    Args:
        recipe: of the picture.
        name: of `parameters`.

    Raises:
        UserError: if it has no such parameter, or the recipe is damaged.
    """
    known = parameters(recipe)
    check([Axis(name, (None,))], known)
    return _worth(recipe, name, known[name])


@_read()
def suggestions(recipe: Recipe) -> dict[str, str]:
    """Return what `suggested` says of all `parameters`."""
    return {name: _worth(recipe, name, now) for name, now in parameters(recipe).items()}


def _worth(recipe: Recipe, name: str, now: Any) -> str:
    table, _, key = name.partition(".")
    if name == "model":
        return _typed(sampler.names(*steering.KINDS))
    if table in ("classes", "attributes", "amounts"):
        classes = sampler.sampler(recipe.parameters.get("model"), *steering.KINDS).classes
        return _typed(list(classes[key])) if table == "classes" else "-3..3 [5]"
    if table == "parameters" and recipe.operation == "art":
        field = METHODS[str(recipe.parameters["method"])].fields[key]
        spread = [field.low + (field.high - field.low) * i / 4 for i in range(5)]
        return _typed([f"{one:g}" for one in sorted({round(one) if field.whole else one for one in spread})])
    if name in _WORTH:
        return _WORTH[name]
    if name == "palette":
        return _typed(art.PALETTES[1:6])
    if isinstance(now, bool):
        return "false, true"
    if name in ("seed", "other"):
        return f"{now}..{now + 4}"
    if isinstance(now, (int, float)):
        half = now // 2 if isinstance(now, int) else now / 2
        return f"{half:g}, {now:g}, {2 * now:g}" if now else "0, 0.5, 1"
    return ""


def _typed(names: Sequence[str]) -> str:
    return ", ".join(f'"{one}"' if "," in one else one for one in names[:MOST])


def cells(
    recipe: Recipe, axes: Sequence[Axis], pictures: Sequence[Image.Image] = (), *, until: float = math.inf
) -> Iterator[Cell]:
    """Make the pictures of a grid, row by row; each remembers how it was made.

    Args:
        recipe: of the picture that all of them are variants of.
        axes: one to three, for x, y and z.
        pictures: what it was made of, as far as that has no recipe; in any order.
        until: by the monotonic clock, when to give up.

    Raises:
        UserError: for an axis of what this picture has not, one twice, or a missing picture.
    """
    known = parameters(recipe)
    check(axes, known)
    sources = again.sources(recipe, pictures, until)
    return _cells(recipe, axes, sources, until)


def check(axes: Sequence[Axis], known: Mapping[str, Any]) -> None:
    """Make sure that a grid can have these axes.

    Args:
        axes: for x, y and z.
        known: what can be varied, see `parameters`.

    Raises:
        UserError: for none or more than three, one twice, one that varies nothing, or more than `CELLS` pictures.
    """
    if not 1 <= len(axes) <= len(LETTERS):
        raise UserError(f"A grid has one to three axes, got {len(axes)}; they can be {', '.join(known)[:400]}.")
    for place, one in enumerate(axes):
        if one.name not in known:
            raise UserError(f"Nothing is called {one.name[:40]!r} in this picture; it has {', '.join(known)[:160]}.")
        if any(one.name == other.name for other in axes[:place]):
            raise UserError(f"Two axes are called {one.name!r}; take another parameter for one of them.")
    if (total := math.prod(len(one.values) for one in axes)) > CELLS:
        raise UserError(f"A grid has at most {CELLS} pictures, got {total}; take fewer values.")


def _cells(recipe: Recipe, axes: Sequence[Axis], sources: Mapping[str, Image.Image], until: float) -> Iterator[Cell]:
    along = [range(len(one.values)) for one in axes] + [range(1)] * (len(LETTERS) - len(axes))
    for z, y, x in product(*reversed(along)):
        place, changed = (x, y, z), dict(recipe.parameters)
        with _read():
            for one, at in zip(axes, place, strict=False):
                changed = _changed(changed, one.name.split("."), one.values[at])
        try:
            yield Cell(place, again.made(replace(recipe, parameters=changed), sources, until))
        except UserError as problem:
            if time.monotonic() > until:
                raise
            yield Cell(place, problem=str(problem))


def _changed(tree: Any, path: Sequence[str], value: Any) -> Any:
    """Return a copy of tables in tables, or lists, in which the value at the end of a path is another one."""
    name, *rest = path
    if isinstance(tree, (list, tuple)) or (tree is None and name.isdigit()):
        items = list(tree or [])
        items += [0.0] * (int(name) + 1 - len(items))
        items[int(name)] = _changed(items[int(name)], rest, value) if rest else value
        return items
    table = dict(tree or {})
    table[name] = _changed(table.get(name), rest, value) if rest else value
    return table


def kept(cell: Cell) -> Cell:
    """Return a cell with its picture as small as a sheet shows it, which is all that needs to be kept of hundreds."""
    if cell.picture is None or (recipe := recipes.of(cell.picture)) is None:
        return cell
    small = shrink(cell.picture, _SIDES[1]).copy()
    return replace(cell, picture=recipes.attach(small, replace(recipe, size=small.size)))


def sheet(recipe: Recipe, axes: Sequence[Axis], made: Sequence[Cell]) -> tuple[Image.Image, Layout]:
    """Lay out the pictures of a grid, as far as they are made, with names and values beside them.

    Args:
        recipe: of the picture that they are variants of.
        axes: as for `cells`.
        made: some or all of them.

    Returns:
        The sheet, which remembers how it was made, and where what lies in it.
    """
    largest = max((max(one.picture.size) for one in made if one.picture), default=_SIDES[0])
    side = min(largest * math.ceil(_SIDES[0] / largest), _SIDES[1])  # small ones are shown several times as large
    counts = [len(one.values) for one in axes] + [1] * (len(LETTERS) - len(axes))
    side = min(side, (_TALL // counts[2] - 5 * _TEXT) // counts[1] - _GAP)
    layout = Layout(side, (counts[0], counts[1], counts[2]))
    page = Image.new("RGB", layout.size, "white")
    for z in range(layout.counts[2]):
        _name(page, layout, axes, z)
    for one in made:
        left, top = layout.corner(*one.place)
        if one.picture is None:
            page.paste((238, 238, 238), (left, top, left + side, top + side))
            _write(page, "×", (left + side / 2, top + side / 2), side)
        else:
            seen = _fitted(one.picture, side)
            page.paste(seen, (left + (side - seen.width) // 2, top + (side - seen.height) // 2))
    of = {"operation": recipe.operation, "parameters": dict(recipe.parameters)}
    known = {"of": of, "axes": [[one.name, list(one.values)] for one in axes]}
    return recipes.attach(page, Recipe("grid", known, page.size, recipe.sources, recipe.weights)), layout


def _name(page: Image.Image, layout: Layout, axes: Sequence[Axis], z: int) -> None:
    """Write the names and values of one block of a sheet."""
    side, (left, top) = layout.side, layout.corner(0, 0, z)
    across = layout.counts[0] * (side + _GAP)
    title = axes[0].name + (f"   ·   {axes[2].name}: {_label(axes[2].values[z])}" if len(axes) > 2 else "")
    _write(page, title, (left + across / 2, top - 2.7 * _TEXT), across)
    for x, value in enumerate(axes[0].values):
        _write(page, _label(value), (left + x * (side + _GAP) + side / 2, top - 0.9 * _TEXT), side)
    if layout.counts[1] > 1:
        _write(page, axes[1].name, (layout.column / 2, top - 0.9 * _TEXT), layout.column - _GAP)
        for y, value in enumerate(axes[1].values):
            middle = (layout.column / 2, top + y * (side + _GAP) + side / 2)
            _write(page, _label(value), middle, layout.column - 2 * _GAP)


def _write(page: Image.Image, words: str, middle: tuple[float, float], room: float) -> None:
    """Write words around a point, smaller where there is not room enough for them."""
    draw, size = ImageDraw.Draw(page), float(_TEXT)
    wide = draw.textlength(words, ImageFont.load_default(size))
    font = ImageFont.load_default(max(8.0, size * min(1.0, room / max(wide, 1.0))))
    draw.text(middle, words, (40, 40, 40), font, anchor="mm")


def _label(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 24 else text[:23] + "…"


def _fitted(picture: Image.Image, side: int) -> Image.Image:
    seen = laid_over(shrink(picture, side)).convert("RGB")
    times = side // max(seen.size)
    larger = (seen.width * times, seen.height * times)
    return seen.resize(larger, Image.Resampling.LANCZOS) if times > 1 else seen


def grid(*, of: Mapping[str, Any], axes: Sequence[Sequence[Any]], **sources: Image.Image) -> Image.Image:
    """Make a grid again, as its recipe says.

    Args:
        of: the operation and the parameters of the picture that all are variants of.
        axes: pairs of a name and its values.
        sources: what that picture was made of.

    Raises:
        UserError: for what is no grid; see `cells`.
    """
    try:
        along = [Axis(str(name), tuple(several)) for name, several in axes]
        recipe = Recipe(str(of["operation"]), dict(of["parameters"]), (0, 0))
    except (TypeError, ValueError, KeyError):
        raise UserError("This grid's recipe is damaged.") from None
    if recipe.operation == "grid" or any(not 1 <= len(one.values) <= MOST for one in along):
        raise UserError("This grid's recipe is damaged.")
    told = replace(recipe, sources={name: recipes.source(one) for name, one in sources.items()})
    return sheet(told, along, [kept(one) for one in cells(told, along, list(sources.values()))])[0]
