"""Paint a photo in the style of a painting: at once with a network, or better in seconds by optimisation.

Papers: Ghiasi et al. 2017 (the network), Gatys et al. 2016 (the optimisation), Gatys et al. 2017, "Controlling
Perceptual Factors in Neural Style Transfer" (coarse to fine, keeping colours). Departures: the optimisation starts from
the network's picture, which saves most of its steps; and every mixture of styles is one of style statistics, never of
pictures, so nothing looks like a double exposure.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import adaptive_avg_pool2d

from genimg.algorithms import coarse_to_fine
from genimg.core.images import resize
from genimg.core.runtime import fast_precision
from genimg.core.steps import Step
from genimg.nn.losses import even_ratio, gram, style_loss, total_variation

STYLE_WEIGHTS = {"relu1_1": 256.0, "relu2_1": 64.0, "relu3_1": 16.0, "relu4_1": 4.0}
CONTENT_LAYER = "relu4_1"
CONTENT_BALANCE = 0.2  # what makes a content weight of 1 a good one beside a style weight of 1; chosen by eye
COARSEST = 256  # the longer side at the first scale; below it, deep features see hardly anything
LEARNING_RATE = 0.02
WHOLE = 1280  # a picture of at most so many pixels squared is looked at in one piece, a larger one by tiles
TILE, MARGIN = 768, 40  # their side, and what is seen beyond it: `CONTENT_LAYER` looks 33 pixels far


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
    plain: "Plain | None" = None,
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
        plain: what the function `plain` returned for this photo and size, if it is known already.
        size: height and width to paint at, those of the photo by default; a smaller one has a broader brush.
    """
    whole = content.shape[-2], content.shape[-1]
    small = _small(content, size)
    with torch.inference_mode(), fast_precision():
        vector = painter.style_vector(style)
        if second is not None:
            vector = torch.lerp(vector, painter.style_vector(second), blend)
        if strength >= 1:
            return resize(painter(small, vector).float(), whole).contiguous()
        own, missed = plain or _plain(painter, content, small)
        painted = painter(small, torch.lerp(own, vector, strength)).float()
        return (resize(painted, whole) + (1 - strength) * missed).clamp(0, 1).contiguous()


Plain = tuple[Tensor, Tensor]  # a photo's own style vector, and what is missing where it is painted in that


def plain(painter: Painter, content: Tensor, size: tuple[int, int] | None = None) -> Plain:
    """Return what `stylize` needs to know of a photo for strengths below 1, whatever the painting.

    Args:
        painter: the network.
        content: the photo.
        size: as for `stylize`.
    """
    with torch.inference_mode(), fast_precision():
        return _plain(painter, content, _small(content, size))


def _plain(painter: Painter, content: Tensor, small: Tensor) -> Plain:
    own = painter.style_vector(small)
    return own, content - resize(painter(small, own).float(), (content.shape[-2], content.shape[-1]))


def _small(content: Tensor, size: tuple[int, int] | None) -> Tensor:
    whole = content.shape[-2], content.shape[-1]
    return resize(content, size or whole).contiguous(memory_format=torch.channels_last)


