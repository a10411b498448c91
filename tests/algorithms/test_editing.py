import itertools
import math

import pytest
import torch
from torchvision.transforms.v2 import functional as F

from genimg.algorithms import editing


@pytest.fixture
def images():
    return torch.rand(2, 3, 24, 36, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("brightness", {}),
        ("contrast", {}),
        ("saturation", {}),
        ("hue", {}),
        ("hue", {"degrees": 360}),
        ("hue", {"degrees": -720}),
        ("gamma", {}),
        ("balance", {}),
        ("blur", {}),
        ("sharpen", {}),
        ("rotate", {}),
        ("rotate", {"angle": 360}),
        ("rotate", {"angle": 0, "fit": "crop"}),
        ("resize", {"width": 36, "height": 24}),
        ("crop", {"left": 0, "top": 0, "width": 36, "height": 24}),
    ],
)
def test_neutral_settings_give_the_input_back(images, name, arguments):
    assert torch.equal(getattr(editing, name)(images, **arguments), images)


def test_no_function_changes_its_input(images):
    before = images.clone()
    for name, arguments in [
        ("hue", {"degrees": 40}),
        ("gamma", {"value": 2}),
        ("balance", {"red": 0.5}),
        ("sharpen", {"amount": 1}),
        ("blur", {"radius": 2}),
        ("rotate", {"angle": 30}),
        ("grayscale", {}),
        ("auto_contrast", {}),
    ]:
        result = getattr(editing, name)(images, **arguments)
        assert result.min() >= 0 and result.max() <= 1
    assert torch.equal(images, before)


def test_crop_is_exact(images):
    assert torch.equal(editing.crop(images, left=5, top=3, width=7, height=11), images[..., 3:14, 5:12])


@pytest.mark.parametrize("box", [(-1, 0, 3, 3), (0, 0, 0, 3), (30, 0, 7, 3), (0, 20, 3, 5)])
def test_crop_outside_is_refused(images, box):
    with pytest.raises(ValueError, match="crop box"):
        editing.crop(images, **dict(zip(("left", "top", "width", "height"), box, strict=True)))


@pytest.mark.parametrize("axis", ["horizontal", "vertical"])
def test_flips_are_involutions(images, axis):
    once = editing.flip(images, axis=axis)
    assert not torch.equal(once, images)
    assert torch.equal(editing.flip(once, axis=axis), images)
    assert torch.equal(once, images.flip(-1 if axis == "horizontal" else -2))


def test_a_quarter_turn_clockwise_takes_the_top_left_corner_to_the_top_right(images):
    turned = editing.rotate(images, angle=90)
    assert turned.shape == (2, 3, 36, 24)
    assert torch.equal(turned[..., 0, -1], images[..., 0, 0])
    for _ in range(3):
        turned = editing.rotate(turned, angle=90)
    assert torch.equal(turned, images)


def test_rotation_is_clockwise_between_the_quarters_too():
    image = torch.zeros(1, 3, 41, 41)
    image[..., 2:6, 18:23] = 1  # a mark at twelve o'clock
    turned = editing.rotate(image, angle=45, fit="keep", fill=(0, 0, 0))
    rows, columns = torch.nonzero(turned[0, 0] > 0.5, as_tuple=True)
    assert rows.float().mean() < 14 and columns.float().mean() > 26  # now at half past one


@pytest.mark.parametrize("angle", [1, 13, 30, 44.9, 45, 60, 89, 100, 135, 181, -20])
@pytest.mark.parametrize("size", [(60, 90), (90, 60), (20, 120), (64, 64)])
def test_cropped_rotation_shows_no_fill(size, angle):
    turned = editing.rotate(torch.ones(1, 3, *size), angle=angle, fit="crop", fill=(0, 0, 0))
    assert turned.min() > 0.999


