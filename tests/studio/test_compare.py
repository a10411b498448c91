"""Several generators under one seed, with small untrained networks."""

import json
import math

import numpy as np
import pytest

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.studio import compare, sampler, vae

BOTH = ["small-dcgan", "small-vae"]
pytestmark = pytest.mark.usefixtures("small")


@pytest.fixture
def card(small):
    """What training has told of the small generator."""
    facts = {"minutes": 12.4, "summary": "Small & quick.", "figures": {"nfd": 0.25}}
    path = small / "small-dcgan" / "training.json"
    path.write_text(json.dumps(facts))
    yield facts
    path.unlink()


def test_each_model_draws_what_it_draws_alone(card):
    entries = compare.compare(BOTH[::-1], seed=5, count=3)
    assert [entry.name for entry in entries] == BOTH[::-1]
    for entry in entries:
        alone = sampler.draw(entry.name, *compare.KINDS, seed=5, count=3).images
        assert all(np.array_equal(a, b) for a, b in zip(entry.images, alone, strict=True))
        weights = checkpoints.load(entry.name).parameters()
        assert entry.parameters == sum(weight.numel() for weight in weights)
        assert 0 < entry.milliseconds < 5000
        assert entry.reconstruction is None
    assert entries[1].facts()[0] == "dcgan" and entries[1].facts()[-2:] == ["NFD 0.250", "12 min"]
    assert entries[1].summary == card["summary"] and entries[0].minutes is None
    assert entries[0].facts()[0] == "vae" and len(entries[0].facts()) == 3


def test_the_same_upload_goes_through_those_with_an_encoder():
    face = vae.examples(32)[2]
    gan, auto = compare.compare(BOTH, count=1, image=face)
    assert gan.reconstruction is None
    assert auto.reconstruction.psnr == vae.reconstruct("small-vae", face).psnr


def test_the_sheet_holds_every_picture(card):
    entries = compare.compare(BOTH, count=10, image=vae.examples(32)[0])
    sheet = np.asarray(compare.sheet(entries, side=32), int)
    assert sheet.shape[0] == 16 * 3 + 2 * (48 + 2 * 32 + 2)  # two lines of eight at most
    for row, entry in enumerate(entries):
        top = 16 + row * (48 + 66 + 16) + 48
        assert np.array_equal(sheet[top : top + 32, 16 : 16 + 32], np.asarray(entry.images[0], int))
        assert np.array_equal(sheet[top + 34 : top + 66, 16 + 34 : 16 + 66], np.asarray(entry.images[9], int))
    again = sheet[top : top + 32, 16 + 8 * 34 - 2 + 24 :][:, :32]
    assert np.array_equal(again, np.asarray(entries[1].reconstruction.original, int))
    assert (sheet[16:60, 16:200] < 128).any()  # the name is written
    with pytest.raises(UserError, match="Make a comparison first"):
        compare.sheet([])


@pytest.mark.parametrize("bad", [None, [], ["small-vae"], "small-vae", BOTH * 4, 3], ids=repr)
def test_too_few_or_too_many_models_are_a_sentence(bad):
    with pytest.raises(UserError, match="Choose 2 to 6 models"):
        compare.compare(bad)


def test_bad_values_are_sentences():
    with pytest.raises(UserError, match="The model must be one of small-dcgan, small-vae; got 'nobody'"):
        compare.compare(["small-vae", "nobody"])
    with pytest.raises(UserError, match="each model once"):
        compare.compare(["small-vae", "small-vae"])
    for bad in (0, 17, math.nan, None, True, "8"):
        with pytest.raises(UserError, match="How many must be a whole number from 1 to 16"):
            compare.compare(BOTH, count=bad)
    with pytest.raises(UserError, match="Seed must be a whole number"):
        compare.compare(BOTH, seed=-1)
