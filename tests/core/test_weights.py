"""Networks and weights are compared before either takes memory."""

import pytest
import torch
from torch import nn

from genimg.core import weights
from genimg.core.errors import UserError

PAIR = {"0.weight": (2, 2), "0.bias": (2,)}


def test_what_fits_passes_and_random_numbers_are_not_drawn():
    state = torch.get_rng_state()
    weights.check_shapes(lambda: nn.Sequential(nn.Linear(2, 2)), PAIR)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (
            lambda: nn.Sequential(nn.Linear(3, 2)),
            "the weights have 2x2, the settings ask for 2x3",
        ),
        (lambda: nn.Sequential(nn.Linear(2, 2, bias=False)), "have 2, the settings ask for no such tensor"),
        (lambda: nn.Sequential(nn.Linear(2, 2), nn.PReLU()), "1.weight does not fit: the weights have no such tensor"),
        (lambda: nn.Sequential(nn.Linear(10**6, 10**6)), "more than 500 million numbers"),
        (lambda: nn.Sequential(*(nn.Linear(2, 2) for _ in range(10**12))), "more layers than its weights have"),
    ],
    ids=["shape", "too many", "missing", "huge", "endless"],
)
def test_what_does_not_fit_is_named(build, sentence):
    with pytest.raises(UserError, match=sentence):
        weights.check_shapes(build, PAIR)
