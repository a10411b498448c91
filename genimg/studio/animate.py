"""The Animate tab's service: a face comes alive, and a film leads from face to face."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from genimg import checkpoints
from genimg.algorithms import interpolation
from genimg.algorithms.interpolation import METHODS
from genimg.core import runtime
from genimg.core.errors import UserError, choice, flag, integer, number
from genimg.models.latent_rnn import LatentRNN
from genimg.studio import vae
from genimg.studio.sampler import Sampler, large, sampler

KINDS = ("latent-rnn",)
SIDE = 256  # pixels of a frame in a download
PLAYED_SIDE = 128  # in the page: coded four times as fast, and the browser enlarges it smoothly
MIN_SECONDS, MAX_SECONDS = 1.0, 20.0
MAX_TEMPERATURE = 1.5
MIN_FACES, MAX_FACES = 2, 12
MAX_BETWEEN = 30
_PART = 60  # frames decoded at once


@dataclass(frozen=True)
class Film:
    """Frames of one size, and how fast they follow each other.

    Attributes:
        frames: of the model's own size.
        fps: frames a second.
    """

    frames: list[Image.Image]
    fps: int

    def enlarged(self, side: int = SIDE) -> list[Image.Image]:
        """Return the frames, smoothly enlarged to `side` pixels."""
        return [large(frame, side) for frame in self.frames]


def models() -> list[str]:
    """Return the names for the menu: those whose VAE is here as well."""
    encoders = vae.models()
    return [c.name for kind in KINDS for c in checkpoints.available(kind) if c.config.get("vae") in encoders]


def encoder(model: object) -> str:
    """Return the name of the VAE whose latents a model dreams in.

    Raises:
        UserError: for an unknown model.
    """
    known = models()
    if not known:
        raise UserError("There is no usable checkpoint that animates faces.")
    return str(checkpoints.find(choice("The model", model, known)).config["vae"])


def animate(
    model: object,
    image: Image.Image | None,
    *,
    seconds: object = 6.0,
    temperature: object = 1.0,
    seed: object = 0,
) -> Film:
    """Let a face act: it blinks, talks and changes its mood by chance, and stays the person that it is.

    Args:
        model: name of a checkpoint.
        image: a picture of a face; its central square is used.
        seconds: 1 to 20, length of the film.
        temperature: 0 to 1.5, how much chance there is in it.
        seed: 0 to 2^31 - 1; the same seed and face give the same film.

    Raises:
        UserError: for an unknown model, no picture, or a value out of range.
    """
    source = sampler(encoder(model), *vae.KINDS)
    seconds = number("Seconds", seconds, MIN_SECONDS, MAX_SECONDS)
    temperature = number("Temperature", temperature, 0.0, MAX_TEMPERATURE)
    seed = integer("Seed", seed, 0, runtime.MAX_SEED)
    network = checkpoints.load(str(model))
    assert isinstance(network, LatentRNN)
    frames = round(seconds * network.fps)
    latents = network.dream(vae.encode(source, image), frames, runtime.generator(seed), temperature=temperature)[0]
    return Film(_decoded(source, latents), network.fps)


def keyframes(
    model: object,
    faces: Sequence[Image.Image],
    *,
    between: object = 10,
    method: object = "spherical",
    loop: object = True,
    fps: int = 12,
) -> Film:
    """Lead from face to face, slowing down at each.

    Args:
        model: name of a VAE's checkpoint.
        faces: 2 to 12 pictures, in order; of each its central square.
        between: 1 to 30 frames between two of them.
        method: linear or spherical.
        loop: whether to return to the first.
        fps: frames a second.

    Raises:
        UserError: for an unknown model, too few or too many faces, or a value out of range.
    """
    source = sampler(model, *vae.KINDS)
    if not MIN_FACES <= len(faces) <= MAX_FACES:
        raise UserError(f"A film leads through {MIN_FACES} to {MAX_FACES} faces; got {len(faces)}.")
    between = integer("Frames between", between, 1, MAX_BETWEEN)
    method, loop = choice("The way", method, METHODS), flag("Loop", loop)
    points = vae.encode(source, *faces)
    return Film(_decoded(source, interpolation.keyframes(points, between, method, loop=loop)), fps)


def _decoded(source: Sampler, latents: Tensor) -> list[Image.Image]:
    return [image for part in torch.split(latents, _PART) for image in source.render(part)]
