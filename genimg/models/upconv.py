"""A compact network that makes photos twice as large: waifu2x's upconv_7, https://github.com/nagadomi/waifu2x.

It descends from SRCNN (Dong et al. 2015, https://arxiv.org/abs/1501.00092), but looks at the small picture and enlarges
in its last layer alone, as FSRCNN does (Dong et al. 2016, https://arxiv.org/abs/1608.00367).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from genimg.nn.hub import HubModel


class Upconv(nn.Module, HubModel, architecture="upconv", task="image-to-image"):
    """Convolutions at the picture's own size, and a transposed one to twice the size.

    Args:
        widths: feature maps after each convolution.
    """

    scale = 2

    def __init__(self, *, widths: Sequence[int] = (16, 32, 64, 128, 128, 256)) -> None:
        super().__init__()
        self.reach = len(widths) + 1  # a pixel depends on so many of its neighbours on each side
        layers: list[nn.Module] = []
        for before, width in zip((3, *widths), widths, strict=False):
            layers += [nn.Conv2d(before, width, 3), nn.LeakyReLU(0.1)]
        self.body = nn.Sequential(*layers)
        self.enlarge = nn.ConvTranspose2d(widths[-1], 3, 4, stride=2, padding=3)

    def forward(self, images: Tensor) -> Tensor:
        """Return ``(N, 3, 2 H, 2 W)`` in [0, 1] of pictures ``(N, 3, H, W)`` in [0, 1]."""
        features = self.body(pad(images, (self.reach,) * 4, mode="replicate"))
        with torch.autocast(images.device.type, enabled=False):  # bfloat16 is coarser than the 8 bits of a picture
            enlarged: Tensor = self.enlarge(features.float())
        return enlarged.clamp(0, 1)
