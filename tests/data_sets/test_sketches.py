"""Sketches of avatars: the same for the same seed, of the face that they belong to, and as clumsy as they should be."""

import numpy as np
import pytest

from genimg.core.errors import UserError
from genimg.data import sketches
from genimg.data.avatars import draw_attributes, drawing, render


def test_a_pair_depends_on_its_numbers_alone():
    face, sketch = sketches.pair(3, size=64)
    again, redrawn = sketches.pair(3, size=64)
    assert np.array_equal(face, again) and np.array_equal(sketch, redrawn)
    assert face.shape == sketch.shape == (64, 64, 3)
    assert not np.array_equal(face, sketches.pair(3, size=64, seed=1)[0])


def test_a_map_of_parts_says_what_is_where():
    attributes = draw_attributes(5) | {"glasses": "ROUND", "beard": "BEARD_MEDIUM", "hair": "BOB", "skin": "PALE"}
    found = sketches.regions(drawing(attributes), 128)
    assert set(np.unique(found)) == set(range(len(sketches.PARTS) + 1))
    face = np.asarray(render(attributes, 128))
    assert np.median(face[found == 1], axis=0).tolist() == [255, 219, 180]  # the colour of pale skin
    corner = [int(attributes["background"][i : i + 2], 16) for i in (1, 3, 5)]
    assert face[found == 0].tolist().count(corner) > 0.95 * (found == 0).sum()
    eyes = np.argwhere(found == sketches.PARTS.index("eyes") + 1)
    mouth = np.argwhere(found == sketches.PARTS.index("mouth") + 1)
    assert eyes[:, 0].max() < mouth[:, 0].min()


def test_sketches_are_near_their_faces_and_differ_in_how_much_they_say():
    shares, near, far = [], [], []
    pairs = [sketches.pair(i, size=64) for i in range(40)]
    for (face, sketch), (other, _) in zip(pairs, pairs[1:] + pairs[:1], strict=True):
        inked = (sketch < 250).any(2)
        shares.append(inked.mean())
        if inked.mean() > 0.3:  # patches have colours to compare
            near.append(np.abs(face.astype(int) - sketch)[inked].mean())
            far.append(np.abs(other.astype(int) - sketch)[inked].mean())
    assert min(shares) < 0.12 and max(shares) > 0.5
    assert np.mean(near) < 0.6 * np.mean(far)


def test_what_is_not_told_is_as_it_always_is():
    """A face without a drop of colour in its sketch has the colours of those without; one without hair is bald."""
    told = 0
    for i in range(60):
        face, sketch = sketches.pair(i, size=32)
        if np.ptp(sketch.astype(int), axis=2).max() > 3:
            continue
        told += 1
        skin = (np.abs(face.astype(int) - (208, 139, 91)).max(2) < 3).sum()  # brown, the middle of the palette
        assert skin > 40, i
    assert told > 8


def test_blocks_are_kept_and_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(sketches, "BLOCK", 4)
    monkeypatch.setattr(sketches.places, "kept", lambda part: tmp_path / part)
    monkeypatch.setattr("genimg.data.blocks.spread", lambda function, calls, **_: [function(*call) for call in calls])
    faces, drawn = sketches.pairs(3, size=16, start=3)
    assert faces.shape == (3, 16, 16, 3) and drawn.shape == (3, 16, 16, 3)
    face, alone = sketches.pair(4, size=16)
    assert np.array_equal(faces[1], face) and np.array_equal(drawn[1], alone)
    monkeypatch.setattr(sketches, "_draw_block", None)  # all of it is there
    assert np.array_equal(sketches.pairs(2, size=16, start=4)[0], faces[1:])
    for size, count in ((48, 3), (16, 0)):
        with pytest.raises(UserError, match="Sketches come in sizes"):
            sketches.pairs(count, size=size)
