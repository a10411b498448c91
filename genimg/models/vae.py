"""Variational autoencoder: Kingma and Welling 2013, https://arxiv.org/abs/1312.6114."""

from collections.abc import Sequence

from torch import Tensor, nn

from genimg.nn.generator import Generator
from genimg.nn.hub import HubModel
from genimg.nn.layers import Residual, check_widths


class VAE(Generator, HubModel, architecture="vae", task="unconditional-image-generation"):
    """A residual convolutional encoder and decoder around a Gaussian bottleneck.

    The first layer folds 2x2 pixels into channels and the last unfolds them, so no convolution runs at full size,
    where most of the time would go.

    Args:
        image_size: side in pixels, ``4 * 2 ** len(widths)``: 32 and 64 are usual.
        channels: 3 for RGB, 1 for grey.
        latent_dim: length of a latent vector.
        widths: feature maps at 4, 8, 16, ... px; multiples of 8.
        depth: residual blocks at each size.

    Raises:
        UserError: if `image_size` and `widths` do not agree.
    """

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        latent_dim: int = 128,
        widths: Sequence[int] = (160, 128, 96, 64),
        depth: int = 1,
    ) -> None:
        super().__init__()
        check_widths(image_size, widths)
        self.image_size, self.channels, self.latent_dim = image_size, channels, latent_dim
        narrow, wide = widths[-1], widths[0]

        down: list[nn.Module] = [nn.PixelUnshuffle(2), nn.Conv2d(4 * channels, narrow, 3, padding=1)]
        for i in range(len(widths) - 1, 0, -1):
            down += [*_blocks(widths[i], depth), nn.Conv2d(widths[i], widths[i - 1], 4, 2, 1)]
        self.encoder = nn.Sequential(*down, *_blocks(wide, depth), *_activation(wide), nn.Flatten())
        self.to_latent = nn.Linear(wide * 16, 2 * latent_dim)

        up: list[nn.Module] = [nn.Linear(latent_dim, wide * 16), nn.Unflatten(1, (wide, 4, 4))]
        for i in range(len(widths) - 1):
            up += [*_blocks(widths[i], depth), nn.ConvTranspose2d(widths[i], widths[i + 1], 4, 2, 1)]
        last = nn.Conv2d(narrow, 4 * channels, 3, padding=1)
        self.decoder = nn.Sequential(*up, *_blocks(narrow, depth), *_activation(narrow), last, nn.PixelShuffle(2))

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance, each ``(N, latent_dim)``, of pictures ``(N, channels, H, W)`` in [0, 1]."""
        mean, log_variance = self.to_latent(self.encoder(images * 2 - 1)).float().chunk(2, dim=1)
        # Beyond these bounds exp() only makes overflow; no trained posterior comes near them.
        return mean, log_variance.clamp(-12, 4)

    def decode(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Turn latents into pictures; see `Generator`."""
        return self.decoder(latents).float().sigmoid()

    def early(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Return the activations behind the first residual blocks, ``(N, widths[0] * 16)``."""
        return self.decoder[:3](latents).flatten(1)


def _blocks(width: int, depth: int) -> list[nn.Module]:
    return [Residual(width, groups=8) for _ in range(depth)]


def _activation(width: int) -> list[nn.Module]:
    return [nn.GroupNorm(8, width), nn.SiLU(inplace=True)]


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return KL(N(mean, exp(log_variance)) || N(0, 1)) in nats, ``(N,)``, for parameters ``(N, D)``."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)
