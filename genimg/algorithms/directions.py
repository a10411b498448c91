"""Directions in latent space: along which pictures change most, and along which they gain an attribute.

Papers: GANSpace, Harkonen et al. 2020, https://arxiv.org/abs/2004.02546, for the first; Radford et al. 2015,
https://arxiv.org/abs/1511.06434, section 6.3.2 (the smile), and InterFaceGAN, Shen et al. 2020,
https://arxiv.org/abs/1907.10786, for the second.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from genimg.core.runtime import generator


def principal_directions(
    render: Callable[[Tensor], Tensor],
    early: Callable[[Tensor], Tensor],
    *,
    latent_dim: int,
    count: int,
    device: torch.device,
    samples: int = 4096,
    seed: int = 0,
) -> tuple[Tensor, Tensor]:
    """Find `count` orthonormal latent directions, the one that moves the picture most first.

    As GANSpace does for networks whose latents are isotropic: principal components of the activations of an early
    layer, carried back to latents by least squares. Then, where we add to the paper, they are made orthonormal and
    sorted by how much the *pictures* change along each, because a strong component early on can fade later.

    Args:
        render: latents ``(N, latent_dim)`` to pictures ``(N, C, H, W)``.
        early: latents to activations ``(N, F)``.
        latent_dim: length of a latent vector.
        count: number of directions, at most `latent_dim`.
        device: where to compute.
        samples: latents looked at.
        seed: of these latents.

    Returns:
        ``(count, latent_dim)`` unit vectors, and ``(count,)`` the root mean square change of a pixel, in [0, 1], for a
        step of one along each.
    """
    random = generator(seed)
    codes = torch.randn(samples, latent_dim, generator=random).to(device)
    activations = torch.cat([early(part).float() for part in codes.split(256)])
    activations = activations - activations.mean(0)
    _, _, components = torch.pca_lowrank(activations, q=min(2 * count, latent_dim), center=False)
    coordinates = activations @ components / (activations @ components).std(0)
    back = torch.linalg.lstsq(codes, coordinates).solution  # (latent_dim, components)
    directions = torch.linalg.qr(back).Q.T

    probes = codes[:64]
    change = torch.stack([(render(probes + d) - render(probes - d)).square().mean().sqrt() / 2 for d in directions])
    order = change.argsort(descending=True)[:count]
    directions = directions[order]
    # A direction and its opposite are the same line; the largest entry is made positive so that it is always one.
    signs = directions.gather(1, directions.abs().argmax(1, keepdim=True)).sign()
    return directions * signs, change[order]


def linear_probe(images: Tensor, labels: Tensor, *, ridge: float = 20.0) -> Callable[[Tensor], Tensor]:
    """Learn by ridge regression to read attributes off pictures that are aligned, at half their size.

    Args:
        images: ``(N, C, H, W)`` in [0, 1].
        labels: ``(N, A)``, any numbers.
        ridge: how strongly large weights are held down.

    Returns:
        Pictures like `images` to scores ``(N, A)`` in standard deviations of the labels.
    """

    def look(batch: Tensor) -> Tensor:
        return avg_pool2d(batch, 2).flatten(1)

    seen, wanted = look(images), labels.float()
    center, wanted = seen.mean(0), (wanted - wanted.mean(0)) / wanted.std(0)
    seen = seen - center
    weights = torch.linalg.solve(seen.T @ seen + ridge * torch.eye(seen.shape[1]).to(seen), seen.T @ wanted)
    return lambda batch: (look(batch) - center) @ weights


def attribute_directions(
    render: Callable[[Tensor], Tensor], latents: Tensor, probe: Callable[[Tensor], Tensor]
) -> tuple[Tensor, Tensor]:
    """Find for each attribute the latent direction along which its score rises.

    Args:
        render: latents ``(N, D)`` to pictures.
        latents: ``(N, D)`` as the model's pictures are drawn from, several thousand.
        probe: pictures to scores ``(N, A)``.

    Returns:
        ``(A, D)`` unit vectors, and ``(A,)`` how much of each score's variance a straight line explains, 0 to 1.
    """
    scores = torch.cat([probe(render(part)) for part in latents.split(200)])
    scores, latents = scores - scores.mean(0), latents - latents.mean(0)
    explained = latents @ torch.linalg.lstsq(latents, scores).solution
    agreement = explained.var(0) / scores.var(0)
    # How latents vary with the score, not how the score is read off latents: they differ where latents are correlated.
    directions = (latents.T @ explained).T
    return directions / directions.norm(dim=1, keepdim=True), agreement
