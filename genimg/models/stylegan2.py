"""StyleGAN2's generator: Karras et al. 2020, https://arxiv.org/abs/1912.04958, with skip connections.

As published with adaptive augmentation (https://arxiv.org/abs/2006.06676), for weights from elsewhere; see
`genimg.training.stylegan2`. The equalised learning rate is a matter of training: here weights are what is multiplied.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d, leaky_relu, pad

from genimg.nn.generator import Generator
from genimg.nn.hub import HubModel
from genimg.nn.layers import check_widths

GAIN = 2**0.5  # behind every leaky ReLU: it keeps the variance


class StyleGAN2(Generator, HubModel, architecture="stylegan2", task="unconditional-image-generation"):
    """A mapping from noise to styles, and a synthesis of pictures by convolutions that a style modulates.

    Its latents are styles, ``w`` in the paper: there pictures change evenly, so directions, sliders, ways between two
    pictures and projections live there. `from_noise` leads to them.

    Args:
        image_size: side of the pictures in pixels; ``4 * 2 ** (len(widths) - 1)``.
        channels: 3 for RGB, 1 for grey.
        noise_dim: length of the noise that styles are mapped from, ``z``.
        latent_dim: length of a style, ``w``.
        mapping: widths of the mapping's hidden layers.
        widths: feature maps at 4, 8, 16, ... px.
        clamp: activations are cut to plus and minus this times their gain, as in networks that were trained in half
            precision; 0 for not at all.

    Raises:
        UserError: if `image_size` and `widths` do not agree.
    """

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        noise_dim: int = 512,
        latent_dim: int = 512,
        mapping: Sequence[int] = (512,) * 7,
        widths: Sequence[int] = (512, 512, 512, 512, 256),
        clamp: float = 0.0,
    ) -> None:
        super().__init__()
        check_widths(image_size, widths, least=2)
        self.image_size, self.channels, self.latent_dim, self.noise_dim = image_size, channels, latent_dim, noise_dim
        sizes = [noise_dim, *mapping, latent_dim]
        self.mapping = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:], strict=True))
        self.average: Tensor
        self.register_buffer("average", torch.zeros(latent_dim))
        self.start = nn.Parameter(torch.randn(widths[0], 4, 4))
        before = [widths[0], *widths[:-1]]
        # From 8 px on, one that doubles the side and one that does not; at 4 px the latter alone.
        self.enlarge = nn.ModuleList(
            Styled(before[i], width, latent_dim, side=4 * 2**i, up=True, clamp=clamp)
            for i, width in enumerate(widths)
            if i
        )
        self.refine = nn.ModuleList(
            Styled(width, width, latent_dim, side=4 * 2**i, clamp=clamp) for i, width in enumerate(widths)
        )
        self.paint = nn.ModuleList(Paint(width, channels, latent_dim, clamp=clamp) for width in widths)

    @property
    def layers(self) -> int:
        """How many styles a picture takes, from coarse to fine: two for each size, see `synthesize`."""
        return 2 * len(self.refine)

    def from_noise(self, noise: Tensor, truncation: float = 1.0) -> Tensor:
        """Turn noise ``(N, noise_dim)`` into styles ``(N, latent_dim)``.

        Args:
            noise: standard normal; its length says nothing.
            truncation: 0 for the average style, 1 for the style itself.
        """
        x = noise * (noise.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        for layer in self.mapping:
            x = leaky_relu(layer(x), 0.2) * GAIN
        return torch.lerp(self.average, x, truncation)

    def decode(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Turn styles into pictures; see `Generator`."""
        return self.synthesize(latents[:, None].expand(-1, self.layers, -1))

    def synthesize(self, styles: Tensor, *, noise: torch.Generator | None = None) -> Tensor:
        """Turn a style for each layer into pictures.

        Mixing the styles of two pictures, coarse layers of the one and fine ones of the other, mixes the pictures.

        Args:
            styles: ``(N, layers, latent_dim)``.
            noise: where the details that are left to chance come from; without it they are always the same.

        Returns:
            ``(N, channels, image_size, image_size)`` in [0, 1].
        """
        x = self.start.expand(len(styles), -1, -1, -1)
        picture: Tensor | None = None
        for i, (refine, paint) in enumerate(zip(self.refine, self.paint, strict=True)):
            if i:
                x = self.enlarge[i - 1](x, styles[:, 2 * i - 1], noise)
            x = refine(x, styles[:, 2 * i], noise)
            painted = paint(x, styles[:, 2 * i + 1])
            picture = painted if picture is None else doubled(picture) + painted
        assert picture is not None
        return (picture / 2 + 0.5).clamp(0, 1)

    def early(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Return the styles themselves: their principal components are what GANSpace proposes for StyleGAN."""
        return latents


class Modulated(nn.Module):
    """A convolution whose inputs are weighed by a style.

    Args:
        inputs, outputs: channels.
        latent_dim: length of a style.
        kernel: side of the kernel.
    """

    def __init__(self, inputs: int, outputs: int, latent_dim: int, kernel: int) -> None:
        super().__init__()
        self.style = nn.Linear(latent_dim, inputs)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))


class Styled(Modulated):
    """A modulated convolution of 3x3 whose outputs keep unit variance, then noise and a leaky ReLU.

    Args:
        inputs, outputs: channels.
        latent_dim: length of a style.
        side: of what comes out, in pixels.
        up: double the side on the way.
        clamp: see `StyleGAN2`.
    """

    def __init__(
        self, inputs: int, outputs: int, latent_dim: int, *, side: int, up: bool = False, clamp: float = 0.0
    ) -> None:
        super().__init__(inputs, outputs, latent_dim, 3)
        self.up, self.clamp = up, clamp
        self.noise: Tensor
        self.register_buffer("noise", torch.randn(side, side))
        self.strength = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor, latents: Tensor, noise: torch.Generator | None = None) -> Tensor:
        """Turn ``(N, inputs, S, S)`` into ``(N, outputs, side, side)``."""
        styles = self.style(latents)
        # The same as weights of each picture's own, at the price of one convolution: what goes in is scaled, and what
        # comes out is divided by the length of the weights.
        lengths = (styles.square() @ self.weight.square().sum((2, 3)).T + 1e-8).rsqrt()
        x = x * styles[:, :, None, None]
        if self.up:
            x = blurred(conv_transpose2d(x, self.weight.transpose(0, 1), stride=2))
        else:
            x = conv2d(x, self.weight, padding=1)
        x = x * lengths[:, :, None, None]
        chance = self.noise
        if noise is not None:
            chance = torch.randn(len(x), 1, *x.shape[-2:], generator=noise).to(x.device)
        x = leaky_relu(x + chance * self.strength + self.bias[:, None, None], 0.2) * GAIN
        return x.clamp(-GAIN * self.clamp, GAIN * self.clamp) if self.clamp else x


class Paint(Modulated):
    """Feature maps to the picture, or what a finer size adds to it, by a modulated convolution of 1x1.

    Args:
        inputs, outputs: channels.
        latent_dim: length of a style.
        clamp: see `StyleGAN2`.
    """

    def __init__(self, inputs: int, outputs: int, latent_dim: int, *, clamp: float = 0.0) -> None:
        super().__init__(inputs, outputs, latent_dim, 1)
        self.clamp = clamp

    def forward(self, x: Tensor, latents: Tensor) -> Tensor:
        """Turn ``(N, inputs, S, S)`` into ``(N, outputs, S, S)``, colours around 0."""
        x = conv2d(x * self.style(latents)[:, :, None, None], self.weight) + self.bias[:, None, None]
        return x.clamp(-self.clamp, self.clamp) if self.clamp else x


def doubled(x: Tensor) -> Tensor:
    """Return ``(N, C, H, W)`` at twice the side, smoothly."""
    n, channels, height, width = x.shape
    wide = x.new_zeros(n, channels, height, 2, width, 2)
    wide[:, :, :, 0, :, 0] = x
    return blurred(pad(wide.view(n, channels, 2 * height, 2 * width), (1, 0, 1, 0)))


def blurred(x: Tensor) -> Tensor:
    """Smooth what was enlarged by the filter 1 3 3 1, ``(N, C, H, W)`` to ``(N, C, H - 1, W - 1)``."""
    row = torch.tensor([1.0, 3.0, 3.0, 1.0], device=x.device, dtype=x.dtype) / 4
    kernel = (row[:, None] * row).expand(x.shape[1], 1, 4, 4)
    return conv2d(x, kernel, padding=1, groups=x.shape[1])
