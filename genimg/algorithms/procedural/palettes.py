"""Colours: a dozen palettes from light to dark, and how numbers become colours."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Chosen by eye: each goes from light to dark, so that a ramp of any of them keeps the shapes of a picture.
PALETTES = {
    "Porcelain": "f8f5ee d7e1e8 a3bcd3 628ab8 30578e 142a54",
    "Sunset": "fff2d6 ffd391 ff9d6e e65a70 9d3374 4d1f61 1f1238",
    "Ember": "fff4cd ffd36b f8a040 e55b30 a82d2a 5a1624 1d0a12",
    "Forest": "f3f1de cbdaa9 93b877 528d59 28654d 123d39",
    "Lagoon": "f2fbf4 c2ead7 73cdbd 32a2ac 1e6f90 15436f 0c1f40",
    "Terracotta": "fbf2e3 f1d5b5 e1a680 c57452 92483a 562a2c",
    "Orchid": "fdf3f6 f7d2de e29fc3 b96bae 7d4393 472a6e 1f1740",
    "Meadow": "fffbe2 fbe480 f5b945 93c25f 40926f 215d6e 16304a",
    "Ink": "faf8f2 dad6cc aaa69e 73706d 403f42 17171c",
    "Bauhaus": "f4efe1 f2c533 e35a30 c42e3d 2d69ab 183c6e 16181c",
    "Candy": "fff6f0 ffd6c8 ffa3b3 f274aa 9d6fd3 586cd7 2c3b8e",
    "Desert": "fbebd2 f1bd92 d9846e 985a73 574d76 2c3763 141b3a",
    "Blossom": "fcfaf1 f8d9dc f2abb8 bad18f 73b193 42838f 2c4c6e",
}


def colors_of(palette: str | None, own: str) -> Array:
    """Return the colours ``(K, 3)`` of a palette by name, or a method's `own` ones for None."""
    return parse(own if palette is None else PALETTES[palette])


def parse(words: str) -> Array:
    """Turn colours written as ``"0b1d51 f3c93f"`` into ``(K, 3)`` in [0, 1]."""
    return np.array([list(bytes.fromhex(word)) for word in words.split()], np.float32) / 255


def luminance(colors: Array) -> Array:
    """Return how light each of the ``(K, 3)`` colours looks."""
    return colors @ np.array([0.299, 0.587, 0.114], np.float32)


def lightest(colors: Array) -> Array:
    """Return the lightest of the colours, ``(3,)``: paper."""
    return colors[luminance(colors).argmax()]


def darkest(colors: Array) -> Array:
    """Return the darkest of the colours, ``(3,)``: ink."""
    return colors[luminance(colors).argmin()]


def between(colors: Array) -> Array:
    """Return the colours without the lightest and the darkest: paints."""
    order = luminance(colors).argsort()
    return colors[np.sort(order[1:-1])]


def ramp(values: Array, colors: Array) -> Array:
    """Map values 0..1 of any shape to colours ``(..., 3)``, evenly spaced and blended."""
    table = np.stack([np.interp(np.linspace(0, 1, 1024), np.linspace(0, 1, len(colors)), c) for c in colors.T], -1)
    return table.astype(np.float32)[np.clip(values * 1023 + 0.5, 0, 1023).astype(np.int16)]
