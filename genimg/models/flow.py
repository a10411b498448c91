"""A velocity field over the latents of an autoencoder, by class: what a rectified flow follows from noise to a face.

A small U-Net whose blocks are modulated by time and classes, as in Peebles and Xie 2023 (adaLN-zero),
https://arxiv.org/abs/2212.09748. The mathematics of the flow is in `genimg.algorithms.flow`.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention, silu

from genimg.core.errors import UserError
from genimg.nn.hub import HubModel
from genimg.nn.layers import PixelNorm, check_conditions


class Flow(nn.Module, HubModel, architecture="flow", task="unconditional-image-generation"):
    """Places in the latent space, times and classes to velocities.

    Args:
        latent_shape: channels, height and width of a latent; height and width even.
        num_classes: how many values each attribute has that it draws by.
        widths: feature maps at full and at half the latent's size; the second a multiple of 32.
        depth: blocks at each size on the way down; one more of each on the way up.
        embedding: length of the vector that holds time and classes.
        autoencoder: the checkpoint whose latents these are.

    Raises:
        UserError: for sides that cannot be halved.
    """

    def __init__(
        self,
        *,
        latent_shape: Sequence[int] = (8, 16, 16),
        num_classes: Sequence[int] = (),
        widths: Sequence[int] = (96, 160),
        depth: int = 2,
        embedding: int = 256,
        autoencoder: str = "avatars-autoencoder",
    ) -> None:
        super().__init__()
        self.autoencoder = autoencoder
        channels, height, width = latent_shape
        if height % 2 or width % 2:
            raise UserError(f"The sides of a latent must be even; got {height} x {width}.")
        self.latent_shape, self.num_classes = (channels, height, width), tuple(num_classes)
        full, half = widths
        self.time = nn.Sequential(nn.Linear(64, embedding), nn.SiLU(), nn.Linear(embedding, embedding))
        self.classes = nn.Linear(sum(num_classes), embedding, bias=False) if num_classes else None
        self.mix = nn.Linear(embedding, embedding)
        self.enter = nn.Conv2d(channels, full, 3, padding=1)
        # Faces are in one place: each cell knows where it is.
        self.place = nn.Parameter(torch.empty(1, full, height, width))
        self.shrink = nn.Conv2d(full, half, 2, 2)
        self.place_half = nn.Parameter(torch.empty(1, half, height // 2, width // 2))
        self.down = _blocks(full, depth, embedding)
        self.deep = _blocks(half, depth, embedding)
        self.look = Attention(half)
        self.deeper = _blocks(half, depth + 1, embedding)
        self.grow = nn.ConvTranspose2d(half, full, 2, 2)
        self.join = nn.Conv2d(2 * full, full, 1)
        self.up = _blocks(full, depth + 1, embedding)
        self.leave = nn.Sequential(PixelNorm(), nn.SiLU(), nn.Conv2d(full, channels, 3, padding=1))
        for place in (self.place, self.place_half):
            nn.init.normal_(place, std=0.02)
        nn.init.zeros_(self.leave[2].weight)  # type: ignore[arg-type]

    def forward(self, places: Tensor, times: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Return velocities ``(N, C, H, W)``.

        Args:
            places: ``(N, C, H, W)``, between noise at time 0 and latents of unit variance at time 1.
            times: ``(N,)`` in [0, 1].
            conditions: ``(N, sum(num_classes))``, see `genimg.nn.layers.one_hot`; an attribute of zeros is left open.

        Raises:
            UserError: if conditions are missing or of another width.
        """
        told = self.time(_waves(times))
        if self.classes is not None:
            told = told + self.classes(check_conditions(conditions, self.num_classes))
        told = silu(self.mix(silu(told)))
        x = self.enter(places) + self.place
        for block in self.down:
            x = block(x, told)
        y = self.shrink(x) + self.place_half
        for block in self.deep:
            y = block(y, told)
        y = self.look(y)
        for block in self.deeper:
            y = block(y, told)
        x = self.join(torch.cat([x, self.grow(y)], dim=1))
        for block in self.up:
            x = block(x, told)
        return self.leave(x).float()


class Modulated(nn.Module):
    """``x + gate * f(scale * norm(x) + shift)`` with f two 3x3 convolutions; starts as the identity."""

    def __init__(self, channels: int, embedding: int) -> None:
        super().__init__()
        self.norm = PixelNorm()
        self.told = nn.Linear(embedding, 3 * channels)
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.told.weight)
        nn.init.zeros_(self.told.bias)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        """Keep the shape ``(N, C, H, W)``; `told` is ``(N, embedding)``."""
        scale, shift, gate = self.told(told)[:, :, None, None].chunk(3, dim=1)
        inner = silu(self.norm(x) * (1 + scale) + shift)
        return x + gate * self.second(silu(self.first(inner)))


class Attention(nn.Module):
    """Each place asks all others: what is left of a face must fit what is right of it. Heads of 32 channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.heads = channels // 32
        self.norm = PixelNorm()
        self.ask = nn.Conv2d(channels, 3 * channels, 1)
        self.answer = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.answer.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Keep the shape ``(N, C, H, W)``."""
        n, c, h, w = x.shape
        parts = self.ask(self.norm(x)).view(n, 3, self.heads, c // self.heads, h * w).mT
        seen = scaled_dot_product_attention(parts[:, 0], parts[:, 1], parts[:, 2])
        return x + self.answer(seen.mT.reshape(n, c, h, w))


def _blocks(channels: int, count: int, embedding: int) -> nn.ModuleList:
    return nn.ModuleList(Modulated(channels, embedding) for _ in range(count))


def _waves(times: Tensor, count: int = 32) -> Tensor:
    """Return times ``(N,)`` as sines and cosines of many frequencies, ``(N, 2 * count)``."""
    angles = times.float()[:, None] * torch.exp(torch.linspace(0, math.log(1000), count, device=times.device))
    return torch.cat([angles.sin(), angles.cos()], dim=1)
