"""Ways between latents: straight, and along the sphere (White 2016, https://arxiv.org/abs/1609.04468)."""

import math

import torch
from torch import Tensor

from genimg.core.errors import UserError

METHODS = ("linear", "spherical")


def lerp(start: Tensor, end: Tensor, times: Tensor) -> Tensor:
    """Return ``(T, D)``: the straight way from `start` ``(D,)`` to `end` ``(D,)`` at `times` ``(T,)`` in [0, 1]."""
    return torch.lerp(start[None], end[None], times[:, None])


def slerp(start: Tensor, end: Tensor, times: Tensor) -> Tensor:
    """Return ``(T, D)``: the way along the arc between the two, which keeps a Gaussian latent's usual length.

    The lengths of the ends are interpolated too. Parallel, opposite or zero vectors have no one arc: straight, then.
    """
    lengths = start.norm(), end.norm()
    cosine = (start @ end / (lengths[0] * lengths[1]).clamp_min(1e-12)).clamp(-1, 1)
    angle = torch.arccos(cosine)
    if angle.sin() < 1e-4 or min(lengths) < 1e-6:
        return lerp(start, end, times)
    times = times[:, None]
    arc = (((1 - times) * angle).sin() * start / lengths[0] + (times * angle).sin() * end / lengths[1]) / angle.sin()
    there = arc * torch.lerp(*lengths, times)
    return torch.where(times == 0, start, torch.where(times == 1, end, there))  # the ends to the last bit


def interpolate(start: Tensor, end: Tensor, frames: int, method: str = "linear") -> Tensor:
    """Return ``(frames, D)`` latents from `start` to `end`, both included, evenly spaced.

    Raises:
        UserError: for an unknown method.
    """
    _check(method)
    times = torch.linspace(0, 1, frames).to(start)
    return (lerp if method == "linear" else slerp)(start, end, times)


def keyframes(points: Tensor, between: int, method: str = "linear", *, loop: bool = False) -> Tensor:
    """Return the way through all of `points` ``(K, D)``, in order, as latents ``(T, D)``.

    The way slows down at each point, so that one can look at it.

    Args:
        points: two or more latents.
        between: frames between two neighbouring points, 0 or more.
        method: one of `METHODS`.
        loop: whether it returns to the first point; that point itself does not come again at the end.

    Returns:
        ``K * (between + 1)`` latents of a loop; ``(K - 1) * (between + 1) + 1`` otherwise.

    Raises:
        UserError: for an unknown method.
    """
    _check(method)
    times = (1 - (torch.arange(between + 1) * (math.pi / (between + 1))).cos()).to(points) / 2
    ends = points.roll(-1, 0) if loop else points[1:]
    way = lerp if method == "linear" else slerp
    legs = [way(start, end, times) for start, end in zip(points, ends, strict=False)]
    return torch.cat(legs if loop else [*legs, points[-1:]])


def _check(method: str) -> None:
    if method not in METHODS:
        raise UserError(f"The way must be one of {', '.join(METHODS)}; got {method!r}.")
