"""A compact network that enlarges drawings: Real-ESRGAN's SRVGG, Wang et al. 2021, https://arxiv.org/abs/2107.10833."""

from torch import Tensor, nn
from torch.nn.functional import interpolate, pixel_shuffle

from genimg.nn.hub import HubModel


class Upscaler(nn.Module, HubModel, architecture="upscaler", task="image-to-image"):
    """Convolutions at the picture's own size that predict what is missing from its enlargement by nearest neighbours.

    Args:
        scale: how many times larger each side becomes.
        width: feature maps.
        depth: convolutions between the first and the last.
    """

    def __init__(self, *, scale: int = 4, width: int = 64, depth: int = 16) -> None:
        super().__init__()
        self.scale = scale
        self.reach = depth + 2  # a pixel depends on so many of its neighbours on each side
        layers: list[nn.Module] = [nn.Conv2d(3, width, 3, padding=1), nn.PReLU(width)]
        for _ in range(depth):
            layers += [nn.Conv2d(width, width, 3, padding=1), nn.PReLU(width)]
        self.body = nn.Sequential(*layers, nn.Conv2d(width, 3 * scale**2, 3, padding=1))

    def forward(self, images: Tensor) -> Tensor:
        """Return ``(N, 3, scale H, scale W)`` in [0, 1] of pictures ``(N, 3, H, W)`` in [0, 1]."""
        added = pixel_shuffle(self.body(images).float(), self.scale)
        return (added + interpolate(images, scale_factor=self.scale, mode="nearest")).clamp(0, 1)
