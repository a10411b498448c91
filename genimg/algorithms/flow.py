"""Rectified flow: straight paths from noise to data, and the ways of following a velocity field along them.

Papers: Liu, Gong, Liu 2022, "Flow Straight and Fast", https://arxiv.org/abs/2209.03003; Lipman et al. 2023, "Flow
Matching for Generative Modeling", https://arxiv.org/abs/2210.02747; Ho and Salimans 2022, "Classifier-Free Diffusion
Guidance", https://arxiv.org/abs/2207.12598; Esser et al. 2024, https://arxiv.org/abs/2403.03206 (logit-normal times).
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

METHODS = ("euler", "heun")
Field = Callable[[Tensor, Tensor], Tensor]  # places (N, ...) and times (N,) to velocities (N, ...)
Network = Callable[[Tensor, Tensor, Tensor], Tensor]  # the same with conditions (N, K)


def between(noise: Tensor, data: Tensor, times: Tensor) -> Tensor:
    """Return the places ``(N, ...)`` on the straight paths from `noise` at time 0 to `data` at time 1.

    Args:
        noise: ``(N, ...)``.
        data: of the same shape.
        times: ``(N,)`` in [0, 1].
    """
    return torch.lerp(noise, data, times.view(-1, *[1] * (data.ndim - 1)))


def velocity(noise: Tensor, data: Tensor) -> Tensor:
    """Return the velocity of the straight paths, the same at all times: what a flow network learns to predict."""
    return data - noise


def logit_normal(count: int, random: torch.Generator, *, mean: float = 0.0, spread: float = 1.0) -> Tensor:
    """Draw times ``(count,)`` in (0, 1) whose logits are normal: most in the middle, where the field is hardest."""
    return (mean + spread * torch.randn(count, generator=random)).sigmoid()


def guided(network: Network, told: Tensor, untold: Tensor, scale: float) -> Field:
    """Return the field that goes `scale` times as far from the unconditional one as the conditional one does.

    1 is the conditional field itself and asks for no other; larger values trade variety for obedience.

    Args:
        network: places, times and conditions to velocities.
        told: the conditions, ``(N, K)``.
        untold: conditions that say nothing, ``(N, K)``.
        scale: how far to go.
    """
    if scale == 1 or torch.equal(told, untold):
        return lambda places, times: network(places, times, told)
    both = torch.cat([told, untold])

    def field(places: Tensor, times: Tensor) -> Tensor:
        # Asked at once: a batch of two takes a small network hardly longer than one.
        conditional, unconditional = network(places.repeat(2, 1, 1, 1), times.repeat(2), both).chunk(2)
        return torch.lerp(unconditional, conditional, scale)

    return field


def follow(field: Field, noise: Tensor, *, steps: int = 16, method: str = "euler") -> Iterator[Tensor]:
    """Follow `field` from `noise` at time 0 to time 1 in equal steps; yield the place after each, ``(N, ...)``.

    Args:
        field: what to follow.
        noise: the start, ``(N, ...)``.
        steps: how many; each asks the field once, or twice with Heun's method, but for its last step.
        method: "euler", exact where the velocity is constant along the path; or "heun", of second order.
    """
    place, length = noise, 1 / steps
    for i in range(steps):
        time = torch.full((len(noise),), i * length, device=noise.device)
        first = field(place, time)
        ahead = place + length * first
        if method == "heun" and i + 1 < steps:
            ahead = place + length / 2 * (first + field(ahead, time + length))
        place = ahead
        yield place


def back(field: Field, data: Tensor, *, steps: int = 16, rounds: int = 4) -> Tensor:
    """Return the noise ``(N, ...)`` from which `follow` leads to `data` by Euler's steps.

    Each step back asks where a step forward came from, which is an equation ``before = after - length * field(before)``
    that a few rounds of substitution solve where the steps are short. It is the inversion of Song et al. 2021 (DDIM),
    https://arxiv.org/abs/2010.02502, made exact as in Pan et al. 2023, https://arxiv.org/abs/2309.04907.

    Args:
        field: what is followed.
        data: where it shall end, ``(N, ...)``.
        steps: how many.
        rounds: of substitution for each.
    """
    place, length = data, 1 / steps
    for i in reversed(range(steps)):
        time = torch.full((len(data),), i * length, device=data.device)
        before = place
        for _ in range(rounds):
            before = place - length * field(before, time)
        place = before
    return place


def along(places: Tensor, times: Tensor) -> Tensor:
    """Return where a way is at some times, ``(T, ...)``: between its places it is straight, as Euler's steps are.

    Args:
        places: the start and the place after each of S equal steps, ``(S + 1, ...)``.
        times: ``(T,)`` in [0, 1].
    """
    position = times * (len(places) - 1)
    before = position.floor().long().clamp(max=len(places) - 2)
    share = (position - before).view(-1, *[1] * (places.ndim - 1))
    return torch.lerp(places[before], places[before + 1], share.to(places))
