"""Training a network that turns one picture into another, from pairs: absolute error, patches, and what a critic sees.

Isola et al. 2017, https://arxiv.org/abs/1611.07004 (the plan); Lim and Ye 2017, https://arxiv.org/abs/1705.02894 (the
hinge loss); Wang et al. 2018, https://arxiv.org/abs/1711.11585 (matching the critic's features, which for drawings
does what a perceptual loss does, and costs nothing more); Johnson et al. 2016, https://arxiv.org/abs/1603.08155.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from genimg import checkpoints
from genimg.core.errors import UserError, integer, number
from genimg.core.runtime import fast_precision
from genimg.data.datasets import Pictures
from genimg.data.pairs import Pairs
from genimg.models.pix2pix import PatchCritic, Pix2Pix
from genimg.nn.adversarial import discriminator_loss, generator_loss
from genimg.training.recipe import Losses, Recipe, adam
from genimg.training.vae import perceptual_distance

SHOWN = 8
KEPT = 5  # sources that go along with a checkpoint, to begin with
CROP = 64  # side in pixels of what VGG16 looks at


class Pix2PixRecipe(Recipe):
    """Train a generator on pairs, against a critic of patches.

    Args:
        image_size, channels: of the pictures; they are in colour.
        widths, depth: of the generator.
        critic_widths: of the critic.
        error: weight of the mean absolute error, of pixels in [0, 1].
        matching: weight of the same error between the critic's activations.
        perceptual: weight of `perceptual_distance`, on a crop of each picture.
        perceptual_every: that term is computed every so many steps, and weighs as many times more.
        alone: steps in which the generator learns from the error alone, before the critic begins.
        lr, beta1, beta2: of the generator's Adam.
        critic_lr, critic_beta1: of the critic's; it shares `beta2`.

    Raises:
        UserError: if the pictures are grey, or the settings are none that fit.
    """

    model: Pix2Pix
    columns = 6  # two pairs

    def __init__(
        self,
        *,
        image_size: int = 128,
        channels: int = 3,
        widths: Sequence[int] = (80, 144, 192, 192),
        depth: int = 2,
        critic_widths: Sequence[int] = (32, 80, 144, 224),
        error: float = 100.0,
        matching: float = 5.0,
        perceptual: float = 1.0,
        perceptual_every: int = 8,
        alone: int = 1000,
        lr: float = 5e-4,
        critic_lr: float = 3e-4,
        beta1: float = 0.9,
        critic_beta1: float = 0.5,
        beta2: float = 0.99,
    ) -> None:
        if channels != 3:
            raise UserError(f"pix2pix paints in colour: the pictures must have 3 channels, got {channels}.")
        self.error, self.matching = number("error", error, 0, 1e6), number("matching", matching, 0, 1e6)
        self.perceptual = number("perceptual", perceptual, 0, 1e6)
        self.perceptual_every = integer("perceptual_every", perceptual_every, 1, 10**6)
        self.alone = integer("alone", alone, 0, 10**9)
        self.model = Pix2Pix(image_size=image_size, widths=widths, depth=depth)
        self.critic = PatchCritic(widths=critic_widths)
        self.networks = {"generator": self.model, "discriminator": self.critic}
        self.optimizers = {
            "generator": adam(self.model, lr, (beta1, beta2)),
            "discriminator": adam(self.critic, critic_lr, (critic_beta1, beta2)),
        }
        self.batch: tuple[Tensor, Tensor, Tensor] | None = None  # sources, targets and what was made

    def adapt(self, data: Pictures) -> Pictures:
        """Choose pairs for the preview.

        Raises:
            UserError: if the data are pictures without a partner.
        """
        if not isinstance(data, Pairs):
            raise UserError(
                "pix2pix learns from pairs: --data avatars, or paired:PATH with the folders input and target."
            )
        self.shown, _ = data.__getitems__(list(range(0, len(data), max(1, len(data) // SHOWN)))[:SHOWN])
        return data

    def step(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Update the critic, then the generator, on a batch of pairs ``(B, 6, H, W)``."""
        images = images.to(self.accelerator.device)
        sources, targets = (part.contiguous(memory_format=torch.channels_last) for part in images.split(3, dim=1))
        with fast_precision():
            made = self.model.painted(sources)  # for both: the critic's step does not change the generator
        self.batch = sources, targets, made.detach()
        numbers: dict[str, float] = {}
        judged = self.steps >= self.alone
        if judged and self.only != "generator":
            self.critic.train()
            numbers |= self.descend("discriminator", self._discriminator_loss, *self.batch)
        if self.only != "discriminator":
            self.critic.requires_grad_(False).eval()  # in training, each look would turn its spectral norms further
            numbers |= self.descend(
                "generator", lambda *_: self._generator_loss(sources, targets, made, judged), targets
            )
            self.critic.requires_grad_(True)
        return numbers

    def _discriminator_loss(self, sources: Tensor, targets: Tensor, made: Tensor) -> Losses:
        with fast_precision():
            (on_real, _), (on_made, _) = self.critic(sources, targets), self.critic(sources, made)
        loss = discriminator_loss("hinge", on_real.float(), on_made.float())
        return loss, {
            "loss/discriminator": loss.detach(),
            "logit/real": on_real.float().mean().detach(),
            "logit/fake": on_made.float().mean().detach(),
        }

    def _generator_loss(self, sources: Tensor, targets: Tensor, made: Tensor, judged: bool) -> Losses:
        off = l1_loss(made, targets)
        psnr = -10 * torch.log10((made.detach() - targets).square().mean())
        loss, numbers = self.error * off, {"loss/error": off.detach(), "psnr": psnr}
        if self.perceptual and self.steps % self.perceptual_every == 0:
            top, left = torch.randint(0, max(1, made.shape[-1] - CROP + 1), (2,), generator=self.random).tolist()
            here = (..., slice(top, top + CROP), slice(left, left + CROP))
            seen = perceptual_distance(made[here], targets[here])
            loss = loss + self.perceptual * self.perceptual_every * seen
            numbers["loss/perceptual"] = seen.detach()
        if not judged:
            return loss, numbers
        with fast_precision():
            on_made, felt = self.critic(sources, made)
            with torch.no_grad():
                _, wanted = self.critic(sources, targets)
        fooled = generator_loss("hinge", on_made.float())
        unlike = torch.stack([l1_loss(f.float(), w.float()) for f, w in zip(felt, wanted, strict=True)]).mean()
        numbers |= {"loss/generator": fooled.detach(), "loss/matching": unlike.detach()}
        return loss + fooled + self.matching * unlike, numbers

    def preview(self, model: nn.Module) -> Tensor:
        """Return eight pairs of the set: each source, what is made of it, and the target."""
        sources, targets = self.shown.to(self.accelerator.device).split(3, dim=1)
        with torch.no_grad():
            return torch.stack([sources, model(sources), targets], dim=1).flatten(0, 1)

    def views(self) -> dict[str, Tensor]:
        """Return targets of the last batch beside what was made."""
        if self.batch is None:
            return {}
        _, targets, made = self.batch
        return {"real": targets[:16], "fake": made[:16].clamp(0, 1)}

    def export(self, model: nn.Module, data: Pictures, folder: Path) -> None:
        """Write the generator, and a few sources such as it knows."""
        checkpoints.save(model, folder, half=True)
        sources = self.shown[:KEPT, :3].mul(255).round().byte()
        checkpoints.save_tensors({"sources": sources}, folder / "sources.safetensors")
