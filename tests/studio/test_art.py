import math

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageStat

from genimg.core.errors import UserError
from genimg.core.runtime import MAX_SEED
from genimg.studio import art
from genimg.studio.art_methods import METHODS

FIELDS = [(name, field) for name, method in METHODS.items() for field in method.fields.values()]


def difference(one, other):
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean)


def test_same_seed_same_bytes_at_the_size_asked_for():
    asked = {"seed": 7, "width": 200, "height": 120, "palette": "Sunset", "tile": True}
    picture = art.make("perlin", **asked)
    assert picture.mode == "RGB" and picture.size == (200, 120)
    assert picture.tobytes() == art.make("perlin", **asked).tobytes()
    assert picture.tobytes() != art.make("perlin", **asked | {"seed": 8}).tobytes()
    assert art.make("grid", seed=MAX_SEED, width=64).size == (64, 64)


@pytest.mark.parametrize(("method", "field"), FIELDS, ids=lambda v: getattr(v, "name", v))
def test_every_parameter_changes_the_picture_from_end_to_end(method, field):
    others = {"detail": 5.0} if method == "reaction" else {"width": 2.0, "length": 2.0} if method == "brush" else {}
    low, high = (
        art.make(method, seed=1, width=96, parameters=others | {field.name: value}) for value in (field.low, field.high)
    )
    assert difference(low, high) > 3
    assert field.low <= field.default <= field.high
    steps = (field.default - field.low) / field.step
    assert math.isclose(steps, round(steps), abs_tol=1e-6)  # a slider stands on it


@pytest.mark.parametrize("bad", [math.nan, math.inf, None, True, "1", [1], -1, 1e10])
def test_numbers_out_of_order_are_refused_in_a_sentence(bad):
    for asked in ({"seed": bad}, {"width": bad}, {"parameters": {"scale": bad}}):
        with pytest.raises(UserError, match="must be"):
            art.make("perlin", **{"width": 64} | asked)
    if bad is not None:
        with pytest.raises(UserError, match="must be"):
            art.make("perlin", height=bad)


def test_unknown_names_are_refused_in_a_sentence():
    with pytest.raises(UserError, match="The method must be one of reaction"):
        art.make("oil")
    with pytest.raises(UserError, match="The palette must be one of own, Porcelain"):
        art.make("perlin", palette="mud")
    with pytest.raises(UserError, match="perlin has no parameter 'panes'; it has scale, octaves"):
        art.make("perlin", parameters={"panes": 3})
    with pytest.raises(UserError, match="table of names"):
        art.make("perlin", parameters=[1])
    with pytest.raises(UserError, match="whole number from 1 to 8"):
        art.make("perlin", parameters={"octaves": 2.5})
    with pytest.raises(UserError, match="at most 4 to 1"):
        art.make("perlin", width=64, height=512)
    with pytest.raises(UserError, match="Tileable must be true or false"):
        art.make("perlin", tile="yes")


def test_a_named_palette_colours_the_picture():
    picture = np.asarray(art.make("glass", seed=2, width=64, palette="Ink").convert("HSV"))
    assert picture[..., 1].mean() < 40  # greys, where the method's own colours are jewels
    assert np.asarray(art.make("glass", seed=2, width=64).convert("HSV"))[..., 1].mean() > 120


def test_thumbnails_are_kept():
    assert art.thumbnail("grid") is art.thumbnail("grid")
    assert isinstance(art.thumbnail("grid"), Image.Image) and art.thumbnail("grid").size == (112, 112)
