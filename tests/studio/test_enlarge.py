"""Drawings four times larger."""

import pytest
import torch
from PIL import Image, ImageDraw

from genimg.core.errors import UserError
from genimg.core.images import to_pil, to_tensor
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
