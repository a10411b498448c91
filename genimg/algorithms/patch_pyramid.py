"""New pictures from the patches of a single one, coarse to fine: no network, no training.

Granot, Feinstein, Shocher, Bagon, Irani 2022, "Drop the GAN: In Defense of Patches Nearest Neighbors as Single Image
Generative Models" (CVPR). Departures: patches are compared by their principal components; beyond the coarse sizes,
where all pairs are compared, the field of nearest neighbours is handed on from size to size and improved by the search
of Barnes et al. 2009, "PatchMatch" (SIGGRAPH), over all pixels at once.

Pictures are ``(1, 3, H, W)`` in [0, 1]. A field holds for each patch of the new picture, by its upper left corner, the
row and column of the source's patch that it shall look like: ``(2, H', W')``.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn.functional import conv2d, grid_sample, interpolate, pad

from genimg.core.images import resize
from genimg.core.runtime import generator
from genimg.core.steps import Step

PATCH = 7
FINER = 4 / 3  # from size to size
_EXACT = 48 * 48  # as many patches are compared with all others
_AT_ONCE = 2**24  # pairs of patches
_COMPONENTS = 24  # of 147 numbers of a patch: what is left out is nearly nothing
_ROUNDS = (8, 3, 2)  # at exact sizes, in between, and at the last one


@dataclass(frozen=True)
class Source:
    """A picture whose patches are used, at one size."""

    image: Tensor

    @cached_property
    def basis(self) -> Tensor:
        """The principal components of its patches, as filters ``(D, 3, PATCH, PATCH)``."""
        patches = _patches(self.image)
        some = patches[:: max(1, len(patches) // 4096)]
        _, _, components = torch.linalg.svd(some - some.mean(0), full_matrices=False)
        return components[:_COMPONENTS].reshape(-1, 3, PATCH, PATCH)

    @cached_property
    def keys(self) -> Tensor:
        """Its patches by their components, ``(h', w', D)``."""
        return self.see(self.image)

    def see(self, image: Tensor) -> Tensor:
        """Return the patches of a picture by this one's components."""
        return conv2d(image, self.basis)[0].permute(1, 2, 0).contiguous()


def varied(image: Tensor, *, bend: float, noise: float, seed: int) -> Tensor:
    """Return a picture that is bent smoothly and covered with noise: where to start for another one of its kind.

    Departure from the paper, which has the noise alone: of a thing, such as a cup, that makes the very picture again.

    Args:
        image: the picture, at a coarse size.
        bend: standard deviation of how far its points are moved, in halves of its sides.
        noise: standard deviation of the noise.
        seed: of both.
    """
    random = generator(seed)
    size = image.shape[-2:]
    moves = interpolate(bend * torch.randn(1, 2, 4, 4, generator=random), size, mode="bicubic", align_corners=True)
    rows, columns = (torch.linspace(-1, 1, side) for side in size)
    still = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), -1)
    bent = grid_sample(image, still + moves.permute(0, 2, 3, 1), padding_mode="reflection", align_corners=True)
    return bent + noise * torch.randn(image.shape, generator=random)


def reshaped(image: Tensor, size: tuple[int, int], *, completeness: float = 0.01) -> Tensor:
    """Bring a picture to another shape so that the things in it keep theirs: what is alike is shortened or repeated.

    It is stretched little by little, and put together again out of its own patches each time.

    Args:
        image: the picture, at a coarse size: all pairs of patches are compared.
        size: height and width of the result.
        completeness: as for `rearrange`.
    """
    own, guess = Source(image), image
    ratios = [side / before for side, before in zip(size, image.shape[-2:], strict=True)]
    count = max(1, math.ceil(max(abs(math.log(ratio)) for ratio in ratios) / math.log(1.1)))
    for i in range(1, count + 1):
        middle = [round(before * ratio ** (i / count)) for before, ratio in zip(image.shape[-2:], ratios, strict=True)]
        guess = resize(guess, (middle[0], middle[1]))
        for _ in range(_ROUNDS[1]):
            guess = _vote(image, _nearest(own.see(guess), own.keys, completeness), tile=False)
    return guess


