"""What every generator is to those who train, measure or sample one."""

from abc import ABC, abstractmethod

from torch import Tensor, nn


class Generator(nn.Module, ABC):
    """Latents, and for a conditional one classes, to pictures: the decoder of a VAE is one too.

    Attributes:
        image_size: side of the pictures in pixels.
        channels: 3 for RGB, 1 for grey.
        latent_dim: length of a latent vector; its numbers are standard normal, unless a mixture is shipped beside it.
        num_classes: how many values each attribute has that it draws by; empty for an unconditional one.
        noise_dim: length of the standard normal noise that `from_noise` takes, where that differs from `latent_dim`.
    """

    image_size: int
    channels: int
    latent_dim: int
    num_classes: tuple[int, ...] = ()
    noise_dim: int | None = None

    @abstractmethod
    def decode(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Turn latents into pictures ``(N, channels, image_size, image_size)`` in [0, 1].

        Args:
            latents: ``(N, latent_dim)``.
            conditions: for a conditional one ``(N, sum(num_classes))``, see `genimg.nn.layers.one_hot`; between two
                classes lie the mixtures of their rows.
        """

    def forward(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Return what `decode` does: for those who call a network as torch does."""
        return self.decode(latents, conditions)

    def from_noise(self, noise: Tensor, truncation: float = 1.0) -> Tensor:
        """Turn standard normal noise into latents.

        Args:
            noise: ``(N, noise_dim)``.
            truncation: below 1 for what is more typical and less varied, above it for the opposite.
        """
        return noise * truncation

    @abstractmethod
    def early(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Return the activations of an early layer, ``(N, ...)`` flattened: where directions are looked for."""
