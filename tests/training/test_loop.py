import signal

import pytest
import torch

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.data.datasets import Pictures
from genimg.nn.adversarial import LOSSES
from genimg.training import saving
from genimg.training.gan import GAN
from genimg.training.loop import Average, train
from genimg.training.prior import open_prior
from genimg.training.recipes import make_recipe
from genimg.training.saving import PREVIOUS, STATE, warm_start

SMALL_GAN = {"image_size": 32, "latent_dim": 8, "widths": (16, 8, 8), "residual": True}
SMALL_VAE = {"image_size": 32, "latent_dim": 8, "widths": (16, 8, 8)}


@pytest.fixture
def data():
    random = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (40, 3, 32, 32), generator=random, dtype=torch.uint8)
    return Pictures(images, torch.zeros(40, 0, dtype=torch.uint8), {})


def losses(steps):
    return [{k: v for k, v in step.metrics.items() if "/" in k} for step in steps]


def build(kind, **settings):
    torch.manual_seed(3)
    return make_recipe(kind, **(SMALL_GAN if kind == "gan" else SMALL_VAE), **settings)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_moves_both_networks(loss, data, tmp_path):
    recipe = build("gan", loss=loss, **({"penalty_every": 1} if loss == "relativistic" else {}))
    before = {n: [p.clone() for p in net.parameters()] for n, net in recipe.networks.items()}
    (step,) = train(recipe, data, out=tmp_path, batch_size=8, steps=1)
    assert step.index == 1 and step.image.shape == (64, 3, 32, 32)
    assert ("penalty/r1" in step.metrics) == (loss == "relativistic")
    for name, network in recipe.networks.items():
        changed = [not torch.equal(a, b) for a, b in zip(before[name], network.parameters(), strict=True)]
        assert sum(changed) > len(changed) / 3, name


def test_the_checkpoint_of_a_run_loads_and_is_the_average(data, tmp_path):
    list(train(build("gan"), data, out=tmp_path, batch_size=8, steps=3))
    model = checkpoints.load(tmp_path / "checkpoint")
    assert model(torch.randn(2, 8)).shape == (2, 3, 32, 32)
    assert checkpoints.extra(tmp_path / "checkpoint", "directions")["directions"].shape[1] == 8
    assert (tmp_path / "previews" / "0000001.png").is_file()
    assert list((tmp_path / "tensorboard").rglob("events*"))


def test_the_checkpoint_of_a_vae_has_its_mixture_and_its_prior(data, tmp_path):
    list(train(build("vae"), data, out=tmp_path, batch_size=8, steps=2))
    mixture = checkpoints.extra(tmp_path / "checkpoint", "mixture")
    assert mixture["weights"].sum().item() == pytest.approx(1, abs=1e-2)
    assert mixture["factors"].shape == (10, 8, 8)
    prior = open_prior(tmp_path / "checkpoint")
    assert prior is not None and prior(torch.zeros(2, 8)).shape == (2, 8)


def test_accumulated_gradients_are_those_of_the_whole_batch(data, tmp_path):
    one, two = (
        losses(train(build("vae", accumulate=n, lr=1e-4), data, out=tmp_path / str(n), batch_size=8, steps=1))
        for n in (1, 2)
    )
    assert one[0].keys() == two[0].keys()

    def gradient(pieces):
        recipe = build("vae", accumulate=pieces)
        recipe.accelerator = type("Alone", (), {"num_processes": 1, "device": torch.device("cpu")})()
        batch = data.images[:8].float() / 255

        def loss(piece):
            mean, log_variance = recipe.model.encode(piece)
            error = (recipe.model.decode(mean) - piece).square().sum((1, 2, 3)).mean()
            return error, {"loss": error.detach()}

        recipe.descend("vae", loss, batch)
        return torch.cat([p.grad.flatten() for p in recipe.model.parameters() if p.grad is not None])

    assert torch.allclose(gradient(1), gradient(4), rtol=1e-3, atol=1e-3)


