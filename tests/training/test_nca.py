import pytest
import torch
from PIL import Image

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.training import nca


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(nca, "SIDE", 16)
    monkeypatch.setattr(nca, "LIFE", (2, 4))


@pytest.fixture
def picture():
    ramp = torch.linspace(0, 255, 40).byte().repeat(40, 1).numpy()
    return Image.merge("RGB", [Image.fromarray(ramp), Image.fromarray(ramp.T.copy()), Image.new("L", (40, 40), 90)])


def test_a_run_that_goes_on_takes_the_same_steps(picture, tmp_path, monkeypatch):
    exemplar = nca.exemplar_of(picture, side=32)
    whole, half = nca.Growth(exemplar, seed=1), nca.Growth(exemplar, seed=1)
    for steps, growth in ((6, whole), (3, half)):
        for _ in range(steps):
            growth._step(0.1)
            growth.steps += 1
    half.save(tmp_path)
    again = nca.resume(tmp_path)
    for _ in range(3):
        again._step(0.1)
        again.steps += 1
    assert again.steps == 6
    for one, other in zip(whole.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_run_writes_a_checkpoint_with_its_exemplar_and_a_card(picture, tmp_path):
    steps = list(nca.grow(picture, tmp_path, minutes=0.01))
    assert steps[0].image is not None and steps[-1].metrics["eta"] == 0
    folder = tmp_path / "checkpoint"
    assert checkpoints.read(folder).architecture == "nca"
    assert not torch.equal(checkpoints.load(folder).act.weight, torch.zeros(12, 96))
    assert Image.open(folder / "exemplar.png").size == (96, 96)
    nca.write_card(folder, command="python -m genimg x", hardware="h", minutes=0.01, steps=len(steps), origin="Drawn.")
    card = (folder / "README.md").read_text()
    assert "python -m genimg x" in card and "Drawn." in card and f"{len(steps):,} steps" in card
    assert list(nca.grow(picture, tmp_path, minutes=0.01)) == []  # the budget is used up


def test_a_damaged_run_is_a_sentence(tmp_path):
    assert nca.resume(tmp_path) is None
    (tmp_path / nca.STATE).write_bytes(b"no state")
    with pytest.raises(UserError, match="damaged"):
        nca.resume(tmp_path)


def test_a_disc_is_erased_over_the_border():
    state = torch.ones(1, 12, 20, 20)
    for seed in range(20):
        nca.erase(state, torch.Generator().manual_seed(seed))
    assert set(state.unique().tolist()) == {0.0, 1.0} and (state[0, 0] == state).all()
    fresh = torch.ones(1, 12, 20, 20)
    nca.erase(fresh, torch.Generator().manual_seed(0))
    assert 10 <= (fresh[0, 0] == 0).sum() <= 60
