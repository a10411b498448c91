"""Principal directions of a generator's latents, computed once and stored beside its weights."""

from pathlib import Path

import torch

from genimg.algorithms.directions import principal_directions
from genimg.checkpoints import save_tensors
from genimg.models.dcgan import DCGAN
from genimg.models.vae import VAE

COUNT = 12


def write_directions(model: DCGAN | VAE, folder: Path) -> None:
    """Find what moves the pictures of `model` (a generator or a VAE) most, and write directions.safetensors."""
    render = model.decode if isinstance(model, VAE) else model
    with torch.no_grad():
        directions, spread = principal_directions(
            render,
            model.early,
            latent_dim=model.latent_dim,
            count=COUNT,
            device=next(model.parameters()).device,
        )
    save_tensors({"directions": directions, "spread": spread}, folder / "directions.safetensors")
