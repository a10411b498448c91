"""Noise as a picture: squares, clouds, and what noise bends into marbled paper and wood."""

import numpy as np
from scipy.fft import irfft2
from torch import Tensor

from genimg.algorithms.procedural.canvas import Array, Canvas, Size, edge, mix, slope, tensor
from genimg.algorithms.procedural.noise import Noise
from genimg.algorithms.procedural.palettes import colors_of, darkest, ramp

_MODES = 256  # the finest waves of the Gaussian field, a unit


def uniform(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, cells: int = 24, drift: float = 0.0
) -> Tensor:
    """Draw squares, each of a colour by chance.

    Args:
        size: of the picture.
        seed: of its chance.
        palette: by name, or the method's own.
        tile: makes no difference to the squares: they always tile.
        cells: squares a unit.
        drift: 0..1, how much neighbours are alike.
    """
    canvas = Canvas(size, seed, tile=True)
    columns, rows = canvas.cells(cells)
    chance = canvas.random().random((rows, columns), np.float32)
    smooth = Noise(canvas, 2, octaves=3).at(
        (np.arange(columns, dtype=np.float32)[None] + 0.5) / columns * np.float32(canvas.across),
        (np.arange(rows, dtype=np.float32)[:, None] + 0.5) / rows * np.float32(canvas.down),
    )
    colors = colors_of(palette, "f6efdf f2cc8f e9a15b e07a5f b8475a 81b29a 3d7f8c 3d405b")
    value = np.clip((1 - drift) * chance + drift * smooth, 0, 0.9999)
    squares = colors[(value * len(colors)).astype(int)]
    i = (canvas.x[0] / canvas.across * columns).astype(int).clip(0, columns - 1)
    j = (canvas.y[:, 0] / canvas.down * rows).astype(int).clip(0, rows - 1)
    return tensor(squares[j][:, i])


