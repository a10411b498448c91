"""Every recipe: a step that learns, a resume that changes nothing, a checkpoint that draws."""

import itertools

import pytest
import torch

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.data.datasets import Pictures
from genimg.models.progressive import Progressive
from genimg.studio import sampler
from genimg.training.evaluate import evaluate
from genimg.training.loop import train
from genimg.training.progressive import ProgressiveGAN, fit_stages
from genimg.training.recipes import make_recipe, recipe_for

CLASSES = {"shade": ["dark", "light"], "side": ["left", "right", "both"]}
SETTINGS = {
    "gan": {"latent_dim": 8, "widths": (16, 8, 8)},
    "gan by class": {"latent_dim": 8, "widths": (16, 8, 8), "conditional": True},
    "mlp": {"latent_dim": 8, "widths": (16, 32)},
    "mlp by class": {"latent_dim": 8, "widths": (16, 32), "conditional": True},
    "progressive": {"latent_dim": 8, "widths": (16, 8, 8, 8), "stage_images": (8, 16, 24)},
    "cnn": {"latent_dim": 8, "widths": (16, 8, 8)},
    "vae": {"latent_dim": 8, "widths": (16, 8, 8)},
}
KINDS = ("dcgan", "mlp", "progressive", "cnn", "vae")


@pytest.fixture
def data():
    random = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (40, 3, 32, 32), generator=random, dtype=torch.uint8)
    labels = torch.stack([torch.arange(40) % 2, torch.arange(40) % 3], dim=1).byte()
    return Pictures(images, labels, CLASSES)


def build(name, data):
    torch.manual_seed(3)
    return recipe_for(name.split()[0], data, **SETTINGS[name])


def losses(steps):
    return [{k: v for k, v in step.metrics.items() if "/" in k} for step in steps]


@pytest.mark.parametrize("name", SETTINGS)
def test_a_run_that_was_killed_takes_the_same_steps(name, data, tmp_path):
    recipe = build(name, data)
    steps = losses(train(recipe, data, out=tmp_path / "whole", batch_size=8, steps=8))
    assert len(steps) == 8 and steps[0] != steps[-1]
    for network in recipe.networks.values():
        assert any(p.grad is not None or p.is_sparse for p in network.parameters())

    first = train(build(name, data), data, out=tmp_path / "cut", batch_size=8, steps=8)
    begun = losses(itertools.islice(first, 6))  # beyond the first epoch of 5 steps
    first.close()
    torch.manual_seed(99)
    again = recipe_for(name.split()[0], data, **SETTINGS[name])  # other first weights
    ended = losses(train(again, data, out=tmp_path / "cut", batch_size=8, steps=8))
    assert begun + ended == steps


def test_a_learning_rate_given_to_a_resumed_run_takes_effect(data, tmp_path):
    for lr, moves in ((1e-3, True), (0.0, False), (1e-3, True)):
        torch.manual_seed(3)
        recipe = recipe_for("vae", data, **SETTINGS["vae"], lr=lr)
        steps = train(recipe, data, out=tmp_path, batch_size=8, steps=100)
        next(steps)  # it has taken up what was saved
        before = [weight.clone() for weight in recipe.model.parameters()]
        next(steps)
        steps.close()
        moved = [not torch.equal(old, new) for old, new in zip(before, recipe.model.parameters(), strict=True)]
        assert any(moved) is moves
    assert recipe.steps == 6


@pytest.mark.parametrize("name", SETTINGS)
def test_the_checkpoint_draws_in_the_studio(name, data, tmp_path, monkeypatch):
    recipe = build(name, data)
    list(train(recipe, data, out=tmp_path / "run", batch_size=8, steps=9))
    assert recipe.preview(recipe.average).shape[1:] == (3, 32, 32)
    views = recipe.views()
    assert views["real"].shape == views["fake"].shape
    if name not in ("vae", "cnn"):
        assert views["gradient"].shape == views["fake"].shape and views["gradient"].abs().sum() > 0
        assert views["logits/real"].shape == views["logits/fake"].shape == (8,)
    (tmp_path / "run" / "checkpoint").rename(tmp_path / "mine")
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path))
    made = sampler.draw("mine", *KINDS, seed=3, count=3)
    assert [image.size for image in made.images] == [(32, 32)] * 3
    assert sampler.sampler("mine", *KINDS).classes == (
        {"shade": {"dark": 0.5, "light": 0.5}, "side": {"left": 0.35, "right": 0.325, "both": 0.325}}
        if "by class" in name
        else {}
    )


