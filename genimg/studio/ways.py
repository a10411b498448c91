"""Ways: a flow's from noise to a picture, and any generator's from one seed to another, as pictures and as films."""

from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor

from genimg.algorithms.interpolation import METHODS, interpolate
from genimg.core import runtime
from genimg.core.errors import UserError, choice, integer
from genimg.core.images import to_pil
from genimg.studio.sampler import Sampler, check_draw, sampler
from genimg.training.drawing import Course, FlowGenerator

MIN_FRAMES, MAX_FRAMES = 2, 120
STAGES = 8  # of a way that is shown as a row of pictures
FRAMES, FPS = 36, 12  # of a film of a way, which then rests for a second
_PART = 16  # pictures drawn at once


def way(
    model: object,
    *architectures: str,
    seed: object = 0,
    frames: object = STAGES,
    truncation: object = 1.0,
    classes: object = None,
    steps: object = None,
    guidance: object = None,
    solver: object = None,
) -> list[Image.Image]:
    """Return how a flow comes from noise to the picture of a seed, both included, at even times.

    Args:
        model: name of a flow's checkpoint.
        architectures: the kinds that will do.
        seed: as for `genimg.studio.sampler.draw`, also for what follows.
        frames: 2 to 120.
        truncation: of the noise.
        classes: what is asked for.
        steps: how the flow is followed, see `genimg.studio.sampler.Sampler.course`.
        guidance: likewise.
        solver: likewise.

    Raises:
        UserError: for an unknown model, one that is no flow, or a value out of range.
    """
    source = sampler(model, *architectures)
    course = source.course(steps, guidance, solver)
    frames = integer("Frames", frames, MIN_FRAMES, MAX_FRAMES)
    seed, _, truncation = check_draw(seed, 1, truncation)
    latents, conditions = source.latents(seed, 1, truncation), source.conditions(seed, 1, classes)
    return walked(source, latents, conditions, frames, course)


def walked(
    source: Sampler, latents: Tensor, conditions: Tensor, frames: int, course: Course | None
) -> list[Image.Image]:
    """Return how a flow comes from a noise ``(1, latent_dim)`` to its picture, both included, at even times.

    Raises:
        UserError: for a model that is no flow.
    """
    network, device = source.model, runtime.device()
    if not isinstance(network, FlowGenerator):
        raise UserError(f"{source.name} draws at once; only a flow has a way from noise to a picture.")
    times = torch.linspace(0, 1, frames)
    with torch.inference_mode():
        return to_pil(network.way(latents.to(device), times.to(device), conditions.to(device), course))


def between(
    model: object,
    *architectures: str,
    first: object = 0,
    second: object = 1,
    frames: object = 24,
    method: object = "spherical",
    truncation: object = 1.0,
    classes: object = None,
    steps: object = None,
    guidance: object = None,
    solver: object = None,
) -> list[Image.Image]:
    """Return the pictures on the way from one seed's to another's, both included.

    What a conditional model is asked for goes over from one picture's values to the other's in the same time.

    Args:
        model: name of a checkpoint.
        architectures: the kinds that will do.
        first: the seed where the way starts.
        second: the seed where it ends.
        frames: 2 to 120.
        method: spherical or linear; along the sphere, what lies between is as typical as the ends.
        truncation: as for `genimg.studio.sampler.draw`, also for what follows.
        classes: what both pictures are asked for.
        steps: how a flow is followed, see `genimg.studio.sampler.Sampler.course`.
        guidance: likewise.
        solver: likewise.

    Raises:
        UserError: for an unknown model or a value out of range.
    """
    source = sampler(model, *architectures)
    source.course(steps, guidance, solver)
    frames = integer("Frames", frames, MIN_FRAMES, MAX_FRAMES)
    method = choice("The way", method, METHODS)
    ends = []
    for seed in (first, second):
        seed, _, truncation = check_draw(seed, 1, truncation)
        ends.append((source.latents(seed, 1, truncation)[0], source.conditions(seed, 1, classes)[0]))
    latents = interpolate(ends[0][0], ends[1][0], frames, method)
    conditions = interpolate(ends[0][1], ends[1][1], frames, "linear")
    made: list[Image.Image] = []
    for part, asked in zip(latents.split(_PART), conditions.split(_PART), strict=True):
        made += source.render(part, asked, steps=steps, guidance=guidance, solver=solver)
    return made


def there_and_back(frames: Sequence[Image.Image]) -> list[Image.Image]:
    """Return the frames of a film that plays round and round without a jump."""
    return [*frames, *reversed(frames[1:-1])]


def held(frames: Sequence[Image.Image], count: int) -> list[Image.Image]:
    """Return the frames of a film that stays on its last picture for `count` more frames before it begins anew."""
    return [*frames, *[frames[-1]] * count]
