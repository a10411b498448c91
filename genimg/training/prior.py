"""A rectified flow over a VAE's latents: from standard normal noise to the latents that its pictures have.

The posterior means of real pictures are far from standard normal, and no mixture of a few Gaussians describes them
well, so what is decoded from either is blurred where it should decide. The papers are in `genimg.algorithms.flow`.
"""

import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from genimg import checkpoints
from genimg.algorithms.flow import between, follow, logit_normal, velocity
from genimg.core.runtime import device, fast_precision, generator
from genimg.models.vae import VAE

PART = "prior"  # of a checkpoint: prior.safetensors
STEPS = 20  # Euler's
_WAVES = 8


class Prior(nn.Module):
    """Noise ``(N, D)`` to latents: a residual network of two blocks, asked for velocities.

    Args:
        latent_dim: D.
        width: of the blocks; they are twice as wide inside.
    """

    def __init__(self, latent_dim: int, width: int = 384) -> None:
        super().__init__()
        self.enter = nn.Linear(latent_dim + 2 * _WAVES, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.widen = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(2))
        self.narrow = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(2))
        self.leave = nn.Linear(width, latent_dim)
        for layer in (*self.narrow, self.leave):
            nn.init.zeros_(layer.weight)  # type: ignore[arg-type]
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        self.mean: Tensor
        self.scale: Tensor
        self.register_buffer("mean", torch.zeros(latent_dim))
        self.register_buffer("scale", torch.ones(latent_dim))

    def field(self, places: Tensor, times: Tensor) -> Tensor:
        """Return the velocities ``(N, D)`` at places among latents of unit variance, at times ``(N,)``."""
        angles = times[:, None] * math.pi * torch.arange(1, _WAVES + 1, device=times.device)
        x = self.enter(torch.cat([places, angles.sin(), angles.cos()], dim=1))
        for norm, widen, narrow in zip(self.norms, self.widen, self.narrow, strict=True):
            x = x + narrow(silu(widen(norm(x))))
        return self.leave(x).float()

    def forward(self, noise: Tensor) -> Tensor:
        """Turn standard normal noise ``(N, D)`` into latents."""
        with torch.no_grad():
            *_, end = follow(self.field, noise, steps=STEPS)
        return end * self.scale + self.mean


def fit_prior(
    model: VAE, images: Tensor, *, steps: int = 4000, batch: int = 512, lr: float = 1e-3, width: int = 384
) -> Prior:
    """Train a prior on the latents of pictures ``(N, C, H, W)`` uint8, each time drawn anew from their posteriors.

    Args:
        model: whose latents.
        images: the training pictures.
        steps: of Adam, with a learning rate that falls to nothing.
        batch: latents in a step.
        lr: the learning rate at its highest.
        width: see `Prior`.

    Returns:
        The moving average of the network.
    """
    where, random = next(model.parameters()).device, generator(0)
    with torch.no_grad(), fast_precision():
        parts = [model.encode(part.to(where).float() / 255) for part in images.split(200)]
    means, spreads = torch.cat([m for m, _ in parts]), torch.cat([(v / 2).exp() for _, v in parts])
    torch.manual_seed(0)
    network, average = Prior(model.latent_dim, width).to(where), Prior(model.latent_dim, width).to(where)
    average.load_state_dict(network.state_dict())
    average.mean.copy_(means.mean(0))
    average.scale.copy_((means.var(0) + spreads.square().mean(0)).sqrt())
    optimizer = torch.optim.Adam(network.parameters(), lr=lr, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=max(steps, 2), pct_start=0.05)
    for step in range(steps):
        rows = torch.randint(len(means), (batch,), generator=random).to(where)
        noise, chance = torch.randn(2, batch, model.latent_dim, generator=random).to(where)
        data = (means[rows] + chance * spreads[rows] - average.mean) / average.scale
        times = logit_normal(batch, random).to(where)
        with fast_precision():
            guess = network.field(between(noise, data, times), times)
        loss = (guess - velocity(noise, data)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        with torch.no_grad():  # over as many steps as were taken at first, then over the last thousand
            for mine, theirs in zip(average.parameters(), network.parameters(), strict=True):
                mine.lerp_(theirs, max(1e-3, 20 / (step + 20)))
    return average.eval().requires_grad_(False)


def save_prior(prior: Prior, folder: Path) -> None:
    """Write a prior into the folder of its checkpoint."""
    checkpoints.save_tensors(prior.state_dict(), folder / f"{PART}.safetensors", half=True)


def open_prior(name: str | Path) -> Prior | None:
    """Return the prior of a checkpoint, or None if it has none."""
    tensors = checkpoints.extra(name, PART)
    if tensors is None:
        return None
    width, latent_dim = tensors["enter.weight"].shape[0], tensors["leave.weight"].shape[0]
    prior = Prior(latent_dim, width)
    prior.load_state_dict(tensors)
    return prior.to(device()).eval().requires_grad_(False)
