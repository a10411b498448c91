"""Training of the network that makes faces act: likelihood of the next frame, in the latents of a VAE.

Ha and Schmidhuber 2018, https://arxiv.org/abs/1803.10122. The sequences are avatars that act
(`genimg.data.acting`), seen through the encoder.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from genimg import checkpoints
from genimg.core.errors import UserError, integer
from genimg.core.runtime import device, fast_precision, generator
from genimg.data.acting import FPS, Actor, actors, script
from genimg.data.avatars import COUNT, VALUES, draw_attributes
from genimg.data.datasets import Pictures
from genimg.models.latent_rnn import LatentRNN, mixture_nll
from genimg.models.vae import VAE
from genimg.training.recipe import Losses, Recipe, adam

# Posterior means of drawn faces repeat exactly, and exact repetition has infinite likelihood. So latents are learned
# and measured with noise of about the posterior's own width along the directions that act.
NOISE = 0.05
PREVIEW_FACES, PREVIEW_FRAMES = 8, 8


@dataclass(frozen=True)
class Sequences(Pictures):
    """Films as latents: `images` is ``(N, T, latent_dim)`` float32, each a person acting."""

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.images[index], self.labels[index]

    def __getitems__(self, indices: list[int]) -> tuple[Tensor, Tensor]:
        """Return a batch of sequences, ``(B, T, latent_dim)``, and their labels."""
        return self.images[indices], self.labels[indices]


def acted(
    vae: VAE, people: list[dict[str, str]], *, takes: int, frames: int, seed: int = 0, progress: bool = True
) -> Tensor:
    """Return latents of people acting, ``(len(people) * takes, frames, latent_dim)``, the takes of a person together.

    Args:
        vae: whose posterior means they are.
        people: attributes of each.
        takes: films of each person.
        frames: length of each film.
        seed: of what they do.
        progress: whether to show a bar while they are drawn.
    """
    cast = actors(people, size=vae.image_size, progress=progress)
    return torch.cat([_filmed(vae, actor, takes, frames, seed, i) for i, actor in enumerate(cast)])


def _filmed(vae: VAE, actor: Actor, takes: int, frames: int, seed: int, place: int) -> Tensor:
    random = np.random.default_rng((seed, place))
    played = [script(frames, random) for _ in range(takes)]
    distinct = sorted({expression for take in played for expression in take})  # each is encoded once
    latents = encode(vae, (actor.picture(expression) for expression in distinct))
    return torch.stack([latents[[distinct.index(expression) for expression in take]] for take in played])


def encode(vae: VAE, pictures: Iterable[NDArray[np.uint8]]) -> Tensor:
    """Return the posterior means ``(N, latent_dim)``, on the CPU, of pictures ``(S, S, 3)`` uint8."""
    images = torch.from_numpy(np.stack(list(pictures))).permute(0, 3, 1, 2).to(device()).float() / 255
    with torch.no_grad(), fast_precision():
        means = [vae.encode(part.contiguous(memory_format=torch.channels_last))[0] for part in images.split(64)]
    return torch.cat(means).cpu()


def principal_moves(sequences: Tensor, count: int) -> Tensor:
    """Return the `count` orthonormal directions ``(count, D)`` along which latents ``(N, T, D)`` move most."""
    moved = (sequences - sequences[:, :1]).flatten(0, 1)
    _, directions = torch.linalg.eigh(moved.T @ moved)  # in ascending order
    return directions.flip(1).T[:count].contiguous()


class LatentRNNRecipe(Recipe):
    """Train a network that foretells the next frame of a face that acts.

    Args:
        image_size, channels: of the pictures; those of the VAE.
        vae: name of the checkpoint whose latents are learned.
        moves, hidden, mixtures: of the network.
        people: how many of the set's faces act, at most.
        takes: films of each of them.
        frames: length of a film, at 12 frames a second.
        lr, beta1, beta2: of Adam.
        accumulate: see `Recipe`.
    """

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        vae: str = "avatars-vae",
        moves: int = 16,
        hidden: int = 256,
        mixtures: int = 12,
        people: int = 600,
        takes: int = 6,
        frames: int = 96,
        lr: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.99,
        accumulate: int = 1,
    ) -> None:
        eye = checkpoints.load(vae)
        if not isinstance(eye, VAE) or (eye.image_size, eye.channels) != (image_size, channels):
            raise UserError(f"{vae} is no VAE of pictures of {image_size} px with {channels} channels.")
        self.vae = eye
        self.people = integer("people", people, 1, 10**6)
        self.takes = integer("takes", takes, 1, 1000)
        self.frames = integer("frames", frames, 2, 10_000)
        self.accumulate = integer("accumulate", accumulate, 1, 10**6)
        self.model: LatentRNN = LatentRNN(
            latent_dim=eye.latent_dim, moves=moves, hidden=hidden, mixtures=mixtures, vae=vae, fps=FPS
        )
        self.networks = {"rnn": self.model}
        self.optimizers = {"rnn": adam(self.model, lr, (beta1, beta2))}
        self.faces = torch.zeros(0, eye.latent_dim)

    def adapt(self, data: Pictures) -> Sequences:
        """Let the first `people` of the set act, and find the directions in which acting moves their latents.

        Raises:
            UserError: if the set is not of avatars, whose attributes say how to draw them.
        """
        if data.classes != VALUES:
            raise UserError("latent_rnn learns from avatars alone: other pictures cannot be told to act.")
        labels = data.labels[: self.people]
        people = [
            {name: VALUES[name][value] for name, value in zip(VALUES, row, strict=True)} for row in labels.tolist()
        ]
        films = acted(self.vae, people, takes=self.takes, frames=self.frames)
        self.model.basis.copy_(principal_moves(films, self.model.moves))
        self.faces = films[:: self.takes][:PREVIEW_FACES, 0]
        return Sequences(films, labels.repeat_interleave(self.takes, 0), data.classes)

    def step(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Learn from sequences of latents, ``(B, T, latent_dim)``."""
        films = images.to(self.accelerator.device)
        noise = self.noise(len(films), films[0].numel()).view_as(films)
        return self.descend("rnn", self._loss, films, noise)

    def _loss(self, films: Tensor, noise: Tensor) -> Losses:
        nll = likelihood(self.model, films, noise).mean()
        return nll, {"loss/nll": nll.detach()}

    def preview(self, model: nn.Module) -> Tensor:
        """Return films of eight faces, a row each: eight frames, a third of a second apart."""
        assert isinstance(model, LatentRNN)
        films = model.dream(self.faces.to(device()), 4 * PREVIEW_FRAMES, generator(0))[:, ::4]
        with torch.no_grad(), fast_precision():
            return self.vae.decode(films.flatten(0, 1))

    def export(self, model: nn.Module, data: Pictures, folder: Path) -> None:
        """Write the weights; config.json says whose latents they are for."""
        assert isinstance(model, LatentRNN)
        checkpoints.save(model, folder, half=True)


