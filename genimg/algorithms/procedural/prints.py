"""Pictures after the ways of printing and painting on paper: dots, lines, waves, washes, discs."""

import numpy as np
from torch import Tensor

from genimg.algorithms.procedural.canvas import Array, Canvas, Size, edge, mix, slope, tensor
from genimg.algorithms.procedural.noise import Noise
from genimg.algorithms.procedural.palettes import between, colors_of, darkest, lightest, ramp


def halftone(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, dots: int = 38, ink: float = 1.0,
    shapes: float = 2.5,
) -> Tensor:  # fmt: skip
    """Draw a comic print: flat colours, dark contours, round dots whose size is the shade.

    Args:
        size: of the picture.
        seed: of its chance.
        palette: by name, or the method's own.
        tile: close the torus.
        dots: a unit, along the diagonal lattice.
        ink: size of the dots.
        shapes: a unit; small numbers give large shapes.
    """
    canvas = Canvas(size, seed, tile=tile)
    form, tone = Noise(canvas, shapes, octaves=2).grid(), Noise(canvas, 1.4 * shapes, octaves=2).grid()
    flats = colors_of(palette, "f7e03c ee3e36 f9f3e3 2a6fdb f9f3e3 f58fb0")
    level = np.clip((form * 1.3 - 0.15) * len(flats), 0, len(flats) - 0.001)
    number = level.astype(int)
    # Dots stand at 45 degrees, where the eye sees the grid least.
    u, v = canvas.waves(dots, dots), canvas.waves(dots, -dots)
    away = np.hypot(u - np.round(u), v - np.round(v))
    radius = np.float32(ink) * (np.float32(0.1) + np.float32(0.4) * tone)
    cover = 1 - edge(away - radius, 0.0, canvas.side / (dots * 1.42))
    picture = mix(flats[number], flats[(number + 1) % len(flats)] * np.float32(0.92), cover)
    contour = np.abs(level - np.round(level)) / (slope(level) * canvas.side)
    contour = np.where((level > 0.5) & (level < len(flats) - 0.5), contour, 1)
    return tensor(mix(picture, darkest(_with_black(flats)), 1 - edge(contour, 0.004, canvas.side)))


def _with_black(colors: Array) -> Array:
    """Return the colours and black, so that the darkest is dark enough for contours."""
    return np.concatenate([colors, np.full((1, 3), 0.06, np.float32)])


def waves(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, scales: int = 8, rings: float = 4.6,
    swell: float = 1.0,
) -> Tensor:  # fmt: skip
    """Draw a sea in overlapping scales with foam, as on a woodblock print.

    Args:
        size: of the picture.
        seed: of its chance.
        palette: by name, or the method's own.
        tile: close the torus.
        scales: a unit.
        rings: lines in a scale.
        swell: how far the rows are bent.
    """
    canvas = Canvas(size, seed, tile=tile)
    columns, rows = canvas.cells(scales)
    wide, high = canvas.across / columns, canvas.down / rows
    roll = np.sin(2 * np.pi * (canvas.waves(1.1, 0) + 0.2))
    y = canvas.y + np.float32(swell) * (0.035 * roll + 0.07 * (Noise(canvas, 2.5, octaves=2).grid() - 0.5))
    x = canvas.x + np.float32(swell) * (0.055 * (Noise(canvas, 2.5, octaves=2).grid() - 0.5))
    # Each row of scales covers the one above it. Rows are half a scale apart and a scale reaches 0.56: of the few that
    # reach a pixel, the lowest is seen, so it is looked at last.
    lowest = np.floor((y / high + 0.56) * 2)
    best = np.zeros_like(y)
    for above in (2, 1, 0):
        row = lowest - above
        shift = np.float32(0.5) * (row % 2)
        middle = (np.round(x / wide - shift) + shift) * wide
        away = np.hypot((x - middle) / wide, (y - row * np.float32(high / 2)) / high) / np.float32(0.56)
        best = np.where(away < 1, away, best)
    colors = colors_of(palette, "e9e2cb c9d6cf 6f9fb8 2e5f92 17356b 0f2350")
    pixels = canvas.side * min(wide, high) * 0.56
    ring = best * np.float32(rings)
    line = 1 - edge(np.abs(ring - np.round(ring)), 0.1, pixels / rings)
    picture = mix(ramp(best, colors), lightest(colors) * np.float32(0.98), line)
    picture = mix(picture, darkest(colors), 1 - edge(0.94 - best, 0.0, pixels))
    return tensor(picture * (0.9 + 0.2 * Noise(canvas, 9).grid())[..., None])


