import json
import math

import numpy as np
import pytest
from PIL import Image

from genimg.algorithms import procedural
from genimg.core.errors import UserError
from genimg.data.avatars import draw_attributes, render
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


def test_a_rim_wider_than_the_softness_keeps_no_colour_of_what_was_behind():
    y, x = np.mgrid[:200, :200] + 0.5
    opacity = ((56 - np.hypot(x - 100, y - 100)) / 8 + 0.5).clip(0, 1)
    mixed = opacity[..., None] * (200, 30, 40) + (1 - opacity[..., None]) * (20, 200, 40)
    photo = Image.fromarray(mixed.round().astype(np.uint8))
    whole = pixels(cutout.full(photo, cutout.cut(photo, KEEP)))
    rim = (opacity > 0.2) & (opacity < 0.8)
    assert abs(whole[rim, :3] - (200, 30, 40)).mean() < 3
    assert abs(whole[rim, 3] / 255 - opacity[rim]).mean() < 0.03


STROKES = {
    "Astronaut": [("keep", (0.43, 0.25), (0.43, 0.3)), ("keep", (0.3, 0.6), (0.5, 0.8)),
                  ("remove", (0.7, 0.05), (0.8, 0.3)), ("remove", (0.05, 0.1), (0.1, 0.4))],
    "Cat": [("keep", (0.3, 0.35), (0.5, 0.6)), ("remove", (0.92, 0.1), (0.92, 0.6)),
            ("keep", (0.3, 0.9), (0.5, 0.9)), ("remove", (0.02, 0.1), (0.02, 0.4))],
}  # fmt: skip
WHOLE = {"Astronaut": 0.55, "Cat": 0.75}  # what the whole thing takes of the frame


@pytest.mark.parametrize("name", STROKES)
def test_a_few_strokes_take_the_whole_thing_and_more_never_less(name):
    photo, strokes = examples.photo(name).resize((256, 192)), STROKES[name]
    for many in (2, 4):
        lines = [{"kind": kind, "width": 0.03, "points": list(points)} for kind, *points in strokes[:many]]
        assert cutout.cut(photo, lines, softness=0).alpha.mean() == pytest.approx(WHOLE[name], abs=0.06)


def composites():
    """Drawn faces with a known outline, before pictures they do not go with, and three strokes over each."""
    lines = (
        ("keep", (0.5, 0.16), (0.5, 0.6)),
        ("keep", (0.35, 0.97), (0.65, 0.97)),
        ("remove", (0.03, 0.7), (0.03, 0.03), (0.97, 0.03), (0.97, 0.7)),
    )
    strokes = [{"kind": kind, "width": 0.04, "points": points} for kind, *points in lines]
    for index, behind in ((0, "waves"), (2, "brush"), (3, "perlin"), (5, "wood"), (7, "glass"), (9, "marble")):
        face = draw_attributes(index)
        light, dark = (pixels(render({**face, "background": code}, 128)) / 255 for code in ("#ffffff", "#000000"))
        opacity = 1 - (light - dark).mean(-1, keepdims=True)
        scene = procedural.METHODS[behind](128, 5)[0].permute(1, 2, 0).numpy()
        mixed = dark + (1 - opacity) * scene
        yield Image.fromarray((mixed * 255).clip(0, 255).round().astype(np.uint8)), opacity[..., 0], strokes


def test_three_strokes_find_faces_before_any_background():
    found = []
    for photo, opacity, strokes in composites():
        alpha, truth = cutout.cut(photo, strokes, softness=0).alpha[0, 0].numpy() > 0.5, opacity > 0.5
        found.append((alpha & truth).sum() / (alpha | truth).sum())
        assert found[-1] > 0.85
    assert np.mean(found) >= 0.95


def test_a_person_is_found_without_a_stroke_and_strokes_correct_it():
    photo = examples.photo("Astronaut").resize((192, 192))
    found = cutout.cut(photo, softness=0).alpha
    assert found.mean() == pytest.approx(0.55, abs=0.05) and found[..., -1, 30:120].mean() > 0.8
    assert found.equal(cutout.cut(photo, softness=0, person=True).alpha)
    helmet = [{"kind": "remove", "width": 0.1, "points": [[0.65, 0.85], [0.9, 0.85]]}]
    less = cutout.cut(photo, helmet, softness=0).alpha
    assert less[..., 150:185, 125:170].mean() < 0.2 < 0.9 < found[..., 150:185, 125:170].mean()
    assert (less - found)[..., :120, 30:120].abs().mean() < 0.02
    with pytest.raises(UserError, match="No person was found"):
        cutout.cut(examples.photo("Rocket").resize((160, 107)), person=True)


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
        with pytest.raises(UserError, match="person must be true or false"):
            cutout.cut(photo, KEEP, person=1 if bad is True else bad)
    for bad in (None, 7, "blue-ish", "#12", "#ggffff", "rgb(1,2)" * 1000):
        with pytest.raises(UserError, match="background colour"):
            cutout.full(photo, made, background="colour", colour=bad)
    with pytest.raises(UserError, match="strokes could not be read"):
        cutout.cut(photo, "keep")
    with pytest.raises(UserError, match="kind of stroke 1 must be one of keep, remove, box"):
        cutout.cut(photo, [{"kind": "damage", "points": [[0, 0]]}])


# Left, top, right and bottom of what is shown, and what it takes of the frame.
OUTLINES = {
    "Astronaut": (0.05, 0.02, 1.0, 1.0, 0.55),
    "Cat": (0.0, 0.0, 0.87, 1.0, 0.75),
    "Coffee": (0.13, 0.04, 0.8, 0.97, 0.47),
    "Rocket": (0.48, 0.3, 0.53, 0.96, 0.02),
}


@pytest.mark.parametrize("name", cutout.EXAMPLES)
def test_the_examples_cut_the_thing_out(name):
    alpha = cutout.cut(examples.photo(name), cutout.EXAMPLES[name], softness=0).alpha[0, 0]
    *box, share = OUTLINES[name]
    found = [where.nonzero()[[0, -1]].flatten() / where.numel() for where in ((alpha > 0).any(0), (alpha > 0).any(1))]
    assert [float(one) for pair in zip(*found, strict=True) for one in pair] == pytest.approx(box, abs=0.03)
    assert float(alpha.mean()) == pytest.approx(share, abs=0.03 if share > 0.1 else 0.01)