WIDTHS = {
    "gan": (256, 160, 80, 40, 24),
    "progressive": (160, 128, 64, 32, 16, 8),
    "cnn": (192, 128, 96, 64, 32),
    "vae": (160, 128, 96, 64, 32),
}


@pytest.mark.parametrize("size", [16, 32, 64, 128])
@pytest.mark.parametrize("name", [*WIDTHS, "mlp"])
def test_every_recipe_makes_pictures_of_every_size(name, size):
    recipe = make_recipe(name, image_size=size, channels=1)
    codes = torch.zeros(2, recipe.model.latent_dim)
    made = recipe.model.decode(codes) if name == "vae" else recipe.model(codes)
    assert made.shape == (2, 1, size, size)
    if name in WIDTHS:  # at 64 px those of the shipped checkpoints; otherwise the first of them, or halves added
        left_out = {16: 3, 32: 2, 64: 1, 128: 0}[size]
        assert tuple(recipe.model._hub_mixin_config["widths"]) == WIDTHS[name][: len(WIDTHS[name]) - left_out]
    if name == "progressive":
        assert len(recipe.stage_images) == recipe.model.stages - 1


def test_sizes_that_no_doubling_leads_to_are_refused():
    for size in (4, 48, 100):
        with pytest.raises(UserError, match=f"8, 16, 32, 64, 128, ... pixels a side; got {size}"):
            make_recipe("gan", image_size=size)


def test_only_one_network_learns_when_it_is_asked_for(data, tmp_path):
    recipe = build("gan", data)
    steps = train(recipe, data, out=tmp_path, batch_size=8, steps=3)
    next(steps)
    for name, other in (("generator", "discriminator"), ("discriminator", "generator")):
        before = {n: [p.clone() for p in net.parameters()] for n, net in recipe.networks.items()}
        recipe.only = name
        step = next(steps)
        same = {
            n: all(torch.equal(a, b) for a, b in zip(before[n], net.parameters(), strict=True))
            for n, net in recipe.networks.items()
        }
        assert same == {name: False, other: True}
        assert f"loss/{name}" in step.metrics and f"loss/{other}" not in step.metrics
    steps.close()


class TestClasses:
    def test_a_set_without_labels_has_no_classes_to_draw_by(self, data):
        bare = Pictures(data.images, torch.zeros(40, 0, dtype=torch.uint8), {})
        with pytest.raises(UserError, match="needs a data set with labels"):
            build("gan by class", bare)

    def test_other_classes_are_refused(self, data, tmp_path):
        other = Pictures(data.images, data.labels[:, :1], {"shade": CLASSES["shade"]})
        with pytest.raises(UserError, match="draw .*classes; the data has"):
            next(train(build("gan by class", data), other, out=tmp_path, batch_size=8, steps=1))

    def test_a_conditional_model_learns_its_classes_and_is_measured_by_them(self, tmp_path, monkeypatch):
        """Plain pictures, dark or light: nothing but the class decides, and a few seconds must be enough."""
        labels = (torch.arange(400) % 2)[:, None].byte()
        images = (40 + 170 * labels[:, :, None, None].int()).expand(-1, 1, 16, 16).byte().contiguous()
        data = Pictures(images, labels, {"shade": ["dark", "light"]})
        settings = {"latent_dim": 4, "widths": (8, 8), "residual": False, "lr": 2e-3, "conditional": True}
        recipe = recipe_for("gan", data, **settings)
        list(train(recipe, data, out=tmp_path, batch_size=20, steps=200))
        model = checkpoints.load(tmp_path / "checkpoint")
        codes = torch.randn(50, 4)
        dark, light = (model(codes, row.expand(50, -1)).mean().item() for row in torch.eye(2))
        assert dark < 0.35 < 0.65 < light
        for module in ("evaluate", "classifier"):
            monkeypatch.setattr(f"genimg.training.{module}.load_dataset", lambda *_, **__: data)
        figures = evaluate(tmp_path / "checkpoint", count=400, data="folder:shades")
        assert figures["accuracy"] > 0.95 and figures["accuracy_real"] == 1
        assert "is recognised" in (tmp_path / "checkpoint" / "README.md").read_text()


