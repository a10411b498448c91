"""Transform coding of latents: a basis, a uniform step, and a range coder, as in Balle et al. 2017.

https://arxiv.org/abs/1611.01704 and https://arxiv.org/abs/1802.01436; compressive autoencoders are of Theis et al.
2017, https://arxiv.org/abs/1703.00395. The difference from them: the autoencoder was trained for other ends and stays
as it is. Its latents are a mixture of Gaussians, and the decoder's mean squared Jacobian says how much each direction
matters to the eye of a squared error. In the basis that diagonalises both at once, one step serves all coordinates and
each is coded by itself: the Karhunen-Loeve transform, in the decoder's metric.

The range coder is that of constriction (Bamler 2022, https://arxiv.org/abs/2201.01741). Its probabilities come from
standard deviations that are read from a file and divided by the step in double precision, on the CPU: nothing that a
network computes takes part, so every machine reads the same integers.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import constriction
import numpy as np
import torch
from torch import Tensor

LIMIT = 4095  # the largest integer that can be written
_SMALLEST = 2.0**-24  # the coder gives no symbol less
_FLOOR = 1e-3  # of a standard deviation, in steps


@dataclass(frozen=True)
class Codebook:
    """What both sides know: K Gaussians, each with the basis in which it is coded.

    Attributes:
        means: ``(K, D)`` float64.
        bases: ``(K, D, D)`` float64; a latent is ``mean + basis @ coordinates``.
        scales: ``(K, D)`` float64 standard deviations of the coordinates, each as it was stored in float32.
        inverses: ``(K, D, D)`` of the bases.
    """

    means: Tensor
    bases: Tensor
    scales: Tensor
    inverses: Tensor

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor]) -> "Codebook":
        """Make one of what `karhunen_loeve` returned."""
        means, bases, scales = (tensors[name].detach().cpu().double() for name in ("means", "bases", "scales"))
        return cls(means, bases, scales, torch.linalg.inv(bases))

    def coordinates(self, latent: Tensor, component: int) -> Tensor:
        """Return the coordinates ``(D,)`` of a latent ``(D,)`` in the basis of a component."""
        return self.inverses[component] @ (latent.detach().cpu().double() - self.means[component])

    def latent(self, coordinates: Tensor, component: int) -> Tensor:
        """Return the latent ``(D,)`` of coordinates ``(D,)``."""
        return self.means[component] + self.bases[component] @ coordinates


def karhunen_loeve(means: Tensor, factors: Tensor, metric: Tensor) -> dict[str, Tensor]:
    """Find for each Gaussian the basis that makes its coordinates independent, and errors in them orthogonal.

    Args:
        means: ``(K, D)``.
        factors: ``(K, D, D)``, the covariances are F F^T.
        metric: ``(D, D)``; an error e of a latent costs e^T M e in the picture, see `sensitivity`.

    Returns:
        ``means``, ``bases`` and ``scales``, float32, ready to be stored: eigenvectors computed again on another machine
        may have other signs.
    """
    metric, factors = metric.double(), factors.double()
    ridge = 1e-3 * metric.trace() / len(metric) * torch.eye(len(metric), dtype=torch.double)
    values, vectors = torch.linalg.eigh(metric + ridge)
    root, unroot = (vectors * values.sqrt()) @ vectors.T, (vectors * values.rsqrt()) @ vectors.T
    variances, turned = torch.linalg.eigh(root @ factors @ factors.transpose(1, 2) @ root)
    return {
        "means": means.float(),
        "bases": (unroot @ turned).flip(-1).float().contiguous(),  # the largest variances first
        "scales": variances.clamp(min=1e-9).sqrt().flip(-1).float().contiguous(),
    }


def sensitivity(decode: Callable[[Tensor], Tensor], latents: Tensor, *, reach: float = 0.05) -> Tensor:
    """Return the mean of J^T J, ``(D, D)``, over latents ``(N, D)``; J is the decoder's Jacobian, by differences."""
    size = latents.shape[1]
    total = torch.zeros(size, size, dtype=torch.double)
    steps = reach * torch.eye(size, device=latents.device)
    with torch.no_grad():
        for latent in latents:
            points = torch.cat([latent[None], latent + steps])
            pictures = torch.cat([decode(part) for part in points.split(32)]).flatten(1)
            jacobian = ((pictures[1:] - pictures[0]) / reach).double().cpu()
            total += jacobian @ jacobian.T
    return total / len(latents)


