"""A trained flow together with the autoencoder whose latents it was trained on: a generator like any other."""

from functools import lru_cache
from math import prod
from pathlib import Path

import torch
from torch import Tensor, nn

from genimg import checkpoints
from genimg.algorithms.flow import Field, follow, guided
from genimg.core.errors import UserError
from genimg.models.autoencoder import Autoencoder
from genimg.models.flow import Flow
from genimg.nn.generator import Generator

STEPS = 10  # Euler's; with 30 the faces of avatars-flow are the same but for 1.6 of 255 on average
GUIDANCE = 1.0  # the conditional field itself; more obeys better, and asks the network twice for each step


class FlowGenerator(Generator):
    """Noise to pictures along a flow.

    Args:
        flow: the velocity field.
        autoencoder: what turns its latents into pictures.
        steps: of Euler's method.
        guidance: see `genimg.algorithms.flow.guided`.
    """

    def __init__(self, flow: Flow, autoencoder: Autoencoder, *, steps: int = STEPS, guidance: float = GUIDANCE) -> None:
        super().__init__()
        self.flow, self.autoencoder, self.steps, self.guidance = flow, autoencoder, steps, guidance
        self.image_size, self.channels = autoencoder.image_size, autoencoder.channels
        self.latent_dim, self.num_classes = prod(flow.latent_shape), flow.num_classes

    def forward(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Turn noise ``(N, latent_dim)`` into pictures; an attribute whose conditions are all 0 is left open."""
        told = latents.new_zeros(len(latents), sum(self.num_classes)) if conditions is None else conditions

        def field(shown: Tensor) -> Field:
            return lambda places, times: self.flow(places, times, shown)

        noise = latents.view(-1, *self.flow.latent_shape)
        *_, end = follow(guided(field(told), field(torch.zeros_like(told)), self.guidance), noise, steps=self.steps)
        return self.autoencoder.decode(end)

    def early(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Return the noise itself: a flow has no layer between it and the picture that would be the same for all."""
        return latents


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