def rearrange(
    source: Tensor,
    start: Tensor,
    size: tuple[int, int],
    *,
    completeness: float = 0.01,
    tile: bool = False,
    seed: int = 0,
) -> Iterator[Step]:
    """Turn `start`, which says roughly what is where, into a picture of the patches of `source`.

    For another picture of the same kind, start from one that is `varied`; for another shape from one that is
    `reshaped`; for the structure of one picture with the substance of another, or for a clumsy collage, from that one.

    Args:
        source: gives the patches.
        start: any picture of about the result's shape, small: a smaller one leaves more to the source.
        size: height and width of the result.
        completeness: the smaller, the more it is asked that every patch of the source occurs; the paper's alpha, here a
            part of how much the patches vary.
        tile: let the result repeat without a seam.
        seed: of the search.

    Yields:
        A `Step` for each size, with the picture so far, enlarged to its full size, and its ``size`` (the longer side).
    """
    random = generator(seed)
    scales = scales_from(min(start.shape[-2:]), (source.shape[-2], source.shape[-1]), size)
    field: Tensor | None = None
    guess = start
    for index, scale in enumerate(scales):
        small = scaled(size, scale)
        here = Source(resize(source, scaled(source.shape[-2:], scale)))
        if field is None:
            guess = interpolate(start, small, mode="bicubic", antialias=True, align_corners=False)
        else:
            room = small if tile else (small[0] - PATCH + 1, small[1] - PATCH + 1)
            field = _finer(field, here.keys.shape[:2], room)
            guess = _vote(here.image, field, tile=tile)
        exact = guess[0, 0].numel() <= _EXACT and here.keys[..., 0].numel() <= 4 * _EXACT
        for _ in range(_ROUNDS[0] if exact else _ROUNDS[2 if index == len(scales) - 1 else 1]):
            query = here.see(pad(guess, (0, PATCH - 1) * 2, mode="circular") if tile else guess)
            if exact or field is None:
                field = _nearest(query, here.keys, completeness)
            else:
                field = _improved(field, query, here.keys, random, tile=tile)
            guess = _vote(here.image, field, tile=tile)
        shown = interpolate(guess, size, mode="bicubic", align_corners=False).clamp(0, 1)
        yield Step(index + 1, len(scales), shown, {"size": float(max(small))})


def scales_from(coarsest: int, *sizes: tuple[int, int]) -> list[float]:
    """Return by how much pictures of these sizes are scaled, up to 1, when their shortest side begins at `coarsest`."""
    shortest = min(min(size) for size in sizes)
    count = max(0, round(math.log(shortest / max(coarsest, PATCH + 5)) / math.log(FINER)))
    return [FINER**-i for i in range(count, -1, -1)]


def scaled(size: Sequence[int], scale: float) -> tuple[int, int]:
    """Return height and width times `scale`; a patch and a pixel always stay."""
    return max(PATCH + 1, round(size[0] * scale)), max(PATCH + 1, round(size[1] * scale))


def _patches(image: Tensor) -> Tensor:
    """Return all patches of a picture, ``(N, 3 * PATCH * PATCH)``."""
    windows = image[0].unfold(1, PATCH, 1).unfold(2, PATCH, 1)
    return windows.permute(1, 2, 0, 3, 4).reshape(-1, 3 * PATCH * PATCH)


