"""Find latents whose pictures agree with what is known of a picture, and so imagine what is not.

Papers: Yeh et al. 2017, "Semantic Image Inpainting with Deep Generative Models" (agree with the known pixels, stay
probable); Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN" (noise on the latents that dies
down, so that the search does not stop at the first hollow). Departures: several searches run side by side from
different starts and give different answers; and colours are compared at several sizes, not pixel by pixel alone.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from genimg.core.steps import Step

RATE = 0.1
NOISE = 0.3  # of the latents at first, in standard deviations
_SIZES = 3  # how many times a picture is halved while it is compared


@dataclass(frozen=True, kw_only=True)
class Guess(Step):
    """A `Step` of a search, with its best latents so far, ``(N, D)``, those first that agree best."""

    latents: Tensor


def nearest(decode: Callable[[Tensor], Tensor], latents: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """Return latents ``(N, D)``, those first whose pictures agree best with the known part of `target`."""
    with torch.inference_mode():
        errors = torch.cat([difference(decode(some), target, known) for some in latents.split(64)])
    return latents[errors.argsort()].clone()


def project(
    decode: Callable[[Tensor], Tensor],
    target: Tensor,
    known: Tensor,
    start: Tensor,
    *,
    energy: Callable[[Tensor], Tensor] | None = None,
    weight: float = 1e-3,
    steps: int = 150,
    seconds: float = math.inf,
    seed: int = 0,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Guess]:
    """Move latents until their pictures agree with the known part of `target`.

    Args:
        decode: turns latents ``(N, D)`` into pictures ``(N, C, H, W)`` in [0, 1]; any differentiable function.
        target: the picture ``(1, C, H, W)``.
        known: ``(1, 1, H, W)``, 1 where it counts and 0 where it is to be imagined.
        start: the latents ``(N, D)`` to start from, one search each.
        energy: minus the logarithm of how probable latents are, ``(N,)`` up to a constant; by default that of a
            standard normal.
        weight: what being probable is worth.
        steps: of Adam.
        seconds: wall-clock time to spend at most; the first step is always taken.
        seed: of the noise.
        clock: the seconds since some moment.

    Yields:
        A `Guess` for each step, with the pictures ``(N, C, H, W)`` of its latents, and ``loss`` (of the best),
        ``seconds`` and ``eta``.
    """
    began, random = clock(), torch.Generator("cpu").manual_seed(seed)
    energy = energy or _normal
    latents = start.detach().clone().requires_grad_(True)
    optimizer = torch.optim.Adam([latents], lr=RATE, betas=(0.9, 0.99))
    # Kept apart for each search, since the noise now and then makes one worse.
    best, losses = start.detach().clone(), torch.full((len(start),), math.inf)
    pictures = target.expand(len(start), -1, -1, -1).clone()
    for index in range(1, steps + 1):
        part = min(1.0, max(index / steps, (clock() - began) / seconds))  # noise and rate die down in time
        spread = NOISE * max(0.0, 1 - part / 0.6) ** 2
        noise = spread * torch.randn(latents.shape, generator=random).to(latents.device)
        shown = decode(latents + noise)
        error = difference(shown, target, known)
        loss = error + weight * energy(latents)
        (latents.grad,) = torch.autograd.grad(loss.sum(), [latents])
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1.0, index / 10, (1 - part) / 0.3 + 0.02)
        with torch.no_grad():
            found = error.detach().cpu()
            better = found < losses
            losses = torch.where(better, found, losses)
            best[better] = (latents + noise).detach()[better]
            pictures[better] = shown.detach()[better].to(pictures.dtype)
        optimizer.step()
        elapsed = clock() - began
        order = losses.argsort()
        last = elapsed * (index + 1) / index > seconds
        yield Guess(
            index, index if last else steps, pictures[order],
            {"loss": float(losses.min()), "seconds": elapsed, "eta": elapsed / index * (steps - index)},
            latents=best[order],
        )  # fmt: skip
        if last:
            return


def difference(pictures: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """Return how far pictures ``(N, C, H, W)`` are from the known part of `target`, ``(N,)``.

    The mean absolute difference of colours at full, half, quarter ... size: the small sizes lead far-off pictures the
    right way, and the full one makes the details agree.
    """
    total = pictures.new_zeros(len(pictures))
    gap, share = (pictures - target) * known, known
    for size in range(_SIZES + 1):
        if size:
            gap, share = avg_pool2d(gap, 2), avg_pool2d(share, 2)
        total = total + gap.abs().sum((1, 2, 3)) / (share.sum() * gap.shape[1] + 1e-8)
    return total / (_SIZES + 1)


def _normal(latents: Tensor) -> Tensor:
    return latents.square().sum(1) / 2
