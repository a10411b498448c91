"""Adversarial training of any generator against any discriminator; the losses are in `genimg.nn.adversarial`."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim.swa_utils import update_bn

from genimg import checkpoints
from genimg.core.errors import UserError, integer, number
from genimg.core.runtime import fast_precision, generator, latents
from genimg.data.datasets import Pictures
from genimg.nn.adversarial import LOSSES, augment, discriminator_loss, generator_loss, gradient_penalty
from genimg.nn.generator import Generator
from genimg.nn.layers import one_hot
from genimg.training.classifier import train_classifier
from genimg.training.directions import write_directions
from genimg.training.recipe import Losses, Recipe, adam

GAMMA = 1.0
SHOWN = 16  # pictures in a view
PREVIEWED = 64


class Adversarial(Recipe):
    """What all GANs share; a recipe of its own names the networks and the defaults.

    Args:
        model: the generator.
        critic: the discriminator, pictures and conditions to ``(N,)`` logits.
        loss: one of `LOSSES`. The relativistic loss goes with a discriminator without batch norm.
        gamma: strength of R1 and R2, ``gamma / 2 * |gradient|^2`` with pictures in [-1, 1]; they go with the
            relativistic loss, where it is 1 by default.
        penalty_every: penalties are computed every so many steps, 4 by default, and weigh as many times more (lazy
            regularisation, Karras et al. 2020, https://arxiv.org/abs/1912.04958).
        augment: the same random shifts of colour and place for real and generated pictures: for small data sets.
        lr: of Adam, for both networks.
        critic_lr: of the discriminator's Adam, if it is to be another.
        beta1, beta2: of Adam. beta1 is 0.5 by default, the textbook's momentum, which suits batch norm; with penalties
            none is better.
        accumulate: see `Recipe`.
        recognise: weight of a term for generators that draw by class: how badly a classifier of the training pictures
            finds in a generated one what was asked for (Odena et al. 2017, https://arxiv.org/abs/1610.09585, but
            trained beforehand, and not the one that `evaluate` asks).

    Raises:
        UserError: for an unknown loss, penalties where there are none, or `recognise` without classes.
    """

    model: Generator

    def __init__(
        self,
        model: Generator,
        critic: nn.Module,
        *,
        loss: str,
        gamma: float | None,
        penalty_every: int | None,
        augment: bool,
        lr: float,
        critic_lr: float | None,
        beta1: float | None,
        beta2: float,
        accumulate: int,
        recognise: float = 0.0,
    ) -> None:
        if loss not in LOSSES:
            raise UserError(f"loss must be one of {', '.join(LOSSES)}; got {loss!r}.")
        penalised = loss == "relativistic"
        if not penalised and (gamma or penalty_every):
            raise UserError(
                "gamma and penalty_every belong to the gradient penalties of the relativistic loss; "
                f"the {loss} loss has none, so leave them out."
            )
        beta1 = (0.0 if penalised else 0.5) if beta1 is None else beta1
        self.model, self.critic = model, critic
        self.num_classes = model.num_classes
        self.loss, self.augment = loss, augment
        self.gamma = GAMMA if gamma is None else number("gamma", gamma, 0, 1e6)
        self.penalty_every = 4 if penalty_every is None else integer("penalty_every", penalty_every, 1, 10**6)
        self.accumulate = integer("accumulate", accumulate, 1, 10**6)
        self.recognise = number("recognise", recognise, 0, 1e6)
        if self.recognise and not self.num_classes:
            raise UserError("recognise needs a generator that draws by class: set conditional=true with it.")
        self.networks = {"generator": model, "discriminator": critic}
        self.optimizers = {
            "generator": adam(model, lr, (beta1, beta2)),
            "discriminator": adam(critic, lr if critic_lr is None else critic_lr, (beta1, beta2)),
        }
        self.batch: tuple[Tensor, Tensor, Tensor] | None = None  # real pictures, generated ones, conditions

    def adapt(self, data: Pictures) -> Pictures:
        """Choose labels for the preview, and train the classifier that `recognise` needs.

        Raises:
            UserError: if the networks are made for other classes.
        """
        if self.num_classes and self.num_classes != tuple(len(values) for values in data.classes.values()):
            raise UserError(f"These networks draw {self.num_classes} classes; the data has {data.classes or 'none'}.")
        self.shown = self.conditions(spread(data.labels, list(data.classes.values()), PREVIEWED))
        if self.recognise:
            self.classifier = train_classifier(data, seed=1)
        return data

    def conditions(self, labels: Tensor) -> Tensor:
        """Return what labels ``(N, A)`` tell the networks, ``(N, K)``; K is 0 for an unconditional GAN."""
        return one_hot(labels, self.num_classes)

    def draw(self, model: nn.Module, codes: Tensor, conditions: Tensor) -> Tensor:
        """Return what a generator makes; progressive growing has its own way."""
        return model(codes, conditions)

    def judge(self, images: Tensor, conditions: Tensor) -> Tensor:
        """Return the discriminator's logits, ``(N,)``."""
        return self.critic(images, conditions)

    def real(self, images: Tensor) -> Tensor:
        """Return what the discriminator is shown of real pictures; progressive growing shrinks them."""
        return images

    def step(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Update the discriminator, then the generator, on the same generated pictures."""
        where = self.accelerator.device
        real = self.real(images.to(where, memory_format=torch.channels_last))
        conditions = self.conditions(labels).to(where)
        codes = self.noise(len(real), self.model.latent_dim)
        whole = self.accumulate == 1
        with fast_precision(), torch.set_grad_enabled(whole):
            made = self.draw(self.model, codes, conditions)
        self.batch = real, made.detach().float(), conditions
        numbers: dict[str, float] = {}
        if self.only != "generator":
            numbers |= self.descend("discriminator", self._discriminator_loss, *self.batch)
        if self.only != "discriminator":
            self.critic.requires_grad_(False)
            if whole:
                numbers |= self.descend("generator", lambda *_: self._generator_loss(real, made, conditions), real)
            else:
                numbers |= self.descend("generator", self._generator_piece, real, codes, conditions)
            self.critic.requires_grad_(True)
        return numbers

    def _discriminator_loss(self, real: Tensor, made: Tensor, conditions: Tensor) -> Losses:
        with fast_precision():
            on_real, on_made = (self.judge(self._augmented(x), conditions).float() for x in (real, made))
        loss = discriminator_loss(self.loss, on_real, on_made)
        numbers = {
            "loss/discriminator": loss.detach(),
            "logit/real": on_real.mean().detach(),
            "logit/fake": on_made.mean().detach(),
        }
        if self.loss == "relativistic" and self.gamma and self.steps % self.penalty_every == 0:
            r1, r2 = (gradient_penalty(lambda x: self.judge(x, conditions), self._augmented(x)) for x in (real, made))
            loss = loss + self.gamma / 2 * self.penalty_every * (r1 + r2)
            numbers |= {"penalty/r1": r1.detach(), "penalty/r2": r2.detach()}
        return loss, numbers

    def _generator_piece(self, real: Tensor, codes: Tensor, conditions: Tensor) -> Losses:
        with fast_precision():
            made = self.draw(self.model, codes, conditions)
        return self._generator_loss(real, made, conditions)

    def _generator_loss(self, real: Tensor, made: Tensor, conditions: Tensor) -> Losses:
        with fast_precision():
            on_made = self.judge(self._augmented(made), conditions).float()
        on_real = None
        if self.loss == "relativistic":
            with torch.no_grad(), fast_precision():
                on_real = self.judge(self._augmented(real), conditions).float()
        loss = generator_loss(self.loss, on_made, on_real)
        numbers = {"loss/generator": loss.detach()}
        if self.recognise:
            with fast_precision():
                read = self.classifier(made)
            asked = conditions.split(list(self.num_classes), dim=1)
            missed = torch.stack([cross_entropy(r.float(), a) for r, a in zip(read, asked, strict=True)]).mean()
            loss = loss + self.recognise * missed
            numbers["loss/recognise"] = missed.detach()
        return loss, numbers

    def _augmented(self, images: Tensor) -> Tensor:
        if not self.augment:
            return images
        return augment(images, self.random, self.accelerator.process_index, self.accelerator.num_processes)

    def preview(self, model: nn.Module) -> Tensor:
        """Return pictures of the 64 latents of seed 0; a conditional GAN's classes go round in turn."""
        where = self.accelerator.device
        codes = latents(PREVIEWED, self.model.latent_dim, 0).to(where)
        with torch.no_grad():
            return self.draw(model, codes, self.shown.to(where)).float()

    def views(self) -> dict[str, Tensor]:
        """Return real and generated pictures, the gradient of the logits at the latter, and the logits of both."""
        if self.batch is None:
            return {}
        real, made, conditions = self.batch
        made = made.detach().requires_grad_()
        self.critic.requires_grad_(False)
        with fast_precision():
            on_made = self.judge(made, conditions).float()
        (gradient,) = torch.autograd.grad(on_made.sum(), made)
        with torch.no_grad(), fast_precision():
            on_real = self.judge(real, conditions).float()
        self.critic.requires_grad_(True)
        return {
            "real": real[:SHOWN],
            "fake": made.detach()[:SHOWN],
            "gradient": gradient[:SHOWN].float(),
            "logits/real": on_real,
            "logits/fake": on_made.detach(),
        }

    def export(self, model: nn.Module, data: Pictures, folder: Path) -> None:
        """Write the generator with batch statistics of its own pictures, its directions, and its classes' names."""
        codes = torch.randn((8192, self.model.latent_dim), generator=generator(1))
        assert isinstance(model, Generator)
        conditions = self.conditions(spread(data.labels, list(data.classes.values()), len(codes)))
        with torch.no_grad():
            # The average has other statistics than what it averages.
            joined = torch.cat([codes, conditions], dim=1).split(128)
            update_bn(joined, _Joined(model, self), self.accelerator.device)  # type: ignore[arg-type]
        model.eval()
        checkpoints.save(model, folder, half=True)
        if self.num_classes:
            checkpoints.save_classes(data.shares(), folder)
        write_directions(model, folder, data)


class _Joined(nn.Module):
    """A generator whose latents and conditions come in one tensor, as `update_bn` hands them over."""

    def __init__(self, model: nn.Module, recipe: Adversarial) -> None:
        super().__init__()
        self.model, self.recipe = model, recipe

    def forward(self, joined: Tensor) -> Tensor:
        """Draw ``(N, latent_dim + K)``."""
        dim = self.recipe.model.latent_dim
        return self.recipe.draw(self.model, joined[:, :dim], joined[:, dim:])


def spread(labels: Tensor, values: Sequence[Sequence[str]], count: int) -> Tensor:
    """Return labels ``(count, A)``: of one attribute each value in turn, of several those of the first pictures."""
    if len(values) == 1:
        return (torch.arange(count) % len(values[0]))[:, None]
    return labels[torch.arange(count) % len(labels)]
