import itertools
import math

import numpy as np
import pytest
import torch
from PIL import Image

import genimg
from genimg.core.errors import UserError
from genimg.studio import examples, repair, vae

SPOT = [{"kind": "damage", "width": 0.2, "points": [[0.5, 0.5]]}]
EYES = repair.EXAMPLES["Face"][1]


def gradient(width=160, height=120):
    y, x = np.mgrid[:height, :width]
    return np.stack([60 + 100 * x / width, 90 + 80 * y / height, 160 - 50 * x / width], -1)


@pytest.fixture(scope="module")
def clean():
    return Image.fromarray(gradient().round().astype(np.uint8))


@pytest.fixture(scope="module")
def spotted(clean):
    """The gradient with a black spot in its middle."""
    values = np.array(clean)
    y, x = np.mgrid[:120, :160] + 0.5
    values[np.hypot(x - 80, y - 60) < 12] = 0
    return Image.fromarray(values)


@pytest.fixture(scope="module")
def face():
    """A face that the checkpoint was not trained on."""
    return vae.examples(64)[5].resize((128, 128), Image.Resampling.BICUBIC)


def pixels(picture):
    return np.asarray(picture, float)


@pytest.mark.parametrize("method", repair.METHODS)
def test_a_spot_is_filled_from_around_it(spotted, clean, method):
    filled = repair.fill(spotted, SPOT, method=method)
    assert filled.mode == "RGB" and filled.size == spotted.size
    hole = repair.hole(spotted.size, SPOT)[0, 0].numpy() > 0.5
    assert np.array_equal(pixels(filled)[~hole], pixels(spotted)[~hole])
    assert abs(pixels(filled) - pixels(clean)).max() < 30 and abs(pixels(spotted) - pixels(clean)).max() > 100


def test_a_mask_serves_instead_of_strokes(spotted, clean):
    mask = Image.fromarray(((repair.hole(spotted.size, SPOT)[0, 0] * 255).byte()).numpy())
    by_mask = repair.fill(spotted, method="telea", mask=mask)
    assert by_mask.tobytes() == repair.fill(spotted, SPOT, method="telea").tobytes()
    # At a size of its own it is stretched over the picture.
    assert abs(pixels(repair.fill(spotted, method="telea", mask=mask.resize((320, 240)))) - pixels(clean)).max() < 30
    with pytest.raises(UserError, match="mask must be a picture, got str"):
        repair.fill(spotted, mask="mask.png")


def test_avoided_colours_are_not_copied():
    random = np.random.default_rng(0)
    values = 40 + 30 * random.random((120, 160, 3))
    values[:, 75:85] = (230, 30, 30)  # a stripe through the spot
    picture = Image.fromarray(values.astype(np.uint8))
    spot = [{"kind": "damage", "width": 0.2, "points": [[0.5, 0.5], [0.6, 0.5]]}]
    avoid = [{"kind": "avoid", "width": 0.1, "points": [[0.5, -0.1], [0.5, 1.1]]}]
    hole = repair.hole(picture.size, spot)[0, 0].numpy() > 0.5
    reddest = [pixels(repair.fill(picture, lines, seed=1))[hole, 0].max() for lines in (spot, [*avoid, *spot])]
    assert reddest[1] < 90 < 200 < reddest[0]


def test_scratches_are_proposed_and_corrected_by_hand(clean):
    values = np.array(clean)
    values[60, 20:140] = 250
    scratched = Image.fromarray(values)
    proposal = repair.propose(scratched)
    assert proposal.shape == (1, 1, 120, 160) and proposal[0, 0, 60, 20:140].mean() > 0.9
    mended = repair.fill(scratched, method="telea", proposal=proposal)
    assert abs(pixels(mended) - pixels(clean)).max() < 20
    half = [{"kind": "keep", "width": 0.1, "points": [[0.6, 0.5], [1, 0.5]]}]
    kept = pixels(repair.fill(scratched, half, method="telea", proposal=proposal))
    assert (kept[60, 110:140] == 250).all() and (kept[60, 25:70] < 200).all()
    marked = pixels(repair.overlay(scratched, proposal))
    assert marked[60, 80, 0] > 1.4 * marked[60, 80, 1] and np.array_equal(marked[10], pixels(scratched)[10])


