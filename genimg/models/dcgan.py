"""Deep convolutional GAN: Radford, Metz and Chintala 2015, https://arxiv.org/abs/1511.06434."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genimg.nn.generator import Generator
from genimg.nn.hub import HubModel
from genimg.nn.layers import Pixels, Residual, activation, check_conditions, check_widths, minibatch_deviation


class DCGAN(Generator, HubModel, architecture="dcgan", task="unconditional-image-generation"):
    """The generator of a DCGAN: latents to pictures, by transposed convolutions that double the side each time.

    With ``widths=(256, 128, 64)``, 100 latents and no `residual` it is the textbook network for 32 px: a 4x4 transposed
    convolution for each doubling, batch norm, ReLU, tanh. The flagship departs from it in three ways: 128 latents,
    `residual` blocks behind every doubling up to 16 px (cheap there, and they take the load off the few wide layers),
    and a partner without batch norm (see `Discriminator`).

    Args:
        image_size: side of the pictures in pixels; ``4 * 2 ** len(widths)``.
        channels: 3 for RGB, 1 for grey.
        latent_dim: length of a latent vector.
        widths: feature maps at 4, 8, 16, ... px.
        residual: whether a residual block follows each doubling up to 16 px.
        num_classes: for a conditional GAN (Mirza and Osindero 2014, https://arxiv.org/abs/1411.1784), how many values
            each attribute of a picture has, ``[10]`` for ten classes. Each value's embedding is added to the first
            feature maps.
        activation: between the layers, one of `genimg.nn.layers.ACTIVATIONS`.
        output: behind the last, one of `genimg.nn.layers.OUTPUTS`.

    Raises:
        UserError: if `image_size` and `widths` do not agree, or for an unknown activation or output.
    """

    def __init__(
        self,
        *,
        image_size: int = 32,
        channels: int = 3,
        latent_dim: int = 100,
        widths: Sequence[int] = (256, 128, 64),
        residual: bool = False,
        num_classes: Sequence[int] = (),
        activation: str = "relu",
        output: str = "tanh",
    ) -> None:
        super().__init__()
        check_widths(image_size, widths)
        self.image_size, self.channels, self.latent_dim = image_size, channels, latent_dim
        self.num_classes = tuple(num_classes)
        if self.num_classes:
            self.embedding = _zero(nn.Linear(sum(num_classes), widths[0] * 16, bias=False))
        blocks: list[nn.Module] = [_up(latent_dim, widths[0], activation, stride=1, padding=0, residual=residual)]
        for i, (wide, narrow) in enumerate(zip(widths[:-1], widths[1:], strict=True)):
            blocks.append(_up(wide, narrow, activation, residual=residual and 8 * 2**i <= 16))
        self.blocks = nn.Sequential(*blocks)
        self.out = nn.Sequential(nn.ConvTranspose2d(widths[-1], channels, 4, 2, 1), Pixels(output))
        self.apply(init_textbook)

    def decode(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Turn latents into pictures; see `Generator`."""
        x = self._first(latents, conditions)
        for block in self.blocks[1:]:
            x = block(x)
        return self.out(x)

    def early(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Return the activations of the first block, ``(N, widths[0] * 16)``: where directions are looked for."""
        return self._first(latents, conditions).flatten(1)

    def _first(self, latents: Tensor, conditions: Tensor | None) -> Tensor:
        block = self.blocks[0]
        assert isinstance(block, nn.Sequential)
        x = block[0](latents[:, :, None, None])
        if self.num_classes:
            x = x + self.embedding(check_conditions(conditions, self.num_classes)).view_as(x)
        return block[1:](x)


def _up(inputs: int, outputs: int, between: str, *, stride: int = 2, padding: int = 1, residual: bool) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.ConvTranspose2d(inputs, outputs, 4, stride, padding, bias=False),
        nn.BatchNorm2d(outputs),
        activation(between),
    ]
    return nn.Sequential(*layers, *([Residual(outputs)] if residual else []))


class Discriminator(nn.Module):
    """The critic of a DCGAN: pictures to one logit each, by 4x4 convolutions that halve the side each time.

    With batch norm it is the textbook network. Without it (gradient penalties look at one picture at a time, which
    batch statistics would mix) it also sees the standard deviation over the batch as one more feature map (Karras et
    al. 2018, https://arxiv.org/abs/1710.10196, section 3), so that a generator which repeats itself is found out.

    Args:
        image_size, channels: of the pictures.
        widths: feature maps at 4, 8, 16, ... px, as for the generator.
        batch_norm: textbook batch norm, or none and the deviation map.
        num_classes: as for the generator; the logit gains the inner product of the features with the embedding of the
            classes (projection: Miyato and Koyama 2018, https://arxiv.org/abs/1802.05637).
    """

    def __init__(
        self,
        *,
        image_size: int = 32,
        channels: int = 3,
        widths: Sequence[int] = (256, 128, 64),
        batch_norm: bool = True,
        num_classes: Sequence[int] = (),
    ) -> None:
        super().__init__()
        check_widths(image_size, widths)
        sizes = [channels, *reversed(widths)]
        layers: list[nn.Module] = []
        for i, (inputs, outputs) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
            norm = batch_norm and i > 0
            layers.append(nn.Conv2d(inputs, outputs, 4, 2, 1, bias=not norm))
            layers += [nn.BatchNorm2d(outputs)] if norm else []
            layers.append(nn.LeakyReLU(0.2))
        self.deviation = not batch_norm
        self.blocks = nn.Sequential(*layers)
        self.logit = nn.Conv2d(widths[0] + self.deviation, 1, 4)
        self.num_classes = tuple(num_classes)
        if self.num_classes:
            self.embedding = _zero(nn.Linear(sum(num_classes), widths[0] * 16, bias=False))
        self.apply(init_textbook if batch_norm else init_he)

    def forward(self, images: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Return the logits ``(N,)`` of ``(N, channels, image_size, image_size)`` in [0, 1]; higher is more real."""
        features = self.blocks(images * 2 - 1)
        extended = torch.cat([features, minibatch_deviation(features)], dim=1) if self.deviation else features
        logits = self.logit(extended).flatten()
        if self.num_classes:
            classes = self.embedding(check_conditions(conditions, self.num_classes))
            logits = logits + (classes * features.flatten(1)).sum(1)
        return logits


def _zero(layer: nn.Linear) -> nn.Linear:
    """Begin as if there were no classes; what they are for is learned from there."""
    nn.init.zeros_(layer.weight)
    return layer


def init_textbook(module: nn.Module) -> None:
    """Draw weights as the paper does: N(0, 0.02), batch norm gains N(1, 0.02)."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)


def init_he(module: nn.Module) -> None:
    """Draw weights that keep the variance through leaky ReLUs: without norms, 0.02 would fade to nothing."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, 0.2)
