"""Optimising the pixels of a picture, coarse to fine, for as long as there is time.

Coarse to fine as in Gatys et al. 2017, "Controlling Perceptual Factors in Neural Style Transfer". Departure: a stage
hands on to the next only what it has *changed*, so the fine grain of where it began survives the coarse stages.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from genimg.core.images import resize
from genimg.core.plan import Plan
from genimg.core.steps import Step

AVERAGING = 0.9  # what is shown is a moving average of the iterates, free of their noise

Size = tuple[int, int]
Loss = Callable[[Tensor], dict[str, Tensor]]


def sizes(size: Sequence[int], *, coarsest: int, per_octave: int = 1) -> list[Size]:
    """Return sizes (height, width) from about `coarsest`, the longer side, up to `size`, evenly spaced.

    Args:
        size: height and width.
        coarsest: the longer side of the first.
        per_octave: how many stages double the side.
    """
    count = max(0, round(per_octave * math.log2(max(size) / coarsest)))
    return [scaled(size, 2 ** (-place / per_octave)) for place in range(count, -1, -1)]


def scaled(size: Sequence[int], factor: float) -> Size:
    """Return `size` times `factor`; deep features halve a picture three times, so 16 pixels stay."""
    return max(16, round(size[0] * factor)), max(16, round(size[1] * factor))


def optimize(
    start: Tensor,
    stages: Sequence[Size],
    loss_at: Callable[[Size], Loss],
    *,
    kept: Tensor,
    lr: float,
    warm: bool = False,
    seconds: float = math.inf,
    steps: int,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Step]:
    """Optimise a picture with Adam, size after size. Closing the iterator stops the work at the next step.

    Args:
        start: where to start, ``(1, 3, H, W)`` in [0, 1].
        stages: the sizes to work at, the last that of `start`.
        loss_at: makes, for a size, what returns ``loss``, to be differentiated, and other numbers of a picture.
        kept: what the changes are added to: `start`, or black where nothing of it is worth keeping.
        lr: the learning rate.
        warm: whether Adam goes on where it stood at the coarser size.
        seconds: the wall-clock time to spend at most. How many steps fit is planned from the time the steps take.
        steps: how many steps to take at most, over all sizes.
        clock: the seconds since some moment.

    Yields:
        A `Step` for each step, with the picture so far at full size, and what the loss returns, ``size`` (the longer
        side of this stage), ``seconds`` since the beginning and ``eta``.
    """
    began = clock()
    plan = Plan(stages, seconds, steps)
    picture, optimizer = start, None
    for stage, size in enumerate(plan.sizes):
        if not plan.enters(stage, clock() - began):
            break
        loss, small_kept = loss_at(size), resize(kept, size)
        iterate = resize(picture, size).clone().requires_grad_(True)
        optimizer = _adam(iterate, lr, optimizer if warm else None)
        average = torch.zeros_like(iterate, requires_grad=False)
        while plan.goes_on(stage, clock() - began):
            losses = loss(iterate)
            (iterate.grad,) = torch.autograd.grad(losses["loss"], [iterate])
            optimizer.step()
            plan.taken[stage] += 1
            with torch.no_grad():
                iterate.clamp_(0, 1)
                average.lerp_(iterate, 1 - AVERAGING)
                # The average begins at zero; dividing by the weights so far takes that out (as Adam does).
                mean = average / (1 - AVERAGING ** plan.taken[stage])
                picture = (kept + _enlarged(mean - small_kept, kept)).clamp(0, 1)
            elapsed = clock() - began
            metrics = {name: value.item() for name, value in losses.items()}
            metrics |= {"size": float(max(size)), "seconds": elapsed, "eta": plan.eta(stage, elapsed)}
            yield Step(sum(plan.taken), plan.total(stage, elapsed), picture, metrics)


def _adam(iterate: Tensor, lr: float, previous: torch.optim.Adam | None) -> torch.optim.Adam:
    """Return an optimiser that goes on where that of the coarser size stood; a fresh one would overshoot at first."""
    optimizer = torch.optim.Adam([iterate], lr=lr, betas=(0.9, 0.99))
    if previous is not None:
        (old,) = previous.state.values()
        size = iterate.shape[-2:]
        smaller = old["exp_avg"][0, 0].numel() / iterate[0, 0].numel()  # a pixel's gradient goes with 1 / pixels
        optimizer.state[iterate] = {
            "step": old["step"],
            "exp_avg": interpolate(old["exp_avg"], size, mode="bilinear") * smaller,
            "exp_avg_sq": interpolate(old["exp_avg_sq"], size, mode="bilinear") * smaller**2,
        }
    return optimizer


def _enlarged(change: Tensor, like: Tensor) -> Tensor:
    if change.shape == like.shape:
        return change
    return interpolate(change, like.shape[-2:], mode="bicubic", align_corners=False)
