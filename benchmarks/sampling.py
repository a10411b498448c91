"""Processor time for a picture of each generator on one core, alone and as one of a batch of 16.

A flow is drawn in 4, 10 and 30 of Euler's steps, and its autoencoder alone as well; below stands what it takes to draw
a picture four times larger. It is the time that one thread computes, the best of some runs, so what else runs on the
machine counts little; with two cores to itself a picture takes less.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

BATCH = 16


@dataclass(frozen=True)
class Timing:
    """Seconds for a picture.

    Attributes:
        what: is drawn.
        alone: in a batch of one.
        batched: in a batch of `BATCH`; None where pictures are made one by one.
    """

    what: str
    alone: float
    batched: float | None


def run(quick: bool) -> list[Timing]:
    """Measure every generator."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rounds = 1 if quick else 5
        return [
            Timing(what, _best(make, 1, rounds), _best(make, BATCH, rounds) if batches else None)
            for what, make, batches in _makers()
        ]
    finally:
        torch.set_num_threads(threads)


def _best(make: Callable[[int], object], count: int, rounds: int) -> float:
    make(count)
    samples = []
    for _ in range(rounds):
        began = time.process_time()
        make(count)
        samples.append(time.process_time() - began)
    return min(samples) / count


def _makers() -> Iterator[tuple[str, Callable[[int], object], bool]]:
    import torch
    from PIL import Image

    from genimg.core import runtime
    from genimg.studio import generate, sampler, vae
    from genimg.studio.enlarge import enlarge
    from genimg.training.drawing import FlowGenerator

    for name in sampler.names(*generate.KINDS, *vae.KINDS):
        source = sampler.sampler(name, *generate.KINDS, *vae.KINDS)
        size = f"{source.model.image_size} px"

        def draw(count: int, source: sampler.Sampler = source, steps: int | None = None) -> object:
            return source.render(source.latents(0, count), source.conditions(0, count), steps=steps)

        if not isinstance(source.model, FlowGenerator):
            yield f"{name}, {size}", draw, True
            continue
        for steps in (4, 10, 30):
            yield f"{name}, {size}, {steps} steps", lambda count, steps=steps, draw=draw: draw(count, steps=steps), True
        coder = source.model.autoencoder

        def decode(count: int, coder: Any = coder) -> object:
            with torch.inference_mode():
                return coder.decode(torch.zeros(count, *coder.latent_shape, device=runtime.device()))

        yield f"its autoencoder alone, {size}", decode, True
    for side in (64, 128):
        yield (
            f"drawn larger, {side} to {4 * side} px",
            lambda _, side=side: enlarge([Image.new("RGB", (side, side))]),
            False,
        )


def table(timings: list[Timing]) -> str:
    """Return the timings in Markdown."""
    lines = [f"| a picture, one core | alone | in a batch of {BATCH} |", "| --- | --- | --- |"]
    for one in timings:
        batched = "" if one.batched is None else f"{one.batched * 1000:.1f} ms"
        lines.append(f"| {one.what} | {one.alone * 1000:.1f} ms | {batched} |")
    return "\n".join([*lines, ""])
