import math

import numpy as np
import pytest
from PIL import Image, ImageChops
from safetensors.torch import load

from genimg.core.errors import UserError
from genimg.studio import texture


@pytest.fixture(scope="module")
def gravel():
    return texture.examples()["Gravel"]


def test_examples_are_eight_square_pictures():
    assert len(texture.examples()) == 8
    assert {picture.size for picture in texture.examples().values()} == {(256, 256)}


def test_a_quilt_of_any_size(gravel):
    made = texture.finished(texture.quilt(gravel, width=160, height=128, sample=96, block=24, seed=3))
    assert made.size == (160, 128) and made.mode == "RGB"
    again = texture.finished(texture.quilt(gravel, width=160, height=128, sample=96, block=24, seed=3))
    assert ImageChops.difference(made, again).getbbox() is None
    assert texture.tiled(made).size == (320, 256)


def test_a_synthesis_begins_with_a_picture(gravel):
    for start in texture.STARTS:
        steps = texture.synthesize(gravel, size=128, sample=96, start=start, tile=True, seconds=2)
        step = next(steps)
        steps.close()
        assert step.image.shape == (1, 3, 128, 128)
        assert np.isfinite(step.metrics["loss"]) and step.metrics["eta"] >= 0


@pytest.mark.parametrize("shape", [(1, 1), (300, 7), (33, 50)])
def test_odd_samples(shape):
    made = texture.finished(texture.quilt(Image.new("RGB", shape, "teal"), width=128, height=128))
    assert np.abs(np.asarray(made, int) - (0, 128, 128)).max() <= 1


def test_rules_that_are_shipped():
    names = texture.rules()
    assert names and list(texture.thumbnails()) == names
    assert texture.rule(names[0]).channels == 12
    assert set(load(texture.weights(texture.rule(names[0])))) == {"feel.weight", "feel.bias", "act.weight"}


def test_growing_shows_a_picture_at_once_and_learns(gravel):
    moments = texture.grow(gravel, minutes=0.5)
    first = next(moments)
    before = first.model.act.weight.clone()
    assert first.step.image.shape == (1, 3, 96, 96)
    second = next(moments)
    moments.close()
    assert second.step.index == 2 and not (second.model.act.weight == before).all()


@pytest.mark.parametrize("bad", [math.nan, math.inf, None, True, "1", [1], -1, 1e10])
def test_numbers_out_of_order_are_refused_in_a_sentence(gravel, bad):
    for name in ("width", "height", "sample", "block", "overlap", "tolerance", "seed"):
        with pytest.raises(UserError, match="must be"):
            texture.quilt(gravel, **{name: bad})
    for name in ("size", "sample", "seed", "seconds"):
        with pytest.raises(UserError, match="must be"):
            texture.synthesize(gravel, **{name: bad})
    for name in ("minutes", "seed"):
        with pytest.raises(UserError, match="must be"):
            texture.grow(gravel, **{name: bad})


def test_the_rest_is_checked_too(gravel):
    for name, wrong in (("statistic", "median"), ("start", None), ("tile", 1)):
        with pytest.raises(UserError, match="must be"):
            texture.synthesize(gravel, **{name: wrong})
    with pytest.raises(UserError, match="at most 6000 are sewn"):
        texture.quilt(gravel, width=2048, height=2048, block=12)
    for work in (texture.quilt, texture.synthesize, texture.grow):
        with pytest.raises(UserError, match="Choose a picture"):
            work(None)
    with pytest.raises(UserError, match="must be one of"):
        texture.rule("../avatars-vae")
