"""Sampling and steering, with a small untrained generator: what holds of it holds of any."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from PIL import Image

from genimg.core.errors import UserError
from genimg.core.runtime import MAX_SEED
from genimg.studio import generate, sampler

MODEL = "small-dcgan"
pytestmark = pytest.mark.usefixtures("small")


def pixels(image):
    return np.asarray(image, int)


def draw(**asked):
    return generate.generate(MODEL, **asked).images


def steer(**asked):
    return sampler.steer(MODEL, *generate.KINDS, **asked)


def test_the_same_seed_is_the_same_picture():
    made = generate.generate(MODEL, seed=7, count=4)
    assert (made.model, made.seed, made.truncation) == (MODEL, 7, 1.0)
    assert [image.size for image in made.images] == [(32, 32)] * 4
    assert all(np.array_equal(pixels(a), pixels(b)) for a, b in zip(made.images, draw(seed=7, count=4), strict=True))
    assert np.abs(pixels(made.images[0]) - pixels(made.images[1])).max() > 20


def test_picture_i_of_a_seed_is_picture_0_of_seed_plus_i():
    several = draw(seed=MAX_SEED - 1, count=4)  # beyond the largest seed it starts again at 0
    for image, seed in zip(several, (MAX_SEED - 1, MAX_SEED, 0, 1), strict=True):
        # Another batch size may add in another order, so a rounding step is allowed.
        assert np.abs(pixels(image) - pixels(draw(seed=seed, count=1)[0])).max() <= 1


def test_without_room_all_pictures_are_alike_and_with_it_they_differ():
    spread = {
        t: np.std([pixels(image) for image in draw(seed=1, count=8, truncation=t)], 0).mean() for t in (0, 0.5, 1)
    }
    assert spread[0] == 0 < spread[0.5] < spread[1]


def test_no_step_is_the_plain_picture_and_a_step_is_another():
    plain = pixels(draw(seed=3, count=1)[0])
    assert np.array_equal(pixels(steer(seed=3)), plain)
    assert np.array_equal(pixels(steer(seed=3, amounts=[0.0] * 12)), plain)
    one, two = (pixels(steer(seed=3, amounts=amounts)) for amounts in ([1.5], [3.0]))
    assert 0 < np.abs(one - plain).mean() < np.abs(two - plain).mean()
    assert np.array_equal(pixels(steer(seed=3, amounts=[0.0] * 12 + [2.0] * 20)), plain)  # more sliders than directions


def test_a_raw_number_changes_the_picture_and_its_own_value_does_not():
    source = sampler.sampler(MODEL, *generate.KINDS)
    own = float(source.latents(3)[0, 5])
    plain = pixels(steer(seed=3))
    assert np.array_equal(pixels(steer(seed=3, numbers={5: own})), plain)
    assert not np.array_equal(pixels(steer(seed=3, numbers={5: own - 2})), plain)


def test_an_attribute_moves_by_its_name():
    axis, still = torch.eye(20)[4], torch.zeros(20, 20)
    there = torch.stack([torch.cat([still, 5 * sign * axis[None]]) for sign in (-1, 1)])
    source = dataclasses.replace(sampler.sampler(MODEL, *generate.KINDS), attributes={"Glasses": there})
    latents = source.latents(3)
    moved = sampler.moved(source, latents, attributes={"Glasses": 2.0, "Beard": 0})  # 0 of what it lacks is nothing
    assert torch.allclose(moved - latents, 2 * axis[None], atol=1e-6)
    with pytest.raises(UserError, match="small-dcgan has no attribute 'Beard'; it has Glasses"):
        sampler.moved(source, latents, attributes={"Beard": 1})
    with pytest.raises(UserError, match="Glasses must be a number from -5 to 5, got nan"):
        sampler.moved(source, latents, attributes={"Glasses": math.nan})


def test_raw_numbers_are_shown_within_their_sliders():
    source = sampler.sampler(MODEL, *generate.KINDS)
    wide = next(s for s in range(99) if source.latents(s, 1, 1.5).abs().max() > sampler.RAW_REACH)
    shown = sampler.raw_numbers(source.latents(wide, 1, 1.5))
    assert len(shown) == 20 and max(map(abs, shown)) == sampler.RAW_REACH


@pytest.mark.parametrize("bad", [math.nan, math.inf, None, True, [3], "7", -1, 2.5, 2**31], ids=repr)
def test_a_bad_seed_is_a_sentence(bad):
    with pytest.raises(UserError, match=r"^Seed must be a whole number from 0 to 2147483647, got "):
        draw(seed=bad)
    with pytest.raises(UserError, match="^Seed must be"):
        steer(seed=bad)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"count": 0}, "How many must be a whole number from 1 to 64, got 0"),
        ({"count": 65}, "got 65"),
        ({"count": math.nan}, "got nan"),
        ({"truncation": 1.6}, "Truncation must be a number from 0 to 1.5, got 1.6"),
        ({"truncation": math.nan}, "got nan"),
        ({"truncation": False}, "got False"),
        ({"amounts": [0, 3.5]}, "Direction 2 must be a number from -3 to 3, got 3.5"),
        ({"amounts": [math.nan]}, "got nan"),
        ({"amounts": [None]}, "got None"),
        ({"numbers": {0: -5}}, "Latent 0 must be a number from -4 to 4, got -5"),
        ({"numbers": {20: 0}}, "Latent number must be a whole number from 0 to 19, got 20"),
    ],
    ids=str,
)
def test_a_bad_number_is_a_sentence(asked, words):
    with pytest.raises(UserError, match=words.replace(".", r"\.")):
        draw(**asked) if asked.keys() & {"count", "truncation"} else steer(**asked)


@pytest.mark.parametrize(
    "bad", ["nobody", "", None, 3, ["small-dcgan"], "../small-dcgan", "/etc/passwd", "small-vae"], ids=repr
)
def test_a_bad_model_is_a_sentence_that_names_the_choices(bad):
    with pytest.raises(UserError, match="The model must be one of small-dcgan; got"):
        generate.generate(bad)


def test_no_model_at_all_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path))
    assert generate.models() == []
    with pytest.raises(UserError, match="no usable checkpoint of the kind dcgan"):
        generate.generate(None)


def test_random_positions_are_within_reach_and_repeat():
    positions = sampler.random_amounts(50, 4)
    assert positions == sampler.random_amounts(50, 4) != sampler.random_amounts(50, 5)
    assert max(map(abs, positions)) <= sampler.REACH and np.std(positions) > 0.5


def test_the_sheet_holds_every_picture():
    sheet = sampler.sheet(generate.generate(MODEL, count=5))
    assert sheet.size == (3 * 128 + 2 * 2, 2 * 128 + 2)


def test_small_pictures_are_enlarged_and_large_ones_left():
    assert sampler.large(Image.new("RGB", (32, 16))).size == (sampler.SHOWN, sampler.SHOWN // 2)
    assert sampler.large(Image.new("RGB", (999, 10))).size == (999, 10)