def refine(
    features: Features,
    content: Tensor,
    style: Tensor,
    start: Tensor,
    *,
    second: Tensor | None = None,
    blend: float = 0.5,
    where: Tensor | None = None,
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
        where: ``(1, 1, H, W)``, where the photo is painted like `second`, the rest like `style`; nothing is mixed then.
            "Guided Gram matrices" of Gatys et al. 2017.
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
    alone = [(style, 1.0)]
    mixtures = [alone] if second is None else [[(style, 1 - blend), (second, blend)]]
    if second is not None and where is not None:
        mixtures = [alone, [(second, 1.0)]]

    def objective(size: coarse_to_fine.Size) -> _Objective:
        return _Objective(
            features,
            resize(content, size),
            [[(_scaled(one, max(size) * brush), share * strength) for one, share in mixture] for mixture in mixtures],
            where=None if where is None or len(mixtures) == 1 else torch.cat([1 - where, where]),
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
        styles: for each region the paintings with their shares; what these leave of 1 is the photo's own style.
        where: the regions ``(R, 1, H, W)``, which add up to 1; None for a single one, the whole.
        style_weight: see `refine`.
        content_weight: see `refine`.
        smoothness: see `refine`.
    """

    def __init__(
        self,
        features: Features,
        content: Tensor,
        styles: Sequence[Sequence[tuple[Tensor, float]]],
        *,
        where: Tensor | None = None,
        style_weight: float,
        content_weight: float,
        smoothness: float,
    ) -> None:
        self.features = features
        self.style_weight, self.content_weight, self.smoothness = style_weight, content_weight, smoothness
        self.guides: dict[str, Tensor] | None = None  # the square roots of the regions in each layer
        if where is not None:
            size = content.shape[-2:]
            self.guides = {layer: adaptive_avg_pool2d(where, _size_in(layer, size)).sqrt() for layer in STYLE_WEIGHTS}
        with torch.no_grad():
            own = self._grams(content, self.guides)
            self.content = self._deep(content)
            # Everything is measured in units of the photo's own, or weights would mean something else in each network.
            self.content_unit = _norm(self.content)
            self.style_unit = sum(weight * _norm(own[layer].sum(0)) for layer, weight in STYLE_WEIGHTS.items())
            self.style_unit /= sum(STYLE_WEIGHTS.values())
            rest = 1 - sum(share for _, share in styles[0])
            self.grams = {layer: rest * own[layer] for layer in STYLE_WEIGHTS}
            for region, mixture in enumerate(styles):
                area = 1.0 if where is None else where[region].mean().item()
                for style, share in mixture:
                    for layer, seen in self._grams(style).items():
                        self.grams[layer][region] += area * share * seen[0]

    def __call__(self, picture: Tensor) -> dict[str, Tensor]:
        """Return ``loss``, to be differentiated, and its parts."""
        places = tiles(picture.shape[-2:])
        if len(places) == 1:
            loss, style, content = self.parts(self.sums(picture, places[0]))
        else:
            loss, style, content = _ByTiles.apply(picture, self, places)  # type: ignore[no-untyped-call]
        tv = total_variation(picture)
        loss = loss + self.smoothness * tv
        return {"loss": loss, "style": style.detach(), "content": content.detach(), "tv": tv.detach()}

    def sums(self, picture: Tensor, tile: "Tile") -> dict[str, Tensor]:
        """Return a tile's share of what the loss is made of: Gram matrices, and two sums of the content's errors."""
        found = self._look(picture, tile)
        shares = self._parted(found, picture, tile, self.guides)
        error = found[CONTENT_LAYER].float() - self.content[..., *tile.inside(CONTENT_LAYER)]
        return shares | {"squares": error.square().sum(), "absolutes": error.abs().sum()}

    def parts(self, sums: Mapping[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Return the loss but for its smoothness, the style's and the content's, for the sums over all tiles."""
        grams = {layer: sums[layer] for layer in STYLE_WEIGHTS}
        style = style_loss(grams, self.grams, STYLE_WEIGHTS) / self.style_unit
        content = CONTENT_BALANCE * even_ratio(sums["squares"], sums["absolutes"]) / self.content_unit
        return self.style_weight * style + self.content_weight * content, style, content

    def _grams(self, picture: Tensor, guides: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
        total: dict[str, Tensor] = {}
        for tile in tiles(picture.shape[-2:]):
            for layer, part in self._parted(self._look(picture, tile), picture, tile, guides).items():
                total[layer] = total[layer] + part if layer in total else part
        return total

    @staticmethod
    def _parted(
        found: Mapping[str, Tensor], picture: Tensor, tile: "Tile", guides: Mapping[str, Tensor] | None
    ) -> dict[str, Tensor]:
        """Return what a tile adds to the Gram matrices ``(R, C, C)`` of the regions, each as large as its area."""
        parts = {}
        for layer, seen in found.items():
            guided = seen if guides is None else seen * guides[layer][..., *tile.inside(layer)].to(seen.dtype)
            parts[layer] = gram(guided) * (seen[0, 0].numel() / math.prod(_size_in(layer, picture.shape[-2:])))
        return parts

    def _deep(self, picture: Tensor) -> Tensor:
        places = tiles(picture.shape[-2:])
        parts = [self._look(picture, tile)[CONTENT_LAYER].float() for tile in places]
        whole = parts[0].new_empty(*parts[0].shape[:2], *_size_in(CONTENT_LAYER, picture.shape[-2:]))
        for tile, part in zip(places, parts, strict=True):
            whole[..., *tile.inside(CONTENT_LAYER)] = part
        return whole

    def _look(self, picture: Tensor, tile: "Tile") -> dict[str, Tensor]:
        """Return what is seen in a tile, without its margins."""
        with fast_precision():
            found = self.features(picture[..., *tile.seen], list(STYLE_WEIGHTS), smooth=True)
        return {layer: value[..., *tile.within(layer)] for layer, value in found.items()}


class _ByTiles(torch.autograd.Function):
    """The loss of a large picture and its gradient, in the memory that a tile needs.

    It is made of sums over pixels. A first pass over the tiles finds the sums, and so what the loss asks of each;
    in a second one each tile is asked for that.
    """

    @staticmethod
    def forward(
        ctx: Any, picture: Tensor, objective: _Objective, places: Sequence["Tile"]
    ) -> tuple[Tensor, Tensor, Tensor]:
        total: dict[str, Tensor] = {}
        for tile in places:
            for name, value in objective.sums(picture, tile).items():
                total[name] = total[name] + value if name in total else value
        grad = torch.zeros_like(picture)
        with torch.enable_grad():
            total = {name: value.requires_grad_() for name, value in total.items()}
            loss, style, content = objective.parts(total)
            asked = torch.autograd.grad(loss, list(total.values()), materialize_grads=True)
            for tile in places:
                seen = picture.detach().requires_grad_()
                found = objective.sums(seen, tile)
                wish = torch.stack([(found[name] * value).sum() for name, value in zip(total, asked, strict=True)])
                grad += torch.autograd.grad(wish.sum(), [seen])[0]
        ctx.save_for_backward(grad)
        style, content = style.detach(), content.detach()
        ctx.mark_non_differentiable(style, content)
        return loss.detach(), style, content

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_loss: Tensor, *_: Any) -> tuple[Tensor, None, None]:
        (grad,) = ctx.saved_tensors
        return grad * of_loss, None, None


@dataclass(frozen=True)
class Tile:
    """A part of a picture.

    Attributes:
        own: its rows and columns.
        seen: those with a margin, as far as there is one.
    """

    own: tuple[slice, slice]
    seen: tuple[slice, slice]

    def inside(self, layer: str) -> tuple[slice, slice]:
        """Return its place among the features of the whole picture in a layer."""
        rows, columns = (slice(one.start // _step(layer), one.stop // _step(layer)) for one in self.own)
        return rows, columns

    def within(self, layer: str) -> tuple[slice, slice]:
        """Return its place among the features of what is seen."""
        rows, columns = (
            slice((own.start - seen.start) // _step(layer), (own.stop - seen.start) // _step(layer))
            for own, seen in zip(self.own, self.seen, strict=True)
        )
        return rows, columns


def tiles(size: Sequence[int]) -> list[Tile]:
    """Return the tiles of a picture of this height and width: a single one for a picture that is small enough."""
    if size[0] * size[1] <= WHOLE**2:
        whole = (slice(0, size[0]), slice(0, size[1]))
        return [Tile(whole, whole)]
    cuts = [
        [slice(start, stop) for start, stop in zip(edges, [*edges[1:], side], strict=True)]
        for side, edges in ((side, list(range(0, max(1, side - TILE // 2), TILE))) for side in size)
    ]
    places = [(rows, columns) for rows in cuts[0] for columns in cuts[1]]
    return [Tile(own, (_wider(own[0], size[0]), _wider(own[1], size[1]))) for own in places]


def _wider(part: slice, side: int) -> slice:
    return slice(max(0, part.start - MARGIN), min(side, part.stop + MARGIN))


def _step(layer: str) -> int:
    """Return how many pixels a feature of a layer is wide, which pooling doubles."""
    return int(2 ** (int(layer.removeprefix("relu")[0]) - 1))


def _size_in(layer: str, size: Sequence[int]) -> tuple[int, int]:
    """Return height and width of a layer's features for a picture of this size."""
    return size[0] // _step(layer), size[1] // _step(layer)


def _norm(values: Tensor) -> float:
    return values.square().mean().sqrt().item() or 1.0


def _scaled(picture: Tensor, longest: float) -> Tensor:
    size = picture.shape[-2:]
    return resize(picture, coarse_to_fine.scaled(size, longest / max(size)))