class TestLatentOptimisation:
    def test_each_picture_keeps_its_own_latent_in_the_ball(self, data, tmp_path):
        recipe = build("cnn", data)
        steps = train(recipe, data, out=tmp_path, batch_size=8, steps=30)
        next(steps)
        before = recipe.table.detach().clone()
        next(steps)
        moved = (recipe.table.detach() != before).any(1)
        assert moved.sum() == 8  # those of the batch and no others
        errors = [step.metrics["loss/error"] for step in steps]
        assert sum(errors[-5:]) < sum(errors[:5])
        seen = recipe.table.norm(dim=1)
        assert seen.max() <= 8**0.5 + 1e-4

    def test_latents_begin_as_principal_components(self, data):
        recipe = build("cnn", data)
        recipe.adapt(data)
        assert recipe.table.shape == (40, 8)
        products = recipe.table.T @ recipe.table / 39
        assert torch.allclose(products, torch.eye(8), atol=1e-2)


class TestGrowing:
    def test_the_schedule(self):
        recipe = ProgressiveGAN(image_size=32, latent_dim=8, widths=(8, 8, 8, 8), stage_images=(100, 200, 300))
        places = {0: (0, 1.0), 99: (0, 1.0), 100: (1, 0.0), 150: (1, 0.5), 250: (1, 1.0), 300: (2, 0.0), 600: (3, 0.0)}
        for seen, place in places.items():
            assert recipe.place(seen) == pytest.approx(place), seen
        assert recipe.place(10**9) == (3, 1.0)

    @pytest.mark.parametrize(("steps", "side"), [(0, 4), (2, 8), (4, 16)])
    def test_a_run_that_ends_early_ships_what_has_grown(self, steps, side, data, tmp_path):
        list(train(build("progressive", data), data, out=tmp_path, batch_size=8, steps=steps))
        for _ in range(2):
            model = checkpoints.load(tmp_path / "checkpoint")
            assert isinstance(model, Progressive) and model.image_size == side
            assert model(torch.randn(2, 8)).shape == (2, 3, side, side)
            # Its budget is used up, so the same command exports once more.
            assert list(train(build("progressive", data), data, out=tmp_path, batch_size=8, steps=steps)) == []

    def test_the_lower_stages_are_fitted_to_the_shrunken_pictures(self):
        torch.manual_seed(0)
        model = Progressive(image_size=16, latent_dim=8, widths=(32, 16, 8)).eval()
        codes = torch.randn(64, 8)

        def error(stage):
            wanted = torch.nn.functional.adaptive_avg_pool2d(model(codes), 4 * 2**stage)
            return (model.decode(codes, stage=stage) - wanted).square().mean().item()

        with torch.no_grad():
            before, last = [error(0), error(1)], model(codes)
            fit_stages(model, count=512)
            assert torch.equal(model(codes), last)
            assert error(0) < 0.5 * before[0] and error(1) < 0.5 * before[1]

    def test_a_run_that_ends_while_a_stage_fades_in_ships_what_was_seen(self):
        torch.manual_seed(0)
        model = Progressive(image_size=8, latent_dim=8, widths=(16, 16)).eval()
        codes = torch.randn(64, 8)
        with torch.no_grad():
            shown = model.decode(codes, alpha=0.6)
            before = (model(codes) - shown).square().mean()
            fit_stages(model, 0.6)
            assert (model(codes) - shown).square().mean() < 0.5 * before
