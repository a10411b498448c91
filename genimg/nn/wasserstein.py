"""Sliced Wasserstein distance: how far two clouds of features are from being the same cloud.

Papers: Heitz, Vanhoey, Chambon, Belcour 2021, "A Sliced Wasserstein Loss for Neural Texture Synthesis" (CVPR);
Rabin, Peyré, Delon, Bernot 2011, "Wasserstein Barycenter and its Application to Texture Mixing".
"""

import torch
from torch import Tensor
from torch.nn.functional import normalize


def directions(channels: int, count: int, generator: torch.Generator) -> Tensor:
    """Return `count` random unit vectors as rows, ``(count, channels)``, evenly spread over all directions."""
    return normalize(torch.randn(count, channels, generator=generator), dim=1)


def projected(features: Tensor, along: Tensor) -> Tensor:
    """Return the features ``(N, C, ...)`` seen along each of the directions ``(D, C)``, sorted: ``(N, D, P)``."""
    with torch.autocast(features.device.type, enabled=False):
        return (along @ features.flatten(2).float()).sort(dim=2).values


def sliced_distance(features: Tensor, target: Tensor, along: Tensor) -> Tensor:
    """Return the mean squared sliced Wasserstein distance; a scalar.

    Along one direction the cheapest way to move one cloud of numbers onto another is in sorted order. It is zero in all
    directions only if the clouds are equal, where equal Gram matrices say that their second moments are.

    Args:
        features: ``(N, C, H, W)``.
        target: ``(1 or N, C, H', W')``; another number of pixels is matched by quantiles.
        along: directions ``(D, C)``; draw new ones for every step.
    """
    ours = projected(features, along)
    with torch.no_grad():
        theirs = projected(target, along)
        count, wanted = theirs.shape[2], ours.shape[2]
        if count != wanted:
            places = (torch.arange(wanted, device=theirs.device) * 2 + 1) * count // (2 * wanted)
            theirs = theirs[:, :, places]
    return (ours - theirs).square().mean()