def likelihood(model: LatentRNN, films: Tensor, noise: Tensor) -> Tensor:
    """Return the negative log likelihood in nats of each frame given those before it, ``(N, T - 1)``.

    Args:
        model: the network.
        films: latents ``(N, T, latent_dim)``.
        noise: standard normal numbers of the same shape; see `NOISE`.
    """
    positions = model.positions(films) + NOISE * noise[..., : model.moves]
    weights, means, log_scales, *_ = model(films[:, 0], positions[:, :-1])
    return mixture_nll(weights, means, log_scales, positions[:, 1:])


def measure(
    model: LatentRNN, *, start: int = COUNT - COUNT // 10, people: int = 50, takes: int = 4, frames: int = 96
) -> dict[str, float]:
    """Measure on people never trained on.

    Args:
        model: the network.
        start: index of the first of them in the set of avatars, the last tenth of which never trains.
        people: how many act.
        takes: how often each does.
        frames: how long.

    Returns:
        ``nll``, nats a frame, and ``nll_still``, that of a Gaussian round the frame before whose covariance is the
        best possible for these very films.
    """
    vae = checkpoints.load(model.vae)
    assert isinstance(vae, VAE)
    cast = [draw_attributes(start + i) for i in range(people)]
    films = acted(vae, cast, takes=takes, frames=frames, seed=1, progress=False).to(device())
    noise = torch.randn(films.shape, generator=generator(1)).to(films)
    with torch.no_grad():
        nll = likelihood(model, films, noise).mean()
    moves = (model.positions(films) + NOISE * noise[..., : model.moves]).diff(dim=1).flatten(0, 1)
    covariance = moves.T @ moves / len(moves)
    still = 0.5 * (torch.logdet(2 * math.pi * covariance) + model.moves)
    return {"nll": nll.item(), "nll_still": still.item()}