def test_a_time_budget_ends_the_run(data, tmp_path):
    steps = list(train(build("gan"), data, out=tmp_path, batch_size=8, minutes=1 / 60))
    assert steps and steps[-1].metrics["eta"] <= 1
    assert list(train(build("gan"), data, out=tmp_path, batch_size=8, minutes=1 / 60)) == []


def test_a_stop_is_heard_between_steps(data, tmp_path):
    seen = []
    for step in train(build("gan"), data, out=tmp_path, batch_size=8, steps=50, should_stop=lambda: len(seen) >= 3):
        seen.append(step)
    assert len(seen) == 3 and (tmp_path / "state.pt").is_file()


def test_a_diverging_run_says_so_and_keeps_the_last_good_state(data, tmp_path):
    list(train(build("vae"), data, out=tmp_path, batch_size=8, steps=2))
    good = torch.load(tmp_path / "state.pt", weights_only=True)["networks"]["vae"]
    broken = Pictures(data.images.float().fill_(float("nan")), data.labels, {})
    with pytest.raises(UserError, match="smaller learning rate"):
        list(train(build("vae"), broken, out=tmp_path, batch_size=8, steps=4))
    after = torch.load(tmp_path / "state.pt", weights_only=True)["networks"]["vae"]
    assert all(torch.equal(good[k], after[k]) for k in good)


def test_a_run_of_another_recipe_is_not_resumed(data, tmp_path):
    list(train(build("gan"), data, out=tmp_path, batch_size=8, steps=1))
    with pytest.raises(UserError, match="another recipe or other settings"):
        list(train(build("vae"), data, out=tmp_path, batch_size=8, steps=2))


def test_budgets_and_batches_are_checked(data, tmp_path):
    with pytest.raises(UserError, match="how long to train"):
        next(train(build("gan"), data, out=tmp_path))
    with pytest.raises(UserError, match="A batch of 64 needs as many pictures; there are 40"):
        next(train(build("gan"), data, out=tmp_path, batch_size=64, steps=1))


def test_warm_start_takes_what_fits(data, tmp_path):
    list(train(build("gan"), data, out=tmp_path, batch_size=8, steps=1))
    other = GAN(image_size=32, latent_dim=9, widths=(16, 8, 8), residual=True)
    taken = warm_start(other, tmp_path)
    assert "generator.out.0.weight" in taken and "generator.blocks.0.0.weight" not in taken
    with pytest.raises(UserError, match="no run"):
        warm_start(other, tmp_path / "nowhere")


def test_the_average_is_the_known_one():
    model = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(model.weight)
    average = Average(model)
    torch.nn.init.ones_(model.weight)
    average.update(model, batch=100, seen=4000)  # half-life 3000
    assert average.model.weight.item() == pytest.approx(1 - 0.5 ** (100 / 3000))
    average.update(model, batch=5000, seen=200_000)  # half-life 2.5% of 200,000: what was missing is halved
    assert average.model.weight.item() == pytest.approx(1 - 0.5 ** (100 / 3000) / 2)


def test_unknown_recipes_and_settings_are_refused():
    with pytest.raises(UserError, match="there are gan, mlp, progressive, cnn"):
        make_recipe("diffusion")
    with pytest.raises(UserError, match="no setting gama; it has"):
        make_recipe("gan", gama=1)
    with pytest.raises(UserError, match="loss must be one of"):
        make_recipe("gan", loss="wasserstein")
    for setting, loss in (("gamma", "bce"), ("penalty_every", "hinge")):
        with pytest.raises(UserError, match=f"the {loss} loss has none"):
            make_recipe("gan", loss=loss, **{setting: 2})
    with pytest.raises(UserError, match="gamma must be a number from 0 to 1e.06, got 'fast'"):
        make_recipe("gan", gamma="fast")


