import io
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from genimg.core.errors import UserError
from genimg.data import archives, uploads
from genimg.data.datasets import load_dataset
from genimg.data.pairs import load_pairs
from genimg.data.uploads import collect, collect_pairs


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
        (
            lambda p: packed(p, [("bomb.png", bytes(archives.MAX_FILE + 1))]),
            "bomb.png in a.zip unpacks to more than 25",
        ),
        (lambda p: lie(packed(p, [("bomb.png", bytes(archives.MAX_FILE + 1))]), 10), "damaged|unpacks to more"),
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
    monkeypatch.setattr(archives, "MAX_ENTRIES", 5)
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


def both(count=12, inputs="my pairs/input/{}.png", targets="my pairs/target/{}.jpg"):
    """Entries of pairs: the inputs shades of red, the targets of blue, all inputs first."""
    red = [(inputs.format(i), png((20 * i, 0, 0))) for i in range(count)]
    return red + [(targets.format(i), png((0, 0, 20 * i), (30, 20), format="JPEG")) for i in range(count)]


def matching(folder, count):
    """Say whether so many inputs lie there, each with its own target."""
    pictures = {side: sorted((folder / side).iterdir()) for side in ("input", "target")}
    reds, blues = ([np.asarray(Image.open(path))[8, 8] for path in paths] for paths in pictures.values())
    names = [[path.name for path in paths] for paths in pictures.values()]
    close = all(abs(int(red[0]) - int(blue[2])) < 12 for red, blue in zip(reds, blues, strict=True))
    return names[0] == names[1] and len(names[0]) == count and close


def test_pairs_come_in_one_zip_or_in_a_zip_of_each_side(tmp_path, folder):
    entries = both()
    one = packed(tmp_path / "pairs.zip", [*entries, ("my pairs/notes.txt", b"hello")])
    taken = collect_pairs([one], folder, size=16)
    assert matching(folder, 12) and taken.sentence() == "12 pairs; 1 could not be paired and are left out (notes.txt)."
    assert len(load_pairs(f"paired:{folder}", size=16)) == 11  # what the recipe reads, one held out
    for name, prefix in (("flat", ""), ("deep", "Input/")):
        sides = both(inputs=f"{prefix}more/{{}}.png", targets=f"{prefix.replace('Input', 'TARGET')}more\\{{}}.jpg")
        (tmp_path / name).mkdir()
        parts = {"input": sides[:12], "target": sides[12:]}
        zips = [packed(tmp_path / name / f"{side}.zip", part) for side, part in parts.items()]
        assert collect_pairs(zips, tmp_path / f"{name} pairs", size=16).left_out == []
        assert matching(tmp_path / f"{name} pairs", 12)


def test_who_has_no_partner_or_cannot_be_read_is_left_out_with_its_partner(tmp_path, folder):
    entries = both(14)
    entries[3] = (entries[3][0], b"no picture")
    del entries[-1]
    entries += [("my pairs/input/lonely.png", png()), ("../../input/../../evil.png", png())]
    before = set(tmp_path.rglob("*"))
    taken = collect_pairs([packed(tmp_path / "a.zip", entries)], folder, size=16)
    assert taken.count == 12 and set(taken.left_out) == {"3.png", "13", "lonely", "evil"} and matching(folder, 12)
    assert all(folder in path.parents or path == folder for path in set(tmp_path.rglob("*")) - before - {
        tmp_path / "a.zip", folder.parent})  # fmt: skip


def test_pairs_beyond_the_limits_are_left_out_whole(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_PICTURES", 23)
    taken = collect_pairs([packed(tmp_path / "a.zip", both(20))], folder, size=16)
    assert taken.count == 12 and taken.cut and matching(folder, 12)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: packed(p, both()[:12]), "no file in a folder named target: send a zip of the folders input and"),
        (lambda p: packed(p, twelve()), "no file in a folder named input"),
        (lambda p: packed(p, both(targets="target/other {}.png")), "has a partner of the same name in the folder targ"),
        (lambda p: packed(p, both(4)), "at least 10 pairs .*; it would have 4\\."),
        (lambda p: packed(p, [*both(), ("input/3.gif", png())]), "There are two pictures named 3 in input; keep one"),
        (lambda p: packed(p, [*both(), ("input/b.png", bytes(archives.MAX_FILE + 1)), ("target/b.png", png())]),
         "b.png in a.zip unpacks to more than 25 MB"),
        (lambda p: packed(p, [(f"{side}/a.pkl", b"\x80\x04.") for side in ("input", "target")]), "have 0 .a.pkl, a"),
        (locked, "locked with a password"),
    ],
    ids=["no targets", "no folders", "no partners", "few", "one name twice", "bomb", "no pictures", "locked"],
)  # fmt: skip
def test_bad_pairs_are_a_sentence_and_leave_nothing(make, words, tmp_path, folder):
    with pytest.raises(UserError, match=words):
        collect_pairs([make(tmp_path / "a.zip")], folder, size=16)
    assert not folder.exists()
