"""What holds of every generator, and the mathematics of those that are not a DCGAN."""

import pytest
import torch
from torch.nn.functional import avg_pool2d, interpolate

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.models.cnn import CNN
from genimg.models.dcgan import DCGAN, Discriminator
from genimg.models.mlp import MLP, MLPDiscriminator
from genimg.models.progressive import Progressive, ProgressiveDiscriminator
from genimg.nn.layers import one_hot

SMALL = {
    "mlp": lambda: MLP(image_size=16, channels=3, latent_dim=8, widths=(16, 32)),
    "mlp by class": lambda: MLP(image_size=16, channels=1, latent_dim=8, widths=(16, 32), num_classes=(3, 2)),
    "dcgan by class": lambda: DCGAN(image_size=16, channels=3, latent_dim=8, widths=(16, 8), num_classes=(3, 2)),
    "cnn": lambda: CNN(image_size=16, latent_dim=8, widths=(16, 8)),
    "progressive": lambda: Progressive(image_size=16, latent_dim=8, widths=(16, 8, 8)),
}


def conditions(network, n):
    rows = torch.arange(n)[:, None] % torch.tensor(network.num_classes or [1])
    return one_hot(rows, network.num_classes)


@pytest.mark.parametrize("name", SMALL)
def test_shapes_range_gradients_and_a_round_trip(name, tmp_path):
    network = SMALL[name]()
    for key, weight in network.named_parameters():
        if key.endswith(("gain", "embedding.weight")):
            torch.nn.init.normal_(weight)  # they begin at zero, by design
    codes = torch.randn(6, 8)
    images = network(codes, conditions(network, 6))
    assert images.shape == (6, network.channels, 16, 16)
    if name != "progressive":  # which has no bound, as in the paper
        assert images.min() >= 0 and images.max() <= 1
    assert network.early(codes, conditions(network, 6)).shape[0] == 6
    images.square().sum().backward()
    untouched = [k for k, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum()]
    # A stage that is over keeps its layer for looking at it, but learns no more.
    assert all(name == "progressive" and k.startswith(("to_picture.0", "to_picture.1")) for k in untouched)

    network.eval()
    checkpoints.save(network, tmp_path)
    again = checkpoints.load(tmp_path)
    assert type(again) is type(network) and again.num_classes == network.num_classes
    with torch.no_grad():
        same = network(codes, conditions(network, 6))
    assert torch.allclose(again(codes, conditions(network, 6)), same, atol=1e-6)


@pytest.mark.parametrize("make", [Progressive, CNN])
def test_sizes_that_do_not_fit_are_refused(make):
    with pytest.raises(UserError, match="2 widths make pictures of .* px, not 64"):
        make(image_size=64, widths=(16, 8))


class TestClasses:
    def test_the_logit_is_the_unconditional_one_and_the_projection(self):
        critic = Discriminator(image_size=16, widths=(16, 8), num_classes=(3, 2), batch_norm=False)
        images = torch.rand(4, 3, 16, 16)
        asked = conditions(critic, 4)
        plain = critic(images, asked)  # the embedding begins at zero
        torch.nn.init.normal_(critic.embedding.weight)
        features = critic.blocks(images * 2 - 1).flatten(1)
        by_hand = torch.stack(
            [
                features[i] @ (critic.embedding.weight[:, i % 3] + critic.embedding.weight[:, 3 + i % 2])
                for i in range(4)
            ]
        )
        assert torch.allclose(critic(images, asked), plain + by_hand, rtol=1e-4, atol=1e-3)

    def test_between_two_classes_lie_their_mixtures(self):
        network = DCGAN(image_size=16, latent_dim=8, widths=(16, 8), num_classes=(2,)).eval()
        torch.nn.init.normal_(network.embedding.weight)
        code = torch.randn(1, 8)
        ends = [network(code, row[None]) for row in torch.eye(2)]
        near = network(code, torch.tensor([[0.999, 0.001]]))
        assert (ends[0] - ends[1]).abs().max() > 0.01
        assert (near - ends[0]).abs().max() < 0.01 * (ends[0] - ends[1]).abs().max() + 1e-3

    def test_without_conditions_a_sentence(self):
        with pytest.raises(UserError, match="draws by class"):
            DCGAN(image_size=16, latent_dim=8, widths=(16, 8), num_classes=(2,))(torch.randn(1, 8))
        with pytest.raises(UserError, match="draws by class"):
            MLPDiscriminator(image_size=8, channels=1, widths=(8,), num_classes=(2,))(torch.rand(1, 1, 8, 8))


class TestGrowing:
    @pytest.mark.parametrize("stage", [1, 2])
    def test_fading_in_begins_at_the_stage_before_and_ends_at_the_stage(self, stage):
        network, codes = SMALL["progressive"](), torch.randn(3, 8)
        before, there = network.decode(codes, stage=stage - 1), network.decode(codes, stage=stage)
        assert there.shape[-1] == 4 * 2**stage
        assert torch.equal(network.decode(codes, stage=stage, alpha=0.0), interpolate(before, scale_factor=2))
        assert torch.equal(network.decode(codes, stage=stage, alpha=1.0), there)
        half = (interpolate(before, scale_factor=2) + there) / 2
        assert torch.allclose(network.decode(codes, stage=stage, alpha=0.5), half, atol=1e-6)

    @pytest.mark.parametrize("stage", [1, 2])
    def test_the_discriminator_fades_in_likewise(self, stage):
        critic = ProgressiveDiscriminator(image_size=16, widths=(16, 8, 8))
        images = torch.rand(4, 3, 4 * 2**stage, 4 * 2**stage)
        before = critic(avg_pool2d(images, 2), stage=stage - 1)
        assert torch.allclose(critic(images, stage=stage, alpha=0.0), before, atol=1e-5)
        assert not torch.allclose(critic(images, stage=stage), before, atol=1e-3)

    def test_latents_lie_on_a_sphere(self):
        network, codes = SMALL["progressive"](), torch.randn(2, 8)
        assert torch.allclose(network(3 * codes), network(codes), atol=1e-4)