def gaussian(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, smoothness: float = 2.6,
    contrast: float = 1.0, contours: int = 9,
) -> Tensor:  # fmt: skip
    """Draw a Gaussian random field: waves of all directions, each of normal strength; as a map with contours.

    Args:
        size: of the picture.
        seed: of its chance.
        palette: by name, or the method's own.
        tile: makes no difference: whole waves always tile.
        smoothness: 0..4, the power of the wavelength that the waves' energy grows with: 0 is white noise.
        contrast: of the heights.
        contours: lines of equal height; 0 for none.
    """
    canvas = Canvas(size, seed, tile=True)
    random = canvas.random()
    white = random.standard_normal((2 * _MODES, _MODES, 2), np.float32) @ np.array([1, 1j], np.complex64)
    ky = np.concatenate([np.arange(_MODES), np.arange(-_MODES, 0)])[:, None] / canvas.down
    kx = np.arange(_MODES)[None] / canvas.across
    k = np.hypot(kx, ky)
    power = np.maximum(k, 1.0) ** (-smoothness / 2 - 0.5 * min(smoothness, 1)) * (k > 0) * np.exp(-((k / 160) ** 4))
    waves = (white * power).astype(np.complex64)
    strength = np.sqrt(2 * float((power**2).sum()) * 2)
    spectrum = np.zeros((canvas.height, canvas.width // 2 + 1), np.complex64)
    m, n = min(_MODES, (canvas.height - 1) // 2), min(_MODES, (canvas.width - 1) // 2)  # no finer than pixels
    spectrum[:m, :n], spectrum[-m:, :n] = waves[:m, :n], waves[-m:, :n]
    height = irfft2(spectrum, (canvas.height, canvas.width), norm="forward") * (0.9 / strength)
    value = 0.5 + 0.5 * np.tanh(np.float32(contrast) * height.astype(np.float32))
    colors = colors_of(palette, "0d2c54 1b5e89 3fa7a0 bfe3b4 f5edc9 ecc47a cf8a4a 7c4a32")
    picture = ramp(value, colors)
    if contours:
        level = value * contours
        line = np.abs(level - np.round(level)) / slope(level)
        ink = (1 - edge(line, 0.0012 * canvas.side, 1)) * np.clip(0.5 / slope(level), 0, 1) * np.float32(0.4)
        picture = mix(picture, darkest(colors), ink)
    return tensor(picture)


def perlin(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, scale: float = 3.0, octaves: int = 6,
    roughness: float = 0.5, warp: float = 0.5,
) -> Tensor:  # fmt: skip
    """Draw fractal gradient noise (Perlin 1985) whose domain is bent by more of it: clouds, smoke, silk.

    Args:
        size: of the picture.
        seed: of its chance.
        palette: by name, or the method's own.
        tile: close the torus.
        scale: bumps a unit.
        octaves: how many times ever finer noise is added.
        roughness: the strength of each octave against the one before.
        warp: how far the noise is bent, in bumps.
    """
    canvas = Canvas(size, seed, tile=tile)
    noise = Noise(canvas, scale, octaves=octaves, gain=roughness)
    bend_x, bend_y = Noise(canvas, scale / 2, octaves=3), Noise(canvas, scale / 2, octaves=3)
    light = Noise(canvas, scale, octaves=3)
    if warp:
        far = np.float32(2.4 * warp / scale)
        dx, dy = bend_x.grid() - np.float32(0.5), bend_y.grid() - np.float32(0.5)
        value = noise.at(canvas.x + far * dx, canvas.y + far * dy)
    else:
        value = noise.grid()
    picture = ramp(value, colors_of(palette, "101a3a 24386b 4c5c96 9a7fa8 dd9a96 f6c79a fdeecb"))
    return tensor(picture * (0.88 + 0.2 * light.grid())[..., None])


def marble(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, bands: float = 5.0,
    turbulence: float = 1.0, comb: float = 1.0,
) -> Tensor:  # fmt: skip
    """Draw marbled paper: inks floated on water and combed (a sine of turbulence, Perlin 1985).

    Args:
        size: of the picture.
        seed: of its chance.
        palette: by name, or the method's own.
        tile: close the torus.
        bands: of all inks, a unit.
        turbulence: how far they are stirred.
        comb: how deep the comb goes.
    """
    canvas = Canvas(size, seed, tile=tile)
    fold, fine = (
        Noise(canvas, 2, octaves=5, gain=0.42).grid() - 0.5,
        Noise(canvas, 3, octaves=5, gain=0.45).grid() - 0.5,
    )
    teeth = np.sin(2 * np.pi * canvas.waves(7, 0) + np.float32(6 * turbulence) * fold)
    phase = canvas.waves(0, bands) + np.float32(0.035 * bands * comb) * teeth
    phase += np.float32(turbulence) * (np.float32(1.9) * fold + np.float32(0.8) * fine)
    colors = colors_of(palette, "10233f 1f4e79 b8433a f0e2c4 e0a458 f7f1e1 2a9d8f 14344f")
    picture = ramp(0.5 + 0.5 * np.sin(2 * np.pi * phase), colors)
    # A thin dark line in every band, where two inks meet.
    ink = np.abs(phase - np.round(phase)) / (slope(phase) * canvas.side)
    return tensor(mix(picture, darkest(colors), np.float32(0.5) * (1 - edge(ink, 0.0012, canvas.side))))


def wood(
    size: Size, seed: int, palette: str | None = None, *, tile: bool = False, rings: float = 11.0, wave: float = 1.0,
    knots: int = 2, grain: float = 0.6,
) -> Tensor:  # fmt: skip
    """Draw a board: year rings cut lengthwise, pushed aside by knots, with fibres and pores.

    Args:
        size: of the picture.
        seed: of its chance.
        palette: by name, or the method's own.
        tile: close the torus.
        rings: a unit.
        wave: how far the rings wander.
        knots: how many branches were cut.
        grain: 0..1, strength of the fibres.
    """
    canvas = Canvas(size, seed, tile=tile)
    random = canvas.random()
    bend = Noise(canvas, (2, 0.6 if not tile else 1), octaves=3, gain=0.4).grid() - 0.5
    ring = canvas.waves(rings, 0) + np.float32(0.55 * rings * wave) * bend
    knot = np.zeros_like(ring)
    for x, y, wide in random.random((knots, 3)):
        wide = 0.028 + 0.022 * wide
        for at_x, at_y in canvas.copies(x * canvas.across, y * canvas.down, 1.0):
            away = np.square((canvas.x - at_x) / wide) + np.square((canvas.y - at_y) / (3.2 * wide))
            ring += np.float32(0.045 * rings * wide / 0.04) * np.exp(-0.22 * away) * 4
            knot += np.exp(-0.9 * away)
    part = ring - np.floor(ring)
    steep = np.maximum(slope(ring), 1e-6)
    steep = np.minimum(steep, 0.5)  # across the jump of a ring the difference of neighbours is not its slope
    # Light early wood, slowly darker; then a sudden end, one pixel wide or a tenth of a ring.
    late = np.minimum(part**2.2, (1 - part) / np.maximum(0.07, steep)).clip(0, 1)
    fibre = Noise(canvas, (90, 3), octaves=3).grid()
    pore = edge(Noise(canvas, (130, 7), octaves=2).grid(), 0.74, 6.0)
    tone = 0.16 + 0.5 * late + 0.3 * (Noise(canvas, 2, octaves=2).grid() - 0.5) + 0.42 * np.clip(knot, 0, 1)
    tone += np.float32(grain) * (np.float32(0.5) * (fibre - 0.5) + np.float32(0.22) * pore)
    colors = colors_of(palette, "f1d7a8 e3b77a cf9554 b27440 8d5430 633722 3f2116")
    return tensor(ramp(_soft(tone), colors))


def _soft(value: Array) -> Array:
    """Keep values within 0..1 without a flat end."""
    return np.clip(value, 0, 1.15) / 1.15
