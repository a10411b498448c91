"""Pictures put together from pieces: panes, stones, boards of colour, and tiles."""

import numpy as np
from torch import Tensor

from genimg.algorithms.procedural.canvas import Array, Canvas, Size, edge, mix, tensor
from genimg.algorithms.procedural.noise import Noise
from genimg.algorithms.procedural.palettes import between, colors_of, darkest, lightest, ramp
from genimg.algorithms.procedural.points import jittered, nearest


def stained_glass(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, panes: int = 9, lead: float = 1.0,
    disorder: float = 0.85,
) -> Tensor:  # fmt: skip
    """Draw jewel-coloured panes of uneven glass in black lead: a Voronoi diagram (Worley 1996).

    Args:
        size: of the picture.
        seed: of its chance.
        palette: by name, or the method's own.
        tile: put the panes on a torus.
        panes: a unit.
        lead: width of the lead.
        disorder: 0..1, from squares to panes of all shapes.
    """
    canvas = Canvas(size, seed, tile=tile)
    points, cell = jittered(canvas, panes, disorder)
    near = nearest(canvas, points, 2.1 * cell)
    jewels = colors_of(palette, "12356b 1f6fb4 2f9fc4 b01e2e d9432f e8a317 f4d35e 1d7a4c 62a83c 6a2c70 f2ead3")
    glass = jewels[canvas.random().integers(len(jewels), size=len(points))][near.number]
    uneven = Noise(canvas, 6).grid()
    light = (0.7 + 0.55 * uneven) * (1.14 - 0.25 * near.away / cell)  # more comes through the middle of a pane
    border = near.border / cell
    light = light * (0.72 + 0.28 * np.clip(border / 0.16, 0, 1))
    glass = glass * light[..., None]
    wide = 0.045 * lead
    cover = 1 - edge(near.border, wide * cell, canvas.side)
    # The lead is round: lighter along its middle.
    came = 0.05 + 0.1 * np.clip(1 - border / max(wide, 1e-6), 0, 1) ** 2
    return tensor(mix(glass, came[..., None], cover))


def mosaic(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, stones: int = 34, grout: float = 1.0,
    disorder: float = 0.5,
) -> Tensor:  # fmt: skip
    """Lay small tesserae of stone and gold in arcs; in straight courses where the picture has to tile.

    Args:
        size: of the picture.
        seed: of its chance.
        palette: by name, or the method's own.
        tile: put the stones on a torus.
        stones: a unit.
        grout: width of the joints.
        disorder: 0..1, how carelessly they are laid.
    """
    canvas = Canvas(size, seed, tile=tile)
    random, plan = canvas.random(), Noise(canvas, 3, octaves=3)
    cell = 1 / stones
    points = _courses(canvas, stones) if tile else _arcs(canvas, random, cell)
    points = points + 0.28 * disorder * cell * random.standard_normal(points.shape).clip(-1.5, 1.5)
    near = nearest(canvas, points, 2.3 * cell)
    value = plan.at(*(points.astype(np.float32)[:, None, i] for i in range(2)))[:, 0]
    value = np.clip(value + 0.07 * random.standard_normal(len(points)), 0, 1)
    colors = colors_of(palette, "14284b 1d5c8a 3aa0a8 e9dcc0 d9a441 b5532a 5e1f1f")
    paint = ramp(value, colors) * (0.84 + 0.3 * random.random((len(points), 1)))
    tilt = random.uniform(-1, 1, (len(points), 2)).astype(np.float32)  # every stone catches the light differently
    at = points.astype(np.float32)[near.number]
    dx, dy = (canvas.x - at[..., 0]) / cell, (canvas.y - at[..., 1]) / cell
    if tile:  # towards a stone that is repeated over the border
        dx -= np.round(dx * cell / canvas.across) * canvas.across / cell
        dy -= np.round(dy * cell / canvas.down) * canvas.down / cell
    lit = 1 + np.float32(0.16) * (tilt[near.number, 0] * dx + tilt[near.number, 1] * dy)
    round_off = 0.78 + 0.22 * np.clip((near.border / cell) / 0.2, 0, 1)
    joint = 1 - edge(near.border, 0.055 * grout * cell, canvas.side)
    stone = paint[near.number].astype(np.float32) * (lit * round_off)[..., None]
    return tensor(mix(stone, darkest(colors) * 0.35 + 0.18, joint))


