"""The autoencoder's recipe, and the flow's over its latents: resume, export, what is asked for."""

import itertools

import pytest
import torch

from genimg import checkpoints
from genimg.algorithms.flow import follow
from genimg.core.errors import UserError
from genimg.data.datasets import Pictures
from genimg.models.autoencoder import Autoencoder
from genimg.studio import sampler
from genimg.training.autoencoder import measure
from genimg.training.drawing import open_generator
from genimg.training.flow import FlowRecipe
from genimg.training.loop import train
from genimg.training.recipes import recipe_for
from genimg.training.saving import warm_start

CLASSES = {"shade": ["dark", "light"], "side": ["left", "right", "both"]}
AUTOENCODER = {"latent_channels": 4, "widths": (16, 8), "depth": 1, "crop": 16, "perceptual": 0.0}
FLOW = {"widths": (8, 32), "depth": 1, "embedding": 16, "conditional": True}


@pytest.fixture
def data():
    random = torch.Generator().manual_seed(1)
    labels = torch.stack([torch.arange(40) % 2, torch.arange(40) % 3], dim=1).byte()
    shades = (60 + 130 * labels[:, :1, None, None].int()).expand(-1, 3, 32, 32)
    images = (shades + torch.randint(0, 40, shades.shape, generator=random)).byte()
    return Pictures(images, labels, CLASSES)


@pytest.fixture
def settings(tmp_path, data):
    torch.manual_seed(0)
    coder = Autoencoder(image_size=32, latent_channels=4, widths=(16, 8), depth=1)
    measure(coder, data.images)
    checkpoints.save(coder, tmp_path / "coder")
    return {"autoencoder": AUTOENCODER, "flow": FLOW | {"autoencoder": str(tmp_path / "coder")}}


def losses(steps):
    return [{k: v for k, v in step.metrics.items() if "/" in k} for step in steps]


@pytest.mark.parametrize("name", ["autoencoder", "flow"])
def test_a_run_that_was_killed_takes_the_same_steps(name, data, settings, tmp_path):
    def begin(folder):
        return train(recipe_for(name, data, **settings[name]), data, out=tmp_path / folder, batch_size=8, steps=8)

    torch.manual_seed(3)
    whole = losses(begin("whole"))
    torch.manual_seed(3)
    first = begin("cut")
    begun = losses(itertools.islice(first, 6))
    first.close()
    assert begun + losses(begin("cut")) == whole
    assert whole[0] != whole[-1]


def test_the_autoencoder_learns_and_ships_what_codes_pictures(data, settings, tmp_path):
    recipe = recipe_for("autoencoder", data, **settings["autoencoder"] | {"lr": 3e-3})
    steps = list(train(recipe, data, out=tmp_path / "run", batch_size=8, steps=60))
    assert steps[-1].metrics["loss/error"] < 0.3 * steps[0].metrics["loss/error"]
    assert recipe.preview(recipe.average).shape == (16, 3, 32, 32)
    assert recipe.views()["real"].shape == recipe.views()["fake"].shape == (8, 3, 16, 16)
    model = checkpoints.load(tmp_path / "run" / "checkpoint")
    images = data.images.float() / 255
    assert (model(images) - images).abs().mean() < 0.12
    codes = model.encode(images)
    assert codes.mean((0, 2, 3)).abs().max() < 0.05 and (codes.std((0, 2, 3)) - 1).abs().max() < 0.05


def test_a_frozen_encoder_keeps_its_latents_while_the_decoder_learns(data, settings, tmp_path):
    first = recipe_for("autoencoder", data, **settings["autoencoder"])
    list(train(first, data, out=tmp_path / "first", batch_size=8, steps=3))
    second = recipe_for("autoencoder", data, **settings["autoencoder"] | {"freeze": True})
    taken = warm_start(second, tmp_path / "first")
    assert len(taken) == len(second.model.state_dict())
    images = data.images / 255
    with torch.no_grad():
        before, made = second.model.encode(images), second.model(images)
    list(train(second, data, out=tmp_path / "second", batch_size=8, steps=3))
    assert torch.allclose(second.model.encode(images), before, atol=1e-5)
    assert not torch.allclose(second.model(images), made, atol=1e-4)


def test_a_run_begins_where_a_checkpoint_ended(data, settings, tmp_path):
    first, second = (recipe_for("flow", data, **settings["flow"]) for _ in range(2))
    first.export(first.model, data, tmp_path / "shipped")
    taken = warm_start(second, tmp_path / "shipped")
    assert len(taken) == len(first.model.state_dict()) and taken[0].startswith("flow.")
    for name, tensor in first.model.state_dict().items():
        torch.testing.assert_close(second.model.state_dict()[name], tensor, atol=1e-3, rtol=1e-3)


