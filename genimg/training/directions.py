"""The directions of a generator's latents, found once and stored beside its weights."""

from pathlib import Path

import torch
from torch import Tensor

from genimg.algorithms.directions import principal_components, principal_directions
from genimg.checkpoints import save_tensors
from genimg.core.runtime import generator
from genimg.data.datasets import Pictures
from genimg.nn.generator import Generator
from genimg.nn.layers import one_hot

COUNT = 12
SAMPLES = 4000
CODES = 4096


def write_directions(model: Generator, folder: Path, data: Pictures | None = None) -> None:
    """Write directions.safetensors: ``directions`` (K, D) and ``spread`` (K,); `find_sliders` adds to them.

    Args:
        model: the network.
        folder: its checkpoint.
        data: what it was trained on, whose labels a conditional model is asked for.
    """
    device = next(model.parameters()).device
    classes = model.num_classes
    seen = data.labels[:SAMPLES] if data is not None and classes else torch.zeros(1, len(classes))
    conditions = one_hot(seen, classes).to(device)
    mean = conditions.mean(0)

    def render(latents: Tensor) -> Tensor:
        return model.decode(latents, conditions[torch.arange(len(latents)) % len(conditions)])

    def early(latents: Tensor) -> Tensor:
        # One condition for all: the directions of a conditional generator are those that its classes leave free.
        return model.early(latents, mean.expand(len(latents), -1))

    with torch.no_grad():
        noise = torch.randn(CODES, model.noise_dim or model.latent_dim, generator=generator(0))
        codes, count = model.from_noise(noise.to(device)), min(COUNT, model.latent_dim)
        if model.noise_dim is None:
            directions, spread = principal_directions(render, early, codes, count=count)
        else:
            directions, spread = principal_components(codes, count=count)
    save_tensors({"directions": directions, "spread": spread}, folder / "directions.safetensors")