@pytest.mark.parametrize(
    ("width", "height", "angle"), [(60, 90, 17), (90, 60, 38), (20, 120, 50), (64, 64, 45), (50, 40, 100)]
)
def test_inner_rectangle_is_the_largest(width, height, angle):
    # By brute force: of all centred rectangles whose four corners, turned back, lie inside the picture.
    sin, cos = abs(math.sin(math.radians(angle))), abs(math.cos(math.radians(angle)))
    best = max(
        w * h
        for w, h in itertools.product(range(1, 160), repeat=2)
        if w * cos + h * sin <= width + 1e-9 and w * sin + h * cos <= height + 1e-9
    )
    w, h = editing.inner_rectangle(width, height, angle)
    assert w * cos + h * sin <= width + 1e-6 and w * sin + h * cos <= height + 1e-6
    assert (w + 2) * (h + 2) >= best  # a pixel each way for the soft edge, and one for rounding down


def test_inner_rectangle_of_quarter_turns_is_the_picture():
    assert editing.inner_rectangle(60, 90, 0) == (60, 90)
    assert editing.inner_rectangle(60, 90, 90) == (90, 60)
    assert editing.inner_rectangle(60, 90, 180) == (60, 90)


def test_expand_keeps_all_and_fills_the_corners():
    turned = editing.rotate(torch.zeros(1, 3, 40, 40), angle=45, fill=(1.0, 0.5, 0.25))
    assert turned.shape[-1] in range(56, 60)
    assert torch.allclose(turned[0, :, 0, 0], torch.tensor([1.0, 0.5, 0.25]))
    assert torch.isclose((1 - turned[0, 0]).sum(), torch.tensor(1600.0), rtol=0.02)  # the whole area is there


@pytest.mark.parametrize(("value", "gamma", "expected"), [(0.25, 2, 0.5), (0.5, 0.5, 0.25), (1, 3, 1), (0, 3, 0)])
def test_gamma_of_known_values(value, gamma, expected):
    assert torch.allclose(
        editing.gamma(torch.full((1, 3, 2, 2), float(value)), value=gamma), torch.tensor(float(expected))
    )


def test_brightness_contrast_and_saturation_at_their_ends(images):
    assert torch.equal(editing.brightness(images, factor=0), torch.zeros_like(images))
    assert torch.allclose(editing.brightness(images, factor=2), (2 * images).clamp(max=1))
    flat = editing.contrast(images, factor=0)
    assert torch.allclose(flat, flat[..., :1, :1].expand_as(flat), atol=1e-6)
    gray = editing.grayscale(images)
    assert torch.allclose(editing.saturation(images, factor=0), gray, atol=1e-4)
    assert torch.equal(gray[:, 0], gray[:, 2])
    weights = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    assert torch.allclose(gray[:, :1], (images * weights).sum(1, keepdim=True), atol=1e-3)


@pytest.mark.parametrize("degrees", [10, 90, -170, 181, 359])
def test_hue_agrees_with_torchvision(images, degrees):
    expected = F.adjust_hue(images, (degrees / 360 + 0.5) % 1 - 0.5)
    assert torch.allclose(editing.hue(images, degrees=degrees), expected, atol=1e-5)


def test_hue_turns_red_to_green_and_leaves_gray():
    red = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1)
    assert torch.allclose(editing.hue(red, degrees=120).flatten(), torch.tensor([0.0, 1, 0]), atol=1e-6)
    gray = torch.full((1, 3, 1, 1), 0.4)
    assert torch.allclose(editing.hue(gray, degrees=77), gray)


def test_balance_works_on_each_channel(images):
    result = editing.balance(images, red=0.5, green=1, blue=2)
    assert torch.allclose(result[:, 0], images[:, 0] / 2)
    assert torch.equal(result[:, 1], images[:, 1])
    assert torch.allclose(result[:, 2], (images[:, 2] * 2).clamp(max=1))


def test_blur_spreads_a_point_into_a_gaussian_of_its_radius():
    point = torch.zeros(1, 3, 61, 61)
    point[..., 30, 30] = 1
    blurred = editing.blur(point, radius=4)[0, 0]
    distance = torch.arange(61.0) - 30
    assert torch.isclose(blurred.sum(), torch.tensor(1.0), atol=1e-5)
    assert torch.isclose((blurred.sum(0) * distance**2).sum().sqrt(), torch.tensor(4.0), rtol=0.03)
    assert torch.allclose(blurred, blurred.T, atol=1e-7)


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (30, 1)])
def test_a_kernel_larger_than_the_picture_is_no_error(size):
    flat = torch.full((1, 3, *size), 0.5)
    assert torch.allclose(editing.blur(flat, radius=20), flat, atol=1e-5)
    assert torch.allclose(editing.sharpen(flat, amount=2, radius=10), flat, atol=1e-4)


