"""Pictures that are a formula of the place: random expressions (Sims 1991) and small random networks (Stanley 2007)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from torch import Tensor

from genimg.algorithms.procedural.canvas import Array, Canvas, Size, tensor
from genimg.algorithms.procedural.noise import at_points, gradients
from genimg.algorithms.procedural.palettes import PALETTES, colors_of, ramp

_TRIAL = 64  # the side at which a formula is judged
_ROWS = 24  # computed at a time: a few megabytes, which stay in the cache
_DRAWS = 60  # formulas looked at before the least dull of them is taken

Places = dict[str, Array]  # the coordinates by name, each (rows, W)
Formula = Callable[[Places], Array]


def expression(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, depth: int = 5, zoom: float = 1.0,
    bend: float = 1.0,
) -> Tensor:  # fmt: skip
    """Draw a random expression of x, y, r and theta (Sims 1991, "Artificial evolution for computer graphics").

    Dull ones are passed over: flat, noisy, or changing along one axis only; see `dullness`. Departure: one expression
    picks the colour and another the light, so every picture is in a palette.

    Args:
        size: of the picture.
        seed: of its chance; without a palette it picks one too.
        palette: by name, or one by chance.
        tile: from coordinates that go round.
        depth: of the expression's tree.
        zoom: how much of the plane is seen; larger shows less.
        bend: how fast its waves go.
    """
    canvas = Canvas(size, seed, tile=tile)
    color, light = _found(seed, depth, tile), _found(seed + 2**31, max(2, depth - 2), tile)
    view = _View(canvas, zoom, bend)
    return _painted(view, lambda at: np.stack([color(at), light(at)]), colors_of(palette, _own(seed)))


def cppn(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, layers: int = 4, zoom: float = 1.0,
    contrast: float = 1.0,
) -> Tensor:  # fmt: skip
    """Draw what a small random network makes of coordinates and a latent vector (CPPN, Stanley 2007).

    Departure: its two outputs are brought to full contrast by their own distribution, so no picture is dull.

    Args:
        size: of the picture.
        seed: of its weights and latent; without a palette it picks one too.
        palette: by name, or one by chance.
        tile: from coordinates that go round.
        layers: hidden ones.
        zoom: how much of the plane is seen; larger shows less.
        contrast: the size of the weights.
    """
    canvas = Canvas(size, seed, tile=tile)
    random = np.random.default_rng([seed, 5])
    latent, wide, names = random.standard_normal(6), 16, ("x", "y", "r", "u", "w")
    first = random.standard_normal((wide, len(names))) * 1.1
    start = (random.standard_normal((wide, 6)) @ latent)[:, None, None] * 0.5
    inner = [1.15 * contrast * random.standard_normal((wide, wide)) / np.sqrt(wide) * 1.25 for _ in range(8)]
    kinds = random.integers(0, 4, (9, wide))
    last = random.standard_normal((2, wide))

    def network(at: Places) -> Array:
        hidden = np.tensordot(first.astype(np.float32), np.stack([at[name] for name in names]), 1)
        hidden += start.astype(np.float32)
        for weights, kind in zip(inner[:layers], kinds, strict=False):
            hidden = np.tensordot(weights.astype(np.float32), _activated(hidden, kind), 1)
        return np.tensordot(last.astype(np.float32), np.tanh(hidden), 1)

    return _painted(_View(canvas, zoom, 1.0), network, colors_of(palette, _own(seed + 1)), smooth=True)


def _activated(values: Array, kinds: Array) -> Array:
    """Apply to each channel the function of its kind: the shapes that Stanley lists, all of them smooth."""
    functions: tuple[Callable[[Array], Array], ...] = (
        np.tanh,
        lambda v: np.sin(2 * v),
        lambda v: 2 * np.exp(-v * v) - 1,
        lambda v: np.cos(v),
    )
    result = np.empty_like(values)
    for kind, function in enumerate(functions):
        result[kinds == kind] = function(values[kinds == kind])
    return result


class _View:
    """The part of the plane that a canvas shows, by rows."""

    def __init__(self, canvas: Canvas, zoom: float, bend: float):
        self.canvas, self.zoom, self.bend = canvas, zoom, bend

    def places(self, x: Array, y: Array) -> Places:
        """Return the coordinates of pixels at `x` ``(1, W)`` and `y` ``(h, 1)``, in units of the canvas."""
        canvas, shape = self.canvas, np.broadcast_shapes(x.shape, y.shape)
        if canvas.tile:  # round two circles: what is a formula of these goes on over the borders
            a, b = (2 * np.pi * v / n for v, n in ((x, canvas.across), (y, canvas.down)))
            reach = 1 / self.zoom
            px, py, u, w = reach * np.sin(a), reach * np.sin(b), reach * np.cos(a), reach * np.cos(b)
        else:
            px, py = 2 * (x - canvas.across / 2) / self.zoom, 2 * (y - canvas.down / 2) / self.zoom
            u, w = np.sin(1.7 * px + 0.6), np.cos(1.9 * py - 0.4)
        made = {
            name: np.broadcast_to(v, shape).astype(np.float32) for name, v in (("x", px), ("y", py), ("u", u), ("w", w))
        }
        made["r"] = np.hypot(made["x"], made["y"])
        # The angle jumps at the left; its half turns, folded, do not.
        made["t"] = np.abs(np.arctan2(made["y"], made["x"])) * np.float32(2 / np.pi) - 1
        made["bend"] = np.array(self.bend, np.float32)
        return made

    def trial(self) -> Places:
        """Return the coordinates at which a formula is judged and its range taken, the same at any size."""
        middles = (np.arange(_TRIAL, dtype=np.float32) + 0.5) / _TRIAL
        return self.places(
            middles[None] * np.float32(self.canvas.across), middles[:, None] * np.float32(self.canvas.down)
        )


def _painted(view: _View, formula: Formula, colors: Array, *, smooth: bool = False) -> Tensor:
    """Paint two values: the first picks the colour by its rank, the second the light."""
    canvas = view.canvas
    value, light = formula(view.trial())
    ranks = np.quantile(value, np.linspace(0, 1, 65))
    even = np.linspace(0, 1, 65)
    low, high = np.quantile(value, (0.01, 0.99))
    dark, bright = np.quantile(light, (0.05, 0.95))
    picture = np.empty((canvas.height, canvas.width, 3), np.float32)
    # Two places a pixel for formulas, which fold more finely than pixels; networks have no folds.
    offsets = ((-0.25, -0.25), (0.25, 0.25)) if canvas.side > 96 and not smooth else ((0, 0),)
    for top in range(0, canvas.height, _ROWS):
        rows = slice(top, top + _ROWS)
        total = np.zeros((1, 1, 1), np.float32)
        for dx, dy in offsets:
            places = view.places(canvas.x + np.float32(dx / canvas.side), canvas.y[rows] + np.float32(dy / canvas.side))
            value, light = formula(places)
            straight = (value - low) / max(high - low, 1e-6)
            share = 0.6 * np.interp(value, ranks, even).astype(np.float32) + 0.4 * straight.clip(0, 1)
            shade = 0.8 + 0.28 * ((light - dark) / max(bright - dark, 1e-6)).clip(0, 1)
            total = total + ramp(share, colors) * shade[..., None]
        picture[rows] = total / len(offsets)
    return tensor(picture)


def _own(seed: int) -> str:
    names = list(PALETTES)
    return PALETTES[names[int(np.random.default_rng([seed, 9]).integers(len(names)))]]


@dataclass(frozen=True)
class _Node:
    """One operation of an expression, with its numbers and its arguments."""

    operation: str
    numbers: tuple[float, ...]
    arguments: tuple[Any, ...]

    def __call__(self, at: Places) -> Array:
        values = [argument(at) for argument in self.arguments]
        return _OPERATIONS[self.operation][1](at, self.numbers, *values)


def _noise(at: Places, numbers: tuple[float, ...], a: Array, b: Array) -> Array:
    lattice = _lattice(int(numbers[0] * 1000))
    return 1.6 * at_points(lattice, 1.7 * at["bend"] * a + np.float32(numbers[1]), 1.7 * at["bend"] * b)


@lru_cache(maxsize=64)
def _lattice(seed: int) -> Array:
    return gradients(np.random.default_rng(seed), 16, 16)


# By name: how many arguments, and the function of (places, numbers, arguments). All are continuous and keep values
# about -1..1; Sims' mod is the triangle wave, which has no jumps to alias.
_OPERATIONS: dict[str, tuple[int, Callable[..., Array]]] = {
    "x": (0, lambda at, n: at["x"]),
    "y": (0, lambda at, n: at["y"]),
    "r": (0, lambda at, n: at["r"]),
    "theta": (0, lambda at, n: at["t"]),
    "diagonal": (0, lambda at, n: np.float32(np.cos(6 * n[0])) * at["x"] + np.float32(np.sin(6 * n[0])) * at["y"]),
    "sin": (1, lambda at, n, a: np.sin(np.float32(1.5 + 2.5 * n[0]) * at["bend"] * a + np.float32(6 * n[1]))),
    "abs": (1, lambda at, n, a: 1.4 * np.abs(a) - np.float32(0.7)),
    "mod": (1, lambda at, n, a: 2 * np.abs(_part(np.float32(0.5 + n[0]) * at["bend"] * a) - 1) - 1),
    "bump": (1, lambda at, n, a: 2 * np.exp(-np.square(np.float32(1 + 2 * n[0]) * (a - np.float32(n[1] - 0.5)))) - 1),
    "add": (2, lambda at, n, a, b: np.float32(0.75) * (a + b)),
    "times": (2, lambda at, n, a, b: np.float32(1.5) * a * b),
    "mix": (3, lambda at, n, a, b, c: a + (np.float32(0.5) + np.float32(0.5) * np.sin(2 * c)) * (b - a)),
    "larger": (2, lambda at, n, a, b: np.maximum(a, b) - np.float32(0.2)),
    "length": (2, lambda at, n, a, b: np.hypot(a, b) - np.float32(0.8)),
    "noise": (2, _noise),
    "wave": (2, lambda at, n, a, b: np.sin(np.float32(2.2) * at["bend"] * a + np.float32(1.5 + 2 * n[0]) * b)),
}  # fmt: skip
_LEAVES = ("x", "y", "x", "y", "x", "r", "r", "diagonal", "diagonal", "diagonal", "theta")
_INNER = (
    "sin",
    "sin",
    "abs",
    "mod",
    "bump",
    "add",
    "times",
    "mix",
    "larger",
    "length",
    "noise",
    "noise",
    "wave",
    "wave",
)


def _part(value: Array) -> Array:
    return 2 * (value / 2 - np.floor(value / 2))


def _tree(random: np.random.Generator, depth: int) -> _Node:
    names = _INNER if depth > 0 else _LEAVES
    if 0 < depth <= 2 and random.random() < 0.25:
        names = _LEAVES
    name = names[int(random.integers(len(names)))]
    numbers = tuple(random.random(2))
    return _Node(name, numbers, tuple(_tree(random, depth - 1) for _ in range(_OPERATIONS[name][0])))


@lru_cache(maxsize=256)
def _found(seed: int, depth: int, tile: bool) -> _Node:
    """Return the first random expression that is not dull, or the least dull of many."""
    places = _View(Canvas(_TRIAL, 0, tile=tile), 1.0, 1.0).trial()
    best, least = None, np.inf
    for draw in range(_DRAWS):
        tree = _tree(np.random.default_rng([seed, draw, 3]), depth)
        dull = dullness(np.broadcast_to(tree(places), (_TRIAL, _TRIAL)))
        if dull < least:
            best, least = tree, dull
        if dull <= 0:
            break
    assert best is not None
    return best


def dullness(value: Array) -> float:
    """Return by how much a square of values misses what a picture needs; 0 or less for a good one.

    Needed: levels spread out (no tenth of the range holds more than 40%), shapes larger than grain (the mean step
    between neighbours is 2% to 7.5% of the range), and change along both axes.
    """
    low, high = np.quantile(value, (0.01, 0.99))
    if not np.isfinite(value).all() or high - low < 1e-3:
        return 10.0
    scaled = ((value - low) / (high - low)).clip(0, 1)
    crowded = np.histogram(scaled, 10, (0, 1))[0].max() / scaled.size
    down, across = (float(np.abs(np.diff(scaled, axis=axis)).mean()) for axis in (0, 1))
    step = (down + across) / 2
    return (
        max(
            crowded / 0.4, 0.02 / max(step, 1e-6), step / 0.075, 0.45 * max(down, across) / max(min(down, across), 1e-6)
        )
        - 1
    )
