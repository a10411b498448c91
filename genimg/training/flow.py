"""Rectified flow in the latents of an autoencoder, by class; the papers are named in `genimg.algorithms.flow`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from genimg import checkpoints
from genimg.algorithms.flow import between, logit_normal, velocity
from genimg.core.errors import UserError, integer, number
from genimg.core.runtime import fast_precision, generator
from genimg.data.datasets import Pictures
from genimg.models.autoencoder import Autoencoder
from genimg.models.flow import Flow
from genimg.nn.layers import one_hot
from genimg.training.drawing import Course, FlowGenerator
from genimg.training.reader import make_reader
from genimg.training.recipe import Losses, Recipe, adam

SHOWN = 9
PREVIEW_STEPS = 8


@dataclass(frozen=True)
class Latents(Pictures):
    """A data set whose pictures are latents: ``images`` is ``(N, C, H, W)`` float16, and nothing is scaled."""

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.images[index].float(), self.labels[index]

    def __getitems__(self, indices: list[int]) -> tuple[Tensor, Tensor]:
        return self.images[indices].float(), self.labels[indices]


class FlowRecipe(Recipe):
    """Train a velocity field over the latents of a trained autoencoder.

    Args:
        image_size, channels: of the data; they must be those of the autoencoder.
        autoencoder: its checkpoint, a name or the path of a folder.
        num_classes, widths, depth, embedding: of the network.
        open_all: share of the pictures whose attributes are all left open, for guidance.
        open_some: share of those whose attributes are left open at random, so that people can ask for a few.
        lr, beta1, beta2: of Adam.
        accumulate: see `Recipe`.

    Raises:
        UserError: if the autoencoder is none, or does not fit the data.
    """

    model: Flow

    def __init__(
        self,
        *,
        image_size: int = 128,
        channels: int = 3,
        autoencoder: str = "avatars-autoencoder",
        num_classes: Sequence[int] = (),
        widths: Sequence[int] = (96, 160),
        depth: int = 2,
        embedding: int = 256,
        open_all: float = 0.1,
        open_some: float = 0.4,
        lr: float = 5e-4,
        beta1: float = 0.9,
        beta2: float = 0.99,
        accumulate: int = 1,
    ) -> None:
        autoencoder = str(autoencoder)  # settings are anything that a person types
        found = checkpoints.load(Path(autoencoder) if "/" in autoencoder else autoencoder)
        if not isinstance(found, Autoencoder) or (found.image_size, found.channels) != (image_size, channels):
            raise UserError(f"{autoencoder} is no autoencoder of {image_size} px pictures of {channels} channels.")
        self.autoencoder = found
        self.open_all = number("open_all", open_all, 0, 1)
        self.open_some = number("open_some", open_some, 0, 1)
        self.accumulate = integer("accumulate", accumulate, 1, 10**6)
        self.model = Flow(
            latent_shape=found.latent_shape,
            num_classes=num_classes,
            widths=widths,
            depth=depth,
            embedding=embedding,
            autoencoder=Path(autoencoder).name,
        )
        self.networks = {"flow": self.model}
        self.optimizers = {"flow": adam(self.model, lr, (beta1, beta2))}

    def adapt(self, data: Pictures) -> Pictures:
        """Return the latents of all pictures, encoded once."""
        coded = []
        with torch.no_grad(), fast_precision():
            for part in data.images.split(64):
                pictures = part.to(next(self.autoencoder.parameters()).device).float() / 255
                coded.append(self.autoencoder.encode(pictures).half().cpu())
        self.shown = self.conditions(data.labels[:SHOWN])
        return Latents(torch.cat(coded), data.labels, data.classes)

    def conditions(self, labels: Tensor) -> Tensor:
        """Return what labels ``(N, A)`` tell the network, ``(N, K)``."""
        return one_hot(labels, self.model.num_classes)

    def step(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Update the network once, on latents ``(B, C, H, W)`` and their labels."""
        where = self.accelerator.device
        told = self.conditions(labels) * self._asked(len(labels))
        return self.descend("flow", self._loss, images.to(where), told.to(where))

    def _asked(self, count: int) -> Tensor:
        """Return 1 where a picture's condition is told to the network and 0 where it is left open, ``(count, K)``."""
        lot, rate = torch.rand(2, count, 1, generator=self.random)
        rate = torch.where(lot < self.open_all, 1.0, torch.where(lot < self.open_all + self.open_some, rate, 0.0))
        classes = self.model.num_classes
        kept = torch.rand(count, len(classes), generator=self.random) >= rate
        return kept.float().repeat_interleave(torch.tensor(classes, dtype=torch.long), dim=1)

    def _loss(self, data: Tensor, told: Tensor) -> Losses:
        noise = torch.randn(data.shape, generator=self.random).to(data.device)
        times = logit_normal(len(data), self.random).to(data.device)
        with fast_precision():
            guess = self.model(between(noise, data, times), times, told)
        loss = (guess - velocity(noise, data)).square().mean()
        return loss, {"loss/velocity": loss.detach()}

    def preview(self, model: nn.Module) -> Tensor:
        """Return faces from the noise of seed 0, asked for by the attributes of the first training pictures."""
        where = self.accelerator.device
        assert isinstance(model, Flow)
        drawn = FlowGenerator(model, self.autoencoder, Course(PREVIEW_STEPS))
        noise = torch.randn(SHOWN, drawn.latent_dim, generator=generator(0)).to(where)
        with torch.no_grad(), fast_precision():
            return drawn(noise, self.shown.to(where)).float()

    def export(self, model: nn.Module, data: Pictures, folder: Path) -> None:
        """Write the network, its classes' names, and what reads them from a picture's latent."""
        assert isinstance(model, Flow)
        checkpoints.save(model, folder, half=True)
        if self.model.num_classes:
            checkpoints.save_classes(data.shares(), folder)
            make_reader(data, folder)
