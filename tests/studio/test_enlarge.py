"""Drawings four times larger, and any picture two, three or four times."""

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from genimg.core.errors import UserError
from genimg.core.images import to_pil, to_tensor
from genimg.studio import enlarge as studio
from genimg.studio import examples, vae
from genimg.studio.enlarge import enlarge, filmed


def drawn(side, scale):
    """Return a red disc on blue, drawn `scale` times as fine as it is shown."""
    image = Image.new("RGB", (side * scale, side * scale), (90, 140, 220))
    ImageDraw.Draw(image).ellipse([side * scale * 0.2] * 2 + [side * scale * 0.8] * 2, fill=(200, 40, 60))
    return image


def test_a_mottled_drawing_becomes_clean():
    fine = drawn(48, 16).resize((192, 192), Image.Resampling.BOX)
    small = to_tensor(fine.resize((48, 48), Image.Resampling.BOX))
    (mottled,) = to_pil(small + 0.03 * torch.randn(small.shape, generator=torch.Generator().manual_seed(0)))
    (made,) = enlarge([mottled])
    assert made.size == (192, 192) and made.mode == "RGB"
    ours, plain = to_tensor(made), to_tensor(mottled.resize((192, 192), Image.Resampling.BICUBIC))
    truth = to_tensor(fine)
    assert (ours - truth).square().mean() < (plain - truth).square().mean()
    corner = (..., slice(24), slice(24))
    assert ours[corner].std((2, 3)).max() < 0.7 * plain[corner].std((2, 3)).min()


def test_areas_keep_their_colours():
    for colour in ((231, 223, 243), (243, 225, 234), (60, 40, 30)):
        (made,) = enlarge([Image.new("RGB", (40, 40), colour)])
        assert all(abs(a - b) <= 1 for a, b in zip(made.getpixel((20, 90)), colour, strict=True))


def test_several_and_odd_sizes():
    assert [image.size for image in enlarge([Image.new("RGB", (5, 3))] * 2)] == [(20, 12)] * 2


def test_the_frames_of_a_film_are_enlarged_smoothly_or_drawn_larger():
    frame = drawn(16, 4).resize((16, 16), Image.Resampling.BOX)
    assert [one.size for one in filmed([frame] * 2)] == [(256, 256)] * 2
    larger = filmed([frame] * 2, enlarged=True)
    assert [one.size for one in larger] == [(64, 64)] * 2 and larger[0] == enlarge([frame])[0]


def test_what_is_too_large_is_refused():
    with pytest.raises(UserError, match="too large"):
        enlarge([Image.new("RGB", (1100, 1100))])
    with pytest.raises(UserError, match="enlarges nothing"):
        enlarge([Image.new("RGB", (8, 8))], name="avatars-dcgan")


def larger(picture, **options):
    *_, step = studio.magnify(picture, **options)
    return to_pil(step.image)[0]


@pytest.fixture(scope="module")
def cat():
    return examples.photo("Cat").crop((130, 70, 274, 190))


@pytest.mark.parametrize(("times", "gain"), [(2, 0.5), (3, 0.5), (4, 0.3)])
def test_a_photo_is_nearer_to_what_it_was_than_smooth_enlargement(times, gain):
    photo = examples.photo("Astronaut").crop((150, 20, 294, 140))
    small = photo.resize((144 // times, 120 // times), Image.Resampling.LANCZOS)
    truth, made, plain = (to_tensor(one) for one in (photo, larger(small, times=times), studio.plain(small, times)))
    ours, theirs = (-10 * float((one - truth).square().mean().log10()) for one in (made, plain))
    assert ours > theirs + gain


@pytest.mark.parametrize("times", [2, 3, 4])
@pytest.mark.parametrize("kind", ["drawing", "photo"])
def test_tiles_are_the_whole_picture(cat, monkeypatch, kind, times):
    picture, found = cat.resize((50, 41)), []
    for side in (17, 96):
        monkeypatch.setattr(studio, "_TILE", side)
        *_, step = studio.magnify(picture, times=times, kind=kind)
        found.append(step.image.float().cpu())
    assert step.total == 1 and step.index == 1
    torch.testing.assert_close(found[0], found[1], rtol=0, atol=1e-5)


def test_each_tile_is_a_step_and_the_rest_is_seen_smoothly(cat, monkeypatch):
    monkeypatch.setattr(studio, "_TILE", 40)
    steps = studio.magnify(cat.resize((80, 41)), kind="photo")
    first = next(steps)
    assert (first.index, first.total) == (1, 4)
    seen = first.image.clone()
    second = next(steps).image
    assert torch.equal(seen[..., :80, :80], second[..., :80, :80])
    assert not torch.equal(seen[..., :80, 80:], second[..., :80, 80:]) and seen[..., 80:].std() > 0.01
    steps.close()


def test_what_is_see_through_stays_so(monkeypatch):
    picture = Image.new("RGBA", (40, 30), (0, 255, 0, 0))
    ImageDraw.Draw(picture).ellipse((8, 5, 30, 25), fill=(200, 40, 60, 255))
    for kind in ("drawing", "photo"):
        made = np.asarray(larger(picture, times=3, kind=kind))
        assert made.shape == (90, 120, 4) and made[1, 1, 3] == 0 and made[45, 57, 3] == 255
        seen = made[made[..., 3] > 100].astype(int)
        assert (seen[:, 0] > seen[:, 1] + 60).all()  # no green shines in
    monkeypatch.setattr(studio, "_TILE", 6)  # some tiles are opaque, some empty, some both
    tiled = np.asarray(larger(picture, times=3, kind="photo")).astype(int)
    assert np.abs(tiled - made).max() <= 1
    faint = larger(Image.new("RGBA", (9, 9), (10, 20, 30, 0)))
    assert faint.mode == "RGBA" and faint.getextrema()[3] == (0, 0)


def test_drawings_are_told_from_photos():
    assert all(studio.is_drawing(vae.examples(side)[i]) for side in (64, 128) for i in range(12))
    for picture in examples.photos().values():
        jpeg = io.BytesIO()
        picture.save(jpeg, "JPEG", quality=60)
        assert not studio.is_drawing(picture) and not studio.is_drawing(Image.open(jpeg))
    product = Image.new("RGB", (300, 300), "white")  # most of it is flat, but what stands on it is not
    product.paste(examples.photo("Coffee").resize((100, 70)), (100, 100))
    assert not studio.is_drawing(product)
    *_, step = studio.magnify(vae.examples(64)[0])
    assert step.metrics["drawing"] == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (7, 3)])
def test_odd_sizes(size):
    picture = Image.effect_noise(size, 60).convert("RGB")
    for kind in ("drawing", "photo"):
        assert larger(picture, times=3, kind=kind).size == (3 * size[0], 3 * size[1])


@pytest.mark.parametrize(
    ("size", "options", "words"),
    [
        ((1100, 700), {"times": 4}, "would be 4400 × 2800, and 4096 pixels a side are the most; enlarge it 3 times"),
        ((2049, 90), {}, "4098 × 180, and 4096 pixels a side are the most; this picture is large already"),
        ((9, 9), {"times": 5}, "How many times must be a whole number from 2 to 4, got 5"),
        ((9, 9), {"times": "2"}, "How many times must be"),
        ((9, 9), {"kind": "etching"}, "The kind of picture must be one of auto, drawing, photo"),
    ],
)
def test_what_cannot_be_is_a_sentence_at_once(size, options, words):
    with pytest.raises(UserError, match=words):
        studio.magnify(Image.new("RGB", size), **options)
    with pytest.raises(UserError, match="Choose a picture first"):
        studio.magnify(None)
