"""The seconds until a picture has half the style loss of the instant one, at 512 pixels.

Ours starts from the instant picture, which counts, and goes coarse to fine in 30 steps. Beside it stands the textbook's
way (Gatys et al. 2016): the photo itself is optimised at full size, by Adam, which was faster here than L-BFGS. Loss,
features, learning rate and precision are the same. Ours is judged by the picture that it shows, a moving average, at
full size; the judging is not timed.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from benchmarks.measure import Row, interleave

SIZE = 512
STEPS = 30
PART = 0.5  # of the instant picture's style loss
PATIENCE = 400  # steps of the textbook's way


def run(quick: bool) -> list[Row]:
    """Return the line of the table."""
    size = 256 if quick else SIZE
    pair = interleave(partial(_ours, size), partial(_textbook, size), 1 if quick else 3, {"OMP_WAIT_POLICY": "PASSIVE"})
    return [Row(f"refined to half the style loss, {size} px", *pair)]


@contextmanager
def _ours(size: int) -> Iterator[Callable[[], float]]:
    from genimg.algorithms import style_transfer

    task = _Task(size)

    def sample() -> float:
        began = time.perf_counter()
        start = task.instant()
        spent = time.perf_counter() - began
        steps = style_transfer.refine(task.features, task.photo, task.painting, start, steps=STEPS)
        while True:
            began = time.perf_counter()
            step = next(steps, None)
            spent += time.perf_counter() - began
            if step is None:
                raise RuntimeError(f"{STEPS} steps do not reach a style loss of {task.level:.3f}")
            if task.style_loss(step.image) <= task.level:
                return spent

    yield sample


@contextmanager
def _textbook(size: int) -> Iterator[Callable[[], float]]:
    import torch

    from genimg.algorithms.style_transfer import LEARNING_RATE

    task = _Task(size)

    def sample() -> float:
        began = time.perf_counter()
        picture = task.photo.clone().requires_grad_()
        optimizer = torch.optim.Adam([picture], lr=LEARNING_RATE)
        for _ in range(PATIENCE):
            optimizer.zero_grad()
            losses = task.objective(picture)
            if losses["style"].item() <= task.level:
                return time.perf_counter() - began
            losses["loss"].backward()
            optimizer.step()
            with torch.no_grad():
                picture.clamp_(0, 1)
        raise RuntimeError(f"{PATIENCE} steps do not reach a style loss of {task.level:.3f}")

    yield sample


class _Task:
    """Photo, painting, the features that look, and the loss to reach."""

    def __init__(self, size: int) -> None:
        from genimg import checkpoints
        from genimg.algorithms.style_transfer import _Objective
        from genimg.core.images import shrink, to_tensor
        from genimg.core.runtime import device
        from genimg.studio import examples

        self.features: Any = checkpoints.load("vgg16-features")
        self.painter: Any = checkpoints.load("arbitrary-style")
        self.photo = to_tensor(shrink(examples.photo("Coffee"), size)).to(device())
        self.painting = to_tensor(examples.style("Stained glass").resize((size, size))).to(device())
        self.objective = _Objective(
            self.features, self.photo, [[(self.painting, 1.0)]], style_weight=1.0, content_weight=1.0, smoothness=1.0
        )
        self.level = PART * self.style_loss(self.instant())

    def instant(self) -> Any:
        """Paint in one pass."""
        from genimg.algorithms.style_transfer import stylize

        return stylize(self.painter, self.photo, self.painting).clone()

    def style_loss(self, picture: Any) -> float:
        """Return it in units of the photo's own style."""
        import torch

        with torch.no_grad():
            return self.objective(picture)["style"].item()
