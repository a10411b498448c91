"""Progressive growing: Karras et al. 2018, https://arxiv.org/abs/1710.10196.

Where we depart from the paper: the relativistic loss with R1 and R2 of `Adversarial` in place of WGAN-GP; and, so that
one latent can be looked at in all sizes, the layers that turn features into pictures at the lower stages, which no
longer learn once their stage is over, are fitted to the shrunken final pictures at the end.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, avg_pool2d, interpolate

from genimg.core.errors import UserError, integer
from genimg.core.runtime import generator
from genimg.data.datasets import Pictures
from genimg.models.progressive import Progressive, ProgressiveDiscriminator
from genimg.training.adversarial import Adversarial
from genimg.training.recipe import widths_for


class ProgressiveGAN(Adversarial):
    """Train a generator that grows.

    Args:
        image_size, channels, latent_dim: of both networks.
        widths: of both networks; those that suit the picture size by default.
        stage_images: pictures seen at 4 px, 8 px, ...; where there are more stages, the last number stands for them
            too, and the last stage lasts as long as the run. In the first half of each but the first it is faded in.
        gamma, penalty_every, augment, lr, beta1, beta2, accumulate: see `Adversarial`; the learning rate is the
            paper's, for equalised layers.
    """

    model: Progressive

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        latent_dim: int = 128,
        widths: Sequence[int] | None = None,
        stage_images: Sequence[int] = (20_000, 40_000, 60_000, 60_000),
        gamma: float | None = None,
        penalty_every: int | None = None,
        augment: bool = False,
        lr: float = 1e-3,
        beta1: float | None = None,
        beta2: float = 0.99,
        accumulate: int = 1,
    ) -> None:
        widths = widths or widths_for(image_size, (160, 128, 64, 32, 16))
        super().__init__(
            Progressive(image_size=image_size, channels=channels, latent_dim=latent_dim, widths=widths),
            ProgressiveDiscriminator(image_size=image_size, channels=channels, widths=widths),
            loss="relativistic",
            gamma=gamma,
            penalty_every=penalty_every,
            augment=augment,
            lr=lr,
            critic_lr=None,
            beta1=beta1,
            beta2=beta2,
            accumulate=accumulate,
        )
        lasting = [integer("Each of stage_images", count, 1, 10**9) for count in stage_images]
        if not lasting:
            raise UserError("stage_images must say how long one stage lasts at least.")
        self.stage_images = (*lasting, *lasting[-1:] * self.model.stages)[: self.model.stages - 1]
        self.stage, self.alpha = 0, 1.0

    def place(self, seen: int) -> tuple[int, float]:
        """Return the stage that is learned after `seen` pictures, and how far it is faded in."""
        begin = 0
        for stage, count in enumerate([*self.stage_images, None]):
            if count is None or seen < begin + count:
                fade = (count or (self.stage_images or (1,))[-1]) / 2
                return stage, 1.0 if stage == 0 else min(1.0, (seen - begin) / fade)
            begin += count
        raise AssertionError("the last stage has no end")

    def step(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Update both networks at the stage that it is time for."""
        self._enter()
        return super().step(images, labels) | {"stage/pixels": 4.0 * 2**self.stage, "stage/alpha": self.alpha}

    def _enter(self) -> None:
        self.stage, self.alpha = self.place(self.seen)

    def draw(self, model: nn.Module, codes: Tensor, conditions: Tensor) -> Tensor:
        """Draw at the size of the stage."""
        assert isinstance(model, Progressive)
        return model.decode(codes, stage=self.stage, alpha=self.alpha)

    def judge(self, images: Tensor, conditions: Tensor) -> Tensor:
        """Judge at the size of the stage."""
        return self.critic(images, stage=self.stage, alpha=self.alpha)

    def real(self, images: Tensor) -> Tensor:
        """Shrink real pictures to the stage's size, and while it is faded in mix them with coarser ones likewise."""
        small = adaptive_avg_pool2d(images, 4 * 2**self.stage)
        if self.alpha < 1:
            small = torch.lerp(interpolate(avg_pool2d(small, 2), scale_factor=2), small, self.alpha)
        return small

    def preview(self, model: nn.Module) -> Tensor:
        """Return pictures of the 64 latents of seed 0, enlarged to the last stage's size."""
        self._enter()
        return interpolate(super().preview(model), size=(self.model.image_size,) * 2).clamp(0, 1)

    def export(self, model: nn.Module, data: Pictures, folder: Path) -> None:
        """Write the generator as far as it has grown; see `Adversarial.export`."""
        assert isinstance(model, Progressive)
        self._enter()
        if self.stage < model.stages - 1:
            model = _cut(model, self.stage)
        with torch.no_grad():
            fit_stages(model, self.alpha)
        self.alpha = 1.0
        super().export(model, data, folder)


def _cut(model: Progressive, stage: int) -> Progressive:
    """Return the network without the stages after `stage`."""
    widths = [layer.in_channels for layer in model.to_picture][: stage + 1]  # type: ignore[union-attr]
    cut = Progressive(
        image_size=4 * 2**stage,
        channels=model.channels,
        latent_dim=model.latent_dim,
        widths=widths,  # type: ignore[arg-type]
    )
    mine = cut.state_dict()
    cut.load_state_dict({name: tensor for name, tensor in model.state_dict().items() if name in mine})
    return cut.to(next(model.parameters()).device)


def fit_stages(model: Progressive, alpha: float = 1.0, *, count: int = 1024) -> None:
    """Set the ``to_picture`` layers, by least squares, to draw the shrunken final pictures.

    Args:
        model: changed in place.
        alpha: how far the last stage is faded in. At 1 its own layer stays as it is; before, it is fitted too, to the
            mixture that was trained.
        count: pictures that are looked at.
    """
    where = next(model.parameters()).device
    codes = torch.randn((count, model.latent_dim), generator=generator(3)).to(where)
    fitted = model.stages if alpha < 1 else model.stages - 1
    sums: list[tuple[Tensor, Tensor]] = []
    for part in codes.split(128):
        x, final = part[:, :, None, None], model.decode(part, alpha=alpha)
        for stage, block in enumerate(model.blocks[:fitted]):
            x = block(x)
            wanted = (adaptive_avg_pool2d(final, x.shape[-1]) * 2 - 1).permute(0, 2, 3, 1).flatten(0, 2).double()
            seen = torch.cat([x, torch.ones_like(x[:, :1])], dim=1).permute(0, 2, 3, 1).flatten(0, 2).double()
            products = seen.T @ seen, seen.T @ wanted
            if len(sums) <= stage:
                sums.append(products)
            else:
                sums[stage] = sums[stage][0] + products[0], sums[stage][1] + products[1]
    for layer, (square, cross) in zip(model.to_picture[:fitted], sums, strict=True):
        ridge = 1e-6 * square.diagonal().mean() * torch.eye(len(square)).to(square)
        solution = torch.linalg.solve(square + ridge, cross).float()  # (features and a one, channels)
        layer.weight.copy_(solution[:-1].T[:, :, None, None] / layer.scale)  # type: ignore[union-attr, operator]
        layer.bias.copy_(solution[-1])  # type: ignore[union-attr, operator]
