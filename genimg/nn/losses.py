"""Losses on pictures and features: style, content, smoothness.

Papers: Gatys, Ecker, Bethge 2016, "Image Style Transfer Using Convolutional Neural Networks" (Gram matrices);
Mahendran and Vedaldi 2015, "Understanding Deep Image Representations by Inverting Them" (total variation).
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def gram(features: Tensor) -> Tensor:
    """Return which channels are active together, wherever that is: ``(N, C, H, W)`` -> ``(N, C, C)`` in float32.

    Divided by height times width, so that pictures of different sizes compare.
    """
    with torch.autocast(features.device.type, enabled=False):
        return _Gram.apply(features)  # type: ignore[no-untyped-call]


class _Gram(torch.autograd.Function):
    """F F^T / (H W), with the symmetry used in the gradient: one product where autograd would make two and add them."""

    @staticmethod
    def forward(ctx: Any, features: Tensor) -> Tensor:
        ctx.save_for_backward(features)
        flat = features.float().flatten(2)  # sums over a quarter of a million pixels need float32
        return flat @ flat.mT / flat.shape[-1]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (features,) = ctx.saved_tensors
        both = ((grad + grad.mT) / features[0, 0].numel()).to(features.dtype)
        pixels = features.flatten(2).mT @ both  # (N, HW, C): the memory order of the convolution before it
        return pixels.mT.unflatten(2, features.shape[2:])


def even_square(difference: Tensor) -> Tensor:
    """Return ``sum(d^2) / sum(|d|)``, the squared error in units of the error itself; a scalar.

    The plain square has gradients that grow with the number and the size of features, by orders of magnitude between
    layers and picture sizes. Dividing by the absolute sum takes that away, so one weight per layer serves every size.
    The idea is Katherine Crowson's (style-transfer-pytorch).
    """
    difference = difference.float()
    return even_ratio(difference.square().sum(), difference.abs().sum())


def even_ratio(squares: Tensor, absolutes: Tensor) -> Tensor:
    """Return `even_square` for sums of squared and of absolute errors."""
    return squares / (absolutes + 1e-8)


def style_loss(grams: Mapping[str, Tensor], targets: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """Return how far the Gram matrices of layers are from `targets`; layer weights count in proportion."""
    total = sum(weights.values())
    losses = [weight / total * even_square(grams[layer] - targets[layer]) for layer, weight in weights.items()]
    return torch.stack(losses).sum()


def total_variation(images: Tensor) -> Tensor:
    """Return the mean squared step to the right and lower neighbours of ``(N, C, H, W)``; 0 for a flat picture."""
    across = (images[..., :, 1:] - images[..., :, :-1]).square()
    down = (images[..., 1:, :] - images[..., :-1, :]).square()
    # A one-pixel-wide picture has no neighbour in that direction, and the mean of nothing would be NaN.
    return sum((part.mean() for part in (across, down) if part.numel()), images.new_zeros(()))
