import hashlib

import numpy as np
import pytest

from genimg.core.errors import UserError
from genimg.data.avatars import CONCEPTS, VALUES, avatars, concepts, draw_attributes, render


@pytest.fixture(scope="module")
def drawn():
    return avatars(60, size=16, progress=False)


def test_shapes_and_labels(drawn):
    images, labels = drawn
    assert images.shape == (60, 16, 16, 3) and images.dtype == np.uint8
    assert labels.shape == (60, len(VALUES))
    for column, (name, values) in enumerate(VALUES.items()):
        assert labels[7, column] == values.index(draw_attributes(7)[name])


def test_the_cache_holds_what_is_drawn(drawn):
    for index in (0, 31, 59):
        assert np.array_equal(drawn[0][index], np.asarray(render(draw_attributes(index), 16)))


def test_a_later_stretch_is_the_same_pictures(drawn):
    images, labels = avatars(5, size=16, start=10, progress=False)
    assert np.array_equal(images, drawn[0][10:15]) and np.array_equal(labels, drawn[1][10:15])


def test_another_seed_is_other_faces():
    assert [draw_attributes(i, seed=1) for i in range(5)] != [draw_attributes(i, seed=0) for i in range(5)]


def test_the_same_bytes_everywhere():
    # Made once on x86-64 Linux; a change of the drawing has to raise VERSION, or caches would mix two kinds.
    digest = hashlib.sha256(np.asarray(render(draw_attributes(123), 64)).tobytes()).hexdigest()
    assert digest.startswith("df685763efdd2b4e")


def test_attributes_show():
    face = draw_attributes(0) | {"glasses": "NONE", "beard": "NONE", "skin": "PALE", "hair": "BOB"}
    for change in ({"glasses": "SUNGLASSES"}, {"beard": "BEARD_MAGESTIC"}, {"skin": "BLACK"}, {"hair": "FRO"}):
        assert not np.array_equal(np.asarray(render(face | change)), np.asarray(render(face))), change


def test_bad_requests_are_refused():
    with pytest.raises(UserError, match="sizes 16, 32, 64, 128"):
        avatars(10, size=48)
    with pytest.raises(UserError):
        avatars(0)


def test_concepts_are_read_off_the_labels(drawn):
    images, labels = drawn
    has = concepts(labels)
    assert has.shape == (60, len(CONCEPTS))
    glasses = list(CONCEPTS).index("Glasses")
    assert [draw_attributes(i)["glasses"] != "NONE" for i in range(60)] == has[:, glasses].tolist()
