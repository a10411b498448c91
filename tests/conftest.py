import os

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
