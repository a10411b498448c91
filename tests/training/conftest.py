import pytest
import torch


@pytest.fixture(autouse=True, scope="package")
def _one_thread():
    """Networks as small as these are faster on one thread, and many times faster where a core is busy otherwise."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