def _nearest(query: Tensor, keys: Tensor, completeness: float) -> Tensor:
    """Return the field of nearest neighbours among all patches; those seldom taken count as nearer (equation 3)."""
    wanted, known = query.flatten(0, 1), keys.flatten(0, 1)
    softly = completeness * known.var(0).sum() + 1e-9
    parts = wanted.split(max(1, _AT_ONCE // len(known)))

    def apart(part: Tensor) -> Tensor:
        return torch.cdist(part, known).square()

    if len(parts) == 1:
        far = apart(wanted)
        found = [(far / (softly + far.amin(0))).argmin(1)]
    else:
        least = torch.stack([apart(part).amin(0) for part in parts]).amin(0)
        found = [(apart(part) / (softly + least)).argmin(1) for part in parts]
    place = torch.cat(found).view(query.shape[:2])
    return torch.stack((place // keys.shape[1], place % keys.shape[1]))


def _finer(field: Tensor, keys: torch.Size, size: tuple[int, int]) -> Tensor:
    """Hand a field on to a larger size: how far a patch lies from where it came from grows with the picture."""
    grown = [new / old for new, old in zip(size, field.shape[1:], strict=True)]
    rows, columns = ((torch.arange(new) / by).long() for new, by in zip(size, grown, strict=True))
    far = field[:, rows][:, :, columns] - torch.stack(torch.meshgrid(rows, columns, indexing="ij"))
    fine = torch.stack(torch.meshgrid(*map(torch.arange, size), indexing="ij"))
    return _inside(fine + (far * torch.tensor(grown).view(2, 1, 1)).round().long(), keys)


def _inside(field: Tensor, keys: torch.Size) -> Tensor:
    return torch.stack((field[0].clamp(0, keys[0] - 1), field[1].clamp(0, keys[1] - 1)))


def _improved(field: Tensor, query: Tensor, keys: Tensor, random: torch.Generator, *, tile: bool) -> Tensor:
    """Look for better neighbours beside those of the patches around, and at random places near one's own."""
    flat, width = keys.flatten(0, 1), keys.shape[1]

    def distance(places: Tensor) -> Tensor:
        return (flat[places[0] * width + places[1]] - query).square().sum(-1)

    def best_of(field: Tensor, far: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        other = _inside(other, keys.shape[:2])
        closer = (new := distance(other)) < far
        return torch.where(closer, other, field), torch.where(closer, new, far)

    far = distance(field)
    for reach in (4, 1):
        for axis in (1, 2):
            for step in (reach, -reach):
                field, far = best_of(field, far, _moved(field, axis, step, tile=tile))
        radius = max(keys.shape[:2]) * reach // 16
        near = torch.randint(-radius, radius + 1, field.shape, generator=random)
        field, far = best_of(field, far, field + near)
    return field


def _moved(field: Tensor, axis: int, step: int, *, tile: bool) -> Tensor:
    """Return what each patch's neighbour `step` away along an axis proposes for it: the place beside its own."""
    moved = field.roll(step, axis)
    moved[axis - 1] += step
    if not tile:  # what came round from the other side proposes nothing
        length = field.shape[axis]
        rim = torch.arange(step) if step > 0 else torch.arange(length + step, length)
        moved.index_copy_(axis, rim, field.index_select(axis, rim))
    return moved


def _vote(image: Tensor, field: Tensor, *, tile: bool) -> Tensor:
    """Return the picture of which each pixel is the mean of what all patches over it say; their middles say most."""
    flat, width = image[0].flatten(1), image.shape[-1]
    rows, columns = field.shape[1:]
    height, wide = (rows, columns) if tile else (rows + PATCH - 1, columns + PATCH - 1)
    total, weights = torch.zeros(3, height, wide), torch.zeros(height, wide)
    corner = field[0] * width + field[1]
    middle = PATCH // 2
    for y in range(PATCH):
        for x in range(PATCH):
            weight = math.exp(-((y - middle) ** 2 + (x - middle) ** 2) / 4)
            said = flat[:, corner + (y * width + x)]
            if tile:
                total += weight * said.roll((y, x), (1, 2))
                weights += weight
            else:
                total[:, y : y + rows, x : x + columns] += weight * said
                weights[y : y + rows, x : x + columns] += weight
    return (total / weights)[None]
