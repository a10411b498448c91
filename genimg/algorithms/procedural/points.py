"""Which of many points is nearest: Voronoi diagrams, in the plane or on a torus."""

from dataclasses import dataclass

import numpy as np

from genimg.algorithms.procedural.canvas import Array, Canvas


@dataclass(frozen=True)
class Nearest:
    """For every pixel of a canvas, each ``(H, W)``.

    Attributes:
        number: of the nearest point.
        away: distance to it, in units.
        border: distance to the line between it and the second nearest, so the seams of a diagram are evenly wide.
    """

    number: Array
    away: Array
    border: Array


def nearest(canvas: Canvas, points: Array, reach: float) -> Nearest:
    """Return the Voronoi diagram of `points` ``(N, 2)``, in units.

    Args:
        canvas: to draw on.
        points: none of them further than `reach` from the pixels it can be first or second nearest to.
        reach: in units.
    """
    shape = (canvas.height, canvas.width)
    # Squared distances; what no point reaches is far from all of them.
    first, second = np.full(shape, 16, np.float32), np.full(shape, 25, np.float32)
    number, other = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    places: list[tuple[float, float]] = []  # of the points and of their repetitions
    numbers: list[int] = []
    for i, (px, py) in enumerate(points):
        for x, y in canvas.copies(px, py, reach):
            rows, columns = canvas.window(x - reach, y - reach, x + reach, y + reach)
            away = np.square(canvas.x[:, columns] - np.float32(x)) + np.square(canvas.y[rows] - np.float32(y))
            one, two, n1, n2 = first[rows, columns], second[rows, columns], number[rows, columns], other[rows, columns]
            closer, close = away < one, away < two
            mine = np.int32(len(places))
            np.copyto(two, np.where(closer, one, away), where=close)
            np.copyto(n2, np.where(closer, n1, mine), where=close)
            np.copyto(one, away, where=closer)
            np.copyto(n1, mine, where=closer)
            places.append((x, y))
            numbers.append(i)
    at = np.array(places, np.float32)
    apart = np.hypot(*(at[number] - at[other]).transpose(2, 0, 1)) + np.float32(1e-6)
    return Nearest(np.array(numbers)[number], np.sqrt(first), (second - first) / (2 * apart))


def jittered(canvas: Canvas, count: float, disorder: float) -> tuple[Array, float]:
    """Return one point a cell of a lattice, off its middle by chance, and the size of a cell in units.

    Free points would crowd in places. Around an open canvas there is one more ring of them.

    Args:
        canvas: to draw on.
        count: cells a unit.
        disorder: 0..1, how far a point may leave the middle of its cell.
    """
    columns, rows = canvas.cells(count)
    ring = 0 if canvas.tile else 1
    i, j = np.meshgrid(np.arange(-ring, columns + ring), np.arange(-ring, rows + ring))
    middles = np.stack([i, j], -1).reshape(-1, 2) + 0.5
    off = disorder * (canvas.random().random(middles.shape) - 0.5)
    cell = np.array([canvas.across / columns, canvas.down / rows])
    return (middles + off) * cell, float(cell.max())
