"""Paste without a seam: what is pasted keeps its slopes, and meets the picture's colours at the border.

Paper: Perez, Gangnet and Blake 2003, "Poisson Image Editing". The picture that has the pasted one's slopes and the
surroundings' colours is the pasted one plus a membrane, the surface without a bump that is stretched over the hole from
what the two differ by at its border. Found by conjugate gradients, from coarse to fine.
"""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, pad

_COARSE = 16  # pixels; a picture this small is not halved again
_ACCURATE = 1e-4  # of a colour's range, in the largest residual: values are then well within a step of 255
_NEIGHBOURS = ((0, 1), (2, 1), (1, 0), (1, 2))  # as places in a picture with a rim of one pixel


def paste(image: Tensor, pasted: Tensor, hole: Tensor) -> Tensor:
    """Return pictures ``(N, C, H, W)`` that are `image` outside the hole and have the slopes of `pasted` in it.

    Args:
        image: ``(1, C, H, W)`` in [0, 1].
        pasted: ``(N, C, H, W)``.
        hole: ``(1, 1, H, W)``, 1 where `pasted` is to be seen.
    """
    inside = hole > 0.5
    rows, columns = (inside[0, 0].any(axis).nonzero().ravel() for axis in (1, 0))
    made = image.expand(len(pasted), -1, -1, -1).clone()
    if len(rows):
        part = (
            ...,
            slice(max(0, int(rows[0]) - 1), int(rows[-1]) + 2),
            slice(max(0, int(columns[0]) - 1), int(columns[-1]) + 2),
        )
        seamless = pasted[part] + membrane(image[part] - pasted[part], hole[part])
        made[part] = torch.where(inside[part], seamless.clamp(0, 1), image[part])
    return made


def membrane(values: Tensor, hole: Tensor, *, steps: int = 30) -> Tensor:
    """Return values whose hole is filled by the solution of Laplace's equation; the rest is as it was.

    Nothing in the hole is above the highest or below the lowest value at its border. At the rim of the picture the
    slope across is 0; a hole without a border gets 0.

    Args:
        values: ``(N, C, H, W)``; what is in the hole does not count.
        hole: ``(1, 1, H, W)``, 1 where to fill.
        steps: of conjugate gradients, at each size, at most.
    """
    free = (hole > 0.5).to(values.dtype)
    known = values * (1 - free)
    if not bool(free.any()):
        return known
    if bool(free.all()):
        return torch.zeros_like(known)
    start = torch.where(free > 0, _coarser(known, free, steps), known)
    return _solved(start, free, steps)


def _coarser(known: Tensor, free: Tensor, steps: int) -> Tensor:
    """Return the membrane of the picture at half its size, enlarged."""
    height, width = known.shape[-2:]
    if max(height, width) <= _COARSE:
        return torch.zeros_like(known) + known.sum((-2, -1), keepdim=True) / (1 - free).sum()
    odd = (0, width % 2, 0, height % 2)
    share = avg_pool2d(pad(1 - free, odd), 2)
    mean = avg_pool2d(pad(known, odd), 2) / share.clamp(min=0.25)
    small = membrane(mean, (share == 0).to(known.dtype), steps=steps)
    return interpolate(small, scale_factor=2, mode="bilinear")[..., :height, :width]


def _solved(values: Tensor, free: Tensor, steps: int) -> Tensor:
    """Return `values` with those that are free solving Laplace's equation, by conjugate gradients from where they are.

    Each picture and channel is a system of its own, and all of them are solved side by side.
    """
    residual = -_bump(values) * free
    direction, energy = residual, _product(residual, residual)
    for _ in range(steps):
        if float(residual.abs().amax()) < _ACCURATE:
            break
        pushed = _bump(direction) * free
        length = energy / _product(direction, pushed).clamp(min=1e-20)
        values = values + length * direction
        residual = residual - length * pushed
        before, energy = energy, _product(residual, residual)
        direction = residual + energy / before.clamp(min=1e-20) * direction
    return values


def _bump(values: Tensor) -> Tensor:
    """Return how far each value is above its four neighbours, summed."""
    height, width = values.shape[-2:]
    wide = pad(values, (1, 1, 1, 1), mode="replicate")
    around = sum(wide[..., y : y + height, x : x + width] for y, x in _NEIGHBOURS)
    return 4 * values - around


def _product(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum((-2, -1), keepdim=True)
