import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from genimg.core.errors import UserError
from genimg.data import avatars as module
from genimg.data.acting import actors
from genimg.data.avatars import CONCEPTS, VALUES, avatars, concepts, draw_attributes, render
from genimg.data.drawing import draw
from genimg.data.workers import spread


@pytest.fixture
def drawn(few_faces):
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


class TestDrawing:
    def test_a_plain_script_just_works(self, tmp_path, monkeypatch):
        """With no guard round its last lines, and two blocks of faces to draw: its helpers must not run it again."""
        script = tmp_path / "plain.py"
        script.write_text(
            "import os\n"
            "os.cpu_count = lambda: 2\n"
            "from genimg.data import avatars\n"
            "avatars.BLOCK = 20\n"
            "print(avatars.avatars(2, size=16, seed=5, start=19)[0].shape)\n"
        )
        monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        made = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path)
        assert made.returncode == 0 and made.stdout == "(2, 16, 16, 3)\n", made.stderr
        assert len(list((tmp_path / "cache").rglob("*.npz"))) == 2

    def test_a_cache_that_cannot_be_written_to_is_a_sentence(self, tmp_path, monkeypatch):
        (tmp_path / "genimg").write_text("no folder")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        for ask in (
            lambda: avatars(2, size=16),
            lambda: draw(2, 16),
            lambda: next(actors([draw_attributes(0)], size=16)),
        ):
            with pytest.raises(
                UserError, match="cannot be written to .*; name another folder for the cache with XDG_CACHE"
            ):
                ask()

    def test_what_goes_wrong_in_a_helper_is_said(self, monkeypatch, tmp_path):
        monkeypatch.setattr(os, "cpu_count", lambda: 2)
        calls = [(str(tmp_path / "none"), start, 1, 16, "no seed") for start in range(3)]
        with pytest.raises(UserError, match="Error: .*no seed|SeedSequence|seed"):
            spread(module._draw_block, calls, title="", progress=False)
