import os
import re
import signal
import sys
from collections import Counter

import pytest

import genimg  # noqa: F401  before torch, as in every process of ours: it says how torch's threads wait

import torch  # isort: skip

os.environ["HF_HUB_OFFLINE"] = "1"  # a test that reaches for the network fails


def pytest_collection_modifyitems(items):
    """Put the browser first, for it takes longest: one width after the other, and of each the files in turn.

    First comes the first test of every file, then the second, and so on. Each file has a tab of its own, so all of a
    round can share a page, and opening one is what costs most there. The files without a browser come from the last
    to the first: those of the smallest parts then end the run, and no worker is left alone with a long one.
    """
    places, rounds = {}, Counter()
    files = sorted({item.path for item in items})
    for number, item in enumerate(items):
        width = item.callspec.params["width"] if "page" in item.fixturenames else None
        rounds[item.path, width] += 1000 if item.get_closest_marker("last") else 1
        places[item] = (0, width, rounds[item.path, width]) if width else (1, "", -files.index(item.path), number)
    items.sort(key=places.__getitem__)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep on one worker what shares something costly: the tests of a file, and those of the browser at one width."""
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            width = re.search(r"^tests/ui/.*\[(desktop|phone)\]$", nodeid)
            return width[1] if width else nodeid.partition("::")[0]

    return Groups(config, log)


@pytest.fixture(autouse=True)
def _same_chance():
    torch.manual_seed(0)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """Folders of the tests' own for caches and data: nothing is found that a fresh machine would not have."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("own")))
        yield folder


@pytest.fixture
def few_faces(tmp_path_factory, monkeypatch):
    """Faces are drawn a hundred at a time, into a cache of their own: nobody waits for a thousand."""
    monkeypatch.setattr("genimg.data.avatars.BLOCK", 100)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "few-faces"))


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory):
    """A folder of two small checkpoints: untrained, but no two seeds look alike."""
    from genimg import checkpoints
    from genimg.models.dcgan import DCGAN
    from genimg.models.vae import VAE

    folder = tmp_path_factory.mktemp("checkpoints")
    torch.manual_seed(0)
    models = {
        "small-dcgan": DCGAN(image_size=32, latent_dim=20, widths=(16, 8, 8)),
        "small-vae": VAE(image_size=32, latent_dim=8, widths=(16, 8, 8)),
    }
    for name, model in models.items():
        _save(model, folder / name)
    mixture = {
        "weights": torch.tensor([0.3, 0.7]),
        "means": 2 * torch.randn(2, 8),
        "factors": torch.eye(8).expand(2, 8, 8),
    }
    checkpoints.save_tensors(mixture, folder / "small-vae" / "mixture.safetensors")
    return folder


def _save(model, path):
    from genimg import checkpoints
    from genimg.training.directions import write_directions

    for weight in model.parameters():
        if weight.dim() > 1:
            torch.nn.init.xavier_normal_(weight, gain=2)
    checkpoints.save(model.eval(), path)
    write_directions(model, path)


@pytest.fixture(scope="session")
def special_folder(tmp_path_factory):
    """A folder of two small checkpoints of special kinds: one draws by class, one was grown."""
    from genimg import checkpoints
    from genimg.models.dcgan import DCGAN
    from genimg.models.progressive import Progressive

    folder = tmp_path_factory.mktemp("special")
    torch.manual_seed(0)
    _save(DCGAN(image_size=32, latent_dim=20, widths=(16, 8, 8), num_classes=(2, 3)), folder / "small-classes")
    _save(Progressive(image_size=32, latent_dim=8, widths=(16, 8, 8, 8)), folder / "small-progressive")
    shares = {"shade": {"dark": 0.25, "light": 0.75}, "side": {"left": 0.2, "right": 0.3, "both": 0.5}}
    checkpoints.save_classes(shares, folder / "small-classes")
    return folder


@pytest.fixture
def special(special_folder, monkeypatch):
    """The folder of special checkpoints, as the only ones there are."""
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(special_folder))
    return special_folder


@pytest.fixture
def small(small_folder, monkeypatch):
    """The folder of small checkpoints, as the only ones there are."""
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(small_folder))
    return small_folder


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a command in this process; return its exit code, stdout and stderr."""

    from genimg import cli

    # What a command takes from a path is known by it from then on, which is nothing to the tests after this one.
    monkeypatch.setattr("genimg.checkpoints._fetched", {})

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["genimg", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield command
    for number, handler in kept.items():
        signal.signal(number, handler)
