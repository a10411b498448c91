"""Model cards: what is known stands there, and nothing else."""

import json

import pytest
import torch
from huggingface_hub import ModelCard

from genimg import checkpoints
from genimg.checkpoints import read_facts
from genimg.core import places
from genimg.core.errors import UserError
from genimg.models.dcgan import DCGAN
from genimg.training import evaluate
from genimg.training.card import SAMPLES, write_card
from genimg.training.importing import import_state

UNTOLD = ("mit", "minutes", "10%", "never trained", "moving average", "None", "unknown", "nan")


@pytest.fixture
def folder(tmp_path):
    checkpoints.save(DCGAN(image_size=32, latent_dim=4, widths=(8, 8, 8)), tmp_path / "mine")
    return tmp_path / "mine"


def test_a_card_of_nothing_known_says_nothing(folder):
    write_card(folder, {})
    text = (folder / "README.md").read_text()
    card = ModelCard(text)
    assert card.data.license is None and card.data.eval_results is None
    assert card.data.pipeline_tag == "unconditional-image-generation" and card.data.library_name == "genimg"
    assert not [word for word in UNTOLD if word in card.text]
    assert '.load("mine").sample(' in text


def test_an_imported_model_claims_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path))
    torch.save(DCGAN(image_size=32, latent_dim=4, widths=(8, 8, 8)).state_dict(), tmp_path / "netG.pth")
    import_state(tmp_path / "netG.pth", "dcgan", "theirs", {"image_size": 32, "latent_dim": 4, "widths": [8, 8, 8]})
    card = ModelCard.load(tmp_path / "theirs" / "README.md")
    assert card.data.license is None and "Weights imported from `netG.pth`." in card.text
    assert not [word for word in UNTOLD if word in card.text]
    with pytest.raises(UserError, match="does not say what it was trained on; say it with --data"):
        evaluate.evaluate("theirs")


@pytest.mark.parametrize(
    ("data", "words"),
    [("folder:~/pets", "`folder:~/pets`."), ("a person's own pictures", "A person's own pictures.")],
)
def test_a_model_of_somebodys_pictures_has_no_licence(folder, data, words):
    facts = {"data": data, "size": 32, "command": "python -m genimg train gan", "minutes": 0.4, "images": 1200}
    write_card(folder, facts)
    card = ModelCard.load(folder / "README.md")
    assert card.data.license is None
    assert f"{words} Whose pictures they are and what may be done with them is not known here. 32 px." in card.text
    assert "\nLess than a minute and 1,200 pictures seen. The weights are" in card.text
    assert read_facts(folder) == facts


def test_figures_are_read_by_the_hub(folder):
    facts = {"data": "fashion-mnist", "figures": {"nfd": 0.094321, "accuracy": 0.89}, "measured": "mnist"}
    write_card(folder, facts)
    card = ModelCard.load(folder / "README.md")
    assert card.data.license == "mit" and "| NFD of samples, lower is better | 0.094 |" in card.text
    found = {r.metric_type: (r.dataset_type, r.metric_value) for r in card.data.eval_results}
    assert found == {"nfd": ("mnist", 0.09432), "accuracy": ("mnist", 0.89)}


def test_how_it_was_made_as_far_as_that_is_known(folder):
    for facts, words in (
        ({}, "The weights are"),
        ({"minutes": 1.2}, "1 minute. The weights are"),
        ({"hardware": "a laptop"}, "On a laptop. The weights are"),
        (
            {"minutes": 52.01, "images": 1000, "hardware": "a laptop"},
            "52 minutes and 1,000 pictures seen, on a laptop. ",
        ),
    ):
        write_card(folder, facts | {"command": "python -m genimg train gan"})
        assert f"```\n{words}" in (folder / "README.md").read_text()


def test_what_is_no_checkpoint_has_no_card(tmp_path):
    with pytest.raises(UserError, match="not a usable checkpoint"):
        write_card(tmp_path, {})


@pytest.mark.parametrize("kind", checkpoints.ARCHITECTURES.values(), ids=checkpoints.ARCHITECTURES)
def test_every_kind_of_network_has_a_card(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "read", lambda _: checkpoints.Checkpoint("x", tmp_path, kind.architecture, {}))
    write_card(tmp_path, {"summary": "A network.", "data": "avatars", "command": "x", "minutes": 3, "images": 10})
    card = ModelCard.load(tmp_path / "README.md")
    assert card.data.pipeline_tag == kind.task and kind.architecture in card.data.tags
    assert "3 minutes and 10 pictures seen. " in card.text


@pytest.mark.parametrize("folder", sorted(places.shipped().iterdir()), ids=lambda folder: folder.name)
def test_shipped_cards_say_what_training_json_says(folder, tmp_path, monkeypatch):
    """They are made of it: what `evaluate` would write is what stands there, but for the figures."""
    card = ModelCard.load(folder / "README.md")
    kind = checkpoints.ARCHITECTURES[checkpoints.read(folder).architecture]
    assert (card.data.library_name, card.data.pipeline_tag) == ("genimg", kind.task) and card.data.license
    facts = read_facts(folder)
    for key, value in facts.get("figures", {}).items():
        if key.startswith("slider/"):  # they have a table of their own
            assert f"{value:.0%}" in card.text
            continue
        assert round(value, 5) in [r.metric_value for r in card.data.eval_results if r.metric_type == key]
    if "summary" in facts:
        written = tmp_path / folder.name
        written.mkdir()
        for name in (checkpoints.CONFIG, checkpoints.WEIGHTS):
            (written / name).symlink_to(folder / name)
        for name in (checkpoints.CLASSES, SAMPLES):
            if (folder / name).exists():
                (written / name).symlink_to(folder / name)
        write_card(written, facts)
        assert (written / "README.md").read_text() == (folder / "README.md").read_text()
        assert json.loads((written / "training.json").read_text()) == facts


def test_figures_of_a_package_that_cannot_be_written_are_told_all_the_same(folder, monkeypatch):
    monkeypatch.setattr(evaluate, "writable", lambda _: False)
    assert evaluate._noted(folder, {}, {"nfd": 0.5}) == {"nfd": 0.5}
    assert not (folder / "README.md").exists()
