"""Pictures made of arithmetic and a seed: the styles that come with the app, free of any rights.

Every function takes a side in pixels and a seed and returns ``(1, 3, side, side)`` in [0, 1]; the same seed gives the
same picture, and another size the same picture larger or smaller, as far as its random parts are drawn on grids.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from torch import Tensor
from torch.nn.functional import grid_sample, interpolate

Array = NDArray[Any]


def stained_glass(side: int, seed: int) -> Tensor:
    """Jewel-coloured panes of uneven glass in black lead."""
    rng, x, y = _canvas(side, seed)
    places = np.stack(np.meshgrid(np.arange(-0.5, 10), np.arange(-0.5, 10)), -1).reshape(-1, 2)
    points = (places + 0.85 * (rng.random(places.shape) - 0.5)) / 9  # one a cell: free points crowd in places
    near, pane = _nearest(points, x, y)
    jewels = _colors("12356b 1f6fb4 2f9fc4 b01e2e d9432f e8a317 f4d35e 1d7a4c 62a83c 6a2c70 f2ead3")
    glass = jewels[rng.integers(len(jewels), size=len(points))][pane]
    glass = glass * (0.72 + 0.55 * _fractal(side, 6, rng))[..., None]
    glass = glass * (1.12 - 2.2 * near[0])[..., None]  # light comes through the middle of a pane
    lead = _step(near[1] - near[0], 0.011, side)
    return _tensor(glass * lead[..., None] + 0.04 * (1 - lead[..., None]))


def brush_strokes(side: int, seed: int) -> Tensor:
    """Thick short strokes that swirl through a night sky."""
    rng, x, y = _canvas(side, seed)
    hills = _fractal(side, 3, rng, octaves=2)
    dx, dy = np.gradient(hills, axis=1), np.gradient(hills, axis=0)
    norm = np.hypot(dx, dy) + 1e-9
    flow = np.stack([dy / norm, -dx / norm])  # along the contour lines, so the strokes circle
    tone = _ramp(np.clip(1.5 * (hills - 0.5) + 0.5, 0, 1), "0b1d51 17408b 2f6fb5 7fb2d6 dfe6c0 f3c93f d98324")
    bristles = _noise(side, 110, rng)[..., None] - 0.5
    patches = np.stack([_noise(side, 34, rng) for _ in range(3)], axis=-1) - 0.5
    painted = _along(np.concatenate([tone + 0.22 * patches, bristles], axis=-1).astype(np.float32), flow, 0.05)
    relief = painted[..., 3]
    light = np.gradient(relief, axis=0) + np.gradient(relief, axis=1)
    return _tensor(painted[..., :3] + 0.35 * relief[..., None] + (side / 220) * light[..., None])


def marble(side: int, seed: int) -> Tensor:
    """Marbled paper: inks floated on water and combed."""
    rng, x, y = _canvas(side, seed)
    fold = _fractal(side, 3, rng, octaves=4) - 0.5
    fold2 = _fractal(side, 4, rng, octaves=4) - 0.5
    comb = 0.05 * np.sin(2 * math.pi * 7 * x + 9 * fold)
    bands = 0.5 + 0.5 * np.sin(2 * math.pi * (5.5 * (y + comb) + 2.6 * fold + 1.6 * fold2))
    color = _ramp(bands, "10233f 1f4e79 b8433a f0e2c4 e0a458 f7f1e1 2a9d8f 14344f")
    vein = np.abs(np.sin(2 * math.pi * (4 * fold2 + 3 * fold)))
    return _tensor(color * (0.35 + 0.65 * _step(vein, 0.06, side / 6))[..., None])


def mosaic(side: int, seed: int) -> Tensor:
    """Small tesserae of stone and gold, laid in arcs."""
    rng, x, y = _canvas(side, seed)
    radius, tile = 0.028, 0.03
    cx, cy = 0.5 + 0.3 * (rng.random(2) - 0.5)
    points = [(cx, cy)]
    for ring in range(1, 34):
        count = max(3, round(2 * math.pi * ring * radius / tile))
        angles = rng.random() * 6.28 + np.arange(count) * 2 * math.pi / count
        points += [(cx + ring * radius * math.cos(a), cy + ring * radius * math.sin(a)) for a in angles]
    stones = np.array(points) + 0.0035 * rng.standard_normal((len(points), 2))
    near, stone = _nearest(stones, x, y)
    where = np.clip((stones * side).astype(int), 0, side - 1)
    plan = _fractal(side, 4, rng, octaves=3)[where[:, 1], where[:, 0]]
    color = _ramp(np.clip(plan + 0.06 * rng.standard_normal(len(stones)), 0, 1),
                  "14284b 1d5c8a 3aa0a8 e9dcc0 d9a441 b5532a 5e1f1f")  # fmt: skip
    color = color * (0.85 + 0.3 * rng.random((len(stones), 1)))
    grout = _step(near[1] - near[0], 0.0045, side)[..., None]
    return _tensor(color[stone] * grout + _color("4c453d") * (1 - grout))


def halftone(side: int, seed: int) -> Tensor:
    """Comic print: flat colours, black contours, round dots whose size is the shade."""
    rng, x, y = _canvas(side, seed)
    shapes = _fractal(side, 3, rng, octaves=2)
    flats = _colors("f7e03c ee3e36 f9f3e3 2a6fdb f9f3e3 f58fb0")
    level = np.clip((shapes * 1.5 - 0.25) * len(flats), 0, len(flats) - 0.001)
    color = flats[level.astype(int)]
    u, v = (x + y) * 38, (x - y) * 38  # dots stand at 45 degrees, where the eye sees the grid least
    dot = np.hypot(u - np.round(u), v - np.round(v))
    shade = 0.12 + 0.36 * _fractal(side, 4, rng, octaves=2)
    ink = flats[(level.astype(int) + 1) % len(flats)] * 0.92
    dots = _step(dot - shade, 0.0, side / 38)[..., None]
    color = color * dots + ink * (1 - dots)
    edge = np.abs(level - np.round(level)) / (np.hypot(*np.gradient(level)) * side + 1e-6)
    outline = _step(edge, 0.0075, side)[..., None]
    return _tensor(color * outline + 0.05 * (1 - outline))


def grid(side: int, seed: int) -> Tensor:
    """Red, yellow, blue and white rectangles between black bars."""
    rng, x, y = _canvas(side, seed)
    boxes = [(0.0, 0.0, 1.0, 1.0)]
    for _ in range(20):
        area = np.array([(right - left) * (bottom - top) for left, top, right, bottom in boxes])
        left, top, right, bottom = boxes.pop(int(area.argmax()))
        cut = 0.3 + 0.4 * rng.random()
        if right - left > bottom - top:
            middle = left + cut * (right - left)
            boxes += [(left, top, middle, bottom), (middle, top, right, bottom)]
        else:
            middle = top + cut * (bottom - top)
            boxes += [(left, top, right, middle), (left, middle, right, bottom)]
    palette = _colors("f4f1e6 c8202b f4f1e6 1b4aa0 f4f1e6 f2c418 e6e2d4 16181c")
    color = np.zeros((side, side, 3), np.float32)
    bars = np.zeros((side, side), np.float32)
    for number, (left, top, right, bottom) in enumerate(boxes):
        inside = (x >= left) & (x < right) & (y >= top) & (y < bottom)
        color[inside] = palette[number % len(palette)]
        to_edge = np.minimum(np.minimum(x - left, right - x), np.minimum(y - top, bottom - y))
        bars[inside] = (1 - _step(to_edge, 0.009, side))[inside]
    canvas = 0.97 + 0.05 * (_noise(side, 120, rng) - 0.5)
    return _tensor((color * (1 - bars[..., None]) + 0.06 * bars[..., None]) * canvas[..., None])


def waves(side: int, seed: int) -> Tensor:
    """Indigo sea in overlapping scales with foam, as on a woodblock print."""
    rng, x, y = _canvas(side, seed)
    y = y + 0.035 * np.sin(2 * math.pi * (1.1 * x + 0.2)) + 0.05 * (_fractal(side, 3, rng, octaves=2) - 0.5)
    x = x + 0.04 * (_fractal(side, 3, rng, octaves=2) - 0.5)
    scale, best = 0.125, np.zeros((side, side), np.float32)
    # Each row of scales covers the one above it, so the lowest row that reaches a pixel is the one that is seen.
    for row in range(-1, math.ceil(2 / scale) + 3):
        middle_y = (row + 1) * scale / 2
        shift = 0.5 * (row % 2)
        middle_x = (np.round(x / scale - shift) + shift) * scale
        away = np.hypot(x - middle_x, y - middle_y) / (scale * 0.56)
        best = np.where(away < 1, away, best)
    rings = best * 4.6
    color = _ramp(best, "e9e2cb c9d6cf 6f9fb8 2e5f92 17356b 0f2350")
    line = _step(np.abs(rings - np.round(rings)), 0.11, side / 40)[..., None]
    foam = _step(0.93 - best, 0.0, side / 14)[..., None]
    color = color * line + _color("f0e8cc") * (1 - line)
    color = color * foam + _color("0f1a3d") * (1 - foam)
    return _tensor(color * (0.9 + 0.2 * _fractal(side, 9, rng))[..., None])


def engraving(side: int, seed: int) -> Tensor:
    """Sepia lines cut along the form, thick in the shade, crossed where it is darkest."""
    rng, x, y = _canvas(side, seed)
    form = _fractal(side, 3, rng, octaves=3)
    tone = np.clip(2.1 * (form - 0.5) + 0.52, 0.04, 0.97)
    along = y + 0.16 * form
    across = 0.75 * x + 0.65 * y - 0.12 * form

    def cut(position: Array, lines: int, darkness: Array) -> Array:
        distance = np.abs(position * lines - np.round(position * lines))
        return 1 - _step(distance - 0.5 * darkness, 0.0, side / lines)

    ink = np.maximum(cut(along, 62, 1.05 - tone), cut(across, 54, np.clip(0.75 - 1.5 * tone, -0.2, 1)))
    paper = _color("f0e0c2") * (0.93 + 0.1 * _fractal(side, 5, rng))[..., None]
    return _tensor(paper * (1 - ink[..., None]) + _color("381f14") * ink[..., None])


def watercolor(side: int, seed: int) -> Tensor:
    """Pale washes that overlap, darker where each dried at its edge, on grained paper."""
    rng, x, y = _canvas(side, seed)
    sheet = np.ones((side, side, 3), np.float32) * _color("faf7ed")
    washes = _colors("2a78b8 e4572e f2b134 3a9188 8e5aa8 d8466f 5aa9e6 7cb54a 274b7a")
    granules = _fractal(side, 7, rng, octaves=4)
    for color in washes[rng.permutation(len(washes))][:6]:
        depth = _fractal(side, 2, rng, octaves=4) - (0.58 + 0.06 * rng.random())
        wet = 1 - _step(-depth, 0.0, side / 14)
        rim = np.exp(-((depth / 0.012) ** 2)) * wet
        pigment = wet * (0.2 + 0.5 * granules) + 0.3 * rim
        sheet *= 1 - pigment[..., None] * (1 - color)
    grain = 0.94 + 0.12 * _noise(side, 170, rng)
    return _tensor(sheet * grain[..., None])


def circles(side: int, seed: int) -> Tensor:
    """Concentric rings in quarters of changing colour, each disc over the last."""
    rng, x, y = _canvas(side, seed)
    palette = _colors("e63946 f4a261 f6d55c 2a9d8f 1d3557 457b9d f1faee 9d4edd ef798a 264653")
    color = np.ones((side, side, 3), np.float32) * palette[rng.integers(len(palette))]
    for number in range(26):
        cx, cy = rng.random(2)
        radius = (0.34 - 0.2 * number / 26) * (0.7 + 0.6 * rng.random())
        away, angle = np.hypot(x - cx, y - cy), np.arctan2(y - cy, x - cx) + rng.random() * 6.28
        rings = int(rng.integers(3, 7))
        ring = np.minimum((away / radius * rings).astype(int), rings - 1)
        quarter = np.floor(angle / (math.pi / 2)).astype(int) % 4
        table = palette[rng.integers(len(palette), size=(rings, 4))]
        inside = (1 - _step(away - radius, 0.0, side))[..., None]
        color = table[ring, quarter] * inside + color * (1 - inside)
    strokes = 0.9 + 0.2 * _fractal(side, 24, rng, octaves=3)
    return _tensor(color * strokes[..., None])


STYLES: dict[str, Callable[[int, int], Tensor]] = {
    "Stained glass": stained_glass,
    "Brush strokes": brush_strokes,
    "Marble": marble,
    "Mosaic": mosaic,
    "Halftone": halftone,
    "Grid": grid,
    "Waves": waves,
    "Engraving": engraving,
    "Watercolor": watercolor,
    "Circles": circles,
}


def _canvas(side: int, seed: int) -> tuple[np.random.Generator, Array, Array]:
    """Return the randomness and the coordinates of pixel centres, 0..1."""
    axis = (np.arange(side, dtype=np.float32) + 0.5) / side
    x, y = np.meshgrid(axis, axis)
    return np.random.default_rng(seed), x, y


def _noise(side: int, cells: int, rng: np.random.Generator) -> Array:
    """Return smooth noise, 0..1 about 0.5, with bumps of a `cells`-th of the side."""
    coarse = torch.from_numpy(rng.random((1, 1, cells + 3, cells + 3), dtype=np.float32))
    fine = interpolate(coarse, size=(side + 2, side + 2), mode="bicubic", align_corners=True)
    return fine[0, 0, 1:-1, 1:-1].clamp(0, 1).numpy()


def _fractal(side: int, cells: int, rng: np.random.Generator, *, octaves: int = 5) -> Array:
    """Return noise of noise: each octave half as large and half as strong; 0..1 over the picture."""
    total = sum((0.5**octave * _noise(side, cells * 2**octave, rng) for octave in range(octaves)), np.float32(0))
    return (total - total.min()) / (total.max() - total.min())


def _nearest(points: Array, x: Array, y: Array) -> tuple[tuple[Array, Array], Array]:
    """Return the distances to the nearest two points, and the nearest one's number (a Voronoi diagram)."""
    distance, number = cKDTree(points).query(np.stack([x, y], -1).reshape(-1, 2), k=2, workers=1)
    shape = x.shape
    return (
        (distance[:, 0].reshape(shape).astype(np.float32), distance[:, 1].reshape(shape).astype(np.float32)),
        number[:, 0].reshape(shape),
    )


