import json
import math

import numpy as np
import pytest
from PIL import Image

from genimg.core.errors import UserError
from genimg.studio import cutout, examples

ORANGE, BLUE = (230, 120, 40), (60, 90, 200)
KEEP = [{"kind": "keep", "width": 0.06, "points": [[0.45, 0.5], [0.55, 0.5]]}]


def disc(width, height):
    """Return an orange disc before a blue gradient, and where it lies, ``(H, W)``."""
    y, x = np.mgrid[:height, :width] + 0.5
    inside = np.hypot(x - width / 2, y - height / 2) < 0.3 * min(width, height)
    behind = np.array(BLUE) + (40 * x / width - 20)[..., None]
    pixels = np.where(inside[..., None], ORANGE, behind)
    return Image.fromarray(pixels.round().astype(np.uint8)), inside


@pytest.fixture(scope="module")
def photo():
    return disc(180, 120)[0]


@pytest.fixture(scope="module")
def made(photo):
    return cutout.cut(photo, KEEP)


def pixels(picture):
    return np.asarray(picture, float)


def test_a_stroke_cuts_the_disc_out_at_full_size(photo, made):
    whole = cutout.full(photo, made)
    assert whole.mode == "RGBA" and whole.size == photo.size
    opacity, inside = pixels(whole)[..., 3], disc(180, 120)[1]
    assert abs(opacity / 255 - inside).mean() < 0.01
    assert abs(pixels(whole)[inside, :3] - ORANGE).mean() < 3
    assert pixels(cutout.photo_view(made)).shape == pixels(cutout.mask_view(made)).shape == (120, 180, 3)
    dimmed = abs(pixels(cutout.mask_view(made)) - pixels(photo)).mean(-1)
    assert dimmed[~inside].mean() > 30 and dimmed[inside].mean() < 3


def test_json_and_objects_cut_alike_and_no_strokes_take_a_box(photo, made):
    assert cutout.cut(photo, json.dumps(KEEP)).alpha.equal(made.alpha)
    assert abs(cutout.cut(photo).alpha - made.alpha).mean() < 0.02


def test_no_softness_cuts_hard(photo):
    hard = cutout.cut(photo, KEEP, softness=0)
    assert hard.soft and set(hard.alpha.unique().tolist()) == {0, 1}
    assert set(np.unique(pixels(cutout.full(photo, hard))[..., 3])) == {0, 255}


def test_softness_takes_in_a_soft_border():
    sharp, inside = disc(180, 120)
    y, x = np.mgrid[:120, :180] + 0.5
    opacity = ((36 - np.hypot(x - 90, y - 60)) / 8 + 0.5).clip(0, 1)
    behind = pixels(disc(180, 120)[0])
    behind[inside] = BLUE
    mixed = opacity[..., None] * ORANGE + (1 - opacity[..., None]) * behind
    soft = Image.fromarray(mixed.round().astype(np.uint8))
    wrong = [
        float(abs(pixels(cutout.full(soft, cutout.cut(soft, KEEP, softness=value)))[..., 3] / 255 - opacity).mean())
        for value in (0, 0.1)
    ]
    assert wrong[1] < 0.02 and wrong[1] < 0.6 * wrong[0]


def test_backgrounds(photo, made):
    inside = disc(180, 120)[1]
    for background, options, behind in (
        ("colour", {"colour": "#00ff00"}, (0, 255, 0)),
        ("picture", {"picture": Image.new("RGB", (40, 90), "#00ff00")}, (0, 255, 0)),
        ("blur", {}, None),
    ):
        whole = cutout.full(photo, made, background=background, **options)
        small = cutout.result_view(made, background, **options)
        assert whole.mode == small.mode == "RGB" and whole.size == small.size == photo.size
        assert abs(pixels(whole)[inside] - ORANGE).mean() < 3
        if behind:
            assert abs(pixels(whole)[~inside] - behind).mean() < 3
    checkers = pixels(cutout.result_view(made))
    assert len(np.unique(checkers[:20, :20].reshape(-1, 3), axis=0)) == 2


def test_a_blurred_background_is_smooth_and_without_the_thing():
    random = np.random.default_rng(0)
    values = pixels(disc(180, 120)[0])
    inside = disc(180, 120)[1]
    values[~inside] += random.normal(0, 20, values[~inside].shape)
    noisy = Image.fromarray(values.clip(0, 255).astype(np.uint8))
    blurred = pixels(cutout.full(noisy, cutout.cut(noisy, KEEP), background="blur"))
    assert blurred[:30, :40].std((0, 1)).max() < 6 < 15 < values[:30, :40].std((0, 1)).min()
    y, x = np.mgrid[:120, :180] + 0.5
    ring = (np.hypot(x - 90, y - 60) > 40) & (np.hypot(x - 90, y - 60) < 46)
    assert abs(blurred[ring] - BLUE).mean() < 15  # no orange glow around the disc


@pytest.mark.parametrize("shape", [(1, 1), (3, 130), (50, 1), (40, 900)])
def test_odd_shapes(shape):
    picture = Image.new("RGB", shape, "teal")
    for strokes in (None, KEEP):
        made = cutout.cut(picture, strokes)
        assert cutout.full(picture, made).size == shape
        assert cutout.result_view(made, "blur").size == cutout.mask_view(made).size


def test_a_large_upload_is_cut_at_its_own_size():
    picture, inside = disc(2000, 1500)
    made = cutout.cut(picture, KEEP)
    assert made.photo.shape == (1, 3, 576, 768)
    whole = cutout.full(picture, made)
    assert whole.size == (2000, 1500)
    assert abs(pixels(whole)[..., 3] / 255 - inside).mean() < 0.005


@pytest.mark.parametrize("bad", [math.nan, math.inf, None, True, "0.1", [0.1], -0.01, 0.2], ids=repr)
def test_softness_out_of_order(photo, bad):
    with pytest.raises(UserError, match="Softness must be a number from 0 to 0.1"):
        cutout.cut(photo, KEEP, softness=bad)


def test_what_is_bad_is_named(photo, made):
    for bad, words in ((None, "Choose a photo first"), ("photo.png", "photo must be a picture, got str")):
        with pytest.raises(UserError, match=words):
            cutout.cut(bad)
        with pytest.raises(UserError, match=words):
            cutout.full(bad, made)
        with pytest.raises(UserError, match=words.replace("photo", "background picture")):
            cutout.full(photo, made, background="picture", picture=bad)
    for bad in (None, 1, "sky", True, ["blur"]):
        with pytest.raises(UserError, match="The background must be one of transparent, colour"):
            cutout.full(photo, made, background=bad)
        with pytest.raises(UserError, match="wait must be true or false"):
            cutout.cut(photo, KEEP, wait=1 if bad is True else bad)
    for bad in (None, 7, "blue-ish", "#12", "#ggffff", "rgb(1,2)" * 1000):
        with pytest.raises(UserError, match="background colour"):
            cutout.full(photo, made, background="colour", colour=bad)
    with pytest.raises(UserError, match="strokes could not be read"):
        cutout.cut(photo, "keep")
    with pytest.raises(UserError, match="kind of stroke 1 must be one of keep, remove, box"):
        cutout.cut(photo, [{"kind": "damage", "points": [[0, 0]]}])


@pytest.mark.parametrize("name", cutout.EXAMPLES)
def test_the_examples_cut_something_sensible(name):
    made = cutout.cut(examples.photo(name).resize((240, 160)), cutout.EXAMPLES[name], softness=0)
    assert 0.01 < made.alpha.mean() < 0.9
