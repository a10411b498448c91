"""Texture synthesis: a picture whose deep features are spread as those of an exemplar are, wherever they lie.

Papers: Gatys, Ecker, Bethge 2015, "Texture Synthesis Using Convolutional Neural Networks" (NeurIPS), for Gram
matrices; Heitz, Vanhoey, Chambon, Belcour 2021, "A Sliced Wasserstein Loss for Neural Texture Synthesis" (CVPR).
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import torch
from torch import Tensor

from genimg.algorithms import coarse_to_fine
from genimg.core.images import resize
from genimg.core.runtime import fast_precision
from genimg.core.runtime import generator as seeded
from genimg.core.steps import Step
from genimg.nn.losses import even_square, gram
from genimg.nn.wasserstein import directions, sliced_distance

STATISTICS = ("wasserstein", "gram")
LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
GRAM_WEIGHTS = {"relu1_1": 256.0, "relu2_1": 64.0, "relu3_1": 16.0, "relu4_1": 4.0}
COARSEST = 128  # the longer side at the first scale: large features must be arranged where they are small
LEARNING_RATE = 0.03
TOUCH = 0.01  # the learning rate where a texture is there already: Adam's steps are noise as large as this


class Features(Protocol):
    """What is needed of a network; `nn.features.VGGFeatures` is one."""

    def __call__(self, images: Tensor, layers: Sequence[str], *, smooth: bool) -> dict[str, Tensor]:
        """Return named activations of pictures ``(N, 3, H, W)``."""


class Likeness:
    """How far the features of pictures are from being spread like those of an exemplar.

    Args:
        features: the network that looks; frozen.
        exemplar: ``(1, 3, h, w)`` in [0, 1].
        statistic: "wasserstein" compares the whole distributions, along random directions, "gram" which features occur
            together.
        count: directions looked along in a step.
        points: along each side at most, of the features that are sorted in a step; another lattice of them in each.
    """

    def __init__(
        self,
        features: Features,
        exemplar: Tensor,
        *,
        statistic: str = "wasserstein",
        count: int = 32,
        points: int = 128,
    ) -> None:
        self.features, self.statistic, self.count, self.points = features, statistic, count, points
        with torch.no_grad():
            self.target = self._look(exemplar)
            if statistic == "gram":
                self.grams = {layer: gram(seen) for layer, seen in self.target.items()}
                unit = sum(weight * _size(self.grams[layer]) for layer, weight in GRAM_WEIGHTS.items())
                self.unit = unit / sum(GRAM_WEIGHTS.values())
            # The variance of the exemplar's features, so that every layer counts the same.
            self.spread = {layer: _variance(seen) for layer, seen in self.target.items()}

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Return the loss, a scalar to be differentiated, of pictures ``(N, 3, H, W)``."""
        found = self._look(images)
        if self.statistic == "gram":
            total = sum(GRAM_WEIGHTS.values())
            parts = [w / total * even_square(gram(found[n]) - self.grams[n]) for n, w in GRAM_WEIGHTS.items()]
            return torch.stack(parts).sum() / self.unit
        parts = []
        for layer, seen in found.items():
            along = directions(seen.shape[1], self.count, generator).to(images.device)
            ours, theirs = (_some(one, self.points, generator) for one in (seen, self.target[layer]))
            parts.append(sliced_distance(ours, theirs, along) / self.spread[layer])
        return torch.stack(parts).mean()

    def _look(self, images: Tensor) -> dict[str, Tensor]:
        with fast_precision():
            found = self.features(images, list(LAYERS), smooth=True)
        return {"pixels": images} | found


def synthesize(
    features: Features,
    exemplar: Tensor,
    start: Tensor,
    *,
    statistic: str = "wasserstein",
    tile: bool = False,
    rough: bool = False,
    seconds: float = math.inf,
    steps: int = 400,
    seed: int = 0,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Step]:
    """Optimise a picture, coarse to fine, until it is like `exemplar`. Closing the iterator stops at the next step.

    Args:
        features: the network that looks; frozen.
        exemplar: ``(1, 3, h, w)`` in [0, 1], at the scale that it has in the result.
        start: where to start, the size of the result: noise, or a rough texture.
        statistic: see `Likeness`.
        tile: whether the result is to repeat without a seam: the network then sees it shifted round a torus, by
            another amount in each step.
        rough: whether nothing of `start` is worth keeping, as of noise.
        seconds: the wall-clock time to spend at most. How many steps fit is planned from the time the steps take.
        steps: how many steps to take at most, over all sizes.
        seed: of directions and shifts.
        clock: the seconds since some moment.

    Returns:
        A `Step` for each step, with the picture so far at full size, and ``loss``, ``size`` (the longer side of this
        stage), ``seconds`` since the beginning and ``eta``.
    """
    chance = seeded(seed)

    def likeness(size: coarse_to_fine.Size) -> coarse_to_fine.Loss:
        small = coarse_to_fine.scaled(exemplar.shape[-2:], max(size) / max(start.shape[-2:]))
        distance = Likeness(features, resize(exemplar, small), statistic=statistic)

        def loss(picture: Tensor) -> dict[str, Tensor]:
            if tile:
                shift = [int(torch.randint(side, (), generator=chance)) for side in size]
                picture = picture.roll(shift, dims=(2, 3))
            return {"loss": distance(picture, chance)}

        return loss

    return coarse_to_fine.optimize(
        start,
        coarse_to_fine.sizes(start.shape[-2:], coarsest=COARSEST),
        likeness,
        kept=torch.zeros_like(start) if rough else start,
        lr=LEARNING_RATE if rough else TOUCH,
        seconds=seconds,
        steps=steps,
        clock=clock,
    )


def noise(exemplar: Tensor, height: int, width: int, *, seed: int) -> Tensor:
    """Return ``(1, 3, height, width)`` of the exemplar's own colours, strewn without any order."""
    pixels = exemplar.flatten(2)
    places = torch.randint(pixels.shape[2], (height * width,), generator=seeded(seed)).to(exemplar.device)
    return pixels[:, :, places].view(1, 3, height, width)


def _some(features: Tensor, points: int, generator: torch.Generator) -> Tensor:
    """Return a lattice of at most `points` features along each side, at a random offset: sorting all takes too long."""
    every = [math.ceil(side / points) for side in features.shape[-2:]]
    y, x = (int(torch.randint(step, (), generator=generator)) for step in every)
    return features[:, :, y :: every[0], x :: every[1]]


def _size(values: Tensor) -> float:
    return values.square().mean().sqrt().item() or 1.0


def _variance(features: Tensor) -> float:
    """Return the mean variance of the channels; for a flat picture, which has none, their mean square."""
    features = features.float()
    variance = features.var(dim=(2, 3), correction=0).mean().item()
    return max(variance, 1e-3 * features.square().mean().item(), 1e-6)
