import re

import pytest
import torch

from genimg import checkpoints
from genimg.models.nca import BEND, NCA, SLOPE, perceive
from genimg.ui import web

RULES = [checkpoint.name for checkpoint in checkpoints.available("nca")]


@pytest.fixture
def rule():
    torch.manual_seed(0)
    model = NCA()
    torch.nn.init.normal_(model.act.weight, std=0.02)
    return model


def everybody(state, steps):
    return torch.ones(steps, len(state), 1, *state.shape[-2:])


def test_size_and_the_untrained_rule():
    model = NCA()
    assert sum(p.numel() for p in model.parameters()) == 5856
    state = torch.rand(2, 12, 8, 9)
    assert torch.equal(model(state, everybody(state, 3)), state)
    assert (NCA.picture(model.seed(4, 4)) == 0.5).all()


def test_senses_are_the_filters_on_a_torus():
    state = torch.rand(1, 2, 7, 8)
    filters = torch.tensor(
        [
            [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
            [[-0.5, 0, 0.5], [-1, 0, 1], [-0.5, 0, 0.5]],
            [[-0.5, -1, -0.5], [0, 0, 0], [0.5, 1, 0.5]],
            [[0.25, 0.5, 0.25], [0.5, -3, 0.5], [0.25, 0.5, 0.25]],
        ]
    )
    padded = torch.nn.functional.pad(state, (1, 1, 1, 1), mode="circular")
    for sense, kernel in enumerate(filters):
        expected = torch.cat([torch.conv2d(padded[:, c : c + 1], kernel[None, None]) for c in range(2)], dim=1)
        found = perceive(state.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)[:, 2 * sense : 2 * sense + 2]
        torch.testing.assert_close(found, expected)


def test_rolling_the_state_rolls_the_result(rule):
    state = torch.rand(1, 12, 10, 12)
    rolled = rule(state.roll((3, 5), (2, 3)), everybody(state, 4))
    torch.testing.assert_close(rolled, rule(state, everybody(state, 4)).roll((3, 5), (2, 3)))


def test_cells_asleep_stay(rule):
    state = torch.rand(1, 12, 6, 6)
    awake = torch.zeros(1, 1, 1, 6, 6)
    awake[..., 2, 3] = 1
    changed = (rule(state, awake) != state).any(1)
    assert changed.nonzero().tolist() == [[0, 2, 3]]


def test_gradients_are_those_of_the_plain_formula(rule):
    state = torch.rand(2, 12, 6, 5, requires_grad=True)
    awake = NCA.chance(state, 3, torch.Generator().manual_seed(0)).float()
    rule(state, awake).square().sum().backward()
    found = [state.grad, *(p.grad for p in rule.parameters())]

    plain, leaf = (
        state.detach().clone().requires_grad_(),
        [p.detach().clone().requires_grad_() for p in rule.parameters()],
    )
    feel, bias, act = leaf
    cells = plain.permute(0, 2, 3, 1)
    for mask in awake.permute(0, 1, 3, 4, 2):
        felt = perceive(cells)
        cells = cells + (felt @ feel.T + bias).relu() @ act.T * mask
    cells.square().sum().backward()
    for one, other in zip(found, [plain.grad, *(p.grad for p in leaf)], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_a_checkpoint_keeps_the_rule(rule, tmp_path):
    checkpoints.save(rule, tmp_path / "rule")
    again = checkpoints.load(tmp_path / "rule")
    state = torch.rand(1, 12, 6, 6)
    assert torch.equal(again(state, everybody(state, 2)), rule(state, everybody(state, 2)))


def test_there_are_shipped_rules():
    assert len(RULES) >= 4


@pytest.mark.parametrize("name", RULES)
def test_shipped_rules_stay_bounded_and_heal(name):
    rule, chance = checkpoints.load(name), torch.Generator().manual_seed(0)
    with torch.no_grad():
        state = rule.seed(40, 40)
        state = rule(state, NCA.chance(state, 300, chance))
        before = NCA.picture(state)
        assert torch.isfinite(state).all() and state.abs().max() < 3
        assert before.std() > 0.05
        state[..., 10:30, 10:30] = 0
        hurt = NCA.picture(state)
        healed = NCA.picture(rule(state, NCA.chance(state, 150, chance)))

    def strangeness(picture):
        """How far brightness and contrast of the hole are from those of the whole texture before."""
        hole = picture[..., 12:28, 12:28]
        return abs(hole.std() - before.std()) / before.std() + (hole.mean() - before.mean()).abs() / before.std()

    assert strangeness(hurt) > 0.9
    assert strangeness(healed) < 0.7


def test_the_browser_feels_as_much_as_the_network():
    script = web.read("automata.js")
    found = re.search(r"SLOPE = ([\d.]+), BEND = ([\d.]+)", script)
    assert tuple(map(float, found.groups())) == (SLOPE, BEND)
