"""Picture to picture: a U-Net that paints, and the critic of patches that it learns from.

Isola et al. 2017, https://arxiv.org/abs/1611.07004. Of their layers we keep the plan alone: residual blocks with
group norm take the place of plain convolutions with batch norm, so that a picture does not depend on those drawn with
it and small batches do no harm; and the finest layers work on folded pixels, for speed on a CPU.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torch.nn.utils.parametrizations import spectral_norm

from genimg.core.errors import UserError
from genimg.nn.hub import HubModel
from genimg.nn.layers import Residual

FOLD = 4  # pixels along the side of a block that becomes channels
GROUPS = 8  # of the norms
_LOOKED = 2  # the same for the critic: it is to see every pixel's slip


class Pix2Pix(nn.Module, HubModel, architecture="pix2pix", task="image-to-image"):
    """Paint a picture after a picture of the same size: a face after a sketch of it.

    Args:
        image_size: side in pixels of the pictures it was trained on; a multiple of what the levels halve it to.
        widths: feature maps at a quarter of the side, an eighth, and so on, finest first; multiples of 8.
        depth: residual blocks at the coarsest level; each other one has one before and one after it.

    Raises:
        UserError: if the side cannot be halved so often, or for a width that is no such multiple.
    """

    def __init__(self, *, image_size: int = 128, widths: Sequence[int] = (80, 144, 192, 192), depth: int = 2) -> None:
        super().__init__()
        if any(width % GROUPS for width in widths):
            raise UserError(f"The widths must be multiples of {GROUPS}; got {', '.join(map(str, widths))}.")
        factor = FOLD * 2 ** (len(widths) - 1)
        if image_size < factor or image_size % factor:
            raise UserError(f"image_size must be a multiple of {factor} with {len(widths)} widths; got {image_size}.")
        self.image_size = image_size
        folded = 3 * FOLD**2
        finer, coarser = widths[:-1], widths[1:]
        self.begin = nn.Sequential(nn.PixelUnshuffle(FOLD), nn.Conv2d(folded, widths[0], 3, padding=1))
        self.before = nn.ModuleList(Residual(width, groups=GROUPS) for width in finer)
        self.down = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in zip(finer, coarser, strict=True))
        self.middle = nn.Sequential(*(Residual(widths[-1], groups=GROUPS) for _ in range(depth)))
        self.join = nn.ModuleList(nn.Conv2d(a + b, a, 1) for a, b in zip(finer, coarser, strict=True))
        self.after = nn.ModuleList(Residual(width, groups=GROUPS) for width in finer)
        self.end = nn.Sequential(
            nn.SiLU(inplace=True), nn.Conv2d(widths[0], folded, 3, padding=1), nn.PixelShuffle(FOLD)
        )

    def painted(self, images: Tensor) -> Tensor:
        """Return what `forward` does before it is cut to [0, 1]: where there is nothing to learn, there is no slope."""
        x = self.begin(images * 2 - 1)
        kept = []
        for block, down in zip(self.before, self.down, strict=True):
            x = block(x)
            kept.append(x)
            x = down(x)
        x = self.middle(x)
        for block, join in zip(reversed(self.after), reversed(self.join), strict=True):
            x = block(join(torch.cat([interpolate(x, scale_factor=2), kept.pop()], dim=1)))
        return (self.end(x).float() + 1) / 2

    def forward(self, images: Tensor) -> Tensor:
        """Paint pictures ``(N, 3, H, W)`` in [0, 1], sides multiples of what the levels halve; keep the shape."""
        return self.painted(images).clamp(0, 1)


class PatchCritic(nn.Module):
    """Say of each patch of a picture how well it goes with what it was painted after.

    Every layer has a spectral norm of 1 (Miyato et al. 2018, https://arxiv.org/abs/1802.05957): that keeps the game in
    balance without gradient penalties, which cost more on a CPU than all the rest.

    Args:
        widths: feature maps at a half of the side, a quarter, and so on. With four of them a logit sees 80 pixels.
    """

    def __init__(self, *, widths: Sequence[int] = (32, 80, 144, 224)) -> None:
        super().__init__()
        self.fold = nn.PixelUnshuffle(_LOOKED)
        layers = [nn.Conv2d(6 * _LOOKED**2, widths[0], 3, padding=1)]
        layers += [nn.Conv2d(a, b, 4, 2, 1) for a, b in zip(widths[:-1], widths[1:], strict=True)]
        self.layers = nn.ModuleList(spectral_norm(layer) for layer in layers)
        self.judge = spectral_norm(nn.Conv2d(widths[-1], 1, 3, padding=1))

    def forward(self, sources: Tensor, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return logits ``(N, 1, h, w)`` of pictures ``(N, 3, H, W)`` in [0, 1], and the activations before them."""
        x = self.fold(torch.cat([sources, images], dim=1) * 2 - 1)
        seen = []
        for layer in self.layers:
            x = nn.functional.leaky_relu(layer(x), 0.2)
            seen.append(x)
        return self.judge(x), seen
