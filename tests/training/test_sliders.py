import pytest
import torch
from torch import nn

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.data.avatars import CONCEPTS, VALUES
from genimg.models.vae import VAE
from genimg.training import sliders
from genimg.training.card import write_card
from genimg.training.evaluate import make_sliders


class Reads(nn.Module):
    """A judge that reads each label off one pixel, 32 values from black to white; the nearest is the likeliest."""

    def forward(self, images):
        values = [len(v) for v in VALUES.values()]
        found = images[:, 0].flatten(1)[:, : len(values)] * 32
        return [-(found[:, i, None] - torch.arange(n)).square() for i, n in enumerate(values)]


def decode(latents):
    return nn.functional.pad(latents / 32, (0, 64 - latents.shape[1])).view(-1, 1, 8, 8).expand(-1, 3, -1, -1)


def test_a_slider_learns_to_change_one_attribute_and_no_other(monkeypatch):
    monkeypatch.setattr(sliders, "CONCEPTS", {name: CONCEPTS[name] for name in ("Glasses", "Beard")})
    monkeypatch.setattr(sliders, "RATE", 1e-2)  # its latents are the labels themselves, up to 26
    labels = torch.stack([torch.randint(len(values), (400,)) for values in VALUES.values()], dim=1).float()
    found = sliders.find_sliders(decode, labels[:300], Reads(), steps=250)
    assert found.keys() == {"Glasses", "Beard"} and found["Beard"].shape == (2, len(VALUES) + 1, len(VALUES))
    table = sliders.measure_sliders(decode, labels[300:], found, Reads())
    assert all(row["own"] > 0.95 and row["other"] < 0.05 for row in table.values())
    assert all(sliders.keeps_its_word(name, row) for name, row in table.items())


def test_what_a_slider_changes_is_counted():
    labels = torch.zeros(10, len(VALUES))
    labels[:5, list(VALUES).index("glasses")] = VALUES["glasses"].index("ROUND")

    def to(label, value, spoil=None):
        """Return a map that sets a label to a value, and another to its last where it has the value 0 now."""
        moves = torch.zeros(len(VALUES) + 1, len(VALUES))
        column = list(VALUES).index(label)
        moves[column, column] = -1
        moves[-1, column] = VALUES[label].index(value)
        if spoil:
            moves[-1, list(VALUES).index(spoil)] = 1
        return moves

    good = torch.stack([to("glasses", "NONE"), to("glasses", "ROUND")])
    stains = torch.stack([to("glasses", "NONE", "background"), to("glasses", "ROUND")])
    idle = torch.stack([to("glasses", "NONE"), to("glasses", "NONE")])
    table = sliders.measure_sliders(decode, labels, {"Glasses": good}, Reads())
    assert table == {"Glasses": {"own": 1.0, "other": 0.0, "skin": 0.0, "background": 0.0}}
    assert sliders.keeps_its_word("Glasses", table["Glasses"])
    row = sliders.measure_sliders(decode, labels, {"Glasses": stains}, Reads())["Glasses"]
    assert row["background"] == 0.5 and not sliders.keeps_its_word("Glasses", row)
    row = sliders.measure_sliders(decode, labels, {"Glasses": idle}, Reads())["Glasses"]
    assert row["own"] == 0.5 and not sliders.keeps_its_word("Glasses", row)


def test_only_sliders_that_keep_their_word_are_stored(tmp_path, monkeypatch):
    model = VAE(image_size=32, latent_dim=8, widths=(8, 8, 8)).eval()
    checkpoints.save(model, tmp_path)
    checkpoints.save_tensors(
        {"directions": torch.eye(8)[:2], "attribute.Horns": torch.ones(8)}, tmp_path / "directions.safetensors"
    )
    write_card(tmp_path, {"data": "avatars", "figures": {"nfd": 0.5}})
    found = {name: torch.ones(2, 9, 8) for name in ("Glasses", "Beard")}
    good, bad = ({"own": own, "other": 0.0, "skin": 0.0, "background": 0.01} for own in (0.9, 0.5))
    for part, value in {
        "find_sliders": lambda *_, **__: found,
        "judge": lambda *_, **__: None,
        "measure_sliders": lambda *_: {"Glasses": good, "Beard": bad},
    }.items():
        monkeypatch.setattr(f"genimg.training.evaluate.{part}", value)
    assert make_sliders(tmp_path).keys() == found.keys()
    assert sliders.stored_sliders(tmp_path).keys() == {"Glasses"}
    assert checkpoints.extra(tmp_path, "directions")["directions"].shape == (2, 8)
    card = (tmp_path / "README.md").read_text()
    assert "| Glasses | 90% | 0% | 0% | 1% |" in card and "Beard" not in card and "0.500" in card


@pytest.mark.parametrize(
    ("name", "reason"), [("fashion-dcgan", "no avatars"), ("avatars-flow", "by attributes"), ("nope", "no checkpoint")]
)
def test_what_can_have_no_sliders_says_why(name, reason):
    with pytest.raises(UserError, match=reason):
        make_sliders(name)
