"""Pairs of pictures: matched by name, at one size, a tenth held out."""

import logging

import numpy as np
import pytest
import torch
from PIL import Image

from genimg.core.errors import UserError
from genimg.data.pairs import load_pairs, partners


def write(path, shade, size=(12, 10)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (shade, 0, 255 - shade)).save(path)


@pytest.fixture
def folder(tmp_path):
    """Fourteen pairs: what belongs together has one shade, whatever its ending, folder and size."""
    for i in range(14):
        name = f"{'more/' if i % 2 else ''}{i}"
        write(tmp_path / "input" / f"{name}.png", 10 * i)
        write(tmp_path / "target" / f"{name}.{'bmp' if i % 3 else 'png'}", 10 * i, (20, 40))
    return tmp_path


def test_pairs_are_matched_by_name_and_scaled(folder):
    parts = [load_pairs(f"paired:{folder}", size=16, split=split) for split in ("train", "test")]
    assert sum(map(len, parts)) == 14 and min(map(len, parts)) >= 1
    for part in parts:
        both, labels = part.__getitems__(list(range(len(part))))
        assert both.shape == (len(part), 6, 16, 16) and labels.shape == (len(part), 0)
        assert torch.equal(both[:, :3], both[:, 3:]) and both.max() <= 1
    shades = torch.cat([part.images[:, 0, 0, 0] for part in parts])
    assert sorted(shades.tolist()) == [10 * i for i in range(14)]


def test_who_has_no_partner_is_left_out_and_named(folder, caplog):
    write(folder / "input" / "lonely.png", 3)
    with caplog.at_level(logging.WARNING):
        assert len(partners(folder)) == 14
    assert "lonely" in caplog.text and "without a partner" in caplog.text


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "target").rename(folder / "goal"), "There is no folder .*target; pairs lie in"),
        (lambda folder: write(folder / "input" / "2.webp", 0), "2.png and 2.webp in .*input have one name"),
        (lambda folder: [p.rename(p.with_stem("x" + p.stem)) for p in folder.glob("input/**/*.*")], "No picture in"),
    ],
)
def test_what_is_wrong_with_a_folder_is_said(folder, spoil, words):
    spoil(folder)
    with pytest.raises(UserError, match=words):
        load_pairs(f"paired:{folder}", size=16)


def test_other_names_and_parts_are_refused():
    for name, split, words in (("mnist", "train", "There are no pairs named 'mnist'"), ("avatars", "x", "split must")):
        with pytest.raises(UserError, match=words):
            load_pairs(name, size=16, split=split)
    with pytest.raises(UserError, match="at least 10"):
        load_pairs("avatars", size=16, count=5)


def test_avatars_are_split_and_come_with_their_sketches(monkeypatch):
    faces = np.arange(20, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 4, 3), np.uint8)

    def drawn(count, *, size, start):
        return faces[start : start + count], faces[start : start + count] + np.uint8(100)

    monkeypatch.setattr("genimg.data.sketches.pairs", drawn)
    data = load_pairs("avatars", size=4, count=20)
    both, _ = data[7]
    assert len(data) == 18 and (255 * both[:, 0, 0]).round().tolist() == [107] * 3 + [7] * 3
    held_out = load_pairs("avatars", size=4, count=20, split="test")
    assert held_out.images[:, 0, 0, 0].tolist() == [18, 19]