def _along(values: Array, flow: Array, length: float) -> Array:
    """Average `values` along the lines of `flow`, `length` of the side long (Cabral and Leedom 1993)."""
    side = values.shape[0]
    field, picture = torch.from_numpy(flow)[None], torch.from_numpy(values).permute(2, 0, 1)[None]
    axis = (torch.arange(side) + 0.5) / side * 2 - 1
    home = torch.stack([axis.expand(side, side), axis[:, None].expand(side, side)], -1)[None]
    total, steps = picture.clone(), 6
    for direction in (1, -1):
        at = home
        for _ in range(steps):
            ahead = grid_sample(field, at, padding_mode="border", align_corners=False).permute(0, 2, 3, 1)
            at = at + direction * (length / steps) * ahead
            total += grid_sample(picture, at, padding_mode="reflection", align_corners=False)
    return (total / (2 * steps + 1))[0].permute(1, 2, 0).numpy()


def _step(value: Array, edge: float, pixels: float) -> Array:
    """Return 0 below `edge` and 1 above it, with a slope one pixel wide; `pixels` make one unit of `value`."""
    return np.clip((value - edge) * pixels + 0.5, 0, 1).astype(np.float32)


def _color(word: str) -> Array:
    return _colors(word)[0]


def _colors(words: str) -> Array:
    codes = [bytes.fromhex(word) for word in words.split()]
    return np.array([list(code) for code in codes], np.float32) / 255


def _ramp(values: Array, words: str) -> Array:
    """Map 0..1 to colours, evenly spaced and blended."""
    colors = _colors(words)
    stops: Sequence[float] = np.linspace(0, 1, len(colors)).tolist()
    return np.stack([np.interp(values, stops, colors[:, i]) for i in range(3)], -1).astype(np.float32)


def _tensor(picture: Array) -> Tensor:
    return torch.from_numpy(np.clip(picture, 0, 1).astype(np.float32)).permute(2, 0, 1)[None].contiguous()