def _arcs(canvas: Canvas, random: np.random.Generator, cell: float) -> Array:
    """Return stones on circles about a middle, as far as the corners."""
    cx, cy = canvas.across * (0.35 + 0.3 * random.random()), canvas.down * (0.35 + 0.3 * random.random())
    points = [(cx, cy)]
    for ring in range(1, int(np.hypot(canvas.across, canvas.down) / cell) + 2):
        count = max(3, round(2 * np.pi * ring))
        angles = random.random() * 2 * np.pi + np.arange(count) * 2 * np.pi / count
        points += zip(cx + ring * cell * np.cos(angles), cy + ring * cell * np.sin(angles), strict=True)
    found = np.array(points)
    seen = (np.abs(found[:, 0] - canvas.across / 2) < canvas.across / 2 + 2 * cell) & (
        np.abs(found[:, 1] - canvas.down / 2) < canvas.down / 2 + 2 * cell
    )
    return found[seen]


def _courses(canvas: Canvas, stones: int) -> Array:
    """Return stones in rows, every second one shifted by half a stone."""
    columns, rows = canvas.cells(stones)
    rows += rows % 2
    j, i = np.divmod(np.arange(columns * rows), columns)
    return np.stack([(i + 0.25 + 0.5 * (j % 2)) * canvas.across / columns, (j + 0.5) * canvas.down / rows], -1)


def grid(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, boxes: int = 21, bars: float = 1.0,
    calm: float = 0.55,
) -> Tensor:  # fmt: skip
    """Draw rectangles of colour and white between black bars, after Mondrian.

    Args:
        size: of the picture.
        seed: of its chance.
        palette: by name, or the method's own.
        tile: half a bar stands at every edge, so it always tiles, but for the grain of the canvas.
        boxes: how many.
        bars: width of the bars.
        calm: 0..1, the share of boxes that stay white.
    """
    canvas = Canvas(size, seed, tile=tile)
    random = canvas.random()
    plan = [(0.0, 0.0, canvas.across, canvas.down)]
    for _ in range(boxes - 1):
        area = [(right - left) * (bottom - top) for left, top, right, bottom in plan]
        # Mostly the largest is cut, sometimes the next: all of one size would be a chessboard.
        left, top, right, bottom = plan.pop(int(np.argsort(area)[-1 - int(random.random() < 0.3 and len(plan) > 1)]))
        cut = 0.28 + 0.44 * random.random()
        if right - left > (bottom - top) * (0.8 + 0.4 * random.random()):
            middle = left + cut * (right - left)
            plan += [(left, top, middle, bottom), (middle, top, right, bottom)]
        else:
            middle = top + cut * (bottom - top)
            plan += [(left, top, right, middle), (left, middle, right, bottom)]
    colors = colors_of(palette, "f4f1e6 c8202b 1b4aa0 f2c418 e6e2d4 16181c")
    paints, white, black = between(colors), lightest(colors), darkest(colors)
    quiet = random.permutation(len(plan)) < round(calm * len(plan))
    picture = canvas.empty(black)
    for number, (left, top, right, bottom) in enumerate(plan):
        rows, columns = canvas.window(left, top, right, bottom)
        x, y = canvas.x[:, columns], canvas.y[rows]
        within = np.minimum(np.minimum(x - left, right - x), np.minimum(y - top, bottom - y))
        color = white if quiet[number] else paints[random.integers(len(paints))]
        cover = edge(within, 0.009 * bars, canvas.side)
        picture[rows, columns] = mix(np.broadcast_to(black * 0.9, (*cover.shape, 3)), color, cover)
    weave = 0.975 + 0.05 * Noise(canvas, 110, octaves=2).grid() * (0.6 + 0.4 * Noise(canvas, 4).grid())
    return tensor(picture * weave[..., None])


