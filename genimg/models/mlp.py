"""Fully connected GAN: Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genimg.nn.generator import Generator
from genimg.nn.hub import HubModel
from genimg.nn.layers import Pixels, activation, check_conditions


class MLP(Generator, HubModel, architecture="mlp", task="unconditional-image-generation"):
    """A generator that knows nothing of neighbourhood: latents through linear layers to all pixels at once.

    Args:
        image_size: side of the pictures in pixels.
        channels: 3 for RGB, 1 for grey.
        latent_dim: length of a latent vector.
        widths: of the hidden layers.
        num_classes: for a conditional one; the conditions join the latents (Mirza and Osindero 2014,
            https://arxiv.org/abs/1411.1784).
        activation: between the layers, one of `genimg.nn.layers.ACTIVATIONS`.
        output: behind the last, one of `genimg.nn.layers.OUTPUTS`.

    Raises:
        UserError: for an unknown activation or output.
    """

    def __init__(
        self,
        *,
        image_size: int = 32,
        channels: int = 1,
        latent_dim: int = 64,
        widths: Sequence[int] = (256, 512, 1024),
        num_classes: Sequence[int] = (),
        activation: str = "leaky_relu",
        output: str = "sigmoid",
    ) -> None:
        super().__init__()
        self.image_size, self.channels, self.latent_dim = image_size, channels, latent_dim
        self.num_classes = tuple(num_classes)
        self.layers = _layers(latent_dim + sum(num_classes), widths, channels * image_size**2, activation)
        self.pixels = Pixels(output)

    def decode(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Turn latents into pictures; see `Generator`."""
        pixels = self.layers(_joined(latents, conditions, self.num_classes))
        return self.pixels(pixels).view(-1, self.channels, self.image_size, self.image_size)

    def early(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Return the activations of the first hidden layer, ``(N, widths[0])``."""
        return self.layers[:2](_joined(latents, conditions, self.num_classes))


class MLPDiscriminator(nn.Module):
    """The partner of `MLP`: all pixels to one logit.

    Args:
        image_size, channels, num_classes: as for the generator.
        widths: of the hidden layers.
    """

    def __init__(
        self,
        *,
        image_size: int = 32,
        channels: int = 1,
        widths: Sequence[int] = (1024, 512, 256),
        num_classes: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.num_classes = tuple(num_classes)
        self.layers = _layers(channels * image_size**2 + sum(num_classes), widths, 1)

    def forward(self, images: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Return the logits ``(N,)`` of ``(N, channels, image_size, image_size)`` in [0, 1]; higher is more real."""
        return self.layers(_joined((images * 2 - 1).flatten(1), conditions, self.num_classes)).flatten()


def _layers(inputs: int, widths: Sequence[int], outputs: int, between: str = "leaky_relu") -> nn.Sequential:
    sizes = [inputs, *widths]
    layers: list[nn.Module] = []
    for a, b in zip(sizes[:-1], sizes[1:], strict=True):
        layers += [nn.Linear(a, b), activation(between)]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], outputs))


def _joined(x: Tensor, conditions: Tensor | None, num_classes: Sequence[int]) -> Tensor:
    return torch.cat([x, check_conditions(conditions, num_classes)], dim=1) if num_classes else x
