import pytest
import torch
from PIL import Image

from genimg.core.errors import UserError
from genimg.studio import examples, people


def test_a_person_is_found_at_the_size_of_the_photo():
    photo = examples.photo("Astronaut").resize((300, 280))
    mask = people.person_mask(photo)
    assert mask.shape == (1, 1, 280, 300) and mask.min() >= 0 and mask.max() <= 1
    assert mask[..., 70:90, 120:140].min() > 0.9 and mask[..., :60, 200:].max() < 0.1  # her face, the space shuttle
    assert people.certain(mask)


@pytest.mark.parametrize("name", ["Rocket", "Coffee", "Cat"])
def test_what_is_no_person_is_not_certain(name):
    assert not people.certain(people.person_mask(examples.photo(name)))


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_neither_nothing_nor_doubt_nor_everything_is_certain(value):
    assert not people.certain(torch.full((1, 1, 8, 8), value))


def test_what_is_no_picture_is_refused():
    with pytest.raises(UserError, match="Choose a photo first"):
        people.person_mask(None)
    assert people.person_mask(Image.new("RGB", (1, 3))).shape == (1, 1, 3, 1)
