"""The folder of uploads and results stays within its bounds."""

import os
import time

import pytest

from genimg.core.errors import UserError
from genimg.ui.shell import cache as caching
from genimg.ui.shell.cache import Cache


@pytest.fixture
def keep(tmp_path, monkeypatch):
    """Put a file into the folder: `keep(number, seconds since it was used, bytes)`."""
    monkeypatch.setenv("GENIMG_CACHE_GB", "1e-6")  # 1000 bytes
    monkeypatch.setattr(caching, "_PAUSE", -1.0)

    def put(number, ago, size=300):
        path = tmp_path / f"{number:064x}" / "a.png"
        path.parent.mkdir()
        path.write_bytes(bytes(size))
        os.utime(path, (time.time() - ago,) * 2)
        return path

    return put


def test_the_oldest_unused_go_first(keep, tmp_path):
    gone = []
    cache = Cache(lambda: tmp_path, gone.extend)
    old, used, new = keep(1, 3000, 250), keep(2, 4000, 250), keep(3, 1000, 250)
    cache.make_room(50)  # there is room
    assert old.exists() and used.exists()
    cache.touch(used)
    cache.make_room(300)
    assert not old.parent.exists() and used.exists() and new.exists()
    assert gone == [str(old)]


def test_what_is_young_stays_and_a_full_cache_says_so(keep, tmp_path):
    cache = Cache(lambda: tmp_path)
    kept = [keep(number, 10) for number in range(3)]
    with pytest.raises(UserError, match="no room"):
        cache.make_room(200)
    assert all(path.exists() for path in kept)
    cache.make_room(100)


def test_the_number_of_files_is_bounded_too(keep, tmp_path, monkeypatch):
    monkeypatch.setattr(caching, "MAX_FILES", 10)
    for number in range(12):
        keep(number, 1000 + number, size=1)
    Cache(lambda: tmp_path).make_room(1)
    assert [path.name[-1] for path in sorted(tmp_path.iterdir())] == list("0123456")  # seven and the new one are 0.8


def test_what_is_not_ours_is_left_alone(keep, tmp_path):
    (tmp_path / "thesis").mkdir()
    for path in (tmp_path / "thesis" / "text.tex", tmp_path / "photo.png"):
        path.write_bytes(bytes(5000))
        os.utime(path, (1, 1))
    Cache(lambda: tmp_path).make_room(900)
    assert (tmp_path / "thesis" / "text.tex").exists() and (tmp_path / "photo.png").exists()


@pytest.mark.parametrize("text", ["much", "0", "-1", "nan", "inf", "1e300"])
def test_a_quota_that_is_none(monkeypatch, text):
    monkeypatch.setenv("GENIMG_CACHE_GB", text)
    with pytest.raises(UserError, match="GENIMG_CACHE_GB must be a number of gigabytes above 0"):
        caching.quota()
