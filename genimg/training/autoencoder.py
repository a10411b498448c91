"""Training the autoencoder whose latent space `flow` draws in: absolute error and a perceptual term.

Ghosh et al. 2020, https://arxiv.org/abs/1903.12436 (a deterministic bottleneck, noise in place of a KL divergence);
Johnson et al. 2016, https://arxiv.org/abs/1603.08155 (comparing pictures by the features of a trained network).
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from genimg import checkpoints
from genimg.core.errors import flag, integer, number
from genimg.core.runtime import fast_precision
from genimg.data.datasets import Pictures
from genimg.models.autoencoder import Autoencoder
from genimg.training.recipe import Losses, Recipe, adam
from genimg.training.vae import perceptual_distance

SHOWN = 8
MEASURED = 2000  # pictures
COMPARED = 8  # crops that VGG16 looks at: through it a batch would cost more than the whole step


class AutoencoderRecipe(Recipe):
    """Train a convolutional autoencoder on random crops of the pictures.

    Its layers see a place and its surroundings only, so crops teach the same as whole pictures, and more of different
    ones fit in a batch.

    Args:
        image_size, channels, latent_channels, widths, depth: of the network.
        crop: side in pixels of what is cut from each picture; rounded down to a multiple of 8.
        noise: standard deviation of what is added to the latents, which have unit variance.
        perceptual: weight of `perceptual_distance` beside the mean absolute error.
        perceptual_every: that term is computed every so many steps, and weighs as many times more.
        freeze: leave the encoder as it is, so that what was trained on its latents stays true.
        lr, beta1, beta2: of Adam.
        accumulate: see `Recipe`.
    """

    model: Autoencoder

    def __init__(
        self,
        *,
        image_size: int = 128,
        channels: int = 3,
        latent_channels: int = 8,
        widths: Sequence[int] = (128, 96),
        depth: int = 3,
        crop: int = 64,
        noise: float = 0.1,
        perceptual: float = 0.01,
        perceptual_every: int = 12,
        freeze: bool = False,
        lr: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.99,
        accumulate: int = 1,
    ) -> None:
        self.crop = min(8 * (integer("crop", crop, 8, 4096) // 8), image_size)
        self.blur, self.freeze = number("noise", noise, 0, 10), flag("freeze", freeze)
        self.perceptual = number("perceptual", perceptual, 0, 1e6)
        self.perceptual_every = integer("perceptual_every", perceptual_every, 1, 10**6)
        self.accumulate = integer("accumulate", accumulate, 1, 10**6)
        self.model = Autoencoder(
            image_size=image_size, channels=channels, latent_channels=latent_channels, widths=widths, depth=depth
        )
        if freeze:
            self.model.encoder.requires_grad_(False)
            self.model.norm.eval()
        self.networks = {"autoencoder": self.model}
        self.optimizers = {"autoencoder": adam(self.model, lr, (beta1, beta2))}
        self.examples: Tensor | None = None
        self.batch: Tensor | None = None

    def step(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Update the network once."""
        if self.examples is None:
            self.examples = images[:SHOWN].to(self.accelerator.device)
        self.batch = self._cropped(images).to(self.accelerator.device, memory_format=torch.channels_last)
        return self.descend("autoencoder", self._loss, self.batch)

    def _cropped(self, images: Tensor) -> Tensor:
        """Cut a square at a random place out of each picture."""
        room = images.shape[-1] - self.crop + 1
        places = torch.randint(0, room, (len(images), 2), generator=self.random).tolist()
        cut = [image[:, y : y + self.crop, x : x + self.crop] for image, (y, x) in zip(images, places, strict=True)]
        return torch.stack(cut)

    def _loss(self, images: Tensor) -> Losses:
        with fast_precision():
            latents = self.model.encode(images)
            blur = torch.randn(latents.shape, generator=self.random).to(latents.device)
            made = self.model.painted(latents + self.blur * blur)
        difference = made - images
        loss = difference.abs().mean()
        numbers = {"loss/error": loss.detach(), "psnr": -10 * torch.log10(difference.detach().square().mean())}
        if self.perceptual and self.steps % self.perceptual_every == 0:
            seen = perceptual_distance(made[:COMPARED], images[:COMPARED])
            loss = loss + self.perceptual * self.perceptual_every * seen
            numbers["loss/perceptual"] = seen.detach()
        return loss, numbers

    def preview(self, model: nn.Module) -> Tensor:
        """Return eight pictures of the first batch, each followed by its reconstruction."""
        assert self.examples is not None
        return _beside(model, self.examples)

    def views(self) -> dict[str, Tensor]:
        """Return crops of the last batch beside their reconstructions."""
        if self.batch is None:
            return {}
        real = self.batch[:16]
        with torch.no_grad():
            return {"real": real, "fake": self.average(real)}

    def export(self, model: nn.Module, data: Pictures, folder: Path) -> None:
        """Write the network, its latents' statistics measured anew: the average has others than what it averages."""
        assert isinstance(model, Autoencoder)
        if not self.freeze:
            measure(model, data.images[:MEASURED])
        checkpoints.save(model, folder, half=True)


def measure(model: Autoencoder, images: Tensor) -> None:
    """Set the mean and the variance of each latent channel to those of pictures ``(N, C, H, W)`` uint8."""
    model.norm.reset_running_stats()
    model.norm.momentum = None  # the plain mean over all batches
    model.norm.train()
    with torch.no_grad():
        for part in images.split(50):
            model.encode(part.to(next(model.parameters()).device).float() / 255)
    model.norm.eval()


def _beside(model: nn.Module, images: Tensor) -> Tensor:
    with torch.no_grad():
        return torch.stack([images, model(images)], dim=1).flatten(0, 1)
