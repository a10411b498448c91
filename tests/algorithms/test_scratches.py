import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from genimg.algorithms.inpainting import telea
from genimg.algorithms.scratches import find_scratches
from genimg.core.images import resize, to_tensor
from genimg.studio import examples


@pytest.fixture(scope="module")
def photo():
    return to_tensor(examples.photo("Cat").resize((180, 120)))


def test_a_scratch_is_found_and_nothing_on_smooth_pictures(photo):
    smooth = resize(resize(photo, (12, 18)), (120, 180))
    pen = np.zeros((120, 180), np.uint8)
    cv2.line(pen, (20, 15), (160, 100), 1, 1)
    cv2.circle(pen, (120, 30), 1, 1, -1)  # a speck of dust
    marks = torch.from_numpy(pen)[None, None] > 0
    for colour in (0.95, 0.02):
        found = find_scratches(torch.where(marks, colour, smooth))
        assert found[marks].mean() > 0.9 and found[~marks].mean() < 0.07
        assert found[0, 0, 30, 120] == 1
    gradient = torch.linspace(0, 1, 180).expand(1, 3, 120, 180)
    for plain in (smooth, gradient, torch.full((1, 3, 40, 60), 0.5)):
        assert find_scratches(plain, sensitivity=1.0).sum() == 0


def test_more_sensitivity_finds_fainter_scratches():
    picture = torch.full((1, 3, 120, 180), 0.4)
    picture[..., 60, 20:160] = 0.52
    shares = [float(find_scratches(picture, sensitivity=level)[..., 60, 20:160].mean()) for level in (0, 1)]
    assert shares == [0, 1]


@pytest.mark.parametrize(
    ("colour", "width"), [((240, 236, 224), 1), ((20, 18, 16), 2), ((200, 60, 60), 2), ((250,) * 3, 4)]
)
def test_scratches_of_all_colours_and_widths_go(colour, width):
    photo = np.array(examples.photo("Rocket").crop((150, 60, 450, 260)))
    marks = np.zeros(photo.shape[:2], np.uint8)
    cv2.line(marks, (20, 30), (280, 150), 1, width)
    scratched = to_tensor(examples.photo("Rocket").crop((150, 60, 450, 260)))
    clean, hit = scratched, torch.from_numpy(marks)[None, None] > 0
    scratched = torch.where(hit, torch.tensor(colour).view(1, 3, 1, 1) / 255, clean)
    found = find_scratches(scratched, sensitivity=0.6)
    assert found[hit].mean() > 0.85
    around = (torch.from_numpy(cv2.dilate(marks, np.ones((5, 5), np.uint8)))[None, None] > 0).expand_as(clean)
    before, after = (float((one - clean)[around].square().mean()) for one in (scratched, telea(scratched, found)))
    assert after < 0.25 * before


def test_the_rim_between_two_things_is_no_scratch():
    picture = torch.where(torch.arange(180) < 90, 0.2, 0.7).expand(1, 3, 120, 180).clone()
    picture[..., 88:91] = 0.8  # a light along the edge: above both sides, which differ
    assert find_scratches(picture, sensitivity=0.6).mean() < 0.01


def scratched(photo, width, colour, bend):
    """Return a photo with a scratch across it, and where that lies, as far as it can be seen."""
    pixels = np.array(photo)
    along = np.linspace(-1, 1, 40)
    path = np.stack([(0.5 + 0.4 * along) * photo.width, (0.35 + 0.2 * along + bend * along**2) * photo.height], 1)
    pen = np.zeros(pixels.shape[:2], np.uint8)
    cv2.polylines(pen, [np.round(path * 16).astype(np.int32)], False, 255, width, cv2.LINE_AA, 4)
    share = pen[..., None] / 255
    mixed = (pixels * (1 - share) + share * np.array(colour)).round().astype(np.uint8)
    seen = (pen > 127) & (np.abs(mixed.astype(int) - pixels).max(-1) > 40)
    return to_tensor(Image.fromarray(mixed)), seen


@pytest.mark.parametrize("name", ["Astronaut", "Cat", "Coffee", "Rocket"])
def test_undamaged_photos_have_next_to_none(name):
    """Collars, rims and towers were one to two percent of them."""
    photo = examples.photo(name)
    photo.thumbnail((400, 400))
    assert find_scratches(to_tensor(photo)).mean() < 0.004  # a speck here and there


@pytest.mark.parametrize(
    ("name", "width", "colour", "bend"),
    [("Cat", 1, (22, 20, 18), 0.15), ("Coffee", 4, (238, 234, 222), -0.1), ("Rocket", 2, (238, 234, 222), 0.1)],
)
def test_a_scratch_across_a_photo_is_found_and_little_else(name, width, colour, bend):
    photo = examples.photo(name)
    photo.thumbnail((400, 400))
    picture, seen = scratched(photo, width, colour, bend)
    found = find_scratches(picture)[0, 0].numpy() > 0
    near = cv2.dilate(seen.astype(np.uint8), np.ones((9, 9))) > 0
    assert found[seen].mean() > 0.55 and (found & near).sum() / found.sum() > 0.85
