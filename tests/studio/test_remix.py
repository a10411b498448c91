import numpy as np
import pytest
from PIL import Image, ImageChops

from genimg.core.errors import UserError
from genimg.core.images import to_pil
from genimg.studio import remix as studio


@pytest.fixture(scope="module")
def photo():
    return studio.examples()["Rocket"].resize((160, 107))


def made(*args, **options):
    *_, step = studio.remix(*args, size=128, **options)
    return to_pil(step.image)[0]


def test_examples_are_photos():
    assert list(studio.examples()) == ["Rocket", "Galaxies", "Coffee", "Cat"]
    assert all(max(picture.size) <= 640 for picture in studio.examples().values())


def test_each_mode_has_its_size(photo):
    assert made(photo).size == (128, 86)
    assert made(photo, tile=True).size == (128, 86)
    assert made(photo, mode="reshape", shape=3).size == (128, 43)
    square = Image.new("RGB", (50, 50), "navy")
    assert made(photo, mode="layout", layout=square).size == (128, 128)


def test_freedom_and_seeds(photo):
    near, far, again = (made(photo, freedom=value, seed=3) for value in (0, 1, 1))
    own = np.asarray(photo.resize((128, 86)), float)
    assert abs(np.asarray(near) - own).mean() < abs(np.asarray(far) - own).mean()
    assert ImageChops.difference(far, again).getbbox() is None


def test_a_collage_is_mended(photo):
    """A copy of the rocket stands where there was none, and the edge of the paste is gone."""
    rocket = photo.crop((70, 25, 92, 107))
    collage = photo.copy()
    collage.paste(Image.eval(rocket, lambda v: min(255, v + 25)), (120, 25))
    mended = np.asarray(made(photo, mode="layout", layout=collage, kept=1.0), float) * 1.0
    light = np.asarray(mended).mean(-1)
    before = np.asarray(photo.resize((128, 86)), float).mean(-1)
    where = (slice(45, 75), slice(101, 108))
    assert light[where].max() > 150 > before[where].max()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mode": "cubism"}, "vary, reshape, layout"),
        ({"mode": "layout"}, "Choose the picture whose layout"),
        ({"freedom": 1.5}, "Freedom must be a number from 0 to 1"),
        ({"shape": 9, "mode": "reshape"}, "Shape must be a number from 0.3 to 3.5"),
        ({"kept": float("nan")}, "Kept of the layout must be"),
        ({"size": 4000}, "Size must be a whole number from 128 to 1024"),
        ({"tile": "yes"}, "Tileable must be true or false"),
        ({"seed": -1}, "Seed must be a whole number"),
    ],
)
def test_what_cannot_be_is_a_sentence_at_once(photo, options, words):
    with pytest.raises(UserError, match=words):
        studio.remix(photo, **options)


@pytest.mark.parametrize(
    ("size", "mode"), [((1, 1), "vary"), ((260, 20), "vary"), ((60, 90), "reshape"), ((40, 40), "layout")]
)
def test_odd_photos(size, mode):
    picture = Image.effect_noise(size, 40).convert("RGB")
    if max(size) > 12 * min(size):
        with pytest.raises(UserError, match="too narrow"):
            studio.remix(picture)
        return
    assert max(made(picture, mode=mode, layout=picture, shape=1.3).size) == 128


def test_without_a_photo():
    with pytest.raises(UserError, match="Choose"):
        studio.remix(None)
