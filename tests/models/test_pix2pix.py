"""The U-Net and its critic: shapes, sizes, and a picture that depends on its own sketch alone."""

import pytest
import torch

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.models.pix2pix import PatchCritic, Pix2Pix


@pytest.fixture
def network():
    torch.manual_seed(0)
    network = Pix2Pix(image_size=32, widths=(8, 16, 16), depth=1).eval()
    for name, parameter in network.named_parameters():
        if name.endswith("gain"):
            parameter.data.fill_(0.5)  # untrained blocks do nothing
    return network


def test_pictures_keep_their_shape_and_stay_in_range(network):
    pictures = torch.rand(2, 3, 32, 48)
    made = network(pictures)
    assert made.shape == pictures.shape and 0 <= made.min() and made.max() <= 1
    assert torch.allclose(network(pictures[1:]), made[1:], atol=1e-6)  # nobody else's picture counts


def test_every_pixel_may_count_everywhere(network):
    picture = torch.rand(1, 3, 32, 32, requires_grad=True)
    (slope,) = torch.autograd.grad(network.painted(picture)[..., 0, 0].sum(), picture)
    assert (slope.abs().amax(1) > 0).float().mean() > 0.95


def test_a_checkpoint_paints_the_same(network, tmp_path):
    checkpoints.save(network, tmp_path / "artist")
    picture = torch.rand(1, 3, 32, 32)
    loaded = checkpoints.load(tmp_path / "artist")
    assert torch.equal(loaded(picture), network(picture))


def test_widths_that_cannot_be_grouped_are_refused():
    with pytest.raises(UserError, match="The widths must be multiples of 8; got 8, 12"):
        Pix2Pix(image_size=32, widths=(8, 12))


@pytest.mark.parametrize("size", [8, 20, 33])
def test_a_side_that_cannot_be_halved_is_refused(size):
    with pytest.raises(UserError, match="image_size must be a multiple of 16 with 3 widths"):
        Pix2Pix(image_size=size, widths=(8, 16, 16))


def test_the_critic_judges_patches_and_has_a_slope_of_one_at_most():
    torch.manual_seed(0)
    critic = PatchCritic(widths=(8, 16))
    sources, pictures = torch.rand(2, 2, 3, 32, 32)
    for _ in range(50):  # the norms are found step by step
        critic(sources, pictures)
    critic.eval()
    logits, seen = critic(sources, pictures)
    assert logits.shape == (2, 1, 8, 8) and [one.shape[1:] for one in seen] == [(8, 16, 16), (16, 8, 8)]
    for layer in (*critic.layers, critic.judge):
        assert torch.linalg.matrix_norm(layer.weight.flatten(1), 2) < 1.1
    with torch.no_grad():
        far, _ = critic(sources.flip(0), pictures)
    assert not torch.allclose(far, logits)  # what it was painted after counts
