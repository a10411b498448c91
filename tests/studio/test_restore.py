import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from genimg.core.errors import UserError
from genimg.studio import examples, vae
from genimg.studio.restore import METHODS, restore
from genimg.ui.locale import translated


@pytest.fixture(scope="module")
def photo():
    return examples.photo("Astronaut").crop((120, 20, 312, 212))


def pixels(picture):
    return np.asarray(picture, float)


def error(picture, photo):
    return float(np.square(pixels(picture) - pixels(photo)).mean())


def jpeg(photo, quality):
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def noisy(photo):
    values = pixels(photo) + np.random.default_rng(0).normal(0, 12, pixels(photo).shape)
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def test_what_is_wrong_is_found_taken_away_and_said(photo):
    for method, bad, words in (
        ("denoise", noisy(photo), "Noise of 1"),
        ("deblur", photo.filter(ImageFilter.GaussianBlur(2)), "pixels was undone"),
        ("jpeg", jpeg(photo, 20), "Traces of JPEG of quality 20 were softened."),
    ):
        made, said = restore(bad, method=method)
        assert made.size == photo.size and words in said
        assert error(made, photo) < 0.85 * error(bad, photo), method


@pytest.mark.parametrize("method", ["deblur", "jpeg"])
def test_a_good_picture_stays_as_it_is_and_that_is_said(photo, method):
    face = vae.examples(64)[5].resize((128, 128), Image.Resampling.NEAREST)
    for good in (photo, face, examples.photo("Cat"), examples.photo("Coffee").crop((0, 0, 300, 200))):
        made, said = restore(good, method=method)
        assert made.tobytes() == good.tobytes()
        assert "sharp already" in said or "No traces" in said


def test_a_fine_jpeg_stays_as_it_is_and_a_flat_picture_has_no_noise(photo):
    fine = jpeg(photo, 92)
    made, said = restore(fine, method="jpeg")
    assert made.tobytes() == fine.tobytes() and said.startswith("JPEG of quality 92 leaves nothing")
    flat = Image.new("RGB", (64, 48), (51, 102, 204))
    for method in METHODS:
        assert restore(flat, method=method)[0].tobytes() == flat.tobytes()


def test_what_a_person_chooses_goes_before_what_is_measured(photo):
    assert "A blur of 1.0 pixels" in restore(photo, method="deblur", blur=1)[1]
    made, said = restore(photo, method="jpeg", quality=30)
    assert "quality 30" in said and 0 < error(made, photo) < 100
    soft = photo.filter(ImageFilter.GaussianBlur(2))
    weak, strong = (restore(soft, method="deblur", strength=level)[0] for level in (0.3, 3))
    assert error(weak, soft) < error(strong, soft)


def test_what_is_said_is_said_in_chinese_too(photo):
    for method in METHODS:
        for picture in (photo, noisy(photo), jpeg(photo, 20), jpeg(photo, 92)):
            said = restore(picture, method=method)[1]
            assert translated(said, "zh-CN") != said


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), None, True, "1", [1], -1, 1e12], ids=repr)
def test_what_is_bad_is_named(photo, bad):
    for name, words in (("strength", "Strength"), ("blur", "The blur"), ("quality", "The quality")):
        with pytest.raises(UserError, match=f"{words} must be"):
            restore(photo, **{name: bad})
    with pytest.raises(UserError, match="method must be one of denoise, deblur, jpeg"):
        restore(photo, method=bad)
    with pytest.raises(UserError, match="too small to be restored"):
        restore(Image.new("RGB", (15, 40)))
    with pytest.raises(UserError, match="Choose a picture first"):
        restore(None)