def truchet(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, tiles: int = 8, strands: int = 3,
    width: float = 0.7,
) -> Tensor:  # fmt: skip
    """Draw quarter circles on square tiles, turned by chance (Smith 1987, "The tiling patterns of Sebastien Truchet").

    The strands that join over the tiles are followed, and each gets one colour from its beginning to its end.

    Args:
        size: of the picture.
        seed: of its chance.
        palette: by name, or the method's own.
        tile: join the strands over the borders too.
        tiles: a unit.
        strands: parallel lines in a band.
        width: 0..1, of a line against its place.
    """
    canvas = Canvas(size, seed, tile=tile)
    columns, rows = canvas.cells(tiles)
    turned = canvas.random().random((rows, columns)) < 0.5
    colors = colors_of(palette, "f5ecd7 e9b44c e4572e c5283d 2a9d8f 2e6f95 1d2f4f")
    dark = darkest(colors)
    paints = np.array([c for c in colors if (c != dark).any()])
    band = _bands(turned, closed=tile)  # (rows, columns, 2)
    paint = paints[canvas.random().integers(len(paints), size=band.max() + 1)][band]
    cell_x, cell_y = canvas.across / columns, canvas.down / rows
    j = np.minimum((canvas.y / cell_y).astype(int), rows - 1)
    i = np.minimum((canvas.x / cell_x).astype(int), columns - 1)
    u, v = (canvas.x / np.float32(cell_x) - i), (canvas.y / np.float32(cell_y) - j)
    u = np.where(turned[j, i], 1 - u, u)  # then the arcs stand about the corners (0, 0) and (1, 1)
    v = np.broadcast_to(v, u.shape)
    near, far = np.hypot(u, v), np.hypot(1 - u, 1 - v)
    first = near < far
    off = np.abs(np.minimum(near, far) - np.float32(0.5))
    pixels = canvas.side * min(cell_x, cell_y)
    # A band is 0.6 of a tile wide, so that two of them leave some ground at the corners of a tile.
    place = (np.minimum(near, far) - np.float32(0.5)) / np.float32(0.6) * strands + strands / 2
    line = np.abs(place - np.floor(place) - 0.5)
    cover = (1 - edge(line, 0.5 * width, pixels * 0.6 / strands)) * (1 - edge(off, 0.3, pixels))
    color = np.where(first[..., None], paint[j, i, 0], paint[j, i, 1])
    shade = 1 - 0.35 * np.clip(line / max(0.5 * width, 1e-3), 0, 1) ** 3  # lines are round
    return tensor(mix(canvas.empty(dark), color * shade[..., None].astype(np.float32), cover))


def _bands(turned: Array, *, closed: bool) -> Array:
    """Return the numbers of the strands, ``(rows, columns, 2)``, for the arc at the first and at the other corner.

    An arc joins two sides of a tile: top and left, right and bottom; in a turned tile top and right, left and bottom.
    """
    rows, columns = turned.shape
    parent: dict[tuple[str, int, int], tuple[str, int, int]] = {}

    def root(side: tuple[str, int, int]) -> tuple[str, int, int]:
        while parent.setdefault(side, side) != side:
            side = parent[side]
        return side

    sides = {}
    for j in range(rows):
        for i in range(columns):
            below, right = ((j + 1) % rows, (i + 1) % columns) if closed else (j + 1, i + 1)
            top, bottom, left, beside = ("h", j, i), ("h", below, i), ("v", j, i), ("v", j, right)
            pairs = ((top, beside), (left, bottom)) if turned[j, i] else ((top, left), (beside, bottom))
            for arc, (one, other) in enumerate(pairs):
                parent[root(one)] = root(other)
                sides[j, i, arc] = one
    number: dict[tuple[str, int, int], int] = {}
    found = np.empty((rows, columns, 2), int)
    for place, side in sides.items():
        found[place] = number.setdefault(root(side), len(number))
    return found
