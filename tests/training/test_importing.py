"""Weights in the files of others: wherever they lie, in whatever order, and never a wrong picture without a word."""

import random

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.models.cnn import CNN
from genimg.models.dcgan import DCGAN, Discriminator
from genimg.models.mlp import MLP
from genimg.models.progressive import Progressive
from genimg.models.vae import VAE
from genimg.training.importing import import_state


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path / "mine"))
    monkeypatch.setattr("genimg.training.importing.write_directions", lambda *_: None)


def textbook(seed=0, latents=10, widths=(16, 8, 8)):
    """The generator of a hundred tutorials, with names and order of its own."""
    torch.manual_seed(seed)
    layers = [nn.ConvTranspose2d(latents, widths[0], 4, 1, 0, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU()]
    for a, b in zip(widths[:-1], widths[1:], strict=True):
        layers += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
    net = nn.Sequential(*layers, nn.ConvTranspose2d(widths[-1], 3, 4, 2, 1, bias=False), nn.Tanh())
    for value in net.state_dict().values():
        if value.is_floating_point():
            value.uniform_(0.1, 0.3)
    return net.eval()


def named(net, prefix="main."):
    return {prefix + key: value for key, value in net.state_dict().items()}


def critic():
    return Discriminator(image_size=32, widths=(16, 8, 8)).state_dict()


def shuffled(state):
    keys = list(state)
    random.Random(3).shuffle(keys)
    return {key: state[key] for key in keys}


def brought(file, architecture="dcgan", key=None, **settings):
    return checkpoints.load(import_state(file, architecture, "theirs", settings, key=key)).cpu()


def same(model, net, latents=10):
    codes = torch.randn(2, latents)
    assert torch.allclose(model(codes), net(codes[:, :, None, None]) / 2 + 0.5, atol=1e-6)


FILES = {
    "plain": lambda g, other: named(g),
    "under a key beside the critic": lambda g, other: {"netG": named(g), "netD": critic(), "epoch": 7},
    "generator": lambda g, other: {"generator": named(g)},
    "model_state_dict": lambda g, other: {
        "model_state_dict": named(g),
        "optimizer_state_dict": torch.optim.Adam(g.parameters()).state_dict(),
    },
    "Lightning": lambda g, other: {
        "epoch": 3,
        "pytorch-lightning_version": "2.4.0",
        "state_dict": named(g, "generator.model.") | {f"discriminator.{k}": v for k, v in critic().items()},
        "optimizer_states": [torch.optim.Adam(g.parameters()).state_dict()],
    },
    "from several GPUs": lambda g, other: {"state_dict": named(g, "module.main.")},
    "in another order": lambda g, other: shuffled(named(g)),
    "by their number, backwards": lambda g, other: dict(sorted(named(g).items(), reverse=True)),
}


@pytest.mark.parametrize("how", FILES)
def test_a_generator_is_found_wherever_it_lies(how, tmp_path):
    net = textbook()
    torch.save(FILES[how](net, textbook(1)), tmp_path / "weights.pth")
    model = brought(tmp_path / "weights.pth")
    same(model, net)
    assert (model.image_size, model.latent_dim, model.channels) == (32, 10, 3)


def test_safetensors_are_read(tmp_path):
    net = textbook(widths=(8, 8, 8))  # equal widths: only the numbers in the names tell the layers apart
    save_file(named(net), tmp_path / "weights.bin")
    same(brought(tmp_path / "weights.bin"), net)


def test_what_is_ambiguous_is_asked_for(tmp_path):
    g, average = textbook(0), textbook(1)
    torch.save({"g": named(g), "g_ema": named(average), "d": critic()}, tmp_path / "w.pt")
    with pytest.raises(UserError, match="Several parts of the file fit dcgan: g, g_ema; choose one with --key"):
        brought(tmp_path / "w.pt")
    with pytest.raises(UserError, match="--key must be one of g, g_ema, d, .*; got 'G'"):
        brought(tmp_path / "w.pt", key="G")
    same(brought(tmp_path / "w.pt", key="g_ema"), average)


def test_what_does_not_fit_is_named(tmp_path):
    torch.save({"netD": critic(), "net": textbook().state_dict()}, tmp_path / "w.pt")
    with pytest.raises(UserError, match="Nothing in the file fits vae; it holds net.*The largest does not: .*expected"):
        brought(tmp_path / "w.pt", "vae")
    with pytest.raises(UserError, match="Read as dcgan, its layers lead from 1 numbers to 3 channels"):
        brought(tmp_path / "w.pt", key="netD")
    with pytest.raises(UserError, match=r"blocks\.0\.0\.weight \(12, 16, 4, 4\) was expected where the file has"):
        brought(tmp_path / "w.pt", key="net", latent_dim=12)
    broken = textbook().state_dict()
    broken["3.weight"][0, 0, 0, 0] = float("nan")
    torch.save(broken, tmp_path / "nan.pt")
    with pytest.raises(UserError, match="3.weight|finite"):
        brought(tmp_path / "nan.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(UserError, match="not a state dict"):
        brought(tmp_path / "list.pt")
    assert not (tmp_path / "mine").exists()


OWN = {
    "dcgan": lambda: DCGAN(image_size=16, channels=1, latent_dim=5, widths=(16, 8), residual=True, num_classes=(3,)),
    "progressive": lambda: Progressive(image_size=16, channels=1, latent_dim=5, widths=(16, 8, 8)),
    "cnn": lambda: CNN(image_size=16, channels=1, latent_dim=5, widths=(16, 8)),
    "vae": lambda: VAE(image_size=32, channels=1, latent_dim=5, widths=(24, 16, 8), depth=2),
}


@pytest.mark.parametrize("name", OWN)
def test_sizes_are_read_off_the_shapes(name, tmp_path):
    """With our own names, behind a prefix and shuffled, the one way in which others have these networks."""
    torch.manual_seed(0)
    model = OWN[name]()
    torch.save({"net": shuffled({f"module.{k}": v for k, v in model.state_dict().items()})}, tmp_path / "w.pt")
    got = brought(tmp_path / "w.pt", name)
    for setting, value in model._hub_mixin_config.items():
        assert tuple(got._hub_mixin_config[setting]) == tuple(value) if isinstance(value, tuple) else True, setting
        assert isinstance(value, tuple) or got._hub_mixin_config[setting] == value, setting
    assert all(torch.equal(value, got.state_dict()[key]) for key, value in model.state_dict().items())


class TestWhatNoFileSays:
    @pytest.mark.parametrize(("activation", "output"), [("relu", "tanh"), ("leaky_relu", "sigmoid"), ("gelu", "tanh")])
    def test_an_mlp_draws_as_it_did_elsewhere(self, activation, output, tmp_path):
        between = {"relu": nn.ReLU, "leaky_relu": lambda: nn.LeakyReLU(0.2), "gelu": nn.GELU}[activation]
        end = {"tanh": nn.Tanh(), "sigmoid": nn.Sigmoid()}[output]
        net = nn.Sequential(nn.Linear(6, 20), between(), nn.Linear(20, 30), between(), nn.Linear(30, 28 * 28), end)
        torch.save({"G": net.state_dict()}, tmp_path / "w.pt")
        model = brought(tmp_path / "w.pt", "mlp", activation=activation, output=output)
        codes = torch.randn(3, 6)
        wanted = net(codes).view(3, 1, 28, 28)
        assert torch.allclose(model(codes), wanted / 2 + 0.5 if output == "tanh" else wanted, atol=1e-6)
        config = checkpoints.find("theirs").config
        assert (config["activation"], config["output"], config["image_size"]) == (activation, output, 28)

    def test_it_is_asked_for(self, tmp_path):
        torch.save(MLP(image_size=8, widths=(16, 8)).state_dict(), tmp_path / "w.pt")
        for settings in ({}, {"activation": "relu"}):
            with pytest.raises(UserError, match=r"give --set activation=relu\|leaky_relu\|.* output=tanh\|sigmoid"):
                brought(tmp_path / "w.pt", "mlp", **settings)
        with pytest.raises(UserError, match="activation must be one of relu, leaky_relu, .*; got 'step'"):
            brought(tmp_path / "w.pt", "mlp", activation="step", output="tanh")

    def test_classes_of_an_mlp_are_no_latents(self, tmp_path):
        torch.save(MLP(image_size=8, latent_dim=5, widths=(16, 8), num_classes=(3,)).state_dict(), tmp_path / "w.pt")
        model = brought(tmp_path / "w.pt", "mlp", activation="relu", output="tanh", num_classes=[3])
        assert model.latent_dim == 5

    def test_a_dcgan_of_another_activation(self, tmp_path):
        net = textbook()
        for i, module in enumerate(net):
            if isinstance(module, nn.ReLU):
                net[i] = nn.LeakyReLU(0.2)
        torch.save(named(net), tmp_path / "w.pt")
        same(brought(tmp_path / "w.pt", activation="leaky_relu"), net)