def test_nothing_or_nearly_all_painted_over_is_a_sentence(spotted, face):
    everything = [{"kind": "damage", "width": 0.5, "points": [[0, 0.25], [1, 0.25], [1, 0.75], [0, 0.75]]}]
    for fill in (repair.fill, lambda *asked: repair.imagine("avatars-vae", *asked)):
        for nothing in (None, [], "", [SPOT[0] | {"kind": "avoid"}], [SPOT[0] | {"points": [[-0.5, 0.5]]}]):
            with pytest.raises(UserError, match="Paint over what is to be repaired first"):
                fill(spotted, nothing)
        with pytest.raises(UserError, match="Nearly everything is painted over"):
            fill(spotted, everything)
    with pytest.raises(UserError, match="Nearly everything is painted over"):
        repair.fill(spotted, mask=Image.new("L", (5, 5), 255))
    with pytest.raises(UserError, match="nothing left that could be copied"):
        repair.fill(spotted, [everything[0] | {"kind": "avoid"}, *SPOT])
    beside = [{"kind": "damage", "width": 0.05, "points": [[0.02, 0.5]]}]
    with pytest.raises(UserError, match="outside the central square"):
        repair.imagine("avatars-vae", spotted, beside)


def test_large_pictures_are_made_smaller(clean):
    large = clean.resize((3000, 2250))
    fitted = repair.fit(large)
    assert 0.99 * repair.MAX_PIXELS < fitted.width * fitted.height <= repair.MAX_PIXELS
    assert fitted.width / fitted.height == pytest.approx(4 / 3, abs=0.01)
    assert repair.fit(clean).size == clean.size
    assert repair.fill(large, SPOT, method="telea").size == fitted.size
    wide = [{"kind": "damage", "width": 0.4, "points": [[0.3, 0.5], [0.7, 0.5]]}]
    with pytest.raises(UserError, match="too much for the biharmonic method"):
        repair.fill(large, wide, method="biharmonic")


@pytest.mark.parametrize("shape", [(1, 1), (50, 1), (3, 130), (40, 900)])
def test_odd_shapes(shape):
    picture = Image.new("RGB", shape, "teal")
    for method in repair.METHODS:
        try:
            filled = repair.fill(picture, [{"kind": "damage", "width": 0.05, "points": [[0.5, 0.5]]}], method=method)
        except UserError:
            assert min(shape) < 4  # all of it is painted over
        else:
            assert filled.size == shape and abs(pixels(filled) - pixels(picture)).max() <= 5  # Telea's rounding


def test_the_face_behind_painted_over_eyes_is_imagined(face):
    values = pixels(face).copy()
    hole = repair.hole(face.size, EYES)[0, 0].numpy() > 0.5
    values[hole] = 255
    hidden = Image.fromarray(values.astype(np.uint8))
    steps = repair.imagine("avatars-vae", hidden, EYES, seconds=60, seed=1)
    kept = []
    for step in steps:
        kept.append(step)
        if step.index >= 25 and step.image is not None:  # there is one now and then
            steps.close()  # as Stop does
    assert kept[0].image.shape == kept[-1].image.shape == (repair.CANDIDATES, 3, 128, 128)
    assert len(kept) == kept[-1].index and list(steps) == []
    assert kept[-1].metrics["loss"] < 0.8 * kept[0].metrics["loss"]
    answers = kept[-1].image.permute(0, 2, 3, 1).numpy() * 255
    far = np.ones((128, 128), bool)
    rows, columns = np.nonzero(hole)
    far[rows.min() - 8 : rows.max() + 9, max(0, columns.min() - 8) : columns.max() + 9] = False
    assert far.mean() > 0.4 and abs(answers[:, far] - values[far]).max() < 0.01
    wrong = [abs(one[hole] - pixels(face)[hole]).mean() for one in answers]
    assert min(wrong) < 0.4 * abs(values[hole] - pixels(face)[hole]).mean()  # a face, not the white bar
    assert len({one.tobytes() for one in answers}) == repair.CANDIDATES