def deviations(scales: Tensor, step: float) -> np.ndarray:
    """Return the standard deviations of the integers: of coordinates with `scales`, cut into steps."""
    return np.maximum(scales.numpy() / step, _FLOOR)


def cost(integers: Tensor, deviation: np.ndarray) -> Tensor:
    """Return how many bits each integer takes, under zero-mean Gaussians of these standard deviations, in steps."""
    far = integers.abs().double() / torch.from_numpy(deviation)
    half = 0.5 / torch.from_numpy(deviation)
    # Both ends are taken on the side where the function is small, so that no digits are lost in the tails.
    mass = 0.5 * (torch.erfc((far - half) / math.sqrt(2)) - torch.erfc((far + half) / math.sqrt(2)))
    return -mass.clamp(min=_SMALLEST).log2()


def quantise(coordinates: Tensor, step: float) -> Tensor:
    """Round coordinates to whole steps, as int64.

    To the nearest: favouring cheap integers (rate-distortion optimised rounding, a dead zone) and reading them back as
    the centroids of their bins were both measured here, and neither gained.
    """
    return (coordinates / step).round().clamp(-LIMIT, LIMIT).long()


def refine(
    decode: Callable[[Tensor], Tensor],
    target: Tensor,
    codebook: Codebook,
    coordinates: Tensor,
    component: int,
    *,
    steps: int = 24,
    rate: float = 0.3,
    prior: float = 0.02,
) -> Tensor:
    """Search for the coordinates ``(D,)`` whose picture is closest to the target, by Adam from those given.

    The encoder answers in one pass and was trained for all pictures at once; this one is looked at by itself. In these
    coordinates the squared error is about equally steep in all directions, so few steps do.

    Args:
        decode: latents ``(1, D)`` to pictures.
        target: ``(1, C, H, W)`` in [0, 1].
        codebook: of the coordinates.
        coordinates: where to begin.
        component: whose they are.
        steps: each takes a pass forward and one back.
        rate: of learning; it falls linearly to zero.
        prior: how much a nat of the rate counts, in squared error; it keeps what the decoder cannot see from growing.
    """
    where = target.device
    mean, basis, scale = (t[component].float().to(where) for t in (codebook.means, codebook.bases, codebook.scales))
    found = coordinates.float().to(where).clone().requires_grad_()
    optimiser = torch.optim.Adam([found], lr=rate, betas=(0.8, 0.95))
    for i in range(steps):
        optimiser.param_groups[0]["lr"] = rate * (1 - i / steps)
        made = decode((mean + basis @ found)[None])
        loss = (made - target).square().sum() + prior * 0.5 * (found / scale).square().sum()
        (found.grad,) = torch.autograd.grad(loss, found)
        optimiser.step()
    return found.detach().cpu().double()


def encode(integers: np.ndarray, deviation: np.ndarray) -> bytes:
    """Write integers as a stream of bytes; `decode` with the same standard deviations reads them back.

    The coder ends on a whole word of four bytes; those of the last that carry nothing are left out.
    """
    coder = constriction.stream.queue.RangeEncoder()
    coder.encode(integers.astype(np.int32), _model(), np.zeros(len(integers)), deviation)
    words = coder.get_compressed()
    whole = words.astype(">u4").tobytes().rstrip(b"\0")
    for spare in range(min(3, len(whole)), 0, -1):
        kept = int.from_bytes(whole[:-spare] or b"\0", "big")
        for candidate in (kept, kept + 1):
            short = candidate.to_bytes(len(whole) - spare + 1, "big")
            if short[0] == 0 and _reads_as(short[1:], deviation, integers):
                return short[1:].rstrip(b"\0")
    return whole


def decode(stream: bytes, deviation: np.ndarray) -> np.ndarray:
    """Read as many integers as there are standard deviations; any bytes give some, so check them by other means.

    Raises:
        ValueError: if the coder finds the stream impossible.
    """
    padded = stream + b"\0" * (-len(stream) % 4 + 8)
    words = np.frombuffer(padded, ">u4").astype(np.uint32)
    coder = constriction.stream.queue.RangeDecoder(words)
    try:
        return coder.decode(_model(), np.zeros(len(deviation)), deviation)
    except Exception as problem:
        raise ValueError(str(problem)) from problem


def _reads_as(stream: bytes, deviation: np.ndarray, integers: np.ndarray) -> bool:
    try:
        return np.array_equal(decode(stream, deviation), integers)
    except ValueError:
        return False


def _model() -> object:
    return constriction.stream.model.QuantizedGaussian(-LIMIT - 1, LIMIT + 1)
