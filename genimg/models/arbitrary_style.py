"""Any painting's style on any photo in one pass.

Paper: Ghiasi, Lee, Kudlur, Dumoulin, Shlens 2017, "Exploring the structure of a real-time, arbitrary neural artistic
stylization network". One network reads 100 numbers from a painting, the other paints with them. This is the mobile
version: a MobileNetV2 (Sandler et al. 2018) reads, and 178,000 parameters paint.
"""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import instance_norm, interpolate, pad

from genimg.nn.hub import HubModel
from genimg.nn.layers import SameConv2d

PREDICTOR_SIZE = 256  # the size at which the predictor was trained to read paintings
_MARGIN = 16  # pixels beyond the rim, a multiple of 4: as far as the rim is seen

# Of each stage of MobileNetV2: expansion of the channels inside a block, channels, blocks, first stride.
_STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


class ArbitraryStyle(nn.Module, HubModel, architecture="arbitrary-style", task="image-to-image"):
    """Style prediction and style transfer, ``(N, 3, H, W)`` in [0, 1] on both sides.

    The numbers of several paintings may be mixed, and those of the content itself leave it nearly as it is: that is
    how styles are blended and weakened.

    Args:
        style_dim: how many numbers describe a style.
        widths: channels at full, half and quarter size.
        residuals: how many residual blocks work at quarter size.
    """

    def __init__(self, *, style_dim: int = 100, widths: Sequence[int] = (8, 16, 32), residuals: int = 5) -> None:
        super().__init__()
        self.style_dim = style_dim
        self.predictor = _Predictor(style_dim)
        self.transformer = _Transformer(style_dim, widths, residuals)

    def style_vector(self, style: Tensor) -> Tensor:
        """Read ``(N, style_dim)`` numbers from pictures of any size; they are squeezed to 256x256 first."""
        size = (PREDICTOR_SIZE, PREDICTOR_SIZE)
        if style.shape[-2:] != size:
            style = interpolate(style, size, mode="bilinear", antialias=True, align_corners=False)
        return self.predictor(style)

    def forward(self, content: Tensor, vector: Tensor, *, smooth: bool = True) -> Tensor:
        """Paint `content` with the styles ``(N, style_dim)`` or ``(1, style_dim)``; the size stays.

        Args:
            content: ``(N, 3, H, W)`` in [0, 1].
            vector: the styles.
            smooth: whether to depart from the original network, which weaves a pattern of 4 pixels into flat areas and
                leaves a fringe at the rim: features are enlarged bilinearly, and the photo goes on beyond its rim.
        """
        height, width = content.shape[-2:]
        margin = _MARGIN if smooth else 0
        # Two halvings inside want multiples of 4, and reflection at quarter size wants 2 pixels there.
        bottom, right = (max(8, -(-side // 4) * 4) - side + margin for side in (height, width))
        if bottom or right:
            mode = "reflect" if max(margin, bottom) < height and max(margin, right) < width else "replicate"
            content = pad(content, (margin, right, margin, bottom), mode=mode)
        painted = self.transformer(content, vector, "bilinear" if smooth else "nearest")
        return painted[..., margin : margin + height, margin : margin + width]


def _conv_relu6(inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(SameConv2d(inputs, outputs, kernel, stride=stride, groups=groups), nn.ReLU6())


class _InvertedResidual(nn.Module):
    def __init__(self, inputs: int, outputs: int, *, expansion: int, stride: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.conv = nn.Sequential(
            *([_conv_relu6(inputs, inner, 1)] if expansion > 1 else []),
            _conv_relu6(inner, inner, 3, stride=stride, groups=inner),
            nn.Conv2d(inner, outputs, 1),
        )
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.adds else self.conv(x)


class _Predictor(nn.Module):
    """MobileNetV2 with the batch norms folded into the convolutions; parameters named by torchvision's positions."""

    def __init__(self, style_dim: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [_conv_relu6(3, 32, 3, stride=2)]
        channels = 32
        for expansion, width, blocks, stride in _STAGES:
            for block in range(blocks):
                layers.append(
                    _InvertedResidual(channels, width, expansion=expansion, stride=stride if block == 0 else 1)
                )
                channels = width
        self.features = nn.Sequential(*layers, _conv_relu6(channels, 1280, 1))
        self.classifier = nn.Linear(1280, style_dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x).mean(dim=(2, 3)))


class _Conv2d(nn.Conv2d):
    """A convolution over a mirrored border."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, stride: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride, kernel // 2, padding_mode="reflect")


class _StyledConv2d(_Conv2d):
    """A convolution whose instance norm is scaled and shifted by the style."""

    def __init__(self, inputs: int, outputs: int, kernel: int, style_dim: int) -> None:
        super().__init__(inputs, outputs, kernel)
        self.gamma = nn.Conv2d(style_dim, outputs, 1)
        self.beta = nn.Conv2d(style_dim, outputs, 1)

    def forward(self, x: Tensor, vector: Tensor) -> Tensor:  # type: ignore[override]
        vector = vector[:, :, None, None]
        return instance_norm(super().forward(x)) * self.gamma(vector) + self.beta(vector)


class _Contract(nn.Module):
    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        full, half, quarter = widths
        self.conv1 = _Conv2d(3, full, 9)
        self.conv2 = _Conv2d(full, half, 3, stride=2)
        self.conv3 = _Conv2d(half, quarter, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv3(self.conv2(self.conv1(x).relu()).relu()).relu()


class _Residual(nn.Module):
    def __init__(self, width: int, style_dim: int) -> None:
        super().__init__()
        self.conv1 = _StyledConv2d(width, width, 3, style_dim)
        self.conv2 = _StyledConv2d(width, width, 3, style_dim)

    def forward(self, x: Tensor, vector: Tensor) -> Tensor:
        return x + self.conv2(self.conv1(x, vector).relu(), vector)


class _Expand(nn.Module):
    def __init__(self, widths: Sequence[int], style_dim: int) -> None:
        super().__init__()
        full, half, quarter = widths
        self.conv1 = _StyledConv2d(quarter, half, 3, style_dim)
        self.conv2 = _StyledConv2d(half, full, 3, style_dim)
        self.conv3 = _StyledConv2d(full, 3, 9, style_dim)

    def forward(self, x: Tensor, vector: Tensor, mode: str) -> Tensor:
        for conv in (self.conv1, self.conv2):
            x = conv(interpolate(x, scale_factor=2, mode=mode), vector).relu()
        return self.conv3(x, vector).sigmoid()


class _Transformer(nn.Module):
    def __init__(self, style_dim: int, widths: Sequence[int], residuals: int) -> None:
        super().__init__()
        self.contract = _Contract(widths)
        self.residuals = [f"residual{number}" for number in range(1, residuals + 1)]
        for name in self.residuals:
            self.add_module(name, _Residual(widths[-1], style_dim))
        self.expand = _Expand(widths, style_dim)

    def forward(self, x: Tensor, vector: Tensor, mode: str) -> Tensor:
        x = self.contract(x)
        for name in self.residuals:
            x = self.get_submodule(name)(x, vector)
        return self.expand(x, vector, mode)