def test_the_flow_draws_latents_by_class(data, settings, tmp_path):
    recipe = recipe_for("flow", data, **settings["flow"] | {"lr": 3e-3})
    list(train(recipe, data, out=tmp_path / "run", batch_size=20, steps=100))
    folder = tmp_path / "run" / "checkpoint"
    assert checkpoints.load(folder).autoencoder == "coder"
    model = recipe.model.eval().requires_grad_(False)  # the average is slow, and this run short
    assert recipe.preview(recipe.average).shape == (9, 3, 32, 32)
    assert list(checkpoints.classes(folder)) == ["shade", "side"]
    coder = checkpoints.load(tmp_path / "coder")
    noise = torch.randn(20, *coder.latent_shape)
    dark, light = torch.tensor([[1.0, 0, 0, 0, 0], [0, 1.0, 0, 0, 0]])  # the side is left open
    ends = [list(follow(lambda x, t, c=c: model(x, t, c.expand(20, -1)), noise))[-1] for c in (dark, light)]
    real = coder.encode(data.images / 255)
    wanted = [real[data.labels[:, 0] == shade].mean((0, 2, 3)) for shade in (0, 1)]
    for end, mine, other in zip(ends, wanted, reversed(wanted), strict=True):
        assert (end.mean((0, 2, 3)) - mine).norm() < (end.mean((0, 2, 3)) - other).norm()


def test_a_flow_draws_in_the_studio_through_its_autoencoder(data, settings, tmp_path, monkeypatch):
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path))
    recipe = recipe_for("flow", data, **settings["flow"])
    recipe.adapt(data)
    recipe.export(recipe.model, data, tmp_path / "mine")
    made = sampler.draw("mine", "flow", seed=3, count=2, classes={"shade": "dark", "side": ["left", "both"]})
    assert [image.size for image in made.images] == [(32, 32)] * 2
    model = open_generator("mine")
    assert model.latent_dim == 4 * 4 * 4 and open_generator("mine") is model
    noise = torch.randn(2, model.latent_dim)
    # A network that has learned nothing yet has no velocity: the noise itself is decoded.
    stays = model.autoencoder.decode(noise.view(2, 4, 4, 4) + model.flow.leave[2].bias.view(1, -1, 1, 1))
    torch.testing.assert_close(model(noise, torch.zeros(2, 5)), stays)
    torch.testing.assert_close(model(noise), stays)
    (tmp_path / "coder" / "model.safetensors").unlink()
    with pytest.raises(UserError, match="coder"):
        open_generator("mine")


class TestWhatIsToldToTheFlow:
    def told(self, settings, **shares):
        recipe = FlowRecipe(image_size=32, autoencoder=settings["flow"]["autoencoder"], num_classes=(2, 3), **shares)
        recipe.random = torch.Generator().manual_seed(0)
        return recipe._asked(4000)

    def test_attributes_are_left_open_as_wholes(self, settings):
        kept = self.told(settings, open_all=0.1, open_some=0.4)
        assert torch.equal(kept[:, 0], kept[:, 1]) and torch.equal(kept[:, 2], kept[:, 4])
        both_open = (kept.sum(1) == 0).float().mean()
        assert both_open == pytest.approx(0.1 + 0.4 / 3, abs=0.03)  # a rate r leaves both open with r squared
        assert kept[:, 0].mean() == pytest.approx(1 - 0.1 - 0.4 / 2, abs=0.03)

    def test_all_are_told_if_so_wished(self, settings):
        assert self.told(settings, open_all=0.0, open_some=0.0).min() == 1
        assert self.told(settings, open_all=1.0, open_some=0.0).max() == 0


@pytest.mark.parametrize(
    ("name", "bad", "words"),
    [
        ("autoencoder", {"crop": 3}, "crop must be"),
        ("autoencoder", {"noise": -1}, "noise must be"),
        ("autoencoder", {"freeze": 1}, "freeze must be"),
        ("autoencoder", {"perceptual_every": 0}, "perceptual_every must be"),
        ("flow", {"open_all": 2}, "open_all must be"),
        ("flow", {"open_some": "x"}, "open_some must be"),
        ("flow", {"autoencoder": 7}, "no checkpoint named '7'"),
        ("flow", {"autoencoder": "avatars-dcgan"}, "no autoencoder of 32 px"),
    ],
)
def test_a_bad_setting_is_a_sentence(data, settings, name, bad, words):
    with pytest.raises(UserError, match=words):
        recipe_for(name, data, **settings[name] | bad)


def test_an_autoencoder_of_another_size_is_refused(data, settings):
    with pytest.raises(UserError, match="no autoencoder of 64 px"):
        FlowRecipe(image_size=64, autoencoder=settings["flow"]["autoencoder"])
