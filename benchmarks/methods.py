"""Seconds of every method of the workshop at three sizes, in one process, the best of some runs.

Random art is made with the default parameters. A quilt grows from a sample of 192 pixels; neural texture, imagined
faces and training take the time that they are given and are not here. Repair fills a stroke of a twentieth of the
picture. Cut-out and PatchMatch work on a smaller copy of a large picture, and restoration on at most 3 million pixels.
Remix and Enlarge count by what comes out.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

from genimg.core.steps import Step

SIZES = (512, 1024, 2048)
_LONG = 20.0  # seconds; a method that took longer is not tried at the next size
# Where the method is for smaller pictures than the largest size.
_LIMITS = {"repair: biharmonic": 1024} | {f"remix: {mode}": 1024 for mode in ("vary", "reshape", "layout")}


@dataclass(frozen=True)
class Timing:
    """Seconds of one method, by the longer side of the picture; None where it was not tried."""

    what: str
    seconds: dict[int, float | None]


def run(quick: bool) -> list[Timing]:
    """Measure every method."""
    return [_time(what, work, 1 if quick else 3) for what, work in _methods()]


def _time(what: str, work: Callable[[int], object], rounds: int) -> Timing:
    found: dict[int, float | None] = {}
    last = 0.0
    for size in SIZES:
        if last > _LONG or size > _LIMITS.get(what, SIZES[-1]):
            found[size] = None
            continue
        samples = []
        for _ in range(rounds if last < 3 else 1):
            began = time.perf_counter()
            work(size)
            samples.append(time.perf_counter() - began)
        found[size] = last = min(samples)
    return Timing(what, found)


def _methods() -> Iterator[tuple[str, Callable[[int], object]]]:
    from genimg.studio import art, compress, cutout, enlarge, examples, remix, repair, restore, texture, vae
    from genimg.studio.art_methods import METHODS

    cutout.prepare().join()
    photo = examples.photo("Astronaut")
    cached: dict[int, Image.Image] = {}

    def large(size: int) -> Image.Image:
        return cached.setdefault(size, photo.resize((size, size), Image.Resampling.LANCZOS))

    for name in METHODS:
        seeds = iter(range(10_000))  # no picture is remembered from the run before
        yield f"art: {name}", lambda size, name=name, seeds=seeds: art.make(name, seed=next(seeds), width=size)
    gravel = texture.examples()["Gravel"]
    for tile in (False, True):
        words = "texture: quilt" + (", tileable" if tile else "")
        yield words, lambda size, tile=tile: list(texture.quilt(gravel, width=size, height=size, tile=tile))
    strokes = cutout.EXAMPLES["Astronaut"]
    yield "cut-out: a stroke", lambda size: cutout.cut(large(size), strokes)
    made = cutout.cut(photo, strokes)
    yield "cut-out: full size", lambda size: cutout.full(large(size), made)
    hole = [{"kind": "damage", "width": 0.2, "points": [[0.3, 0.7], [0.34, 0.74]]}]
    for method in repair.METHODS:
        yield f"repair: {method}", lambda size, method=method: repair.fill(large(size), hole, method=method)
    yield "repair: find scratches", lambda size: repair.propose(large(size))
    for method in restore.METHODS:
        yield f"restore: {method}", lambda size, method=method: restore.restore(large(size), method=method)
    for mode in ("vary", "reshape"):
        yield f"remix: {mode}", lambda size, mode=mode: _last(remix.remix(photo, mode=mode, size=size))
    layout = remix.examples()["Rocket"]
    yield "remix: layout", lambda size: _last(remix.remix(photo, mode="layout", layout=layout, size=size))
    for kind, factor in (("drawing", 4), ("photo", 2), ("photo", 4)):
        yield (
            f"enlarge: {kind}, × {factor}",
            lambda size, kind=kind, factor=factor: _last(
                enlarge.magnify(large(size // factor), times=factor, kind=kind)
            ),
        )
    face = vae.examples(64)[0]
    yield "compress, decompress (64 px)", lambda size: compress.decompress(compress.compress(face, rate=0.5).file)


def _last(steps: Iterator[Step]) -> Step:
    return deque(steps, 1).pop()


def table(timings: list[Timing]) -> str:
    """Return the timings in Markdown."""
    lines = ["| method | " + " | ".join(f"{size} px" for size in SIZES) + " |", "| --- |" + " --- |" * len(SIZES)]
    for one in timings:
        cells = ("" if s is None else f"{s * 1000:.0f} ms" if s < 1 else f"{s:.1f} s" for s in one.seconds.values())
        lines.append(f"| {one.what} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])