def engraving(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, lines: int = 62, relief: float = 1.0,
    crossing: float = 1.0,
) -> Tensor:  # fmt: skip
    """Draw lines cut along the form, thick in the shade, crossed where it is darkest.

    Args:
        size: of the picture.
        seed: of its chance.
        palette: by name, or the method's own.
        tile: close the torus.
        lines: a unit.
        relief: how far they follow the form.
        crossing: how much of the shade is crossed.
    """
    canvas = Canvas(size, seed, tile=tile)
    form = Noise(canvas, 2.5, octaves=3, gain=0.4).grid()
    tone = np.clip(1.7 * (form - 0.5) + 0.62, 0.1, 0.96)

    def cut(position: Array, darkness: Array) -> Array:
        distance = np.abs(position - np.round(position))
        cover = np.clip((0.5 * darkness - distance) / slope(position) + 0.5, 0, 1)
        return cover * (darkness > 0)

    hatch = np.float32(relief * lines)
    along = canvas.waves(0, lines) + np.float32(0.2) * hatch * form
    across = canvas.waves(0.66 * lines, 0.56 * lines) - np.float32(0.14) * hatch * form
    ink = np.maximum(cut(along, 1.05 - tone), cut(across, np.clip(0.75 * crossing - 1.5 * tone, -0.2, 1)))
    colors = colors_of(palette, "f0e0c2 381f14")
    paper = lightest(colors) * (0.93 + 0.1 * Noise(canvas, 5).grid())[..., None]
    return tensor(mix(paper, darkest(colors), ink))


def watercolor(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, washes: int = 6, depth: float = 1.0,
    granulation: float = 1.0, edges: float = 1.0,
) -> Tensor:  # fmt: skip
    """Paint washes that overlap, darker where each dried at its edge, on grained paper.

    Args:
        size: of the picture.
        seed: of its chance.
        palette: by name, or the method's own.
        tile: close the torus.
        washes: how many.
        depth: of the pigment.
        granulation: how much it settles in the grain.
        edges: how much it dries at the edges.
    """
    canvas = Canvas(size, seed, tile=tile)
    colors = colors_of(palette, "faf7ed 2a78b8 e4572e f2b134 3a9188 8e5aa8 d8466f 5aa9e6 7cb54a 274b7a")
    picture = canvas.empty(np.sqrt(lightest(colors)))
    random = canvas.random()
    paints = between(colors)
    order = np.concatenate([random.permutation(len(paints)) for _ in range(-(-washes // len(paints)))])
    granules = np.clip(0.5 + np.float32(granulation) * (Noise(canvas, 7, octaves=5).grid() - 0.5), 0, 1)
    pool = np.float32(0.75) + np.float32(0.5) * Noise(canvas, 3, octaves=2).grid()  # where more water stood
    for number in order[:washes]:
        height = Noise(canvas, 2, octaves=6).grid() - np.float32(0.56 + 0.09 * random.random())
        wet = edge(height, 0.0, canvas.side / 4)
        rim = np.exp(-np.square(height / np.float32(0.014))) * wet
        pigment = wet * pool * (np.float32(0.18) + np.float32(0.45) * granules) + np.float32(0.32 * edges) * rim
        pigment = np.clip(np.float32(depth) * pigment, 0, 1)
        picture *= 1 - pigment[..., None] * (1 - paints[number])
    grain = 0.95 + 0.09 * Noise(canvas, 150, octaves=2).grid()
    return tensor(picture * grain[..., None])


def circles(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, discs: int = 26, rings: int = 5,
    radius: float = 1.0,
) -> Tensor:  # fmt: skip
    """Draw concentric rings in quarters of changing colour, each disc over the last.

    Args:
        size: of the picture.
        seed: of its chance.
        palette: by name, or the method's own.
        tile: let discs go on over the borders.
        discs: a square unit.
        rings: about so many in a disc.
        radius: of the discs.
    """
    canvas = Canvas(size, seed, tile=tile)
    random = canvas.random()
    paints = colors_of(palette, "e63946 f4a261 f6d55c 2a9d8f 1d3557 457b9d f1faee 9d4edd ef798a 264653")
    picture = canvas.empty(paints[random.integers(len(paints))])
    count = max(1, round(discs * canvas.across * canvas.down))
    for number in range(count):
        chance = np.random.default_rng([seed, 1000 + number])  # one disc more leaves the others as they are
        cx, cy = chance.random(2) * (canvas.across, canvas.down)
        reach = radius * (0.34 - 0.2 * number / count) * (0.7 + 0.6 * chance.random())
        turn = chance.random() * 2 * np.pi
        parts = max(1, rings + int(chance.integers(-2, 2)))
        table = paints[chance.integers(len(paints), size=(parts, 4))]
        for x, y in canvas.copies(cx, cy, reach):
            rows, columns = canvas.window(x - reach, y - reach, x + reach, y + reach)
            dx, dy = canvas.x[:, columns] - np.float32(x), canvas.y[rows] - np.float32(y)
            away = np.hypot(dx, dy)
            cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
            quarter = 2 * (cos * dx + sin * dy < 0) + (cos * dy - sin * dx < 0)
            place = away * np.float32(parts / reach)
            ring = np.minimum(place.astype(np.int32), parts - 1)
            outer = np.minimum(ring + 1, parts - 1)
            # The last pixel of a ring is part of the next one.
            inner, beyond = (table.reshape(-1, 3).take(4 * r + quarter, axis=0) for r in (ring, outer))
            color = mix(inner, beyond, edge(place - ring, 1.0, canvas.side * reach / parts))
            picture[rows, columns] = mix(picture[rows, columns], color, 1 - edge(away, reach, canvas.side))
    strokes = 0.9 + 0.2 * Noise(canvas, 24, octaves=3).grid()
    return tensor(picture * strokes[..., None])
