"""The VAE tab's service: reconstruct, morph, sample and steer through an autoencoder."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from genimg.algorithms.interpolation import METHODS, interpolate
from genimg.core import runtime
from genimg.core.errors import choice, integer, number
from genimg.core.images import crop_square, grid, model_view, psnr, shrink, to_pil, to_rgb, to_tensor
from genimg.data.avatars import COUNT, draw_attributes, render
from genimg.models.vae import VAE
from genimg.studio.again import remembered
from genimg.studio.sampler import Draw, Sampler, check_draw, draw, large, names, sampler

KINDS = ("vae",)
MIN_FRAMES, MAX_FRAMES = 2, 120
FIRST_HELD_OUT = COUNT - COUNT // 10  # the last tenth never trains
EXAMPLES = 12
STRANGE = 18.0  # dB of a reconstruction; below it nothing of the picture is left but its colours


@dataclass(frozen=True)
class Reconstruction:
    """A picture before and after the bottleneck.

    Attributes:
        original: what the model saw: the central square, at its own size.
        reconstruction: what came out.
        error: |difference|, `gain` times, summed up as a grey picture.
        gain: by how much the error is amplified.
        psnr: decibels, higher is closer.
        framed: the upload with the square that was used drawn on it.
        cut: whether anything was cut away.
    """

    original: Image.Image
    reconstruction: Image.Image
    error: Image.Image
    gain: float
    psnr: float
    framed: Image.Image
    cut: bool


def models() -> list[str]:
    """Return the names for the menu."""
    return names(*KINDS)


@lru_cache
def examples(size: int = 64) -> list[Image.Image]:
    """Return faces of the held-out part of the avatars: no model has trained on them."""
    return [render(draw_attributes(FIRST_HELD_OUT + i), size) for i in range(EXAMPLES)]


def reconstruct(model: object, image: Image.Image | None, *, gain: object = 4.0) -> Reconstruction:
    """Encode a picture and decode the mean of its posterior.

    Args:
        model: name of a checkpoint.
        image: any picture; its central square is used.
        gain: 1 to 20, by how much the error is amplified.

    Raises:
        UserError: for an unknown model, no picture, or a gain out of range.
    """
    source, gain = sampler(model, *KINDS), number("Error gain", gain, 1.0, 20.0)
    original = model_view(image, source.model.image_size, source.model.channels)
    assert image is not None  # or that had said so
    framed, cut = _framed(image)
    reconstruction = to_tensor(source.render(_posterior(source, original)[0]))[:, : original.shape[1]]
    difference = (reconstruction - original).abs()
    return Reconstruction(
        original=to_pil(original)[0],
        reconstruction=to_pil(reconstruction)[0],
        error=to_pil(difference.mean(1, keepdim=True) * gain)[0],
        gain=gain,
        psnr=psnr(reconstruction, original),
        framed=framed,
        cut=cut,
    )


def strange(model: object, image: Image.Image | None) -> bool:
    """Say whether a picture is so unlike what a VAE was trained on that another picture would come back.

    Faces that it never saw come back at 25 dB and more, photographs at 8 to 12.

    Args:
        model: name of a checkpoint.
        image: any picture; its central square is used. None is not strange.

    Raises:
        UserError: for an unknown model.
    """
    return image is not None and reconstruct(model, image).psnr < STRANGE


def morph(
    model: object,
    first: Image.Image | None,
    second: Image.Image | None,
    *,
    frames: object = 24,
    method: object = "spherical",
) -> list[Image.Image]:
    """Return the pictures on the way from one picture's latent to another's, both ends included.

    Args:
        model: name of a checkpoint.
        first: where to start; its central square is used.
        second: where to end.
        frames: 2 to 120.
        method: linear or spherical.

    Raises:
        UserError: for an unknown model, a missing picture, or a value out of range.
    """
    source = sampler(model, *KINDS)
    frames = integer("Frames", frames, MIN_FRAMES, MAX_FRAMES)
    method = choice("The way", method, METHODS)
    start, end = encode(source, first, second)
    return source.render(interpolate(start, end, frames, method))


def variations(
    model: object,
    image: Image.Image | None,
    *,
    strength: object = 0.5,
    seed: object = 0,
    count: object = 12,
) -> list[Image.Image]:
    """Return pictures like the given one: encoded, perturbed, decoded.

    The perturbation stays on the data. Of the mixture fitted to the training set's latents it takes the component to
    which the latent belongs most, goes towards its mean and adds as much of its chance as was lost on the way, so at
    any strength what comes out has that component's own mean and covariance: at 0 the picture, at 1 another one of its
    kind. (It is one step of the process that Cotter et al. 2013, https://arxiv.org/abs/1202.0709, propose with.)

    Args:
        model: name of a checkpoint.
        image: any picture; its central square is used.
        strength: 0 to 1, how far from the picture.
        seed: of the first variation; variation i has seed + i.
        count: 1 to 64.

    Raises:
        UserError: for an unknown model, no picture, or a value out of range.
    """
    source, strength = sampler(model, *KINDS), number("Strength", strength, 0.0, 1.0)
    seed, count, _ = check_draw(seed, count, 1.0)
    latent = encode(source, image)[0].cpu()
    mean, factor = _component(source, latent)
    noise = runtime.latents(count, source.latent_dim, seed)
    around = math.sqrt(1 - strength**2) * (latent - mean) + strength * noise @ factor.T
    return source.render(mean + around)


@remembered("variations", model="model")
def sheet(
    model: str, image: Image.Image | None, *, strength: object = 0.5, seed: object = 0, count: object = 12
) -> Image.Image:
    """Return variations of a picture as one grid, at a size fit for looking at; see `variations`."""
    found = variations(model, image, strength=strength, seed=seed, count=count)
    return grid([large(one, 128) for one in found], columns=4)


def _component(source: Sampler, latent: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean ``(D,)`` and factor ``(D, D)`` of the Gaussian that a latent ``(D,)`` belongs to most."""
    if source.mixture is None:
        return torch.zeros(source.latent_dim), torch.eye(source.latent_dim)
    weights, means, factors = (source.mixture[name] for name in ("weights", "means", "factors"))
    belonging = weights.log() + torch.distributions.MultivariateNormal(means, scale_tril=factors).log_prob(latent)
    best = int(belonging.argmax())
    return means[best], factors[best]


def filmstrip(frames: Sequence[Image.Image], count: int = 8) -> Image.Image:
    """Return `count` of the frames side by side, the first and the last among them."""
    last = len(frames) - 1
    shown = dict.fromkeys(round(i * last / max(1, min(count, len(frames)) - 1)) for i in range(min(count, len(frames))))
    return grid([frames[i] for i in shown], columns=len(shown), gap=1)


def sample(model: object, *, seed: object = 0, count: object = 16, truncation: object = 0.8) -> Draw:
    """Draw new pictures: latents from the prior fitted to the training set's, then decoded.

    See `genimg.studio.sampler.draw`; of a model without a prior they come from its mixture of Gaussians, and a
    truncation of 0 gives the centres of its components.
    """
    return draw(model, *KINDS, seed=seed, count=count, truncation=truncation)


def encode(source: Sampler, *images: Image.Image | None) -> Tensor:
    """Return the posterior means ``(N, latent_dim)`` of pictures, of each its central square.

    Raises:
        UserError: if one of them is missing, or no picture.
    """
    size, channels = source.model.image_size, source.model.channels
    return _posterior(source, torch.cat([model_view(image, size, channels) for image in images]))[0]


def _posterior(source: Sampler, pictures: Tensor) -> tuple[Tensor, Tensor]:
    assert isinstance(source.model, VAE)
    with torch.inference_mode():
        return source.model.encode(pictures.to(runtime.device()))


def _framed(image: Image.Image) -> tuple[Image.Image, bool]:
    """Return a small copy with everything outside the central square faded, and whether there is anything."""
    upright = to_rgb(image)
    square, box = crop_square(upright)
    faded = Image.blend(upright, Image.new("RGB", upright.size, "white"), 0.7)
    faded.paste(square, box[:2])
    ImageDraw.Draw(faded).rectangle((box[0], box[1], box[2] - 1, box[3] - 1), outline="#2563eb", width=2)
    return shrink(faded, 256), square.size != upright.size
