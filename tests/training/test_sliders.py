import numpy as np
import pytest
import torch
from torch import nn

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.data.avatars import CONCEPTS, ENDS, VALUES, concepts, draw_attributes
from genimg.models.vae import VAE
from genimg.training import sliders
from genimg.training.card import write_card
from genimg.training.evaluate import make_sliders


def test_the_ends_of_a_slider_are_without_it_and_with_it():
    assert ENDS.keys() == CONCEPTS.keys()
    for i, (name, ends) in enumerate(ENDS.items()):
        faces = [draw_attributes(3) | {CONCEPTS[name][0]: value} for value in ends]
        labels = np.array([[VALUES[a].index(face[a]) for a in VALUES] for face in faces], dtype=np.uint8)
        assert concepts(labels)[:, i].tolist() == [False, True]


class Pooled(VAE):
    """Its latents are the colours of the picture's four by four parts, so that pairs differ where they are drawn."""

    def encode(self, images):
        mean = nn.functional.adaptive_avg_pool2d(images, 4).flatten(1) * 10
        return mean, torch.full_like(mean, -12.0)


def test_moves_change_latents_as_pairs_do():
    model = Pooled(image_size=16, latent_dim=48, widths=(8, 8))
    found = sliders.find_sliders(model, faces=20)
    assert found.keys() == CONCEPTS.keys() and all(moves.shape == (2, 49, 48) for moves in found.values())
    own, changed = sliders._pairs(next(i for i in range(50, 99) if draw_attributes(i, 1)["skin"] == "PALE"), 16)
    before, after = (sliders._encode(model, [picture])[0] for picture in (own, changed[2 * 2 + 1]))  # dark skin
    there = before + sliders.step(before, found["Dark skin"], 1)
    assert (there - after).norm() < 0.5 * (before - after).norm()
    corner = there.view(3, 4, 4)[:, 0, 0] - before.view(3, 4, 4)[:, 0, 0]
    assert corner.abs().max() < 0.5  # the background stays, of 10


class Reads(nn.Module):
    """A judge that reads each label off one pixel."""

    def forward(self, images):
        values = [len(v) for v in VALUES.values()]
        found = (images[:, 0].flatten(1)[:, : len(values)] * 32).round().long()
        return [nn.functional.one_hot(found[:, i].clamp(0, n - 1), n).float() for i, n in enumerate(values)]


def test_what_a_slider_changes_is_counted():
    labels = torch.zeros(10, len(VALUES))
    labels[:5, list(VALUES).index("glasses")] = VALUES["glasses"].index("ROUND")

    def decode(latents):
        return nn.functional.pad(latents / 32, (0, 64 - latents.shape[1])).view(-1, 1, 8, 8).expand(-1, 3, -1, -1)

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
        "find_sliders": lambda _: found,
        "judge": lambda *_, **__: None,
        "measure_sliders": lambda *_: {"Glasses": good, "Beard": bad},
    }.items():
        monkeypatch.setattr(f"genimg.training.evaluate.{part}", value)
    assert make_sliders(tmp_path).keys() == found.keys()
    assert sliders.stored_sliders(tmp_path).keys() == {"Glasses"}
    assert checkpoints.extra(tmp_path, "directions")["directions"].shape == (2, 8)
    card = (tmp_path / "README.md").read_text()
    assert "| Glasses | 90% | 0% | 0% | 1% |" in card and "Beard" not in card and "0.500" in card


def test_a_model_without_an_encoder_has_no_pairs():
    with pytest.raises(UserError, match="no VAE of avatars"):
        make_sliders("avatars-dcgan")
