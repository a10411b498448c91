"""A convolutional generator without an adversary: generative latent optimisation.

Bojanowski et al. 2018, https://arxiv.org/abs/1707.05776.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genimg.nn.generator import Generator
from genimg.nn.hub import HubModel
from genimg.nn.layers import Residual, check_widths


class CNN(Generator, HubModel, architecture="cnn", task="unconditional-image-generation"):
    """Latents to pictures by enlarging and convolving in turn, which leaves no checkerboard (Odena et al. 2016).

    The last doubling unfolds channels into pixels, so no convolution runs at full size, where most time would go.
    As each training picture has had a latent of its own, the latents have no known distribution: a mixture fitted to
    them is shipped with the weights.

    Args:
        image_size: side in pixels, ``4 * 2 ** len(widths)``.
        channels: 3 for RGB, 1 for grey.
        latent_dim: length of a latent vector.
        widths: feature maps at 4, 8, 16, ... px; multiples of 8.

    Raises:
        UserError: if `image_size` and `widths` do not agree.
    """

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        latent_dim: int = 128,
        widths: Sequence[int] = (192, 128, 96, 64),
    ) -> None:
        super().__init__()
        check_widths(image_size, widths)
        self.image_size, self.channels, self.latent_dim = image_size, channels, latent_dim
        layers: list[nn.Module] = [
            nn.Linear(latent_dim, widths[0] * 16),
            nn.Unflatten(1, (widths[0], 4, 4)),
            Residual(widths[0], groups=8),
        ]
        for wide, narrow in zip(widths[:-1], widths[1:], strict=True):
            layers += [nn.Upsample(scale_factor=2), nn.Conv2d(wide, narrow, 3, padding=1), Residual(narrow, groups=8)]
        last = [nn.GroupNorm(8, widths[-1]), nn.SiLU(inplace=True), nn.Conv2d(widths[-1], 4 * channels, 3, padding=1)]
        self.layers = nn.Sequential(*layers, *last, nn.PixelShuffle(2))

    def decode(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Turn latents into pictures; see `Generator`."""
        return torch.sigmoid(self.layers(latents))

    def early(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Return the activations behind the first residual block, ``(N, widths[0] * 16)``."""
        return self.layers[:3](latents).flatten(1)
