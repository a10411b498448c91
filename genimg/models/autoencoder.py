"""A convolutional autoencoder with a small spatial latent, the space in which `flow` draws.

A deterministic bottleneck of unit variance that is blurred by a little noise in training: the regularised autoencoder
of Ghosh et al. 2020, https://arxiv.org/abs/1903.12436, in place of a KL divergence. The use of such a latent as the
canvas of another generator is from Rombach et al. 2022, https://arxiv.org/abs/2112.10752.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from genimg.core.errors import UserError
from genimg.nn.hub import HubModel
from genimg.nn.layers import Residual

FACTOR = 8  # pixels to a side of a latent's cell


class Autoencoder(nn.Module, HubModel, architecture="autoencoder", task="image-to-image"):
    """Pictures to latents of an eighth of their side, and back.

    The first layer folds 4x4 pixels into channels and the last unfolds them, so no convolution runs at more than a
    quarter of the size. There is no norm over places: what a cell holds depends on its surroundings alone, a flat area
    stays flat whatever is beside it, and the network works at every size whose sides are multiples of 8.

    Args:
        image_size: side in pixels of the pictures it was trained on.
        channels: 3 for RGB, 1 for grey.
        latent_channels: numbers in a cell of the latent.
        widths: feature maps at an eighth and at a quarter of the side.
        depth: residual blocks at each size.

    Raises:
        UserError: if `image_size` is no multiple of 8.
    """

    def __init__(
        self,
        *,
        image_size: int = 128,
        channels: int = 3,
        latent_channels: int = 8,
        widths: Sequence[int] = (128, 96),
        depth: int = 3,
    ) -> None:
        super().__init__()
        if image_size % FACTOR or len(widths) != 2:
            raise UserError(f"image_size must be a multiple of {FACTOR}, with two widths; got {image_size}, {widths}.")
        self.image_size, self.channels, self.latent_channels = image_size, channels, latent_channels
        deep, shallow = widths
        folded = channels * 16
        self.encoder = nn.Sequential(
            nn.PixelUnshuffle(4),
            nn.Conv2d(folded, shallow, 3, padding=1),
            *_blocks(shallow, depth),
            nn.Conv2d(shallow, deep, 4, 2, 1),
            *_blocks(deep, depth),
            nn.Conv2d(deep, latent_channels, 1),
        )
        # Unit variance per channel, so that one amount of noise, and one flow, suits all.
        self.norm = nn.BatchNorm2d(latent_channels, affine=False)
        self.decoder = nn.Sequential(
            nn.Conv2d(latent_channels, deep, 3, padding=1),
            *_blocks(deep, depth),
            nn.ConvTranspose2d(deep, shallow, 4, 2, 1),
            *_blocks(shallow, depth),
            nn.SiLU(inplace=True),
            nn.Conv2d(shallow, folded, 3, padding=1),
            nn.PixelShuffle(4),
        )

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of a picture's latent."""
        return self.latent_channels, self.image_size // FACTOR, self.image_size // FACTOR

    def encode(self, images: Tensor) -> Tensor:
        """Return the latents ``(N, latent_channels, H / 8, W / 8)`` of pictures ``(N, channels, H, W)`` in [0, 1].

        Each channel has mean 0 and variance 1 over the training pictures.
        """
        return self.norm(self.encoder(images * 2 - 1).float())

    def decode(self, latents: Tensor) -> Tensor:
        """Turn latents ``(N, latent_channels, H, W)`` into pictures ``(N, channels, 8 H, 8 W)`` in [0, 1]."""
        return self.painted(latents).clamp(0, 1)

    def painted(self, latents: Tensor) -> Tensor:
        """Return what `decode` does before it is cut to [0, 1]: where there is nothing to learn, there is no slope."""
        return (self.decoder(latents).float() + 1) / 2

    def forward(self, images: Tensor) -> Tensor:
        """Encode and decode: keep the shape."""
        return self.decode(self.encode(images))


def _blocks(width: int, depth: int) -> list[nn.Module]:
    return [Residual(width, groups=0) for _ in range(depth)]
