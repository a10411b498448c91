"""A recurrent network that dreams in an autoencoder's latents.

Ha and Schmidhuber 2018, "World Models", https://arxiv.org/abs/1803.10122: an LSTM whose output is a mixture density
(Bishop 1994, "Mixture Density Networks") over the next latent.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax

from genimg.nn.hub import HubModel

State = tuple[Tensor, Tensor]


class LatentRNN(nn.Module, HubModel, architecture="latent-rnn", task="image-to-video"):
    """From the latent of a face to the latents of a film in which it acts.

    Where we depart from the paper: not the latent is foretold but how far it has *moved* from the first frame's, along
    the few directions in which acting moves latents at all. So a film cannot leave the person it began with. The first
    latent is an input of every frame, for how a smile moves the latent depends on who smiles.

    Args:
        latent_dim: length of a latent vector.
        moves: directions in which latents move.
        hidden: units of the LSTM.
        mixtures: components of the mixture.
        vae: name of the checkpoint whose latents these are.
        fps: frames a second.
    """

    basis: Tensor

    def __init__(
        self,
        *,
        latent_dim: int = 128,
        moves: int = 16,
        hidden: int = 256,
        mixtures: int = 12,
        vae: str = "avatars-vae",
        fps: int = 12,
    ) -> None:
        super().__init__()
        self.latent_dim, self.moves, self.mixtures = latent_dim, moves, mixtures
        self.vae, self.fps = vae, fps
        self.register_buffer("basis", torch.zeros(moves, latent_dim).fill_diagonal_(1))  # orthonormal rows
        self.lstm = nn.LSTM(latent_dim + moves, hidden, batch_first=True)
        # The position itself is an input of the last layer too: to stay where one is is then easy to say exactly.
        self.head = nn.Linear(hidden + moves, mixtures * (1 + 2 * moves))

    def positions(self, latents: Tensor) -> Tensor:
        """Return how far latents ``(N, T, latent_dim)`` have moved from frame 0, ``(N, T, moves)``."""
        return (latents - latents[:, :1]) @ self.basis.T

    def forward(self, first: Tensor, positions: Tensor, state: State | None = None) -> tuple[Tensor, ...]:
        """Foretell after each frame the next.

        Args:
            first: latents of the first frames, ``(N, latent_dim)``.
            positions: how far each frame has moved from the first, ``(N, T, moves)``.
            state: of the LSTM, from the call that ended before this frame.

        Returns:
            Log weights ``(N, T, mixtures)``, means and log standard deviations ``(N, T, mixtures, moves)`` of the next
            position, and the LSTM's state, two tensors.
        """
        whole = torch.cat([first[:, None].expand(-1, positions.shape[1], -1), positions], dim=2)
        hidden, state = self.lstm(whole, state)
        raw = self.head(torch.cat([hidden, positions], dim=2)).float()
        weights, rest = raw.split([self.mixtures, 2 * self.mixtures * self.moves], dim=2)
        means, log_scales = rest.unflatten(2, (self.mixtures, 2 * self.moves)).chunk(2, dim=3)
        # A standard deviation below 1/100 of a latent's is invisible, and its likelihood knows no bounds.
        return log_softmax(weights, dim=2), means, log_scales.clamp(math.log(0.01), 2), *state

    @torch.no_grad()
    def dream(self, first: Tensor, frames: int, random: torch.Generator, *, temperature: float = 1.0) -> Tensor:
        """Let faces act, by chance.

        Args:
            first: their latents, ``(N, latent_dim)``.
            frames: length of the film; the first frame is `first` itself.
            random: where the chance comes from.
            temperature: as in the paper, weights are raised to 1 / temperature and variances multiplied by it: at 0
                the likeliest is done, above 1 more of the unusual.

        Returns:
            Latents ``(N, frames, latent_dim)``.
        """
        position = first.new_zeros(len(first), 1, self.moves)
        track, state = [position], None
        for _ in range(frames - 1):
            weights, means, log_scales, *after = self(first, position, state)
            state = (after[0], after[1])
            position = sample_mixture(weights, means, log_scales, random, temperature)
            track.append(position)
        return first[:, None] + torch.cat(track, dim=1) @ self.basis


def mixture_nll(weights: Tensor, means: Tensor, log_scales: Tensor, targets: Tensor) -> Tensor:
    """Return the negative log likelihood, nats, of targets under mixtures of diagonal Gaussians (Bishop 1994).

    Args:
        weights: log weights ``(..., K)``.
        means: ``(..., K, D)``.
        log_scales: log standard deviations ``(..., K, D)``.
        targets: ``(..., D)``.

    Returns:
        ``(...)``.
    """
    error = (targets[..., None, :] - means) * (-log_scales).exp()
    log_density = -0.5 * error.square() - log_scales - 0.5 * math.log(2 * math.pi)
    return -torch.logsumexp(weights + log_density.sum(-1), dim=-1)


def sample_mixture(
    weights: Tensor, means: Tensor, log_scales: Tensor, random: torch.Generator, temperature: float = 1.0
) -> Tensor:
    """Draw ``(..., D)`` from mixtures as `mixture_nll` takes them; see `LatentRNN.dream` for the temperature."""
    flat = weights.flatten(0, -2)
    if temperature > 0:
        # Seeded chance is always drawn on the CPU, so that a seed gives the same film on every device.
        which = torch.multinomial((flat / temperature).softmax(-1).cpu(), 1, generator=random).to(flat.device)
    else:
        which = flat.argmax(-1, keepdim=True)
    which = which.view(*weights.shape[:-1], 1, 1).expand(*means.shape[:-2], 1, means.shape[-1])
    mean, scale = (values.gather(-2, which).squeeze(-2) for values in (means, log_scales.exp()))
    return mean + temperature**0.5 * scale * torch.randn(mean.shape, generator=random).to(mean)
