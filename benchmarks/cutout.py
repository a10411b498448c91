"""A cut-out of a photo of 768 pixels beside the textbook's way.

Ours is what the Cut-out tab does at each stroke: GrabCut on a small copy, a matte in a band along its border, the
foreground's colours. Beside it stand the same libraries used as their manuals do: OpenCV's GrabCut at the full size, a
band around it, and pymatting's `estimate_alpha_cf` and `estimate_foreground_ml` with their defaults.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image

from benchmarks.measure import Row, interleave
from genimg.studio import examples

SIDE = 768
BAND = 15  # pixels


def run(quick: bool) -> list[Row]:
    """Return the line of the table."""
    return [Row(f"cut-out, {SIDE} px", *interleave(_ours, _textbook, 2 if quick else 8))]


@contextmanager
def _ours() -> Iterator[Callable[[], float]]:
    from genimg.studio import cutout

    photo, strokes = _photo(), cutout.EXAMPLES["Astronaut"]
    yield _timed(lambda: cutout.cut(photo, strokes, softness=BAND / SIDE))


@contextmanager
def _textbook() -> Iterator[Callable[[], float]]:
    import cv2
    from pymatting import estimate_alpha_cf, estimate_foreground_ml

    from genimg.studio import cutout, strokes

    photo = np.asarray(_photo())
    lines = strokes.read(cutout.EXAMPLES["Astronaut"], cutout.KINDS)
    keep, remove = (strokes.mask(lines, kind, (SIDE, SIDE))[0, 0].numpy() > 0.5 for kind in ("keep", "remove"))

    def work() -> None:
        labels = np.full(photo.shape[:2], cv2.GC_PR_BGD, np.uint8)
        labels[keep], labels[remove] = cv2.GC_FGD, cv2.GC_BGD
        cv2.grabCut(photo, labels, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_MASK)
        inside = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (BAND, BAND))
        trimap = np.full(inside.shape, 0.5)
        trimap[cv2.erode(inside, disc) > 0], trimap[cv2.dilate(inside, disc) == 0] = 1, 0
        alpha = estimate_alpha_cf(photo / 255, trimap)
        estimate_foreground_ml(photo / 255, alpha)

    yield _timed(work)


def _photo() -> Image.Image:
    return examples.photo("Astronaut").resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    def sample() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    sample()
    return sample
