"""The fully connected GAN."""

from collections.abc import Sequence

from genimg.models.mlp import MLP, MLPDiscriminator
from genimg.training.adversarial import Adversarial


class MLPGAN(Adversarial):
    """Train the first kind of GAN; with its own loss, `bce`, by default.

    Args:
        image_size, channels, latent_dim, widths, num_classes: of the generator.
        critic_widths: of the discriminator; the generator's, reversed, by default.
        loss, gamma, penalty_every, augment, lr, critic_lr, beta1, beta2, accumulate: see `Adversarial`.
    """

    def __init__(
        self,
        *,
        image_size: int = 32,
        channels: int = 1,
        latent_dim: int = 64,
        widths: Sequence[int] = (256, 512, 1024),
        num_classes: Sequence[int] = (),
        critic_widths: Sequence[int] | None = None,
        loss: str = "bce",
        gamma: float | None = None,
        penalty_every: int | None = None,
        augment: bool = False,
        lr: float = 2e-4,
        critic_lr: float | None = None,
        beta1: float | None = None,
        beta2: float = 0.99,
        accumulate: int = 1,
    ) -> None:
        generator = MLP(
            image_size=image_size, channels=channels, latent_dim=latent_dim, widths=widths, num_classes=num_classes
        )
        critic = MLPDiscriminator(
            image_size=image_size,
            channels=channels,
            widths=critic_widths or list(reversed(widths)),
            num_classes=num_classes,
        )
        super().__init__(
            generator,
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
        )
