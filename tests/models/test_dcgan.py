import pytest
import torch

from genimg.core.errors import UserError
from genimg.models.dcgan import DCGAN, Discriminator
from genimg.nn.layers import minibatch_deviation


@pytest.mark.parametrize(
    ("size", "widths", "channels"), [(32, (16, 8, 8), 1), (64, (16, 8, 8, 8), 3), (64, (16, 8, 8, 8), 1)]
)
@pytest.mark.parametrize("residual", [False, True])
def test_shapes_and_range(size, widths, channels, residual):
    generator = DCGAN(image_size=size, channels=channels, latent_dim=10, widths=widths, residual=residual)
    images = generator(torch.randn(3, 10))
    assert images.shape == (3, channels, size, size)
    assert images.min() >= 0 and images.max() <= 1
    for batch_norm in (True, False):
        critic = Discriminator(image_size=size, channels=channels, widths=widths, batch_norm=batch_norm)
        assert critic(images).shape == (3,)


def test_the_default_is_the_textbook_network():
    shapes = {name: tuple(p.shape) for name, p in DCGAN().named_parameters() if p.ndim == 4}
    assert list(shapes.values()) == [(100, 256, 4, 4), (256, 128, 4, 4), (128, 64, 4, 4), (64, 3, 4, 4)]
    # 4x4 transposed convolutions without bias, batch norms with two numbers a channel, and the last layer's bias.
    assert (
        sum(p.numel() for p in DCGAN().parameters()) == 16 * (100 * 256 + 256 * 128 + 128 * 64 + 64 * 3) + 2 * 448 + 3
    )
    kinds = [type(m).__name__ for m in DCGAN().modules() if not list(m.children())]
    assert kinds == ["ConvTranspose2d", "BatchNorm2d", "ReLU"] * 3 + ["ConvTranspose2d", "Tanh"]
    kinds = [type(m).__name__ for m in Discriminator().modules() if not list(m.children())]
    assert kinds == ["Conv2d", "LeakyReLU"] + ["Conv2d", "BatchNorm2d", "LeakyReLU"] * 2 + ["Conv2d"]


@pytest.mark.parametrize("batch_norm", [True, False])
def test_gradients_reach_every_parameter(batch_norm):
    generator = DCGAN(latent_dim=10, widths=(16, 8, 8), residual=True)
    for name, gain in generator.named_parameters():
        if name.endswith("gain"):
            torch.nn.init.ones_(gain)  # at its first step a residual block is the identity, by design
    critic = Discriminator(widths=(16, 8, 8), batch_norm=batch_norm)
    critic(generator(torch.randn(8, 10))).square().sum().backward()
    for network in (generator, critic):
        for name, parameter in network.named_parameters():
            assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_sizes_that_do_not_fit_are_refused():
    with pytest.raises(UserError, match="3 widths make pictures of 32 px, not 64"):
        DCGAN(image_size=64, widths=(16, 8, 8))


def test_deviation_is_zero_for_equal_pictures_and_known_for_two():
    same = torch.rand(1, 2, 4, 4).expand(4, -1, -1, -1)
    assert minibatch_deviation(same).max() < 1e-3
    two = torch.stack([torch.zeros(2, 4, 4), torch.ones(2, 4, 4)])
    assert torch.allclose(minibatch_deviation(two), torch.full((2, 1, 4, 4), 0.5), atol=1e-4)