class TestDamage:
    """What a power cut or a bad disk leaves of the state."""

    DAMAGE = {
        "cut short": lambda content: content[: len(content) // 2],
        "empty": lambda content: b"",
        "a byte of a weight": lambda content: content[:-20_000] + bytes([content[-20_000] ^ 255]) + content[-19_999:],
        "something else": lambda content: b"no state",
    }

    @pytest.fixture(scope="class")
    def cut(self, tmp_path_factory):
        """A run that was killed after its fourth step, with the states after three and four steps."""
        random = torch.Generator().manual_seed(1)
        images = torch.randint(0, 256, (40, 3, 32, 32), generator=random, dtype=torch.uint8)
        data, out = Pictures(images, torch.zeros(40, 0, dtype=torch.uint8), {}), tmp_path_factory.mktemp("cut")
        steps = train(build("vae"), data, out=out, batch_size=8, steps=9, save_every=0)
        for _ in range(4):
            next(steps)
        kept = {name: (out / name).read_bytes() for name in (STATE, PREVIOUS)}
        steps.close()
        return data, kept

    @pytest.mark.parametrize("how", DAMAGE)
    def test_it_goes_on_from_the_state_before(self, how, cut, tmp_path, caplog):
        data, kept = cut
        (tmp_path / STATE).write_bytes(self.DAMAGE[how](kept[STATE]))
        (tmp_path / PREVIOUS).write_bytes(kept[PREVIOUS])
        steps = train(build("vae"), data, out=tmp_path, batch_size=8, steps=9)
        assert next(steps).index == 4 and "state.pt is damaged" in caplog.text
        steps.close()
        assert saving._saved(tmp_path, "cpu")["steps"] == 4

    @pytest.mark.parametrize("how", DAMAGE)
    def test_without_one_it_is_a_sentence(self, how, cut, tmp_path):
        data, kept = cut
        (tmp_path / STATE).write_bytes(self.DAMAGE[how](kept[STATE]))
        with pytest.raises(UserError, match="is damaged, and there is no earlier one: delete state.pt"):
            next(train(build("vae"), data, out=tmp_path, batch_size=8, steps=9))
        with pytest.raises(UserError, match="is damaged, and there is no earlier one"):
            warm_start(build("vae"), tmp_path)
        assert (tmp_path / STATE).read_bytes() == self.DAMAGE[how](kept[STATE])

    def test_the_earlier_state_is_kept_while_a_run_lasts(self, data, tmp_path):
        steps = train(build("vae"), data, out=tmp_path, batch_size=8, steps=3, save_every=0)
        next(steps), next(steps)
        assert torch.load(tmp_path / PREVIOUS, weights_only=True)["steps"] == 1
        assert list(steps)
        assert not (tmp_path / PREVIOUS).exists() and (tmp_path / "checkpoint" / "config.json").is_file()


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="no limit of files here")
def test_a_full_disk_is_a_sentence_and_the_run_goes_on_with_room(data, tmp_path):
    import resource

    list(train(build("vae"), data, out=tmp_path, batch_size=8, steps=1))
    before, limits = (tmp_path / STATE).read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))  # no file may grow beyond
    try:
        with pytest.raises(UserError, match="could not be saved in .*make room, then give the same command again"):
            list(train(build("vae"), data, out=tmp_path, batch_size=8, steps=2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / STATE).read_bytes() == before and not (tmp_path / "state.part").exists()
    assert [step.index for step in train(build("vae"), data, out=tmp_path, batch_size=8, steps=2)] == [2]


def test_a_checkpoint_appears_whole_or_not_at_all(data, tmp_path, monkeypatch):
    monkeypatch.setattr("genimg.training.vae.write_directions", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(UserError, match="checkpoint could not be written .* make room"):
        list(train(build("vae"), data, out=tmp_path, batch_size=8, steps=1))
    assert sorted(path.name for path in tmp_path.iterdir() if "checkpoint" in path.name) == []
    monkeypatch.undo()
    assert list(train(build("vae"), data, out=tmp_path, batch_size=8, steps=1)) == []
    assert (tmp_path / "checkpoint" / "config.json").is_file() and not (tmp_path / "checkpoint.part").exists()
