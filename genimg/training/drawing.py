"""A trained flow together with the autoencoder whose latents it was trained on: a generator like any other."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path

import torch
from torch import Tensor, nn

from genimg import checkpoints
from genimg.algorithms.flow import METHODS, along, follow, guided
from genimg.core.errors import UserError, choice, integer, number
from genimg.models.autoencoder import Autoencoder
from genimg.models.flow import Flow
from genimg.nn.generator import Generator

MIN_STEPS, MAX_STEPS = 4, 30
MAX_GUIDANCE = 4.0


@dataclass(frozen=True)
class Course:
    """How a flow is followed from noise to a picture.

    Attributes:
        steps: with 30 the faces of avatars-flow are the same as with 10 but for 1.6 of 255 on average.
        guidance: 1 is the conditional field itself; more obeys better, and asks the network twice for each step. With
            2, avatars-flow draws 95.8% of what it is asked for, with 1 94.2%; 3 burnt colours in.
        solver: one of `genimg.algorithms.flow.METHODS`.
    """

    steps: int = 10
    guidance: float = 2.0
    solver: str = "euler"

    @property
    def calls(self) -> int:
        """How often the network is asked for a picture."""
        return (self.steps if self.solver == "euler" else 2 * self.steps - 1) * (1 if self.guidance == 1 else 2)


class FlowGenerator(Generator):
    """Noise to pictures along a flow.

    Args:
        flow: the velocity field.
        autoencoder: what turns its latents into pictures.
        course: taken where no other is asked for.
    """

    def __init__(self, flow: Flow, autoencoder: Autoencoder, course: Course = Course()) -> None:
        super().__init__()
        self.flow, self.autoencoder, self.course = flow, autoencoder, course
        self.image_size, self.channels = autoencoder.image_size, autoencoder.channels
        self.latent_dim, self.num_classes = prod(flow.latent_shape), flow.num_classes

    def decode(self, latents: Tensor, conditions: Tensor | None = None, course: Course | None = None) -> Tensor:
        """Turn noise ``(N, latent_dim)`` into pictures; an attribute whose conditions are all 0 is left open."""
        *_, end = self.places(latents, conditions, course)
        return self.autoencoder.decode(end)

    def way(
        self, noise: Tensor, times: Tensor, conditions: Tensor | None = None, course: Course | None = None
    ) -> Tensor:
        """Return what a noise ``(1, latent_dim)`` looks like at some times ``(T,)`` of its way, ``(T, C, H, W)``.

        The autoencoder draws what is still noise as dabs of paint, and the face comes out of them. Where the field
        expects to arrive is a soft face from the first moment on: it was looked at, and tells less.
        """
        return self.autoencoder.decode(along(torch.cat(list(self.places(noise, conditions, course))), times))

    def places(
        self, latents: Tensor, conditions: Tensor | None = None, course: Course | None = None
    ) -> Iterator[Tensor]:
        """Yield the noise ``(N, *latent_shape)``, then where it is after each step."""
        course = course or self.course
        told = latents.new_zeros(len(latents), sum(self.num_classes)) if conditions is None else conditions

        noise = latents.view(-1, *self.flow.latent_shape)
        yield noise
        field = guided(self.flow, told, torch.zeros_like(told), course.guidance)
        yield from follow(field, noise, steps=course.steps, method=course.solver)

    def early(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Return the noise itself: a flow has no layer between it and the picture that would be the same for all."""
        return latents


def course(
    name: str | Path, model: nn.Module, steps: object = None, guidance: object = None, solver: object = None
) -> Course | None:
    """Return how a flow is to be followed, its own way where nothing is said; None for a model that draws at once.

    Args:
        name: of the checkpoint.
        model: what `open_generator` returned.
        steps: 4 to 30.
        guidance: 1 to 4. 1 is what the network says of such pictures; more obeys better and varies less.
        solver: euler, or heun, which asks the network twice for each step.

    Raises:
        UserError: for a value out of range, or any value at all for a model that draws at once.
    """
    if not isinstance(model, FlowGenerator):
        if any(one is not None for one in (steps, guidance, solver)):
            raise UserError(f"{name} draws at once: it takes no steps, guidance or solver.")
        return None
    own = model.course
    return Course(
        own.steps if steps is None else integer("Steps", steps, MIN_STEPS, MAX_STEPS),
        own.guidance if guidance is None else number("Guidance", guidance, 1.0, MAX_GUIDANCE),
        own.solver if solver is None else choice("The solver", solver, METHODS),
    )


def open_generator(name: str | Path) -> nn.Module:
    """Return what draws the pictures of a checkpoint: the network itself, or a flow with its autoencoder.

    Raises:
        UserError: if there is no such checkpoint, or its autoencoder is missing.
    """
    model = checkpoints.load(name)
    if not isinstance(model, Flow):
        return model
    autoencoder = checkpoints.load(model.autoencoder)
    if not isinstance(autoencoder, Autoencoder) or autoencoder.latent_shape != model.latent_shape:
        raise UserError(f"{name} draws in the latents of {model.autoencoder}, which is no autoencoder that fits.")
    return _joined(model, autoencoder)


@lru_cache(maxsize=4)
def _joined(flow: Flow, autoencoder: Autoencoder) -> FlowGenerator:
    return FlowGenerator(flow, autoencoder)
