"""The deep convolutional GAN, unconditional or by class."""

from collections.abc import Sequence

from genimg.models.dcgan import DCGAN, Discriminator
from genimg.training.adversarial import Adversarial
from genimg.training.recipe import widths_for


class GAN(Adversarial):
    """Train a DCGAN.

    Args:
        image_size, channels, latent_dim, residual, num_classes: of the generator.
        widths: of the generator; those that suit the picture size by default.
        critic_widths: of the discriminator; the generator's by default.
        loss, gamma, penalty_every, augment, lr, critic_lr, beta1, beta2, accumulate, recognise: see `Adversarial`.
    """

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        latent_dim: int = 128,
        widths: Sequence[int] | None = None,
        residual: bool = True,
        num_classes: Sequence[int] = (),
        critic_widths: Sequence[int] | None = None,
        loss: str = "relativistic",
        gamma: float | None = None,
        penalty_every: int | None = None,
        augment: bool = False,
        lr: float = 2e-4,
        critic_lr: float | None = None,
        beta1: float | None = None,
        beta2: float = 0.99,
        accumulate: int = 1,
        recognise: float = 0.0,
    ) -> None:
        widths = widths or widths_for(image_size, (256, 160, 80, 40))
        model = DCGAN(
            image_size=image_size,
            channels=channels,
            latent_dim=latent_dim,
            widths=widths,
            residual=residual,
            num_classes=num_classes,
        )
        critic = Discriminator(
            image_size=image_size,
            channels=channels,
            widths=critic_widths or widths,
            batch_norm=loss != "relativistic",
            num_classes=num_classes,
        )
        super().__init__(
            model,
            critic,
            loss=loss,
            gamma=gamma,
            penalty_every=penalty_every,
            augment=augment,
            lr=lr,
            critic_lr=critic_lr,
            beta1=beta1,
            beta2=beta2,
            accumulate=accumulate,
            recognise=recognise,
        )
