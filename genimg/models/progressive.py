"""Progressive growing of GANs: Karras et al. 2018, https://arxiv.org/abs/1710.10196."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from genimg.nn.generator import Generator
from genimg.nn.hub import HubModel
from genimg.nn.layers import EqualConv2d, PixelNorm, check_widths, minibatch_deviation


class Progressive(Generator, HubModel, architecture="progressive", task="unconditional-image-generation"):
    """A generator that is trained at 4 px first and grows: each stage doubles the side and is faded in.

    Args:
        image_size: side of the pictures at the last stage, ``4 * 2 ** (len(widths) - 1)``.
        channels: 3 for RGB, 1 for grey.
        latent_dim: length of a latent vector.
        widths: feature maps at 4, 8, 16, ... px.

    Raises:
        UserError: if `image_size` and `widths` do not agree.
    """

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        latent_dim: int = 128,
        widths: Sequence[int] = (160, 128, 64, 32, 16),
    ) -> None:
        super().__init__()
        check_widths(image_size, widths, least=2)
        self.image_size, self.channels, self.latent_dim = image_size, channels, latent_dim
        first = [
            PixelNorm(),  # the latents themselves are put on a sphere
            EqualConv2d(latent_dim, widths[0], 4, padding=3, gain=2**0.5 / 4),
            *_activation(),
            EqualConv2d(widths[0], widths[0], 3, padding=1),
            *_activation(),
        ]
        self.blocks = nn.ModuleList([nn.Sequential(*first)])
        for wide, narrow in zip(widths[:-1], widths[1:], strict=True):
            both = [EqualConv2d(wide, narrow, 3, padding=1), EqualConv2d(narrow, narrow, 3, padding=1)]
            self.blocks.append(
                nn.Sequential(nn.Upsample(scale_factor=2), both[0], *_activation(), both[1], *_activation())
            )
        self.to_picture = nn.ModuleList([EqualConv2d(width, channels, 1, gain=1) for width in widths])

    @property
    def stages(self) -> int:
        """How many sizes there are; stage s draws ``4 * 2**s`` px."""
        return len(self.blocks)

    def decode(
        self, latents: Tensor, conditions: Tensor | None = None, *, stage: int | None = None, alpha: float = 1.0
    ) -> Tensor:
        """Turn latents into pictures; see `Generator`.

        Args:
            latents: ``(N, latent_dim)``.
            conditions: none.
            stage: 0 for 4 px, 1 for 8 px, ...; the last by default.
            alpha: how far the stage is faded in: 0 gives the stage before it, enlarged, 1 the stage itself.
        """
        stage = self.stages - 1 if stage is None else stage
        x = latents[:, :, None, None]
        for block in self.blocks[: stage + 1]:
            before, x = x, block(x)
        picture = self.to_picture[stage](x)
        if alpha < 1 and stage > 0:
            earlier = interpolate(self.to_picture[stage - 1](before), scale_factor=2)
            picture = torch.lerp(earlier, picture, alpha)
        return picture / 2 + 0.5

    def early(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Return the activations at 4 px, ``(N, widths[0] * 16)``."""
        return self.blocks[0](latents[:, :, None, None]).flatten(1)


class ProgressiveDiscriminator(nn.Module):
    """The partner of `Progressive`, its mirror image: it sees pictures of the stage's size.

    Args:
        image_size, channels, widths: as for the generator.
    """

    def __init__(
        self, *, image_size: int = 64, channels: int = 3, widths: Sequence[int] = (160, 128, 64, 32, 16)
    ) -> None:
        super().__init__()
        check_widths(image_size, widths, least=2)
        self.from_picture = nn.ModuleList([EqualConv2d(channels, width, 1) for width in widths])
        self.blocks = nn.ModuleList()
        for wide, narrow in zip(widths[:-1], widths[1:], strict=True):
            both = [EqualConv2d(narrow, narrow, 3, padding=1), EqualConv2d(narrow, wide, 3, padding=1)]
            self.blocks.append(nn.Sequential(both[0], nn.LeakyReLU(0.2), both[1], nn.LeakyReLU(0.2), nn.AvgPool2d(2)))
        self.last = nn.Sequential(
            EqualConv2d(widths[0] + 1, widths[0], 3, padding=1),
            nn.LeakyReLU(0.2),
            EqualConv2d(widths[0], widths[0], 4),
            nn.LeakyReLU(0.2),
            EqualConv2d(widths[0], 1, 1, gain=1),
        )

    def forward(self, images: Tensor, *, stage: int | None = None, alpha: float = 1.0) -> Tensor:
        """Return the logits ``(N,)`` of ``(N, channels, S, S)`` in [0, 1], S being ``4 * 2**stage``."""
        stage = len(self.blocks) if stage is None else stage
        pixels = images * 2 - 1
        x = nn.functional.leaky_relu(self.from_picture[stage](pixels), 0.2)
        for place in range(stage - 1, -1, -1):
            x = self.blocks[place](x)
            if place == stage - 1 and alpha < 1:
                earlier = nn.functional.leaky_relu(self.from_picture[place](avg_pool2d(pixels, 2)), 0.2)
                x = torch.lerp(earlier.to(x.dtype), x, alpha)
        return self.last(torch.cat([x, minibatch_deviation(x)], dim=1)).flatten()


def _activation() -> list[nn.Module]:
    return [nn.LeakyReLU(0.2), PixelNorm()]