def test_sharpen_adds_what_the_blur_takes(images):
    expected = (images + 0.7 * (images - editing.blur(images, radius=2))).clamp(0, 1)
    assert torch.allclose(editing.sharpen(images, amount=0.7, radius=2), expected, atol=1e-5)


def test_auto_contrast_uses_the_whole_range_and_leaves_flat_channels():
    image = torch.rand(1, 3, 9, 9) * 0.3 + 0.2
    image[:, 1] = 0.5
    result = editing.auto_contrast(image)
    assert torch.allclose(result[0, 0].min(), torch.tensor(0.0), atol=1e-6)
    assert torch.allclose(result[0, 0].max(), torch.tensor(1.0), atol=1e-6)
    assert torch.equal(result[0, 1], image[0, 1])


def test_resize_keeps_a_flat_picture_and_the_mean(images):
    assert torch.allclose(
        editing.resize(torch.full((1, 3, 5, 7), 0.3), width=13, height=2), torch.tensor(0.3), atol=1e-5
    )
    assert editing.resize(images, width=9, height=6).shape == (2, 3, 6, 9)
    assert torch.isclose(editing.resize(images, width=9, height=6).mean(), images.mean(), atol=0.02)


EDITS = [
    ("crop", {"left": 2, "top": 3, "width": 20, "height": 10}), ("flip", {"axis": "horizontal"}),
    ("rotate", {"angle": 90}), ("rotate", {"angle": 30}), ("rotate", {"angle": 30, "fit": "crop"}),
    ("resize", {"width": 19, "height": 31}), ("brightness", {"factor": 0.5}), ("contrast", {"factor": 1.5}),
    ("saturation", {"factor": 0.3}), ("hue", {"degrees": 70}), ("gamma", {"value": 2.0}), ("balance", {"red": 0.5}),
    ("blur", {"radius": 2.0}), ("sharpen", {"amount": 1.0}), ("grayscale", {}), ("auto_contrast", {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "settings"), EDITS)
def test_a_picture_seen_everywhere_is_edited_as_one_without_alpha(images, name, settings):
    with_alpha = getattr(editing, name)(torch.cat([images, torch.ones_like(images[:, :1])], 1), **settings)
    plain = getattr(editing, name)(images, **settings)
    seen = with_alpha[:, 3:] > 0.999
    assert with_alpha.shape[1] == 4 and seen.float().mean() > 0.4
    assert torch.allclose(torch.where(seen, with_alpha[:, :3], 0.0), torch.where(seen, plain, 0.0), atol=1e-4)


@pytest.mark.parametrize(("name", "settings"), EDITS)
def test_no_hidden_colour_comes_to_light(name, settings):
    # A gray square in the middle of nothing; what is hidden round it is pure red.
    image = torch.zeros(1, 4, 24, 36)
    image[:, 0] = 1
    image[:, :, 6:18, 9:27] = torch.tensor([0.5, 0.5, 0.5, 1.0]).view(1, 4, 1, 1)
    result = getattr(editing, name)(image, **settings)
    seen = (result[:, 3:] > 0.02).expand(-1, 3, -1, -1)
    shown = torch.where(seen, result[:, :3], 0.0)
    spread = 0.5 if name == "balance" else 1e-3
    assert (shown.amax(1) - shown.amin(1)).max() <= spread
    assert 0 < float(result[:, 3].mean()) < 0.7
    if name not in ("crop", "rotate", "flip", "resize", "blur"):
        assert torch.equal(result[:, 3], image[:, 3])


def test_the_corners_of_a_turned_cut_out_are_see_through():
    turned = editing.rotate(torch.ones(1, 4, 40, 40), angle=45, fill=(1, 0, 0))
    assert turned[0, 3, 0, 0] == 0 and turned[0, 3, 28, 28] == 1
