"""Ways between two latents: straight, and along the sphere (White 2016, https://arxiv.org/abs/1609.04468)."""

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
    return arc * torch.lerp(*lengths, times)


def interpolate(start: Tensor, end: Tensor, frames: int, method: str = "linear") -> Tensor:
    """Return ``(frames, D)`` latents from `start` to `end`, both included, evenly spaced.

    Raises:
        UserError: for an unknown method.
    """
    if method not in METHODS:
        raise UserError(f"The way must be one of {', '.join(METHODS)}; got {method!r}.")
    times = torch.linspace(0, 1, frames).to(start)
    return (lerp if method == "linear" else slerp)(start, end, times)