def test_a_picture_unlike_all_that_a_model_knows_is_told_by_what_is_not_painted_over(small):
    """One of its own with a red bar before it is not; a photograph is."""
    (own,) = genimg.load("small-vae").sample(1, seed=9)
    barred = own.copy()
    barred.paste((255, 0, 0), (8, 10, 24, 16))
    bar = [{"kind": "damage", "width": 0.3, "points": [[0.2, 0.4], [0.8, 0.4]]}]
    for picture, strange in ((barred, False), (examples.photo("Coffee"), True)):
        steps = itertools.islice(repair.imagine("small-vae", picture, bar, seconds=60), 45)
        found = [repair.strange(step) for step in steps]
        assert len(found) == 45 and not any(found[:39]) and found[-1] is strange


def test_the_search_ends_when_another_step_would_take_longer_than_its_second(face):
    steps = list(repair.imagine("avatars-vae", face, EYES, seconds=1))
    another = [step.metrics["seconds"] * (step.index + 1) / step.index for step in steps]
    assert all(seconds <= 1 for seconds in another[:-1])
    assert another[-1] > 1 or len(steps) == 200  # a fast machine gets through
    assert steps[-1].index == steps[-1].total == len(steps)
    assert torch.isfinite(steps[-1].image).all()


BAD_NUMBERS = [math.nan, math.inf, -math.inf, None, True, "1", [1], -1, 1e12]


@pytest.mark.parametrize("bad", BAD_NUMBERS, ids=repr)
def test_numbers_out_of_order(spotted, face, bad):
    with pytest.raises(UserError, match="Seed must be"):
        repair.fill(spotted, SPOT, seed=bad)
    with pytest.raises(UserError, match="Seed must be"):
        repair.imagine("avatars-vae", face, EYES, seed=bad)
    with pytest.raises(UserError, match="Seconds must be"):
        repair.imagine("avatars-vae", face, EYES, seconds=bad)
    with pytest.raises(UserError, match="Sensitivity must be"):
        repair.propose(spotted, sensitivity=bad)


def test_what_is_bad_is_named(spotted, face):
    for bad in (None, 1, "magic", True, ["telea"]):
        with pytest.raises(UserError, match="method must be one of patchmatch, biharmonic, telea"):
            repair.fill(spotted, SPOT, method=bad)
        with pytest.raises(UserError):
            repair.imagine(bad, face, EYES)
    for bad, words in ((None, "Choose a picture first"), ("x.png", "must be a picture, got str")):
        for act in (repair.fit, repair.propose, lambda one: repair.fill(one, SPOT)):
            with pytest.raises(UserError, match=words):
                act(bad)
    with pytest.raises(UserError, match="kind of stroke 1 must be one of damage, keep, avoid"):
        repair.fill(spotted, [{"kind": "box", "points": [[0, 0], [1, 1]]}])
    assert "avatars-vae" in repair.models()


def test_the_examples_are_repairable():
    pictures = repair.example_pictures()
    assert list(pictures) == list(repair.EXAMPLES)
    for name, (method, strokes) in repair.EXAMPLES.items():
        small = pictures[name].resize((200, 150))
        proposal = repair.propose(small) if strokes is None else None
        assert method in (*repair.METHODS, "imagine")
        if strokes is not None:
            assert 0.01 < repair.hole(small.size, strokes, proposal).mean() < 0.5
    assert 0.002 < repair.propose(pictures["Scratches"]).mean() < 0.1
