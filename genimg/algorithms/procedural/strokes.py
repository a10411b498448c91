"""Paint: thick strokes laid along a flow, from broad to fine (after Hertzmann 1998, and Haeberli 1990)."""

import cv2
import numpy as np
from torch import Tensor

from genimg.algorithms.procedural.canvas import Array, Canvas, Size, tensor
from genimg.algorithms.procedural.noise import Noise
from genimg.algorithms.procedural.palettes import colors_of, ramp

_POINTS = 9  # of a stroke's spine
_BRISTLES = 5  # side by side in a stroke
_FRACTION = 4  # binary digits after the pixel, for OpenCV
_MARGIN = 4  # pixels about the picture: OpenCV's soft edges leave out the outermost ones


def brush_strokes(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, length: float = 1.0, width: float = 1.0,
    swirl: float = 2.5, relief: float = 1.0,
) -> Tensor:  # fmt: skip
    """Paint thick strokes that follow the contours of a hidden landscape and so swirl about its hills.

    Args:
        size: of the picture.
        seed: of its chance.
        palette: by name, or the method's own.
        tile: let strokes go on over the borders.
        length: of the strokes.
        width: of the strokes.
        swirl: hills a unit.
        relief: how thick the paint stands.
    """
    canvas = Canvas(size, seed, tile=tile)
    hills, tone = Noise(canvas, swirl, octaves=2), Noise(canvas, 0.8 * swirl, octaves=3)
    colors = colors_of(palette, "0b1d51 17408b 2f6fb5 7fb2d6 dfe6c0 f3c93f d98324")
    random = canvas.random()
    # Colours in three channels, in the fourth how high the paint stands.
    layers = np.zeros((canvas.height + 2 * _MARGIN, canvas.width + 2 * _MARGIN, 4), np.uint8)
    layers[..., :3] = (ramp(np.array(0.3), colors) * 255).astype(np.uint8)
    for share, coverage in ((1.0, 3.0), (0.6, 2.2)):
        wide, long = 0.021 * width * share, 0.13 * length * share
        count = int(coverage * canvas.across * canvas.down / (wide * long))
        _layer(canvas, layers, hills, tone, colors, random, count=count, wide=wide, long=long)
    layers = layers[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    paint = layers[..., :3].astype(np.float32) / 255
    height: Array = layers[..., 3].astype(np.float32) / 255
    scale = np.float32(canvas.side / 512)
    soft = max(0.35, 0.8 * float(scale))
    border = 1 + round(4 * soft)
    padded = cv2.GaussianBlur(np.pad(height, border, mode="wrap" if tile else "edge"), (0, 0), soft)
    cut = slice(border - 1, 1 - border)
    padded = padded[cut, cut]
    height = padded[1:-1, 1:-1]
    lit = (padded[1:-1, 2:] - padded[1:-1, :-2]) + (padded[2:, 1:-1] - padded[:-2, 1:-1])
    light = np.float32(0.3 * relief) * scale * lit
    return tensor(paint * (1 + np.float32(0.12 * relief) * (height[..., None] - 0.5)) - light[..., None])


def _layer(
    canvas: Canvas, layers: Array, hills: Noise, tone: Noise, colors: Array, random: np.random.Generator, *,
    count: int, wide: float, long: float,
) -> None:  # fmt: skip
    """Paint `count` strokes over what there is."""
    margin = 0.0 if canvas.tile else 0.5 * long
    start = random.random((count, 2)) * (canvas.across + 2 * margin, canvas.down + 2 * margin) - margin
    spine, normal = _along(hills, start, long, random)
    value = _at(tone, start)
    value = np.clip(1.35 * (value - 0.5) + 0.5 + 0.09 * random.standard_normal(count), 0, 1)
    color = ramp(value, colors) * (1 + 0.1 * random.standard_normal((count, 1)))
    shade = random.uniform(0.9, 1.1, (count, _BRISTLES))
    high = random.uniform(60, 255, (count, _BRISTLES))
    taper = np.sin(np.pi * (0.12 + 0.83 * np.linspace(0, 1, _POINTS) ** 0.8)) ** 0.5
    half = 0.5 * wide * taper[None, :, None] * random.uniform(0.75, 1.25, (count, 1, 1))
    lanes = np.linspace(-1, 1, _BRISTLES + 1)
    ragged = 1 + 0.12 * random.standard_normal((count, _BRISTLES, 1))
    # All outlines at once, (N, bristles, 2 P, 2): up one side of a bristle and down the other.
    side = lanes[:-1, None, None] * ragged[..., None] * (half * normal)[:, None]
    other = 1.08 * lanes[1:, None, None] * (half * normal)[:, None]
    outlines = np.concatenate([spine[:, None] + side, (spine[:, None] + other)[:, :, ::-1]], axis=2)
    outlines = outlines * (canvas.side * 2**_FRACTION) + (_MARGIN - 0.5) * 2**_FRACTION
    paints = np.clip(255 * color[:, None] * shade[..., None], 0, 255)
    paints = np.concatenate([paints, high[..., None]], axis=-1).tolist()
    for i, (x, y) in enumerate(start):
        for at_x, at_y in canvas.copies(x, y, long + wide):
            moved = outlines[i] + np.array([at_x - x, at_y - y]) * (canvas.side * 2**_FRACTION)
            for outline, paint in zip(np.floor(moved).astype(np.int32), paints[i], strict=True):
                cv2.fillPoly(layers, [outline], paint, lineType=cv2.LINE_AA, shift=_FRACTION)


def _along(hills: Noise, start: Array, long: float, random: np.random.Generator) -> tuple[Array, Array]:
    """Follow the contour lines of the hills from `start` ``(N, 2)``: spines ``(N, P, 2)`` and their normals."""
    step, at, spine = long / (_POINTS - 1), start.copy(), [start]
    heading = np.zeros_like(start)
    turn = np.where(random.random(len(start)) < 0.5, -1.0, 1.0)[:, None]
    for _ in range(_POINTS - 1):
        tiny = 0.004
        dx = _at(hills, at + (tiny, 0)) - _at(hills, at - (tiny, 0))
        dy = _at(hills, at + (0, tiny)) - _at(hills, at - (0, tiny))
        flow = turn * np.stack([dy, -dx], -1) / (np.hypot(dx, dy)[:, None] + 1e-4)
        heading = 0.35 * heading + flow  # a brush does not turn at once
        heading /= np.hypot(*heading.T)[:, None] + 1e-6
        at = at + step * heading
        spine.append(at)
    path = np.stack(spine, 1)
    tangent = np.gradient(path, axis=1)
    normal = np.stack([-tangent[..., 1], tangent[..., 0]], -1)
    return path, normal / (np.hypot(normal[..., 0], normal[..., 1])[..., None] + 1e-9)


def _at(noise: Noise, places: Array) -> Array:
    x, y = places.astype(np.float32).T
    return noise.at(x[:, None], y[:, None])[:, 0]
