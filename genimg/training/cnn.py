"""Generative latent optimisation: a generator and one latent for each training picture, learned together.

Bojanowski et al. 2018, https://arxiv.org/abs/1707.05776. No encoder, no adversary: squared error and Adam.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d

from genimg import checkpoints
from genimg.core.errors import number
from genimg.core.runtime import fast_precision
from genimg.data.datasets import Pictures
from genimg.models.cnn import CNN
from genimg.training.directions import write_directions
from genimg.training.mixture import fit_gaussians
from genimg.training.recipe import Losses, Recipe, adam, widths_for

SHOWN = 32


class CNNRecipe(Recipe):
    """Train a generator by latent optimisation.

    Latents begin as the principal components of the shrunken pictures, as in the paper's experiments, and stay in a
    ball; ours has the radius of a standard normal vector instead of 1.

    Args:
        image_size, channels, latent_dim: of the network.
        widths: of the network; those that suit the picture size by default.
        lr, beta1, beta2: of the network's Adam.
        latent_lr: of the latents' own.
    """

    model: CNN

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        latent_dim: int = 128,
        widths: Sequence[int] | None = None,
        lr: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.99,
        latent_lr: float = 0.05,
    ) -> None:
        widths = widths or widths_for(image_size, (192, 128, 96, 64))
        self.model = CNN(image_size=image_size, channels=channels, latent_dim=latent_dim, widths=widths)
        self.networks = {"generator": self.model}
        self.optimizers = {"generator": adam(self.model, lr, (beta1, beta2))}
        self.latent_lr = number("latent_lr", latent_lr, 0, 1e6)
        self.batch: tuple[Tensor, Tensor] | None = None

    def adapt(self, data: Pictures) -> Pictures:
        """Make a latent for each picture, and label each picture with its place in the set."""
        table = nn.Embedding(len(data), self.model.latent_dim, _weight=_principal(data.images, self.model.latent_dim))
        self.networks["latents"] = table
        # Only the rows of a batch move: plain Adam would drag all others along by their momentum.
        self.optimizers["latents"] = torch.optim.SparseAdam(table.parameters(), lr=self.latent_lr, betas=(0.5, 0.99))
        self.first = data.images[:SHOWN].float() / 255
        return replace(data, labels=torch.arange(len(data))[:, None], classes={})

    @property
    def table(self) -> Tensor:
        """The latents of all training pictures, ``(N, latent_dim)``."""
        weight = self.networks["latents"].weight
        assert isinstance(weight, Tensor)
        return weight

    def step(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Update the network and the latents of the batch by one and the same gradient."""
        where = self.accelerator.device
        images, rows = images.to(where, memory_format=torch.channels_last), labels[:, 0].to(where)
        codes = self.table.detach()[rows].requires_grad_()
        self.batch = images, rows
        numbers = self.descend("generator", self._loss, images, codes)
        assert codes.grad is not None
        rows, gradient = self.accelerator.gather((rows, codes.grad))
        self.networks["latents"].weight.grad = torch.sparse_coo_tensor(
            rows[None], gradient, self.table.shape, check_invariants=False
        )
        self.optimizers["latents"].step()
        with torch.no_grad():
            moved = self.table[rows]
            length = moved.norm(dim=1, keepdim=True) / self.model.latent_dim**0.5
            self.table[rows] = moved / length.clamp(min=1)
        return numbers

    def _loss(self, images: Tensor, codes: Tensor) -> Losses:
        with fast_precision():
            made = self.model(codes)
        error = (made.float() - images).square().sum((1, 2, 3)).mean()
        psnr = -10 * torch.log10(error.detach() / images[0].numel())
        return error, {"loss/error": error.detach(), "psnr": psnr}

    def preview(self, model: nn.Module) -> Tensor:
        """Return the first 32 training pictures, each followed by what its latent makes."""
        with torch.no_grad():
            made = model(self.table[:SHOWN]).float().cpu()
        return torch.stack([self.first, made], dim=1).flatten(0, 1)

    def views(self) -> dict[str, Tensor]:
        """Return pictures of the last batch beside what their latents make."""
        if self.batch is None:
            return {}
        images, rows = (part[:16] for part in self.batch)
        with torch.no_grad():
            return {"real": images, "fake": self.model(self.table[rows])}

    def export(self, model: nn.Module, data: Pictures, folder: Path) -> None:
        """Write the network, a Gaussian mixture over all latents, and directions."""
        assert isinstance(model, CNN)
        checkpoints.save(model, folder, half=True)
        mixture = fit_gaussians(self.table.detach())
        checkpoints.save_tensors(mixture, folder / "mixture.safetensors", half=True)
        write_directions(model, folder)


def _principal(images: Tensor, count: int, side: int = 16) -> Tensor:
    """Return whitened principal components ``(N, count)`` of pictures ``(N, C, H, W)`` uint8, shrunk to `side`."""
    small = torch.cat([adaptive_avg_pool2d(part.float() / 255, side).flatten(1) for part in images.split(1000)])
    small = small - small.mean(0)
    _, _, directions = torch.svd_lowrank(small, q=min(count, *small.shape), niter=4)
    found = small @ directions
    found = found / found.std(0).clamp(min=1e-6)
    # A small set has fewer components than latents: chance fills the rest.
    return torch.cat([found, torch.randn(len(images), count - found.shape[1])], dim=1)
