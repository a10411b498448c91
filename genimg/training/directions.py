"""The directions of a generator's latents, found once and stored beside its weights."""

from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from genimg.algorithms.directions import attribute_directions, linear_probe, principal_directions
from genimg.checkpoints import save_tensors
from genimg.core.runtime import generator
from genimg.data.avatars import CONCEPTS, VALUES, concepts
from genimg.data.datasets import Pictures
from genimg.models.vae import VAE
from genimg.nn.generator import Generator
from genimg.nn.layers import one_hot
from genimg.training.mixture import sample_mixture

COUNT = 12
SAMPLES = 4000
AGREEMENT = 0.2  # below it a slider does not do what its name says; seen by eye


def write_directions(
    model: Generator | VAE, folder: Path, data: Pictures | None = None, mixture: dict[str, Tensor] | None = None
) -> None:
    """Write directions.safetensors: ``directions`` (K, D), ``spread`` (K,), and ``attribute.<name>`` (D,) for avatars.

    Args:
        model: the network.
        folder: its checkpoint.
        data: what it was trained on; named directions are looked for if these are avatars.
        mixture: what its latents are drawn from; standard normal without it.
    """
    device = next(model.parameters()).device
    classes = model.num_classes if isinstance(model, Generator) else ()
    seen = data.labels[:SAMPLES] if data is not None and classes else torch.zeros(1, len(classes))
    conditions = one_hot(seen, classes).to(device)
    mean = conditions.mean(0)

    def render(latents: Tensor) -> Tensor:
        if isinstance(model, VAE):
            return model.decode(latents)
        return model(latents, conditions[torch.arange(len(latents)) % len(conditions)])

    def early(latents: Tensor) -> Tensor:
        # One condition for all: the directions of a conditional generator are those that its classes leave free.
        return model.early(latents) if isinstance(model, VAE) else model.early(latents, mean.expand(len(latents), -1))

    with torch.no_grad():
        directions, spread = principal_directions(
            render, early, latent_dim=model.latent_dim, count=min(COUNT, model.latent_dim), device=device
        )
        found = {"directions": directions, "spread": spread}
        if data is not None and data.classes == VALUES and not classes:
            random = generator(2)
            drawn = sample_mixture(mixture, SAMPLES, random) if mixture else None
            latents = torch.randn(SAMPLES, model.latent_dim, generator=random) if drawn is None else drawn
            part = slice(SAMPLES)
            labels = torch.from_numpy(concepts(data.labels[part].numpy()))
            # A network that has not grown up yet draws smaller pictures than those it learns from.
            real = adaptive_avg_pool2d(data.images[part].to(device).float() / 255, model.image_size)
            probe = linear_probe(real, labels.to(device))
            named, agreement = attribute_directions(render, latents.to(device), probe)
            found |= {f"attribute.{name}": named[i] for i, name in enumerate(CONCEPTS) if agreement[i] >= AGREEMENT}
    save_tensors(found, folder / "directions.safetensors")
