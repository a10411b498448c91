"""A picture of one's own in a model's latent space: once it is found there, it is steered like any other.

A flow is followed backwards, from the picture to the noise that it would come from. Other networks are searched: from
several starts at once, for what agrees with the picture in its colours at several sizes. Of a conditional model the
classes are found as well: a flow's reader reads them, and for others they are searched together with the latent.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from PIL import Image
from torch import Tensor

from genimg.algorithms import flow, projection
from genimg.core import runtime
from genimg.core.errors import integer, number
from genimg.core.images import model_view, psnr, to_tensor
from genimg.core.steps import Turns
from genimg.models.vae import VAE
from genimg.nn.layers import one_hot
from genimg.studio.sampler import OPEN, Sampler, packed, sampler, unpacked
from genimg.studio.steering import KINDS, picture, slow
from genimg.training.drawing import FlowGenerator
from genimg.training.reader import open_reader

SECONDS = (1.0, 60.0)
STARTS, POOL = 4, 256  # searches side by side, each from one of the best of a pool
# dB, below which it is another picture: faces that no model has seen come to 31 and more in avatars-flow, photographs
# to 21; in the GANs to 19 and more, and photographs to 9 to 18.
STRANGE_FLOW, STRANGE = 26.0, 18.5
_STEPS, _ROUNDS = 20, 4  # back along a flow: what comes out follows it again in 4 to 30 steps alike
_GUIDANCE = 1.0  # the conditional field itself
_TOGETHER = 0.6  # part of a search in which the classes are open
_SURE = 4.0  # of the logits of a class that a search begins with
_SHOWN = 10  # steps of a search between two that are told
_MOST = 10**6  # steps: time ends a search

_turns = Turns()


@dataclass(frozen=True)
class Found:
    """Where a picture lies in a model's latent space.

    Attributes:
        latent: as text, see `genimg.studio.sampler.packed`.
        classes: what it shows, of a conditional model; `genimg.studio.sampler.OPEN` where nothing reads that.
        psnr: how close the model's picture comes to it, in dB.
        part: how much of the search is done, 0 to 1.
        guidance: with which it was found, of a flow; with another one the model draws another picture.
    """

    latent: str
    classes: Mapping[str, str]
    psnr: float
    part: float
    guidance: float | None = None


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
    network = source.model
    target = model_view(image, network.image_size, network.channels).to(runtime.device())
    if isinstance(network, FlowGenerator):
        return _turns.take(_followed(source, network, target))
    return _turns.take(_searched(source, target, budget, start))


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
    classes = {**found.classes, **(changed or {})}
    return picture(model=model, found=found.latent, classes=classes or None, guidance=found.guidance)


def strange(model: str, found: Found) -> bool:
    """Say whether a picture is so unlike what the model knows that another one was found in its place."""
    return found.psnr < (STRANGE_FLOW if slow(model) else STRANGE)


def _followed(source: Sampler, network: FlowGenerator, target: Tensor) -> Iterator[Found]:
    with torch.inference_mode():
        data = network.autoencoder.encode(target)
        reader = open_reader(source.name, network.flow)
        labels = reader.read(data) if reader else None
        told = data.new_zeros(1, sum(network.num_classes)) if labels is None else one_hot(labels, network.num_classes)
        noise = flow.back(flow.guided(network.flow, told, told, _GUIDANCE), data, steps=_STEPS, rounds=_ROUNDS)
    yield _found(source, noise.reshape(1, -1), labels, target, 1.0, _GUIDANCE)


def _searched(source: Sampler, target: Tensor, seconds: float, seed: int) -> Iterator[Found]:
    """Search among places: latents brought to mean 0 and deviation 1, and logits of the classes after them."""
    network, where, known = source.model, target.device, torch.ones_like(target[:, :1])
    latents, rows = source.latents(seed, POOL).to(where), source.conditions(seed, POOL).to(where)
    mean, spread, width = latents.mean(0), latents.std(0).clamp(min=1e-6), latents.shape[1]

    def decode(places: Tensor, shares: Callable[[Sequence[int], Tensor], Tensor]) -> Tensor:
        return network.decode(places[:, :width] * spread + mean, shares(network.num_classes, places[:, width:]))

    pool = torch.cat([(latents - mean) / spread, _SURE * rows], dim=1)
    places = projection.nearest(partial(decode, shares=_hard), pool, target, known)[:STARTS]
    if isinstance(network, VAE):
        with torch.no_grad():
            places[0] = (network.encode(target)[0][0] - mean) / spread
    # First the classes are searched together with the latent; then they are what they are most.
    phases = ((_mixed, 0.0, _TOGETHER), (_hard, _TOGETHER, 1.0)) if rows.shape[1] else ((_mixed, 0.0, 1.0),)
    for shares, first, last in phases:
        steps = projection.project(
            partial(decode, shares=shares), target, known, places,
            energy=lambda places: places[:, :width].square().sum(1) / 2, seconds=(last - first) * seconds,
            steps=_MOST, seed=seed,
        )  # fmt: skip
        for step in steps:
            places = step.latents
            if step.index % _SHOWN == 1 or step.index == step.total:
                done = step.index == step.total and last == 1
                part = 1.0 if done else min(first + step.metrics["seconds"] / seconds, 0.99)
                labels = _labels(network.num_classes, places[:1, width:])
                yield _found(source, places[:1, :width] * spread + mean, labels, target, part)


def _mixed(sizes: Sequence[int], logits: Tensor) -> Tensor:
    return torch.cat([logits[:, :0], *(one.softmax(1) for one in logits.split(list(sizes), 1))], dim=1)


def _hard(sizes: Sequence[int], logits: Tensor) -> Tensor:
    return one_hot(_labels(sizes, logits), sizes)


def _labels(sizes: Sequence[int], logits: Tensor) -> Tensor:
    """Return the place of the largest logit of each attribute, ``(N, A)``."""
    return torch.cat([logits[:, :0].long(), *(one.argmax(1, keepdim=True) for one in logits.split(list(sizes), 1))], 1)


def _found(
    source: Sampler, latent: Tensor, labels: Tensor | None, target: Tensor, part: float, guidance: float | None = None
) -> Found:
    """Return what was found, and how close the picture of it comes when it is drawn again from what is told."""
    told, classes = packed(latent[0]), dict.fromkeys(source.classes, OPEN)
    if labels is not None:
        read = zip(source.classes.items(), labels[0].tolist(), strict=True)
        classes = {name: list(known)[value] for (name, known), value in read}
    conditions = source.conditions(0, 1, classes or None)
    made = source.render(unpacked(told, source.latent_dim), conditions, guidance=guidance)
    return Found(told, classes, psnr(to_tensor(made)[:, : target.shape[1]], target.cpu()), part, guidance)
