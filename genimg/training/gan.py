"""Adversarial training: the textbook loss, hinge, and the relativistic pairing loss with R1 and R2.

- bce: Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661, the generator's non-saturating form.
- hinge: Lim and Ye 2017, https://arxiv.org/abs/1705.02894.
- relativistic: each real picture is compared with a generated one (Jolicoeur-Martineau 2018,
  https://arxiv.org/abs/1807.00734) under gradient penalties at both (Huang et al. 2024, R3GAN,
  https://arxiv.org/abs/2501.05441).
- DiffAugment: Zhao et al. 2020, https://arxiv.org/abs/2006.10738.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.optim.swa_utils import update_bn

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.core.runtime import fast_precision, generator, latents
from genimg.data.datasets import Pictures
from genimg.models.dcgan import DCGAN, Discriminator
from genimg.training.directions import write_directions
from genimg.training.recipe import Losses, Recipe, adam

LOSSES = ("bce", "hinge", "relativistic")


class GAN(Recipe):
    """Train a DCGAN.

    Args:
        image_size, channels, latent_dim, widths, residual: of the generator.
        critic_widths: of the discriminator; the generator's by default.
        loss: one of `LOSSES`. The relativistic loss goes with a discriminator without batch norm.
        gamma: strength of R1 and R2, ``gamma / 2 * |gradient|^2`` with pictures in [-1, 1]; relativistic only.
        penalty_every: penalties are computed every so many steps, and weigh as many times more (lazy regularisation,
            Karras et al. 2020, https://arxiv.org/abs/1912.04958).
        augment: the same random shifts of colour and place for real and generated pictures: for small data sets.
        lr, beta1, beta2: of Adam, for both networks.
        accumulate: see `Recipe`.
    """

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        latent_dim: int = 128,
        widths: Sequence[int] = (256, 160, 80, 40),
        critic_widths: Sequence[int] | None = None,
        residual: bool = True,
        loss: str = "relativistic",
        gamma: float = 1.0,
        penalty_every: int = 4,
        augment: bool = False,
        lr: float = 2e-4,
        beta1: float = 0.0,
        beta2: float = 0.99,
        accumulate: int = 1,
    ) -> None:
        if loss not in LOSSES:
            raise UserError(f"loss must be one of {', '.join(LOSSES)}; got {loss!r}.")
        self.loss, self.gamma, self.penalty_every, self.augment = loss, gamma, penalty_every, augment
        self.accumulate = accumulate
        self.model: DCGAN = DCGAN(
            image_size=image_size, channels=channels, latent_dim=latent_dim, widths=widths, residual=residual
        )
        self.critic = Discriminator(
            image_size=image_size,
            channels=channels,
            widths=critic_widths or widths,
            batch_norm=loss != "relativistic",
        )
        self.networks = {"generator": self.model, "discriminator": self.critic}
        self.optimizers = {name: adam(network, lr, (beta1, beta2)) for name, network in self.networks.items()}

    def step(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Update the discriminator, then the generator, on the same generated pictures."""
        real = images.to(self.accelerator.device, memory_format=torch.channels_last)
        codes = self.noise(len(real), self.model.latent_dim)
        with fast_precision(), torch.set_grad_enabled(self.accumulate == 1):
            made = self.model(codes)
        # The second half of a pair is looked up by the first's place in the batch, so pieces stay pairs.
        pairs = torch.cat([real, made.detach().float()], dim=1)
        numbers = self.descend("discriminator", self._discriminator_loss, pairs)

        self.critic.requires_grad_(False)
        if self.accumulate == 1:
            numbers |= self.descend("generator", lambda _: self._generator_loss(real, made), real)
        else:
            pieces = torch.cat([real.flatten(1), codes], dim=1)
            numbers |= self.descend("generator", self._generator_piece, pieces)
        self.critic.requires_grad_(True)
        return {name: value.item() for name, value in numbers.items()}

    def _discriminator_loss(self, pairs: Tensor) -> Losses:
        real, made = pairs.chunk(2, dim=1)
        with fast_precision():
            on_real, on_made = (self.critic(self._augmented(x)).float() for x in (real, made))
        if self.loss == "bce":
            loss = (softplus(-on_real) + softplus(on_made)).mean()
        elif self.loss == "hinge":
            loss = (1 - on_real).relu().mean() + (1 + on_made).relu().mean()
        else:
            loss = softplus(on_made - on_real).mean()
        numbers = {
            "loss/discriminator": loss.detach(),
            "logit/real": on_real.mean().detach(),
            "logit/fake": on_made.mean().detach(),
        }
        if self.loss == "relativistic" and self.gamma and self.steps % self.penalty_every == 0:
            r1, r2 = self._penalty(real), self._penalty(made)
            loss = loss + self.gamma / 2 * self.penalty_every * (r1 + r2)
            numbers |= {"penalty/r1": r1.detach(), "penalty/r2": r2.detach()}
        return loss, numbers

    def _penalty(self, images: Tensor) -> Tensor:
        """Return the mean squared gradient norm of the logits at `images`, in full precision."""
        images = self._augmented(images).detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self.critic(images).sum(), images, create_graph=True)
        return gradient.square().sum((1, 2, 3)).mean() / 4  # a step in [-1, 1] is two in [0, 1]

    def _generator_piece(self, piece: Tensor) -> Losses:
        pixels, codes = piece.split([piece.shape[1] - self.model.latent_dim, self.model.latent_dim], dim=1)
        size = self.model.image_size
        with fast_precision():
            made = self.model(codes)
        return self._generator_loss(pixels.view(-1, self.model.channels, size, size), made)

    def _generator_loss(self, real: Tensor, made: Tensor) -> Losses:
        with fast_precision():
            on_made = self.critic(self._augmented(made)).float()
        if self.loss == "bce":
            loss = softplus(-on_made).mean()
        elif self.loss == "hinge":
            loss = -on_made.mean()
        else:
            with torch.no_grad(), fast_precision():
                on_real = self.critic(self._augmented(real)).float()
            loss = softplus(on_real - on_made).mean()
        return loss, {"loss/generator": loss.detach()}

    def _augmented(self, images: Tensor) -> Tensor:
        return augment(images, self.random) if self.augment else images

    def preview(self, model: nn.Module) -> Tensor:
        """Return pictures of the 64 latents of seed 0."""
        with torch.no_grad():
            return model(latents(64, self.model.latent_dim, 0).to(self.accelerator.device)).float()

    def export(self, model: nn.Module, data: Pictures, folder: Path) -> None:
        """Write the generator with batch statistics of its own pictures, and its principal directions."""
        where = self.accelerator.device
        codes = torch.randn(8192, self.model.latent_dim, generator=generator(1)).split(128)
        with torch.no_grad():
            update_bn(list(codes), model, device=where)  # the average has other statistics than what it averages
        model.eval()
        assert isinstance(model, DCGAN)
        checkpoints.save(model, folder, half=True)
        write_directions(model, folder, data)


def augment(images: Tensor, random: torch.Generator) -> Tensor:
    """Shift brightness, saturation, contrast and place of each picture at random; differentiable, same shape."""
    n, _, height, width = images.shape
    reach = height // 8

    def uniform() -> Tensor:
        return torch.rand(n, 1, 1, 1, generator=random).to(images.device)

    def shift(along: int) -> Tensor:
        first = torch.randint(0, 2 * reach + 1, (n, 1), generator=random)
        return (first + torch.arange(along)).to(images.device)

    images = images + (uniform() - 0.5) / 2
    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * uniform() * 2
    mean = images.mean((1, 2, 3), keepdim=True)
    images = mean + (images - mean) * (uniform() + 0.5)
    padded = nn.functional.pad(images, [reach] * 4)
    rows, columns, picture = shift(height), shift(width), torch.arange(n, device=images.device)
    return padded.permute(0, 2, 3, 1)[picture[:, None, None], rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
