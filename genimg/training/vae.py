"""Variational training: squared error, Kullback-Leibler divergence, and a perceptual term on VGG features.

Kingma and Welling 2013, https://arxiv.org/abs/1312.6114; Johnson et al. 2016, https://arxiv.org/abs/1603.08155, for
comparing pictures by the features of a trained network.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from genimg import checkpoints
from genimg.core.errors import integer, number
from genimg.core.runtime import fast_precision
from genimg.data.datasets import Pictures
from genimg.models.vae import VAE, kl_divergence
from genimg.training.directions import write_directions
from genimg.training.mixture import fit_mixture
from genimg.training.prior import fit_prior, save_prior
from genimg.training.recipe import Losses, Recipe, adam, widths_for

PRIOR_STEPS = 4000  # of the flow over the latents, for sets that are large enough: two minutes on one core


class VAERecipe(Recipe):
    """Train a variational autoencoder.

    Args:
        image_size, channels, latent_dim, depth: of the network.
        widths: of the network; those that suit the picture size by default.
        kl_weight: of the KL divergence in nats beside the squared error summed over a picture in [0, 1].
        perceptual: weight of the perceptual term, `perceptual_distance`; 0 leaves it out.
        perceptual_every: the term is computed every so many steps, and weighs as many times more.
        lr, beta1, beta2: of Adam.
        accumulate: see `Recipe`.
    """

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        latent_dim: int = 128,
        widths: Sequence[int] | None = None,
        depth: int = 1,
        kl_weight: float = 0.05,
        perceptual: float = 0.0,
        perceptual_every: int = 8,
        lr: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.99,
        accumulate: int = 1,
    ) -> None:
        widths = widths or widths_for(image_size, (160, 128, 96, 64))
        self.kl_weight = number("kl_weight", kl_weight, 0, 1e6)
        self.perceptual = number("perceptual", perceptual, 0, 1e6)
        self.perceptual_every = integer("perceptual_every", perceptual_every, 1, 10**6)
        self.accumulate = integer("accumulate", accumulate, 1, 10**6)
        self.model: VAE = VAE(
            image_size=image_size, channels=channels, latent_dim=latent_dim, widths=widths, depth=depth
        )
        self.networks = {"vae": self.model}
        self.optimizers = {"vae": adam(self.model, lr, (beta1, beta2))}
        self.examples: Tensor | None = None
        self.batch: Tensor | None = None

    def step(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Update the network once."""
        images = images.to(self.accelerator.device, memory_format=torch.channels_last)
        if self.examples is None:
            self.examples = images[:32].clone()
        self.batch = images
        return self.descend("vae", self._loss, images)

    def _loss(self, images: Tensor) -> Losses:
        with fast_precision():
            mean, log_variance = self.model.encode(images)
            latents = mean + self.noise(*mean.shape) * (log_variance / 2).exp()
            made = self.model.decode(latents)
        error = (made - images).square().sum((1, 2, 3)).mean()
        kl = kl_divergence(mean, log_variance).mean()
        loss = error + self.kl_weight * kl
        pixels = images[0].numel()
        numbers = {
            "loss/error": error.detach(),
            "loss/kl": kl.detach(),
            "psnr": -10 * torch.log10(error.detach() / pixels),
        }
        if self.perceptual and self.steps % self.perceptual_every == 0:
            difference = perceptual_distance(made, images)
            loss = loss + self.perceptual * self.perceptual_every * difference
            numbers["loss/perceptual"] = difference.detach()
        return loss, numbers

    def preview(self, model: nn.Module) -> Tensor:
        """Return 32 pictures of the first batch, each followed by its reconstruction."""
        assert isinstance(model, VAE) and self.examples is not None
        with torch.no_grad():
            made = model.decode(model.encode(self.examples)[0])
        return torch.stack([self.examples, made], dim=1).flatten(0, 1)

    def views(self) -> dict[str, Tensor]:
        """Return pictures of the last batch beside their reconstructions."""
        if self.batch is None:
            return {}
        real = self.batch[:16]
        with torch.no_grad():
            return {"real": real, "fake": self.model.decode(self.model.encode(real)[0])}

    def export(self, model: nn.Module, data: Pictures, folder: Path) -> None:
        """Write the network, a prior and a mixture over the latents of the training set, and directions.

        Samples come from the prior; the mixture is what Compress, Repair and variations know of latents.
        """
        assert isinstance(model, VAE)
        checkpoints.save(model, folder, half=True)
        mixture = fit_mixture(model, data.images)
        checkpoints.save_tensors(mixture, folder / "mixture.safetensors", half=True)
        save_prior(fit_prior(model, data.images, steps=min(PRIOR_STEPS, len(data) // 8 + 1)), folder)
        write_directions(model, folder)


def perceptual_distance(made: Tensor, images: Tensor) -> Tensor:
    """Return how differently VGG16 sees two batches ``(N, 1 or 3, H, W)``; a scalar, 0 for equal ones.

    The mean squared difference of `vgg16-features` at relu1_2 and relu2_2, over the mean square of the original's.
    """
    network = checkpoints.load("vgg16-features")
    layers = ("relu1_2", "relu2_2")
    with fast_precision():
        with torch.no_grad():
            wanted = network(images.expand(-1, 3, -1, -1), layers)
        got = network(made.expand(-1, 3, -1, -1), layers)
    terms = [(got[n] - wanted[n]).float().square().mean() / wanted[n].float().square().mean() for n in layers]
    return torch.stack(terms).sum()
