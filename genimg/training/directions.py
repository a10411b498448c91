"""Principal directions of a generator's latents, computed once and stored beside its weights."""

from pathlib import Path

import torch
from torch import nn

from genimg.algorithms.directions import principal_directions
from genimg.checkpoints import save_tensors
from genimg.core.runtime import device

COUNT = 12


def write_directions(model: nn.Module, folder: Path) -> None:
    """Find what moves the pictures of `model` (a generator or a VAE) most, and write directions.safetensors."""
    render = model.decode if hasattr(model, "decode") else model
    where = next(model.parameters()).device if any(True for _ in model.parameters()) else device()
    with torch.no_grad():
        directions, spread = principal_directions(
            render, model.early, latent_dim=int(model.latent_dim), count=COUNT, device=where
        )
    save_tensors({"directions": directions, "spread": spread}, folder / "directions.safetensors")
