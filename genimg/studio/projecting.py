"""A picture of one's own in a model's latent space: once it is found there, it is steered like any other.

A flow is followed backwards, from the picture to the noise that it would come from. Other networks are searched: from
several starts at once, for what agrees with the picture in its colours at several sizes. Of a conditional model the
classes are found as well: a flow's reader reads them, and for others they are searched together with the latent.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import one_hot, pad

from genimg.algorithms import flow, projection
from genimg.core import runtime
from genimg.core.errors import UserError, integer, number
from genimg.core.images import crop_square, resize, to_rgb, to_tensor
from genimg.models.vae import VAE
from genimg.studio import generate, vae
from genimg.studio.sampler import OPEN, Sampler, packed, sampler, unpacked
from genimg.studio.steering import picture, slow
from genimg.training.drawing import FlowGenerator
from genimg.training.reader import open_reader, read

KINDS = (*generate.KINDS, *vae.KINDS)
SECONDS = (1.0, 60.0)
STARTS, POOL = 4, 256  # searches side by side, each from one of the best of a pool
# dB, below which it is another picture: faces that no model has seen come to 31 and more in avatars-flow, photographs
# to 21; in the GANs to 19 and more, and photographs to 9 to 18.
STRANGE_FLOW, STRANGE = 26.0, 18.5
_STEPS, _ROUNDS = 20, 4  # back along a flow: what comes out follows it again in 4 to 30 steps alike
_TOGETHER = 0.6  # part of a search in which the classes are open
_SURE = 4.0  # of the logits of a class that a search begins with
_SHOWN = 10  # steps of a search between two that are told
_MOST = 10**6  # steps: time ends a search


@dataclass(frozen=True)
class Found:
    """Where a picture lies in a model's latent space.

    Attributes:
        latent: as text, see `genimg.studio.sampler.packed`.
        classes: what it shows, of a conditional model.
        psnr: how close the model's picture comes to it, in dB.
        part: how much of the search is done, 0 to 1.
    """

    latent: str
    classes: Mapping[str, str]
    psnr: float
    part: float


def project(model: object, image: Image.Image | None, *, seconds: object = 10.0, seed: object = 0) -> Iterator[Found]:
    """Find the latent whose picture is `image`.

    Args:
        model: name of a checkpoint.
        image: its central square is used.
        seconds: 1 to 60, to search for; a flow takes its own time, a few seconds.
        seed: of the starts.

    Yields:
        The best so far, now and then; the last is the result.

    Raises:
        UserError: for an unknown model, no picture, or a value out of range.
    """
    source = sampler(model, *KINDS)
    budget, start = number("Seconds", seconds, *SECONDS), integer("Seed", seed, 0, runtime.MAX_SEED)
    if not isinstance(image, Image.Image):
        raise UserError("Choose a picture first: upload one, or click one of the examples.")
    side = source.model.image_size
    target = resize(to_tensor(crop_square(to_rgb(image))[0]), (side, side))
    target = target.mean(1, keepdim=True) if source.model.channels == 1 else target
    target = target.to(runtime.device())
    return (
        _followed(source, target)
        if isinstance(source.model, FlowGenerator)
        else _searched(source, target, budget, start)
    )


def found(model: object, image: Image.Image | None, *, seconds: object = 10.0, seed: object = 0) -> Found:
    """Return what `project` ends with."""
    *_, last = project(model, image, seconds=seconds, seed=seed)
    return last


def drawn(model: str, found: Found, changed: Mapping[str, object] | None = None) -> Image.Image:
    """Return the model's own picture of what was found, which remembers how it is made.

    Args:
        model: name of the checkpoint.
        found: there.
        changed: classes that it shall have instead of its own.
    """
    guidance = 1.0 if slow(model) else None
    classes = {**found.classes, **(changed or {})}
    return picture(model=model, found=found.latent, classes=classes or None, guidance=guidance)


def strange(model: str, found: Found) -> bool:
    """Say whether a picture is so unlike what the model knows that another one was found in its place."""
    return found.psnr < (STRANGE_FLOW if slow(model) else STRANGE)


def _followed(source: Sampler, target: Tensor) -> Iterator[Found]:
    network = source.model
    assert isinstance(network, FlowGenerator)
    with torch.inference_mode():
        data = network.autoencoder.encode(target)
        reader = open_reader(source.name, network.flow)
        values = read(reader, data)[0] if reader else []
        told = _told(network.num_classes, [torch.tensor([one]) for one in values]) if values else torch.zeros(1, 0)
        told = pad(told, (0, sum(network.num_classes) - told.shape[1])).to(data.device)  # without a reader all is open
        noise = flow.back(flow.guided(network.flow, told, told, 1.0), data, steps=_STEPS, rounds=_ROUNDS)
    yield _found(source, noise.reshape(1, -1), values, target, 1.0)


def _searched(source: Sampler, target: Tensor, seconds: float, seed: int) -> Iterator[Found]:
    """Search among places: latents brought to mean 0 and deviation 1, and logits of the classes after them."""
    network, where, known = source.model, target.device, torch.ones_like(target[:, :1])
    latents, rows = source.latents(seed, POOL).to(where), source.conditions(seed, POOL).to(where)
    mean, spread, width = latents.mean(0), latents.std(0).clamp(min=1e-6), latents.shape[1]
    with torch.inference_mode():
        pool = zip(latents.split(64), rows.split(64), strict=True)
        best = torch.cat([projection.difference(network.decode(*some), target, known) for some in pool]).argsort()
        if isinstance(network, VAE):
            latents[best[0]] = network.encode(target)[0][0]
    places = torch.cat([(latents - mean) / spread, _SURE * rows], dim=1)[best[:STARTS]].clone()

    def decode(places: Tensor, shares: Callable[[Tensor], Tensor]) -> Tensor:
        return network.decode(places[:, :width] * spread + mean, shares(places[:, width:]))

    # First the classes are searched together with the latent; then they are what they are most.
    phases = ((_mixed, 0.0, _TOGETHER), (_hard, _TOGETHER, 1.0)) if rows.shape[1] else ((_mixed, 0.0, 1.0),)
    for shares, first, last in phases:
        steps = projection.project(
            partial(decode, shares=partial(shares, network.num_classes)), target, known, places,
            energy=lambda places: places[:, :width].square().sum(1) / 2, seconds=(last - first) * seconds,
            steps=_MOST, seed=seed,
        )  # fmt: skip
        with closing(cast(Any, steps)):
            for step in steps:
                places = cast(Tensor, step.latents)
                if step.index % _SHOWN == 1 or step.index == step.total:
                    part = first + min(1.0, step.metrics["seconds"] / seconds)
                    values = [int(one.argmax()) for one in _parts(network.num_classes, places[:1, width:])]
                    done = 1.0 if step.index == step.total and last == 1 else min(part, 0.99)
                    yield _found(source, places[:1, :width] * spread + mean, values, target, done)


def _mixed(sizes: Sequence[int], logits: Tensor) -> Tensor:
    return torch.cat([logits[:, :0], *(one.softmax(1) for one in _parts(sizes, logits))], 1)


def _hard(sizes: Sequence[int], logits: Tensor) -> Tensor:
    return _told(sizes, [one.argmax(1) for one in _parts(sizes, logits)])


def _parts(sizes: Sequence[int], logits: Tensor) -> Sequence[Tensor]:
    return logits.split(list(sizes), 1) if sizes else ()


def _told(sizes: Sequence[int], values: Sequence[Tensor]) -> Tensor:
    """Return the conditions ``(N, K)`` of values told by their places, a tensor ``(N,)`` for each attribute."""
    return torch.cat([one_hot(value, size) for value, size in zip(values, sizes, strict=True)], dim=1).float()


def _found(source: Sampler, latent: Tensor, values: Sequence[int], target: Tensor, part: float) -> Found:
    """Return what was found, and how close the picture of it comes when it is drawn again from what is told."""
    told = packed(latent[0])
    classes = {name: list(known)[value] for value, (name, known) in zip(values, source.classes.items(), strict=False)}
    again, network = unpacked(told, source.latent_dim).to(target.device), source.model
    conditions = source.conditions(0, 1, classes or {name: OPEN for name in source.classes}).to(target.device)
    with torch.inference_mode():
        if isinstance(network, FlowGenerator):
            picture = network.decode(again, conditions, replace(network.course, guidance=1.0))
        else:
            picture = network.decode(again, conditions)
    error = float((picture.clamp(0, 1) - target).square().mean())
    return Found(told, classes, -10 * math.log10(max(error, 1e-10)), part)
