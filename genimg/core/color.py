"""Colour beyond sRGB: Oklab (Ottosson 2020), where lightness and hue are apart."""

import torch
from torch import Tensor

_LMS = ((0.4122214708, 0.5363325363, 0.0514459929), (0.2119034982, 0.6806995451, 0.1073969566),
        (0.0883024619, 0.2817188376, 0.6299787005))  # fmt: skip
_LAB = ((0.2104542553, 0.7936177850, -0.0040720468), (1.9779984951, -2.4285922050, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.8086757660))  # fmt: skip


def keep_colors(painted: Tensor, content: Tensor) -> Tensor:
    """Return the lightness of `painted` with the colours of `content`; both ``(N, 3, H, W)``.

    In Oklab (Ottosson 2020), where changing the lightness leaves the hue alone; in YCbCr dark blues turn violet.
    """
    light, colors = _to_oklab(painted), _to_oklab(content)
    return _from_oklab(torch.cat([light[:, :1], colors[:, 1:]], dim=1))


def _to_oklab(images: Tensor) -> Tensor:
    linear = torch.where(images <= 0.04045, images / 12.92, ((images + 0.055) / 1.055).clamp(min=0) ** 2.4)
    cone = torch.einsum("ij,njhw->nihw", images.new_tensor(_LMS), linear).clamp(min=0) ** (1 / 3)
    return torch.einsum("ij,njhw->nihw", images.new_tensor(_LAB), cone)


def _from_oklab(lab: Tensor) -> Tensor:
    cone = torch.einsum("ij,njhw->nihw", lab.new_tensor(_LAB).inverse(), lab) ** 3
    linear = torch.einsum("ij,njhw->nihw", lab.new_tensor(_LMS).inverse(), cone).clamp(0, 1)
    return torch.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055).clamp(0, 1)
