"""What a person paints over a picture: strokes and boxes as plain data, checked, bounded, and turned into masks.

Strokes travel as JSON, not as pixels: a few numbers instead of megabytes, the same at every size of the picture, and
nothing of them is decoded before it is counted.
"""

import json
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from genimg.core.errors import UserError, choice, number
from genimg.core.images import to_tensor

MAX_TEXT = 1_000_000  # characters of the JSON
MAX_STROKES = 400
MAX_POINTS = 20_000  # of all strokes together: minutes of painting
WIDTH = (0.001, 0.5)  # of a brush, as a part of the picture's longer side
BOX = "box"


@dataclass(frozen=True)
class Stroke:
    """A line drawn with a round brush, or a box.

    Attributes:
        kind: what it says of the pixels below it; "box" for a rectangle between its first and its last point.
        points: (x, y) as parts of the picture's width and height, 0..1; a brush may leave the picture a little.
        width: of the brush, as a part of the picture's longer side.
    """

    kind: str
    points: tuple[tuple[float, float], ...]
    width: float = 0.02


def read(strokes: object, kinds: Sequence[str]) -> list[Stroke]:
    """Return checked strokes.

    Args:
        strokes: a list of objects ``{"kind": "keep", "width": 0.02, "points": [[0.1, 0.2], ...]}``, the same as JSON
            text, or nothing.
        kinds: those that there may be.

    Raises:
        UserError: naming what is wrong.
    """
    if strokes is None or strokes == "":
        return []
    if isinstance(strokes, str):
        if len(strokes) > MAX_TEXT:
            raise UserError("There are more strokes than can be used at once; undo some.")
        try:
            strokes = json.loads(strokes)
        except (ValueError, RecursionError):
            raise UserError("The strokes could not be read; clear them and paint again.") from None
    if not isinstance(strokes, Sequence) or isinstance(strokes, str):
        raise UserError(f'Strokes must be a list such as [{{"kind": "{kinds[0]}", "points": [[0.1, 0.2]]}}].')
    if len(strokes) > MAX_STROKES:
        raise UserError(f"At most {MAX_STROKES} strokes can be used at once, got {len(strokes)}; undo some.")
    left, found = MAX_POINTS, []
    for i, one in enumerate(strokes, 1):
        if not isinstance(one, Mapping) or not isinstance(one.get("points"), Sequence):
            raise UserError(f'Stroke {i} must be an object such as {{"kind": "{kinds[0]}", "points": [[0.1, 0.2]]}}.')
        left -= len(one["points"])
        if left < 0:
            raise UserError(f"At most {MAX_POINTS} points can be used at once; undo some strokes.")
        kind = choice(f"The kind of stroke {i}", one.get("kind"), kinds)
        points = tuple(_point(i, point) for point in one["points"])
        if len(points) < (2 if kind == BOX else 1):
            raise UserError(f"Stroke {i} has too few points.")
        found.append(Stroke(kind, points, number(f"The width of stroke {i}", one.get("width", 0.02), *WIDTH)))
    return found


def _point(stroke: int, point: object) -> tuple[float, float]:
    if not isinstance(point, Sequence) or isinstance(point, str) or len(point) != 2:
        raise UserError(f"The points of stroke {stroke} must be pairs of numbers, got {reprlib.repr(point)}.")
    x, y = (number(f"A point of stroke {stroke}", value, -1, 2) for value in point)
    return x, y


def mask(strokes: Sequence[Stroke], kind: str, size: tuple[int, int]) -> Tensor:
    """Return where strokes of a kind lie, ``(1, 1, H, W)`` of 0 and 1; a later stroke of another kind covers them.

    Args:
        strokes: in the order in which they were painted.
        kind: of those that count.
        size: (width, height) of the picture in pixels.
    """
    width, height = size
    sheet = Image.new("L", size)
    draw = ImageDraw.Draw(sheet)
    for stroke in strokes:
        ink = 255 if stroke.kind == kind else 0
        points = [(x * width, y * height) for x, y in stroke.points]
        if stroke.kind == BOX:
            if kind == BOX:
                draw.rectangle(_corners(points), fill=255)
            continue
        radius = max(0.5, stroke.width * max(size) / 2)
        draw.line(points, fill=ink, width=max(1, round(2 * radius)), joint="curve")
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
    return (to_tensor(sheet)[:, :1] > 0.5).to(torch.float32)


def box(strokes: Sequence[Stroke], size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """Return (left, top, right, bottom) in pixels of the last box, cut to the picture, or None without one."""
    width, height = size
    for stroke in reversed(strokes):
        if stroke.kind == BOX:
            left, top, right, bottom = _corners([(x * width, y * height) for x, y in stroke.points])
            frame = (max(0, round(left)), max(0, round(top)), min(width, round(right)), min(height, round(bottom)))
            return frame if frame[2] - frame[0] > 1 and frame[3] - frame[1] > 1 else None
    return None


def _corners(points: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    (x0, y0), (x1, y1) = points[0], points[-1]
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
