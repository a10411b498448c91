"""Paint a photo in the style of a painting: at once with a network, or better in seconds by optimisation.

Papers: Ghiasi et al. 2017 (the network), Gatys et al. 2016 (the optimisation), Gatys et al. 2017, "Controlling
Perceptual Factors in Neural Style Transfer" (coarse to fine, keeping colours). Departures: the optimisation starts from
the network's picture, which saves most of its steps; and every mixture of styles is one of style statistics, never of
pictures, so nothing looks like a double exposure.
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
from genimg.core.steps import Step
from genimg.nn.losses import content_loss, gram, style_loss, total_variation

STYLE_WEIGHTS = {"relu1_1": 256.0, "relu2_1": 64.0, "relu3_1": 16.0, "relu4_1": 4.0}
CONTENT_LAYER = "relu4_1"
CONTENT_BALANCE = 0.2  # what makes a content weight of 1 a good one beside a style weight of 1; chosen by eye
COARSEST = 256  # the longer side at the first scale; below it, deep features see hardly anything
LEARNING_RATE = 0.02


class Painter(Protocol):
    """What `stylize` needs of a network; `models.arbitrary_style.ArbitraryStyle` is one."""

    def style_vector(self, style: Tensor) -> Tensor:
        """Read the style ``(N, D)`` of pictures ``(N, 3, H, W)``."""

    def __call__(self, content: Tensor, vector: Tensor) -> Tensor:
        """Paint `content` in that style."""


class Features(Protocol):
    """What `refine` needs of a network; `nn.features.VGGFeatures` is one."""

    def __call__(self, images: Tensor, layers: Sequence[str], *, smooth: bool) -> dict[str, Tensor]:
        """Return named activations of pictures ``(N, 3, H, W)``."""


def stylize(
    painter: Painter,
    content: Tensor,
    style: Tensor,
    *,
    second: Tensor | None = None,
    blend: float = 0.5,
    strength: float = 1.0,
    size: tuple[int, int] | None = None,
) -> Tensor:
    """Return `content` painted in one pass, ``(1, 3, H, W)`` in [0, 1] like every picture here.

    Args:
        painter: the network.
        content: the photo; the result has its size.
        style: the painting, any size.
        second: another painting, mixed in.
        blend: 0 for `style` alone, 1 for `second` alone.
        strength: 1 for the style as it is, 0 for the photo as it is. The network paints a photo in its own style nearly
            as it is; what it misses there is put back, less and less as the strength grows.
        size: height and width to paint at, those of the photo by default; a smaller one has a broader brush.
    """
    whole = content.shape[-2], content.shape[-1]
    small = resize(content, size or whole).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode(), fast_precision():
        vector = painter.style_vector(style)
        if second is not None:
            vector = torch.lerp(vector, painter.style_vector(second), blend)
        if strength >= 1:
            return resize(painter(small, vector).float(), whole).contiguous()
        own = painter.style_vector(small)
        painted, plain = (painter(small, torch.lerp(own, vector, part)).float() for part in (strength, 0.0))
        return (resize(painted, whole) + (1 - strength) * (content - resize(plain, whole))).clamp(0, 1).contiguous()


def refine(
    features: Features,
    content: Tensor,
    style: Tensor,
    start: Tensor,
    *,
    second: Tensor | None = None,
    blend: float = 0.5,
    strength: float = 1.0,
    content_weight: float = 1.0,
    style_weight: float = 1.0,
    smoothness: float = 1.0,
    brush: float = 1.0,
    seconds: float = math.inf,
    steps: int = 240,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Step]:
    """Optimise a picture until its features are those of `content` and its style statistics those of `style`.

    It goes coarse to fine over sizes a factor of 1.4 apart, see `genimg.algorithms.coarse_to_fine.optimize`. Closing
    the iterator stops the work at the next step.

    Args:
        features: the network that looks; frozen.
        content: the photo ``(1, 3, H, W)``; the result has its size.
        style: the painting.
        start: where to start, the size of `content`; what `stylize` returns does well.
        second: another painting, mixed in.
        blend: 0 for `style` alone, 1 for `second` alone.
        strength: 1 for the style as it is, 0 for the content's own.
        content_weight: what keeping the photo's shapes is worth.
        style_weight: what the painting's colours and textures are worth.
        smoothness: what evenness between neighbouring pixels is worth.
        brush: size of the painting relative to the photo when its strokes are measured.
        seconds: the wall-clock time to spend at most. How many steps fit is planned from the time the steps take.
        steps: how many steps to take at most, over all sizes.
        clock: the seconds since some moment.

    Returns:
        A `Step` for each step, with the picture so far at full size, and ``loss``, ``style``, ``content``, ``tv``,
        ``size`` (the longer side of this stage), ``seconds`` since the beginning and ``eta``.
    """
    mixture = [(style, 1.0)] if second is None else [(style, 1 - blend), (second, blend)]

    def objective(size: coarse_to_fine.Size) -> _Objective:
        return _Objective(
            features,
            resize(content, size),
            [(_scaled(one, max(size) * brush), share * strength) for one, share in mixture],
            style_weight=style_weight,
            content_weight=content_weight,
            smoothness=strength * smoothness,  # a photo that is to stay as it is stays as rough
        )

    stages = coarse_to_fine.sizes(content.shape[-2:], coarsest=COARSEST, per_octave=2)
    return coarse_to_fine.optimize(
        start, stages, objective, kept=start, lr=LEARNING_RATE, warm=True, seconds=seconds, steps=steps, clock=clock
    )


class _Objective:
    """The loss of one stage: what photo and paintings look like at its size, and how far a picture is from that.

    Args:
        features: the network that looks.
        content: the photo at this size.
        styles: the paintings, each with its share; what the shares leave of 1 is the photo's own style.
        style_weight: see `refine`.
        content_weight: see `refine`.
        smoothness: see `refine`.
    """

    def __init__(
        self,
        features: Features,
        content: Tensor,
        styles: Sequence[tuple[Tensor, float]],
        *,
        style_weight: float,
        content_weight: float,
        smoothness: float,
    ) -> None:
        self.features = features
        self.style_weight, self.content_weight, self.smoothness = style_weight, content_weight, smoothness
        with torch.no_grad():
            found = self._look(content)
            self.content = found[CONTENT_LAYER].float()
            own = {layer: gram(found[layer]) for layer in STYLE_WEIGHTS}
            # Everything is measured in units of the photo's own, or weights would mean something else in each network.
            self.content_unit = _size(self.content)
            self.style_unit = sum(weight * _size(own[layer]) for layer, weight in STYLE_WEIGHTS.items())
            self.style_unit /= sum(STYLE_WEIGHTS.values())
            rest = 1 - sum(share for _, share in styles)
            self.grams = {layer: rest * own[layer] for layer in STYLE_WEIGHTS}
            for style, share in styles:
                for layer, seen in self._look(style).items():
                    self.grams[layer] += share * gram(seen)

    def __call__(self, picture: Tensor) -> dict[str, Tensor]:
        """Return ``loss``, to be differentiated, and its parts."""
        found = self._look(picture)
        grams = {layer: gram(seen) for layer, seen in found.items()}
        style = style_loss(grams, self.grams, STYLE_WEIGHTS) / self.style_unit
        content = CONTENT_BALANCE * content_loss(found[CONTENT_LAYER], self.content) / self.content_unit
        tv = total_variation(picture)
        loss = self.style_weight * style + self.content_weight * content + self.smoothness * tv
        return {"loss": loss, "style": style.detach(), "content": content.detach(), "tv": tv.detach()}

    def _look(self, picture: Tensor) -> dict[str, Tensor]:
        with fast_precision():
            return self.features(picture, list(STYLE_WEIGHTS), smooth=True)


def _size(values: Tensor) -> float:
    return values.square().mean().sqrt().item() or 1.0


def _scaled(picture: Tensor, longest: float) -> Tensor:
    size = picture.shape[-2:]
    return resize(picture, coarse_to_fine.scaled(size, longest / max(size)))
