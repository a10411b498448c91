import torch
from torch import Tensor

from genimg.models.vae import VAE
from genimg.studio.sampler import sampler
from genimg.training.prior import Prior, fit_prior, open_prior, save_prior


def test_a_new_prior_is_the_normal_distribution_scaled():
    prior = Prior(3, width=16)
    prior.mean.copy_(torch.tensor([1.0, 2.0, 3.0]))
    prior.scale.fill_(0.5)
    noise = torch.randn(4, 3)
    assert torch.allclose(prior(noise), prior.mean + noise / 2, atol=1e-6)  # its field is 0, so noise stays where it is


class Two(VAE):
    """A VAE whose posteriors are narrow and lie round two places, by the brightness of the picture."""

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        light = images.mean((1, 2, 3))[:, None] > 0.5
        mean = torch.where(light, 3.0, -1.0).expand(-1, self.latent_dim)
        return mean, torch.full_like(mean, -6.0)


def test_a_prior_draws_what_no_single_gaussian_does(tmp_path):
    model = Two(image_size=32, latent_dim=2, widths=(8, 8, 8))
    images = torch.cat([torch.zeros(30, 3, 32, 32), torch.full((10, 3, 32, 32), 255.0)]).byte()
    prior = fit_prior(model, images, steps=300, batch=128, lr=4e-3, width=32)
    drawn = prior(torch.randn(1000, 2, generator=torch.Generator().manual_seed(0)))
    light = (drawn - 3).norm(dim=1) < 0.7
    dark = (drawn + 1).norm(dim=1) < 0.7
    assert (light | dark).float().mean() > 0.8  # hardly one between the two places
    assert 0.15 < light.float().mean() < 0.35  # a quarter of the pictures
    save_prior(prior, tmp_path)
    again = open_prior(tmp_path)
    assert torch.allclose(again(torch.ones(1, 2)), prior(torch.ones(1, 2)), atol=0.02)  # 16 bits


def test_samples_come_from_the_prior_where_there_is_one(small, tmp_path):
    import dataclasses

    source = sampler("small-vae", "vae")
    prior = Prior(8, width=16)
    prior.mean.fill_(9.0)
    source = dataclasses.replace(source, prior=prior)
    one = source.latents(5, 2, 0.5)
    assert torch.allclose(one.mean(), torch.tensor(9.0), atol=0.6)
    assert torch.equal(one[1], source.latents(6, 1, 0.5)[0])  # picture i of a seed is picture 0 of seed + i
    assert torch.allclose(source.latents(5, 1, 0.0), torch.full((1, 8), 9.0))
