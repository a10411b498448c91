"""The Generate tab's service: sample a trained generator."""

import torch
from PIL import Image
from torch import Tensor

from genimg.core import runtime
from genimg.core.errors import UserError
from genimg.core.images import to_pil
from genimg.models.progressive import Progressive
from genimg.studio import sampler
from genimg.studio.sampler import Draw, Sampler

KINDS = ("dcgan", "flow", "stylegan2", "progressive", "cnn", "mlp")


def models() -> list[str]:
    """Return the names for the menu."""
    return sampler.names(*KINDS)


def generate(
    model: object,
    *,
    seed: object = 0,
    count: object = 16,
    truncation: object = 1.0,
    classes: object = None,
    steps: object = None,
    guidance: object = None,
    solver: object = None,
) -> Draw:
    """Draw pictures from a trained generator; see `genimg.studio.sampler.draw`."""
    how = {"steps": steps, "guidance": guidance, "solver": solver}
    return sampler.draw(model, *KINDS, seed=seed, count=count, truncation=truncation, classes=classes, **how)


def grows(model: object) -> bool:
    """Say whether a model was grown, so that `stages` has something to show."""
    return isinstance(sampler.sampler(model, *KINDS).model, Progressive)


def stages(model: object, *, seed: object = 0, truncation: object = 1.0) -> list[Image.Image]:
    """Draw one latent at all sizes of a progressively grown generator, 4 px first.

    Raises:
        UserError: for an unknown model or value, or a model of another kind.
    """
    source = sampler.sampler(model, *KINDS)
    seed, _, truncation = sampler.check_draw(seed, 1, truncation)
    return grown(source, source.latents(seed, 1, truncation))


def grown(source: Sampler, latents: Tensor) -> list[Image.Image]:
    """Draw one latent ``(1, latent_dim)`` at all sizes of a progressively grown generator, 4 px first.

    Raises:
        UserError: for a model of another kind.
    """
    network = source.model
    if not isinstance(network, Progressive):
        raise UserError(f"{source.name} was not grown in stages.")
    latents = latents.to(runtime.device())
    with torch.inference_mode():
        return [to_pil(network.decode(latents, stage=stage))[0] for stage in range(network.stages)]
