"""The autoencoder and the velocity field over its latents."""

import pytest
import torch

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.models.autoencoder import Autoencoder
from genimg.models.flow import Flow

SMALL = {"image_size": 32, "latent_channels": 4, "widths": (16, 8), "depth": 1}


class TestAutoencoder:
    @pytest.mark.parametrize(("height", "width"), [(32, 32), (8, 8), (24, 40)])
    def test_shapes_at_any_multiple_of_eight(self, height, width):
        model = Autoencoder(**SMALL).eval()
        codes = model.encode(torch.rand(2, 3, height, width))
        assert codes.shape == (2, 4, height // 8, width // 8)
        made = model.decode(5 * codes)
        assert made.shape == (2, 3, height, width) and 0 <= made.min() and made.max() <= 1

    def test_latents_have_unit_variance_per_channel_while_it_learns(self):
        codes = Autoencoder(**SMALL).encode(torch.rand(8, 3, 32, 32))
        assert torch.allclose(codes.mean((0, 2, 3)), torch.zeros(4), atol=1e-5)
        assert torch.allclose(codes.var((0, 2, 3), correction=0), torch.ones(4), atol=0.05)

    def test_what_is_far_away_changes_nothing(self):
        model = Autoencoder(**SMALL).eval()
        one = torch.rand(1, 3, 256, 8)
        other = one.clone()
        other[:, :, 200:] = 0
        assert torch.allclose(model(one)[:, :, :64], model(other)[:, :, :64], atol=1e-6)

    def test_sizes_that_do_not_fit_are_refused(self):
        with pytest.raises(UserError, match="multiple of 8"):
            Autoencoder(image_size=60)

    def test_round_trip(self, tmp_path):
        model = Autoencoder(**SMALL).eval()
        checkpoints.save(model, tmp_path / "ae")
        again = checkpoints.load(tmp_path / "ae")
        images = torch.rand(1, 3, 32, 32)
        assert torch.equal(again(images), model(images))


class TestFlow:
    def network(self, **settings):
        torch.manual_seed(0)
        model = Flow(latent_shape=(4, 4, 4), num_classes=(2, 3), widths=(8, 32), depth=1, embedding=16, **settings)
        with torch.no_grad():  # blocks and the last layer begin as zero
            for parameter in model.parameters():
                parameter.add_(0.1 * torch.randn_like(parameter))
        return model

    def test_begins_as_no_velocity_at_all(self):
        model = Flow(latent_shape=(4, 4, 4), num_classes=(2,), widths=(8, 32), depth=1)
        with torch.no_grad():
            model.leave[2].bias.zero_()
        assert torch.equal(model(torch.randn(2, 4, 4, 4), torch.rand(2), torch.zeros(2, 2)), torch.zeros(2, 4, 4, 4))

    def test_time_and_each_class_count(self):
        model, x = self.network(), torch.randn(1, 4, 4, 4)
        some = torch.tensor([[1.0, 0, 0, 1, 0]])
        base = model(x, torch.tensor([0.5]), some)
        assert base.shape == x.shape and base.dtype == torch.float32
        assert not torch.allclose(base, model(x, torch.tensor([0.6]), some))
        for i in range(5):
            other = some.clone()
            other[0, i] = 1 - other[0, i]
            assert not torch.allclose(base, model(x, torch.tensor([0.5]), other)), i

    def test_a_picture_does_not_depend_on_its_neighbours_in_the_batch(self):
        model = self.network()
        x, t, c = torch.randn(3, 4, 4, 4), torch.rand(3), torch.rand(3, 5)
        alone = torch.cat([model(x[i : i + 1], t[i : i + 1], c[i : i + 1]) for i in range(3)])
        assert torch.allclose(model(x, t, c), alone, atol=1e-5)

    def test_conditions_are_asked_for(self):
        with pytest.raises(UserError, match="needs"):
            self.network()(torch.randn(1, 4, 4, 4), torch.rand(1))
        with pytest.raises(UserError, match="even"):
            Flow(latent_shape=(4, 5, 4))

    def test_round_trip(self, tmp_path):
        model = self.network().eval()
        checkpoints.save(model, tmp_path / "flow")
        again = checkpoints.load(tmp_path / "flow")
        x, t, c = torch.randn(1, 4, 4, 4), torch.rand(1), torch.rand(1, 5)
        assert torch.equal(again(x, t, c), model(x, t, c))
