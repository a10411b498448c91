"""Layers that several models share."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from genimg.core.errors import UserError, choice

# What may lie between layers, by the word in a checkpoint's config.
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": lambda: nn.ReLU(inplace=True),
    "leaky_relu": lambda: nn.LeakyReLU(0.2),
    "leaky_relu_0.01": nn.LeakyReLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
# What the last layer's numbers go through: pixels come from it in [-1, 1] or in [0, 1].
OUTPUTS: dict[str, Callable[[], nn.Module]] = {"tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


def activation(name: str) -> nn.Module:
    """Return the module of `ACTIVATIONS`.

    Raises:
        UserError: for an unknown name.
    """
    return ACTIVATIONS[choice("activation", name, tuple(ACTIVATIONS))]()


def check_widths(image_size: int, widths: Sequence[int], *, least: int = 4) -> None:
    """Check that a network with so many feature maps makes pictures of that size.

    Args:
        image_size: side of the pictures in pixels.
        widths: feature maps at one size after the other, each twice the one before.
        least: pixels before the first doubling; with each of the widths there is one.

    Raises:
        UserError: if they do not agree.
    """
    side = least * 2 ** len(widths)
    if not widths or image_size != side:
        raise UserError(f"{len(widths)} widths make pictures of {side} px, not {image_size}.")


class Pixels(nn.Module):
    """The end of a generator: any numbers to pixels in [0, 1].

    Args:
        output: one of `OUTPUTS`.

    Raises:
        UserError: for another one.
    """

    def __init__(self, output: str) -> None:
        super().__init__()
        self.signed = choice("output", output, tuple(OUTPUTS)) == "tanh"
        self.squash = OUTPUTS[output]()

    def forward(self, x: Tensor) -> Tensor:
        """Keep the shape."""
        x = self.squash(x)
        return x / 2 + 0.5 if self.signed else x


class Residual(nn.Module):
    """``x + f(x)`` with f two 3x3 convolutions.

    With a norm it starts as the identity (Fixup, Zhang et al. 2019, https://arxiv.org/abs/1901.09321).

    Args:
        channels: of input and output, ``(N, channels, H, W)``.
        groups: None for batch norm, 0 for no norm, else that many groups of group norm.
    """

    def __init__(self, channels: int, *, groups: int | None = None) -> None:
        super().__init__()

        def norm() -> nn.Module:
            if groups == 0:
                return nn.Identity()
            return nn.BatchNorm2d(channels) if groups is None else nn.GroupNorm(groups, channels)

        self.layers = nn.Sequential(
            norm(),
            nn.SiLU(inplace=groups != 0),  # without a norm before it, it would overwrite what is added
            nn.Conv2d(channels, channels, 3, padding=1, bias=groups == 0),
            norm(),
            nn.SiLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1),
        )
        # Without a norm convolutions begin small by themselves, and a gain of 0 would take thousands of steps to grow.
        self.gain = nn.Parameter(torch.zeros(()) if groups != 0 else torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        """Keep the shape."""
        return x + self.gain * self.layers(x)


def minibatch_deviation(x: Tensor, group: int = 8) -> Tensor:
    """Return ``(N, 1, H, W)``: how much `x` differs, on average, between the pictures of a group of at most `group`.

    Pictures i, i + N/g, i + 2N/g, ... form a group of g. Karras et al. 2018, https://arxiv.org/abs/1710.10196.
    """
    n, c, h, w = x.shape
    g = next(g for g in range(min(group, n), 0, -1) if n % g == 0)
    deviation = x.float().view(g, n // g, c, h, w).var(0, correction=0).add(1e-8).sqrt().mean((1, 2, 3))
    return deviation.to(x.dtype).repeat(g)[:, None, None, None].expand(n, 1, h, w)


class EqualConv2d(nn.Conv2d):
    """A convolution with an equalised learning rate: Karras et al. 2018, https://arxiv.org/abs/1710.10196, section 4.1.

    Weights are standard normal and scaled at run time by He's constant, ``gain / sqrt(fan_in)``, so that Adam, whose
    steps do not depend on the scale of a gradient, moves all layers at the same relative speed.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, padding: int = 0, *, gain: float = 2**0.5) -> None:
        super().__init__(inputs, outputs, kernel, padding=padding)
        self.scale = gain / (inputs * kernel**2) ** 0.5
        nn.init.normal_(self.weight)
        assert self.bias is not None
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve ``(N, inputs, H, W)``."""
        return self._conv_forward(x, self.weight * self.scale, self.bias)


class SameConv2d(nn.Conv2d):
    """A convolution that pads as TensorFlow's SAME does on even sizes: with stride 2, less on the left and top.

    Args:
        inputs: channels that come in.
        outputs: channels that go out.
        kernel: an odd size.
        stride: 1 or 2.
        groups: of channels that know nothing of each other.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, inputs, H, W)`` to ``(N, outputs, H / stride, W / stride)``."""
        after = self.kernel_size[0] // 2
        before = after + 1 - self.stride[0]
        return super().forward(pad(x, (before, after, before, after)) if after else x)


class PixelNorm(nn.Module):
    """Divide the feature vector of each pixel by its root mean square: Karras et al. 2018, section 4.2."""

    def forward(self, x: Tensor) -> Tensor:
        """Keep the shape ``(N, C, H, W)``."""
        return x * (x.float().square().mean(1, keepdim=True) + 1e-8).rsqrt().to(x.dtype)


def one_hot(labels: Tensor, num_classes: Sequence[int]) -> Tensor:
    """Return conditions ``(N, sum(num_classes))``, 1 where a picture has that value of that attribute and 0 elsewhere.

    Args:
        labels: ``(N, A)`` integers, a column an attribute.
        num_classes: how many values each attribute has, A numbers.
    """
    columns = [nn.functional.one_hot(labels[:, i].long(), n) for i, n in enumerate(num_classes)]
    return torch.cat(columns, dim=1).float() if columns else labels.new_zeros(len(labels), 0, dtype=torch.float)


def check_conditions(conditions: Tensor | None, num_classes: Sequence[int]) -> Tensor:
    """Return `conditions` if a network of these classes can use them.

    Raises:
        UserError: if they are missing or of another width.
    """
    if conditions is None or conditions.shape[1:] != (sum(num_classes),):
        got = "none" if conditions is None else f"{tuple(conditions.shape[1:])}"
        raise UserError(f"This network draws by class: it needs ({sum(num_classes)},) conditions a picture, got {got}.")
    return conditions
