import pytest
import torch
from torch.nn.functional import interpolate

from genimg.algorithms import matting, procedural
from genimg.algorithms.selection import segment
from genimg.core.images import resize


def places(side):
    y, x = torch.meshgrid(torch.arange(side) + 0.5, torch.arange(side) + 0.5, indexing="ij")
    return x, y


@pytest.fixture(scope="module")
def hard_disc():
    """A disc with a sharp rim and a little noise: (picture, disc)."""
    x, y = places(96)
    disc = (torch.hypot(x - 48, y - 48) < 26).float()[None, None]
    thing, behind = scene()
    noise = 0.02 * torch.randn(1, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    return (matting.composite(thing, disc, behind) + noise).clamp(0, 1), disc


def scene():
    """Return two smooth pictures of clearly different colours, and of about the same brightness."""
    x, y = (value / 96 for value in places(96))
    thing = torch.stack([0.8 + 0.15 * x, 0.3 + 0.2 * y, 0.1 + 0.1 * x])
    behind = torch.stack([0.1 + 0.2 * y, 0.3 + 0.2 * x, 0.7 + 0.2 * y])
    return thing[None], behind[None]


def patch(side, rows, columns):
    mask = torch.zeros(1, 1, side, side)
    mask[..., slice(*rows), slice(*columns)] = 1
    return mask


def overlap(one, other):
    return float((one * other).sum() / torch.maximum(one, other).sum())


def test_one_stroke_or_a_box_finds_the_disc(hard_disc):
    picture, disc = hard_disc
    nothing = torch.zeros_like(disc)
    assert overlap(segment(picture, patch(96, (44, 52), (40, 56)), nothing), disc) > 0.97
    assert overlap(segment(picture, nothing, nothing, (15, 15, 81, 81)), disc) > 0.97
    beside = patch(96, (2, 8), (10, 80))
    assert overlap(segment(picture, nothing, beside), disc) > 0.97


def test_strokes_are_always_respected(hard_disc):
    picture, disc = hard_disc
    keep, beside, inside = patch(96, (44, 52), (40, 56)), patch(96, (5, 9), (5, 30)), patch(96, (30, 40), (50, 54))
    nothing = torch.zeros_like(disc)
    assert (segment(picture, torch.maximum(keep, beside), nothing)[beside > 0] == 1).all()
    assert (segment(picture, keep, inside)[inside > 0] == 0).all()
    # Even against a box, and on a copy that is much smaller than the picture.
    large, marks = resize(picture, (480, 480)), [interpolate(one, scale_factor=5) for one in (beside, inside)]
    cut = segment(large, *marks, (75, 75, 405, 405))
    assert (cut[marks[0] > 0] == 1).all() and (cut[marks[1] > 0] == 0).all()


def test_a_box_means_the_same_in_a_thin_picture(hard_disc):
    picture, _ = hard_disc
    thin = picture[..., :4].clone()
    thin[..., 20:70, :] = torch.tensor((0.9, 0.3, 0.1)).view(1, 3, 1, 1)
    nothing = torch.zeros(1, 1, 96, 4)
    cut = segment(thin, nothing, nothing, (0, 5, 4, 91))
    assert cut[..., 25:65, :].all() and not cut[..., :15, :].any()


def test_a_guess_is_followed_until_strokes_say_otherwise(hard_disc):
    picture, disc = hard_disc
    nothing = torch.zeros_like(disc)
    guess = 0.1 + 0.8 * patch(96, (24, 72), (28, 76))  # a square about where the disc is
    assert overlap(segment(picture, nothing, nothing, guess=guess), disc) > 0.97
    wrong = 0.1 + 0.8 * patch(96, (0, 20), (0, 96))
    marks = patch(96, (44, 52), (40, 56)), patch(96, (5, 9), (5, 90))
    assert overlap(segment(picture, *marks, guess=wrong, trust=0.6), disc) > 0.97


@pytest.mark.parametrize("behind", ["brush", "perlin", "wood"])
def test_a_thing_of_many_colours_does_not_shrink_to_those_that_were_painted(behind):
    """Three flat parts, of which strokes touch two; each further stroke adds to what is right."""
    x, y = places(96)
    radius = torch.hypot(x - 48, y - 52)
    thing = torch.where(y < 40, 0.25, torch.where(y < 62, 0.8, 0.5)).expand(3, 96, 96).clone()
    thing[0] += torch.where(y > 62, 0.4, 0.05)
    alpha = (radius < 34).float()[None, None]
    photo = matting.composite(thing[None].clamp(0, 1), alpha, procedural.METHODS[behind](96, 5))
    nothing = torch.zeros_like(alpha)
    keep = [patch(96, (28, 32), (40, 56)), patch(96, (68, 72), (36, 60)), patch(96, (50, 54), (36, 60))]
    remove = [patch(96, (4, 8), (8, 88)), patch(96, (20, 84), (3, 7))]
    found = []
    for many, few in ((2, 1), (3, 1), (3, 2)):
        marks = (torch.stack([*part, nothing]).amax(0) for part in (keep[:many], remove[:few]))
        found.append(overlap(segment(photo, *marks), alpha))
    assert found[0] > 0.8 and found[-1] > 0.95
    assert all(after > before - 0.02 for before, after in zip(found, found[1:], strict=False)), found


@pytest.mark.parametrize(
    "beside", [patch(96, (80, 86), (60, 90)), patch(96, (10, 14), (4, 20)), patch(96, (82, 92), (2, 8))]
)
def test_a_stroke_elsewhere_leaves_a_thin_thing_as_it_was(beside):
    """What stands thin before a plain sky is not lost in it because something else was said to be no part of it."""
    x, y = places(96)
    thin = ((x - 48).abs() < 3).logical_and(y > 30).float()[None, None]
    sky = torch.stack([0.1 + 0 * x, 0.2 + y / 400, 0.5 + 0 * x])[None]
    ground = torch.where(y > 76, 0.05, sky)
    photo = matting.composite(torch.tensor((0.8, 0.75, 0.6)).view(1, 3, 1, 1).expand_as(sky), thin, ground)
    keep = patch(96, (36, 90), (47, 49))
    alone = overlap(segment(photo, keep, torch.zeros_like(keep)), thin)
    assert alone > 0.9
    assert overlap(segment(photo, keep, beside), thin) > alone - 0.02


def test_the_rim_is_background_only_where_it_does_not_look_like_the_thing(hard_disc):
    """A thing that the frame cuts keeps its edge."""
    picture, disc = hard_disc
    cut = picture[..., 30:], disc[..., 30:]
    keep, beside = patch(96, (44, 52), (40, 56))[..., 30:], patch(96, (5, 9), (60, 90))[..., 30:]
    for remove in (torch.zeros_like(keep), beside):
        assert overlap(segment(cut[0], keep, remove), cut[1]) > 0.97
