import io
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from genimg.core.errors import UserError
from genimg.data import uploads
from genimg.data.datasets import load_dataset
from genimg.data.uploads import collect


def png(color="red", size=(20, 20), mode="RGB", format="PNG"):
    buffer = io.BytesIO()
    Image.new("RGB", size, color).convert(mode).save(buffer, format)
    return buffer.getvalue()


def packed(path, entries, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def twelve(names="{}.png"):
    return [(names.format(i), png((20 * i, 0, 0))) for i in range(12)]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run" / "data"


def test_files_and_zips_of_all_sizes_and_modes_become_squares(tmp_path, folder):
    modes = ["RGB", "L", "LA", "RGBA", "P", "1", "I;16"]
    files = []
    for i, mode in enumerate(modes):
        files.append(tmp_path / f"{i}.png")
        picture = Image.new("RGB", (30 + 7 * i, 60), "red")
        picture = picture.convert("L").convert("I").convert("I;16") if mode == "I;16" else picture.convert(mode)
        picture.save(files[-1])
    wide = Image.new("RGB", (90, 30), "red")
    wide.paste("blue", (30, 0, 60, 30))
    wide.save(tmp_path / "wide.jpg", quality=95)
    files.append(packed(tmp_path / "more.zip", [("wide.jpg", (tmp_path / "wide.jpg").read_bytes()), *twelve()]))
    taken = collect(files, folder, size=16)
    assert (taken.count, taken.left_out, taken.cut) == (20, [], False)
    pictures = [Image.open(path) for path in sorted(folder.iterdir())]
    assert {(p.size, p.mode) for p in pictures} == {((16, 16), "RGB")}
    assert np.abs(np.asarray(pictures[7], int) - (0, 0, 255)).max() < 60  # the middle of the wide one
    assert load_dataset(f"folder:{folder}", size=16, count=12).images.shape[1:] == (3, 16, 16)


def test_paths_in_an_archive_lead_nowhere(tmp_path, folder):
    names = ["../../evil.png", "/etc/evil.png", "C:\\evil.png", "a/../../b.png", "x" * 200 + ".png"]
    archive = packed(tmp_path / "a.zip", [*[(name, png()) for name in names], *twelve()])
    before = {path for path in tmp_path.rglob("*")}
    assert collect([archive], folder, size=16).count == 17
    new = {path for path in tmp_path.rglob("*")} - before - {folder, folder.parent}
    assert all(path.parent == folder for path in new) and len(new) == 17


def test_what_cannot_be_read_is_counted_and_named(tmp_path, folder):
    entries = [("notes.txt", b"hello"), ("deep/broken.png", png()[:50]), ("__MACOSX/._1.png", b"x"), (".DS_Store", b"")]
    taken = collect([packed(tmp_path / "a.zip", [*entries, *twelve()])], folder, size=16)
    assert taken.count == 12 and taken.left_out == ["notes.txt", "broken.png"]
    assert taken.sentence() == "12 pictures; 2 could not be read and are left out (notes.txt, broken.png)."


def lie(path, claimed):
    """Let an archive claim another unpacked size than its entries have."""
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", claimed)
    path.write_bytes(content)
    return path


def locked(path):
    content = bytearray(packed(path, twelve()).read_bytes())
    at = -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        content[at + 8] |= 1
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: packed(p, []), "is empty"),
        (lambda p: packed(p, [("folder/", b"")]), "is empty"),
        (lambda p: packed(p, [("a.png", png())]), "at least 10 pictures .* there is one picture"),
        (lambda p: packed(p, [("a.txt", b"x"), ("b.txt", b"y")]), "no picture that can be read .*a.txt, b.txt"),
        (lambda p: packed(p, [("bomb.png", bytes(uploads.MAX_FILE + 1))]), "bomb.png in a.zip unpacks to more than 25"),
        (lambda p: lie(packed(p, [("bomb.png", bytes(uploads.MAX_FILE + 1))]), 10), "damaged|unpacks to more"),
        (locked, "locked with a password"),
        (lambda p: p.write_bytes(packed(p, twelve()).read_bytes()[:-200]) and p, "no picture that can be read|damaged"),
    ],
    ids=["empty", "folders only", "one picture", "no picture", "bomb", "lying bomb", "locked", "truncated"],
)
def test_bad_archives_are_a_sentence_and_leave_nothing(make, words, tmp_path, folder):
    with pytest.raises(UserError, match=words):
        collect([make(tmp_path / "a.zip")], folder, size=16)
    assert not folder.exists()


def test_many_large_entries_are_refused_before_they_fill_the_memory(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_BYTES", 5000)
    archive = packed(tmp_path / "a.zip", [(f"{i}.png", bytes(1000)) for i in range(20)])
    with pytest.raises(UserError, match="unpacks to more than"):
        collect([archive], folder, size=16)


def test_too_many_entries(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_ENTRIES", 5)
    with pytest.raises(UserError, match="has 12 files; at most 5"):
        collect([packed(tmp_path / "a.zip", twelve())], folder, size=16)


def test_pictures_beyond_the_limits_are_left_out_and_it_is_said(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_PICTURES", 11)
    taken = collect([packed(tmp_path / "a.zip", twelve())], folder, size=16)
    assert taken.count == 11 and taken.cut and "the rest is left out" in taken.sentence()


def test_a_picture_that_decodes_to_gigabytes_is_left_out(tmp_path, folder):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    idat = chunk(b"IDAT", zlib.compress(bytes(9)))
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + idat + chunk(b"IEND", b"")
    taken = collect([packed(tmp_path / "a.zip", [("bomb.png", bomb), *twelve()])], folder, size=16)
    assert taken.count == 12 and taken.left_out == ["bomb.png"]


def test_no_files_at_all(folder):
    with pytest.raises(UserError, match="Choose some pictures first"):
        collect([], folder, size=16)
