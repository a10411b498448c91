import os

# Before torch is imported: see app.py.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest
import torch

os.environ["HF_HUB_OFFLINE"] = "1"  # a test that reaches for the network fails


@pytest.fixture(autouse=True)
def _same_chance():
    torch.manual_seed(0)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """A cache folder of the tests' own: nothing is found that a fresh machine would not have."""
    folder = tmp_path_factory.mktemp("cache")
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(folder)
    yield folder
    os.environ.pop("XDG_CACHE_HOME")
    if before is not None:
        os.environ["XDG_CACHE_HOME"] = before


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory):
    """A folder of two small checkpoints: untrained, but no two seeds look alike."""
    from genimg import checkpoints
    from genimg.models.dcgan import DCGAN
    from genimg.models.vae import VAE
    from genimg.training.directions import write_directions

    folder = tmp_path_factory.mktemp("checkpoints")
    torch.manual_seed(0)
    for name, model in {
        "small-dcgan": DCGAN(image_size=32, latent_dim=20, widths=(16, 8, 8)),
        "small-vae": VAE(image_size=32, latent_dim=8, widths=(16, 8, 8)),
    }.items():
        for weight in model.parameters():
            if weight.dim() > 1:
                torch.nn.init.xavier_normal_(weight, gain=2)
        checkpoints.save(model.eval(), folder / name)
        write_directions(model, folder / name)
    mixture = {
        "weights": torch.tensor([0.3, 0.7]),
        "means": 2 * torch.randn(2, 8),
        "factors": torch.eye(8).expand(2, 8, 8),
    }
    checkpoints.save_tensors(mixture, folder / "small-vae" / "mixture.safetensors")
    return folder


@pytest.fixture
def small(small_folder, monkeypatch):
    """The folder of small checkpoints, as the only ones there are."""
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(small_folder))
    return small_folder
