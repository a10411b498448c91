"""A Gaussian mixture over a VAE's latents: the standard normal fits the codes of real pictures badly."""

from collections.abc import Mapping

import torch
from torch import Tensor

from genimg.models.vae import VAE


def fit_mixture(model: VAE, images: Tensor, *, limit: int = 10_000) -> dict[str, Tensor]:
    """Fit a mixture to the latents of `images`, ``(N, C, H, W)`` uint8; returns what `fit_gaussians` does.

    Each latent is a draw from its posterior, not the mean, so that the mixture has the width that the decoder knows.
    """
    where = next(model.parameters()).device
    draws = []
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for part in images[:limit].split(256):
            mean, log_variance = model.encode(part.to(where).float() / 255)
            noise = torch.randn(mean.shape, generator=random).to(where)
            draws.append(mean + noise * (log_variance / 2).exp())
    return fit_gaussians(torch.cat(draws))


def fit_gaussians(latents: Tensor, *, components: int = 10, limit: int = 10_000) -> dict[str, Tensor]:
    """Fit a mixture to latents ``(N, D)``, the first `limit` of them.

    Returns:
        ``weights (K,)``, ``means (K, D)`` and ``factors (K, D, D)``, lower triangular with covariance F F^T.
    """
    from sklearn.mixture import GaussianMixture  # slow to import, and who only samples never needs it

    mixture = GaussianMixture(min(components, len(latents)), random_state=0, max_iter=40, reg_covar=1e-4)
    mixture.fit(latents[:limit].cpu().numpy())
    factors = torch.linalg.cholesky(torch.from_numpy(mixture.covariances_))
    return {
        "weights": torch.from_numpy(mixture.weights_).float(),
        "means": torch.from_numpy(mixture.means_).float(),
        "factors": factors.float(),
    }


def sample_mixture(
    mixture: Mapping[str, Tensor], count: int, random: torch.Generator, *, spread: float = 1.0
) -> Tensor:
    """Draw latents ``(count, D)`` on the CPU from what `fit_mixture` returned.

    Args:
        mixture: weights, means and factors.
        count: how many latents.
        random: where the chance comes from.
        spread: of each component round its mean; 1 is the mixture itself.
    """
    weights, means, factors = (mixture[name].cpu().float() for name in ("weights", "means", "factors"))
    which = torch.multinomial(weights, count, replacement=True, generator=random)
    noise = torch.randn(count, means.shape[1], generator=random)
    return means[which] + spread * torch.einsum("nij,nj->ni", factors[which], noise)
