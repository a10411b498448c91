"""Where in a photo the people are: MediaPipe's selfie segmentation, the general model, ported.

Encoder: MobileNetV3-small (Howard et al. 2019, "Searching for MobileNetV3", https://arxiv.org/abs/1905.02244), narrower
and with batch norms folded into the convolutions. Decoder: the paper's lite reduced atrous pooling, then three steps
up, each of which weighs the encoder's features of its size by squeeze and excitation (Hu et al. 2018).
"""

from torch import Tensor, nn
from torch.nn.functional import interpolate

from genimg.nn.hub import HubModel
from genimg.nn.layers import SameConv2d

SIZE = 256  # pixels of the square at which the network was trained; photos are squeezed to it, as MediaPipe does

# Of each block of the encoder: inner channels, channels, kernel, stride, inner channels of its gate, activation.
_BLOCKS = (
    (16, 16, 3, 2, 8, nn.ReLU),
    (72, 24, 3, 2, 0, nn.ReLU),
    (88, 24, 3, 1, 0, nn.ReLU),
    (96, 32, 5, 2, 24, nn.Hardswish),
    (128, 32, 5, 1, 32, nn.Hardswish),
    (128, 32, 5, 1, 32, nn.Hardswish),
    (96, 32, 5, 1, 24, nn.Hardswish),
    (96, 32, 5, 1, 24, nn.Hardswish),
)
_SKIPS = (1, 3)  # after so many blocks the decoder is shown what there is at half and quarter of the stem's size


class SelfieSegmentation(nn.Module, HubModel, architecture="selfie-segmentation", task="image-segmentation"):
    """From photos ``(N, 3, H, W)`` in [0, 1] to where people are, ``(N, 1, H, W)`` in [0, 1].

    Args:
        width: channels of the first convolution.
        head: channels of the pooling between encoder and decoder.
    """

    def __init__(self, *, width: int = 16, head: int = 128) -> None:
        super().__init__()
        self.stem = nn.Sequential(SameConv2d(3, width, 3, stride=2), nn.Hardswish())
        self.blocks = nn.ModuleList()
        channels, skips = width, [width]
        for number, (inner, outputs, kernel, stride, gate, activation) in enumerate(_BLOCKS, 1):
            self.blocks.append(_Block(channels, inner, outputs, kernel, stride, gate, activation))
            channels = outputs
            if number in _SKIPS:
                skips.append(channels)
        self.head = _Pooling(channels, head)
        self.steps = nn.ModuleList()
        channels = head
        for skip in reversed(skips):
            self.steps.append(_Step(channels, skip))
            channels = skip
        self.segment = nn.ConvTranspose2d(channels, 1, 2, stride=2)

    def forward(self, images: Tensor) -> Tensor:
        """Look at the pictures squeezed to `SIZE` squared, and return the map at their own size."""
        size = (images.shape[-2], images.shape[-1])
        x = self.stem(_resized(images, (SIZE, SIZE)))
        seen = [x]
        for number, block in enumerate(self.blocks, 1):
            x = block(x)
            if number in _SKIPS:
                seen.append(x)
        x = self.head(x)
        for step in self.steps:
            x = step(x, seen.pop())
        return _resized(self.segment(x).sigmoid(), size)


class _Gate(nn.Module):
    """How much of each channel counts, from the mean of all pixels: ``(N, C, 1, 1)`` in [0, 1]."""

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, inner, 1)
        self.excite = nn.Conv2d(inner, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.excite(self.squeeze(x.mean((2, 3), keepdim=True)).relu()).sigmoid()


class _Block(nn.Module):
    """An inverted residual: widen, look at the neighbours channel by channel, weigh the channels, narrow."""

    def __init__(
        self, inputs: int, inner: int, outputs: int, kernel: int, stride: int, gate: int, activation: type[nn.Module]
    ) -> None:
        super().__init__()
        self.expand = nn.Conv2d(inputs, inner, 1)
        self.depthwise = SameConv2d(inner, inner, kernel, stride=stride, groups=inner)
        self.gate = _Gate(inner, gate) if gate else None
        self.project = nn.Conv2d(inner, outputs, 1)
        self.activation = activation()
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.activation(self.depthwise(self.activation(self.expand(x))))
        y = self.project(y if self.gate is None else y * self.gate(y))
        return x + y if self.adds else y


class _Pooling(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 1)
        self.weigh = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x).relu() * self.weigh(x.mean((2, 3), keepdim=True)).sigmoid()


class _Step(nn.Module):
    """Twice the size, together with what the encoder saw there."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(inputs, outputs, 1)
        self.gate = _Gate(outputs, outputs)
        self.conv = nn.Conv2d(outputs, outputs, 1)
        self.depthwise = SameConv2d(outputs, outputs, 3, groups=outputs)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        x = self.enter(interpolate(x, scale_factor=2, mode="bilinear", align_corners=False))
        x = self.conv(x + seen * self.gate(seen + x)).relu()
        return x + self.depthwise(x).relu()


def _resized(images: Tensor, size: tuple[int, int]) -> Tensor:
    if images.shape[-2:] == size:
        return images
    return interpolate(images, size, mode="bilinear", antialias=True, align_corners=False)
