"""What a network trained on ImageNet sees in a picture: the frozen convolutions of VGG.

Paper: Simonyan and Zisserman 2014, "Very Deep Convolutional Networks for Large-Scale Image Recognition".
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, max_pool2d, pad

from genimg.core.errors import UserError
from genimg.nn.hub import HubModel


class VGGFeatures(nn.Module, HubModel, architecture="vgg-features", task="image-feature-extraction"):
    """The convolutional part of a VGG, cut after its last useful layer, answering with named activations.

    Parameters are named as in torchvision's ``vgg16().features``, so weights travel both ways. Layers are called
    ``conv2_1`` before the ReLU and ``relu2_1`` after it: the first convolution of the second block.

    Args:
        depths: convolutions in each block; the default is VGG16 up to conv4_1.
        widths: channels of each block.
        mean: of red, green and blue, subtracted from pictures in [0, 1].
        std: of red, green and blue, divided by afterwards.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        *,
        depths: Sequence[int] = (2, 2, 3, 1),
        widths: Sequence[int] = (64, 128, 256, 512),
        mean: Sequence[float] = (123.68 / 255, 116.779 / 255, 103.939 / 255),
        std: Sequence[float] = (1 / 255, 1 / 255, 1 / 255),
    ) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)
        self.plan: list[tuple[str, str]] = []  # (position in the state dict, name of the layer); "" is pooling
        position, channels = 0, 3
        for block, (depth, width) in enumerate(zip(depths, widths, strict=True), start=1):
            if block > 1:
                self.plan.append(("", f"pool{block - 1}"))
                position += 1
            for number in range(1, depth + 1):
                self.add_module(str(position), nn.Conv2d(channels, width, 3, padding=1))
                self.plan.append((str(position), f"{block}_{number}"))
                position, channels = position + 2, width

    @property
    def layers(self) -> list[str]:
        """The names that `forward` can be asked for, from shallow to deep."""
        return [kind + name for position, name in self.plan if position for kind in ("conv", "relu")]

    def forward(
        self, images: Tensor, layers: Sequence[str] = ("relu4_1",), *, smooth: bool = False
    ) -> dict[str, Tensor]:
        """Return the activations of `layers`; nothing deeper than the deepest of them is computed.

        Args:
            images: ``(N, 3, H, W)`` in [0, 1]; sides of at least 8 for the fourth block.
            layers: names out of `layers`.
            smooth: average pooling times 2 in place of max pooling, and a replicated border in place of a black one:
                gradients reach every pixel and edges stay clean, which optimising a picture wants (Gatys et al. 2016
                propose the pooling; the factor restores the size of activations). Leave it off to measure.

        Returns:
            ``{name: (N, C, H', W')}``, H' and W' halved with each block.

        Raises:
            UserError: for a layer that there is not.
        """
        wanted = set(layers)
        if unknown := wanted - set(self.layers):
            raise UserError(f"There is no layer {sorted(unknown)[0]}; there are {', '.join(self.layers)}.")
        found: dict[str, Tensor] = {}
        # Channels last: convolutions, pooling and their gradients then run at twice the speed on CPUs with bfloat16.
        x = ((images.float() - self.mean) / self.std).contiguous(memory_format=torch.channels_last)
        for position, name in self.plan:
            if wanted == found.keys():
                break
            if not position:
                x = avg_pool2d(x, 2, divisor_override=2) if smooth else max_pool2d(x, 2)
                continue
            layer = self.get_submodule(position)
            assert isinstance(layer, nn.Conv2d)
            if smooth and position == "0":
                x = conv2d(pad(x, (1, 1, 1, 1), mode="replicate"), layer.weight, layer.bias)
            else:
                x = layer(x)
            if f"conv{name}" in wanted:
                found[f"conv{name}"] = x
            x = x.relu()  # not in place: the convolution before it may have been asked for
            if f"relu{name}" in wanted:
                found[f"relu{name}"] = x
        return found
