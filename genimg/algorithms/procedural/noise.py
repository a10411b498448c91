"""Gradient noise (Perlin 1985, "An image synthesizer"; 2002, "Improving noise") and its sum over octaves.

Departures: unit gradients of any angle in place of Perlin's few, so no direction is preferred; a lattice may close to a
torus; and octaves finer than two pixels fade out, where they would only be grain that another size does not have.
"""

import numpy as np

from genimg.algorithms.procedural.canvas import Array, Canvas

_ADDRESSES = 4096  # of the hash: lattices repeat after so many cells
_ROWS = 32  # computed at a time off the grid, so that what is at work stays in the processor's cache
_SAMPLES = 96  # a side, from which the range of a noise is taken: the same at any size of the picture


def gradients(random: np.random.Generator, columns: int, rows: int) -> Array:
    """Return unit vectors ``(rows, columns)`` as complex numbers; a larger lattice begins with the smaller one's."""
    order = random.permutation(_ADDRESSES)
    angles = 2j * np.pi * random.random(_ADDRESSES)
    address = order[(order[np.arange(rows) % _ADDRESSES][:, None] + np.arange(columns)) % _ADDRESSES]
    return np.exp(angles).astype(np.complex64)[address]


def on_grid(lattice: Array, u: Array, v: Array) -> Array:
    """Return a lattice's noise, about +-0.7, at all pairs of `u` ``(W,)`` and `v` ``(H,)`` in cells: ``(H, W)``."""
    rows, columns = lattice.shape
    i, j = np.floor(u).astype(int), np.floor(v).astype(int)
    du, dv = (u - i).astype(np.float32), (v - j).astype(np.float32)[:, None]
    fade = _fade(du)
    left, right = lattice[:, i % columns], lattice[:, (i + 1) % columns]
    # For every row of the lattice, along the picture's row: the part without and the part with the height in a cell.
    flat = left.real * (du * (1 - fade)) + right.real * ((du - 1) * fade)
    lean = left.imag * (1 - fade) + right.imag * fade
    top, bottom = j % rows, (j + 1) % rows
    upper = flat[top] + lean[top] * dv
    return upper + _fade(dv) * (flat[bottom] + lean[bottom] * (dv - 1) - upper)


def at_points(lattice: Array, u: Array, v: Array) -> Array:
    """Return the noise of a lattice at points ``(..., )``, in cells."""
    rows, columns = lattice.shape
    i, j = np.floor(u), np.floor(v)
    du, dv = (u - i).astype(np.float32), (v - j).astype(np.float32)
    left, top = i.astype(np.int32) % columns, j.astype(np.int32) % rows
    right, bottom = (left + 1) % columns, (top + 1) % rows
    top, bottom = top * columns, bottom * columns
    flat = lattice.ravel()

    def corner(where: Array, x: Array, y: Array) -> Array:
        found = flat[where]
        return found.real * x + found.imag * y

    fade = _fade(du)
    upper = corner(top + left, du, dv)
    upper += fade * (corner(top + right, du - 1, dv) - upper)
    lower = corner(bottom + left, du, dv - 1)
    lower += fade * (corner(bottom + right, du - 1, dv - 1) - lower)
    return upper + _fade(dv) * (lower - upper)


class Noise:
    """Noise of noise on a canvas: each octave half as large, and weaker.

    Args:
        canvas: gives the size, the chance, and whether to close the torus.
        cells: lattice cells a unit of the first octave, or those along x and along y.
        octaves: how many.
        gain: the strength of an octave against the one before.
    """

    def __init__(self, canvas: Canvas, cells: float | tuple[float, float], *, octaves: int = 5, gain: float = 0.5):
        self.canvas = canvas
        along_x, along_y = cells if isinstance(cells, tuple) else (cells, cells)
        random = canvas.random()
        self._octaves = []
        for octave in range(octaves):
            fx, fy = along_x * 2**octave, along_y * 2**octave
            if canvas.tile:  # whole cells
                columns = max(1, round(along_x * canvas.across)) * 2**octave
                rows = max(1, round(along_y * canvas.down)) * 2**octave
                fx, fy = columns / canvas.across, rows / canvas.down
            else:  # some more than are seen, for a place that is bent away over the border
                columns, rows = int(fx * canvas.across) + 4, int(fy * canvas.down) + 4
            visible = min(max(canvas.side / max(fx, fy) - 1, 0), 1)
            self._octaves.append((gradients(random, columns, rows), fx, fy, gain**octave, gain**octave * visible))
        self._low, self._high = self._range()

    def grid(self) -> Array:
        """Return the noise of every pixel, 0..1 over the picture."""
        return self._scaled(self.signed())

    def signed(self) -> Array:
        """Return the noise of every pixel about 0, as it is summed."""
        return self._sum(self.canvas.x[0], self.canvas.y[:, 0], faded=True)

    def at(self, x: Array, y: Array) -> Array:
        """Return the noise, 0..1, at places ``(H, W)`` in units, such as bent ones."""
        x, y = np.broadcast_arrays(x, y)
        total = np.empty(x.shape, np.float32)
        for top in range(0, len(x), _ROWS):
            rows = slice(top, top + _ROWS)
            total[rows] = sum(
                np.float32(weight) * at_points(lattice, x[rows] * np.float32(fx), y[rows] * np.float32(fy))
                for lattice, fx, fy, _, weight in self._octaves
                if weight
            )
        return self._scaled(total)

    def _sum(self, x: Array, y: Array, *, faded: bool) -> Array:
        total = np.zeros((len(y), len(x)), np.float32)
        for lattice, fx, fy, full, visible in self._octaves:
            if weight := visible if faded else full:
                total += np.float32(weight) * on_grid(lattice, x * np.float32(fx), y * np.float32(fy))
        return total

    def _range(self) -> tuple[float, float]:
        x, y = (np.arange(_SAMPLES, dtype=np.float32) / _SAMPLES for _ in range(2))
        total = self._sum(x * np.float32(self.canvas.across), y * np.float32(self.canvas.down), faded=False)
        return float(total.min()), float(total.max())

    def _scaled(self, total: Array) -> Array:
        return np.clip((total - self._low) / (self._high - self._low), 0, 1)


def _fade(t: Array) -> Array:
    """Return Perlin's quintic of 2002, whose second derivative is 0 at both ends."""
    return t * t * t * (t * (t * 6 - 15) + 10)
