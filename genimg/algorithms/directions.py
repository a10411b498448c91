"""Moves in latent space: along which pictures change most, and by which they gain an attribute.

Paper: GANSpace, Harkonen et al. 2020, https://arxiv.org/abs/2004.02546, for the first.
"""

from collections.abc import Callable

import torch
from torch import Tensor


def principal_directions(
    render: Callable[[Tensor], Tensor],
    early: Callable[[Tensor], Tensor],
    codes: Tensor,
    *,
    count: int,
) -> tuple[Tensor, Tensor]:
    """Find `count` orthonormal latent directions, the one that moves the picture most first.

    As GANSpace does for networks whose latents are isotropic: principal components of the activations of an early
    layer, carried back to latents by least squares. Then, where we add to the paper, they are made orthonormal and
    sorted by how much the *pictures* change along each, because a strong component early on can fade later.

    Args:
        render: latents ``(N, latent_dim)`` to pictures ``(N, C, H, W)``.
        early: latents to activations ``(N, F)``.
        codes: ``(M, latent_dim)``, some thousand latents, standard normal.
        count: number of directions, at most `latent_dim`.

    Returns:
        ``(count, latent_dim)`` unit vectors, and ``(count,)`` the root mean square change of a pixel, in [0, 1], for a
        step of one along each.
    """
    activations = torch.cat([early(part).float() for part in codes.split(256)])
    activations = activations - activations.mean(0)
    _, _, components = torch.pca_lowrank(activations, q=min(2 * count, codes.shape[1]), center=False)
    coordinates = activations @ components / (activations @ components).std(0)
    back = torch.linalg.lstsq(codes, coordinates).solution  # (latent_dim, components)
    directions = torch.linalg.qr(back).Q.T

    probes = codes[:64]
    change = torch.stack([(render(probes + d) - render(probes - d)).square().mean().sqrt() / 2 for d in directions])
    order = change.argsort(descending=True)[:count]
    return _signed(directions[order]), change[order]


def principal_components(latents: Tensor, *, count: int) -> tuple[Tensor, Tensor]:
    """Find the directions along which latents are spread most: what GANSpace proposes for StyleGAN's styles.

    Args:
        latents: ``(M, latent_dim)``, some thousand by chance.
        count: number of directions, at most `latent_dim`.

    Returns:
        ``(count, latent_dim)`` orthogonal vectors, each as long as the standard deviation along it, and these lengths.
    """
    _, _, components = torch.pca_lowrank(latents, q=min(count + 6, latents.shape[1]), niter=4)
    directions = components.T[:count]
    lengths = (latents @ directions.T).std(0)
    return _signed(directions) * lengths[:, None], lengths


def _signed(directions: Tensor) -> Tensor:
    """Choose between a direction and its opposite, which are the same line: the largest entry is positive."""
    return directions * directions.gather(1, directions.abs().argmax(1, keepdim=True)).sign()


def step(latents: Tensor, moves: Tensor, share: float) -> Tensor:
    """Return what is to be added to latents ``(N, D)`` that go a share of the way towards an attribute, or away.

    Args:
        latents: where they are.
        moves: ``(2, D + 1, D)``, two maps that `affine` takes: to pictures without it, and to those with it.
        share: -1 for all of the way to the first, 1 to the second.
    """
    return abs(share) * affine(latents, moves[int(share > 0)])


def affine(latents: Tensor, move: Tensor) -> Tensor:
    """Return ``(N, D)`` latents through a map ``(D + 1, D)``: a matrix and, as its last row, an offset."""
    return latents @ move[:-1] + move[-1]
