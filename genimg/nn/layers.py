"""Layers that several models share."""

import torch
from torch import Tensor, nn


class Residual(nn.Module):
    """``x + f(x)`` with f two 3x3 convolutions; starts as the identity (Fixup, Zhang et al. 2019, arXiv 1901.09321).

    Args:
        channels: of input and output, ``(N, channels, H, W)``.
        groups: None for batch norm, else that many groups of group norm.
    """

    def __init__(self, channels: int, *, groups: int | None = None) -> None:
        super().__init__()

        def norm() -> nn.Module:
            return nn.BatchNorm2d(channels) if groups is None else nn.GroupNorm(groups, channels)

        self.layers = nn.Sequential(
            norm(),
            nn.SiLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            norm(),
            nn.SiLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1),
        )
        self.gain = nn.Parameter(torch.zeros(()))

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
