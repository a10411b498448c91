"""Two chemicals that feed on each other (Gray and Scott 1984; Pearson 1993, "Complex patterns in a simple system")."""

from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter, spline_filter
from torch import Tensor

from genimg.algorithms.procedural.canvas import Array, Canvas, Size, tensor
from genimg.algorithms.procedural.noise import Noise
from genimg.algorithms.procedural.palettes import colors_of, ramp

# Feed and kill rates along a path through Pearson's map on which something always lives: spots that divide, worms,
# a maze, coral, holes.
_PATH = np.array(
    [
        (0.030, 0.0620),
        (0.036, 0.0640),
        (0.046, 0.0630),
        (0.042, 0.0610),
        (0.037, 0.0600),
        (0.034, 0.0570),
        (0.039, 0.0580),
    ]
)
_DIFFUSION = (np.float32(0.5), np.float32(0.25))
_STEPS = 3000
_SPACING = 9.0  # cells between what grows, about


def step(u: Array, v: Array, feed: float, kill: float) -> None:
    """Move ``(h, w)`` concentrations on a torus by one unit of time, in place; both have a border of one cell.

    The border, which repeats the opposite side, is brought up to date first. The Laplacian is Pearson's five points,
    softened to nine so that rings grow round.
    """
    for field in (u, v):
        field[0], field[-1] = field[-2], field[1]
        field[:, 0], field[:, -1] = field[:, -2], field[:, 1]
    a, b = u[1:-1, 1:-1], v[1:-1, 1:-1]
    spread_u, spread_v = _laplacian(u), _laplacian(v)
    reaction = a * b
    reaction *= b
    spread_u *= _DIFFUSION[0]
    spread_u -= reaction
    spread_u += np.float32(feed) * (1 - a)
    spread_v *= _DIFFUSION[1]
    spread_v += reaction
    spread_v -= np.float32(feed + kill) * b
    a += spread_u
    b += spread_v


def _laplacian(field: Array) -> Array:
    """Return the Laplacian of a bordered field, as 0.2 of the four neighbours and 0.05 of the diagonal ones."""
    rows = field[:, :-2] + field[:, 2:]
    total = rows[:-2] + rows[2:]
    total *= np.float32(0.05)
    cross = field[:-2, 1:-1] + field[2:, 1:-1]
    cross += rows[1:-1]
    cross *= np.float32(0.2)
    total += cross
    total -= field[1:-1, 1:-1]
    return total


@lru_cache(maxsize=32)
def _grown(seed: int, pattern: float, columns: int, rows: int) -> Array:
    """Return the second chemical after `_STEPS`, ``(rows, columns)``; kept, as colours do not change it."""
    feed, kill = (float(np.interp(pattern * (len(_PATH) - 1), np.arange(len(_PATH)), _PATH[:, i])) for i in (0, 1))
    random = np.random.default_rng([seed, 71])
    u, v = np.ones((rows + 2, columns + 2), np.float32), np.zeros((rows + 2, columns + 2), np.float32)
    sown = gaussian_filter(random.standard_normal((rows, columns)), 2.2, mode="wrap").astype(np.float32)
    drops = sown > np.quantile(sown, 0.82)
    v[1:-1, 1:-1][drops] = 0.25
    u[1:-1, 1:-1][drops] = 0.5
    v[1:-1, 1:-1] += 0.02 * random.random((rows, columns), np.float32)
    for _ in range(_STEPS):
        step(u, v, feed, kill)
    found = v[1:-1, 1:-1].copy()
    found.flags.writeable = False
    return found


def reaction_diffusion(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, pattern: float = 0.5, detail: float = 14,
    fill: float = 0.5, relief: float = 1.0,
) -> Tensor:  # fmt: skip
    """Draw the Gray-Scott system, grown on a small torus, then enlarged smoothly and cut sharply.

    Args:
        size: of the picture.
        seed: of its chance.
        palette: by name, or the method's own.
        tile: makes no difference: it grows on a torus.
        pattern: 0..1, from spots by worms and mazes to coral and holes.
        detail: spots or stripes a unit, about.
        fill: 0..1, how much of the picture the pattern takes.
        relief: how much it stands out.
    """
    canvas = Canvas(size, seed, tile=True)
    columns, rows = (max(24, n) for n in canvas.cells(detail * _SPACING))
    grown = _grown(seed, round(pattern, 4), columns, rows)
    value = _enlarged(grown, canvas)
    low, high = (float(np.quantile(grown, q)) for q in (0.02, 0.98))
    height = np.clip((value - low) / max(high - low, 1e-4), 0, 1)
    dy, dx = (np.roll(height, -1, axis) - np.roll(height, 1, axis) for axis in (0, 1))
    steep = 0.5 * np.sqrt(dx * dx + dy * dy) + np.float32(1e-5)
    cut = 0.75 - 0.55 * fill
    inside = np.clip((height - cut) / np.maximum(steep, 0.002) + 0.5, 0, 1)
    light = np.float32(0.11 * relief * canvas.side / (2 * detail)) * -(dx + dy)
    # A drop of colour in the ground and another in the pattern, drifting over the picture.
    drift = 0.22 * (Noise(canvas, 2, octaves=2).grid() - 0.5)
    ground = np.clip(0.08 + 0.42 * (height / cut).clip(0, 1) ** 2 + drift, 0, 0.5)
    crest = np.clip(0.62 + 0.36 * ((height - cut) / (1 - cut)).clip(0, 1) + drift, 0.55, 1)
    colors = colors_of(palette, "102a43 17405f 1f6f8b 5fb3b3 f4e3c1 f6b26b e4572e")
    picture = ramp(ground + inside * (crest - ground), colors)
    rim = 1 - 0.3 * np.exp(-np.square((height - cut) / 0.1))
    return tensor(picture * (rim * (1 + np.clip(light, -0.35, 0.45) * (0.35 + 0.65 * inside)))[..., None])


def _enlarged(grown: Array, canvas: Canvas) -> Array:
    """Enlarge by cubic B-splines on the torus: smooth to the second derivative, so light on it shows no grid."""
    weights = spline_filter(grown, order=3, mode="grid-wrap", output=np.float32)
    for axis, size in enumerate((canvas.height, canvas.width)):
        weights = _spline(weights, size, axis)
    return weights


def _spline(weights: Array, size: int, axis: int) -> Array:
    count = weights.shape[axis]
    place = (np.arange(size) + 0.5) / size * count - 0.5
    first = np.floor(place).astype(int)
    t = (place - first).astype(np.float32)
    parts = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    shape = [1, 1]
    shape[axis] = size
    total = np.zeros((*weights.shape[:axis], size, *weights.shape[axis + 1 :]), np.float32)
    for offset, part in zip((-1, 0, 1, 2), parts, strict=True):
        total += np.take(weights, (first + offset) % count, axis) * (part / 6).reshape(shape)
    return total
