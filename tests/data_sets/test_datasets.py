import numpy as np
import pytest
import torch
from PIL import Image

from genimg.core.errors import UserError
from genimg.data.avatars import avatars
from genimg.data.datasets import folder_part, load_dataset, picture_files


@pytest.fixture
def folder(tmp_path):
    random = np.random.default_rng(0)
    for i in range(19):
        size = (40 + i, 30)
        picture = Image.fromarray(random.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8))
        (tmp_path / "deep").mkdir(exist_ok=True)
        picture.save(tmp_path / ("deep" if i % 2 else ".") / f"{i:02}.png")
    Image.new("RGBA", (30, 50), (255, 0, 0, 128)).save(tmp_path / "19.png")
    (tmp_path / "notes.txt").write_text("not a picture")
    return tmp_path


def test_the_last_tenth_never_trains(few_faces):
    train = load_dataset("avatars", size=16, count=100)
    test = load_dataset("avatars", size=16, split="test", count=100)
    everything, _ = avatars(100, size=16)
    assert len(train) == 90 and len(test) == 10
    assert np.array_equal(test.images.permute(0, 2, 3, 1), everything[90:])


def test_a_batch_is_floats_and_labels(few_faces):
    data = load_dataset("avatars", size=16, count=100)
    images, labels = data.__getitems__([0, 5])
    assert images.shape == (2, 3, 16, 16) and images.dtype == torch.float32 and images.max() <= 1
    assert torch.equal(images[1], data[5][0]) and labels.shape == (2, len(data.classes))


def test_a_folder_of_pictures(folder):
    train = load_dataset(f"folder:{folder}", size=16)
    test = load_dataset(f"folder:{folder}", size=16, split="test", channels=1)
    assert train.images.shape[1:] == (3, 16, 16) and test.images.shape[1:] == (1, 16, 16)
    assert len(train) + len(test) == 20 and len(test) >= 1
    assert load_dataset(f"folder:{folder}", size=16, limit=3).images.equal(train.images[:3])


def test_pictures_are_known_by_what_is_in_them_and_the_rest_is_named(folder, caplog):
    content = (folder / "19.png").read_bytes()
    for name in ("photo", "photo.jfif", "photo.txt"):
        (folder / name).write_bytes(content)
    (folder / "wrong.png").write_text("no picture")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "a.png").write_bytes(content)
    found = {path.name for path in picture_files(folder)}
    assert {"photo", "photo.jfif", "photo.txt"} < found and len(found) == 23
    assert "that are no pictures we read, 2, are left out: notes.txt, wrong.png" in caplog.text


def test_a_damaged_picture_is_left_out(folder, capsys):
    (folder / "00.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    parts = [load_dataset(f"folder:{folder}", size=16, split=split) for split in ("train", "test")]
    assert sum(map(len, parts)) == 19
    assert "00.png is left out" in capsys.readouterr().out


def classes(folder, count=120):
    content = (folder / "19.png").read_bytes()
    for name in ("cats", "dogs", "foxes"):
        (folder / name).mkdir()
        for i in range(count):
            (folder / name / f"{i:04}.png").write_bytes(content)
    return folder


def test_both_parts_of_a_folder_have_their_share_of_every_subfolder(folder):
    sets = classes(folder)
    for count, low, high in ((None, 4, 25), (180, 1, 16)):
        train, test = (folder_part(sets, split, count) for split in ("train", "test"))
        assert not set(train) & set(test) and len(train) + len(test) == (count or 380)
        for name in ("cats", "dogs", "foxes"):
            assert low <= sum(path.parent.name == name for path in test) <= high
            assert abs(sum(path.parent.name == name for path in train) - len(train) / 3.1) < 20


def test_no_picture_changes_sides_when_others_are_added_or_the_folder_moves(folder, tmp_path_factory):
    sets = classes(folder, 40)
    before = set(folder_part(sets, "test"))
    for i in range(200):
        (sets / f"new{i}.png").write_bytes((folder / "19.png").read_bytes())
    assert before <= set(folder_part(sets, "test"))
    elsewhere = sets.rename(tmp_path_factory.mktemp("other") / "place")
    assert {path.relative_to(sets) for path in before} <= {
        path.relative_to(elsewhere) for path in folder_part(elsewhere, "test")
    }


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("celeba", "There is no data set named 'celeba'; there are avatars"),
        ("folder:/nowhere/at/all", "There is no folder"),
        ("fashion-mnist", "GENIMG_DATA"),
    ],
)
def test_what_is_missing_is_said(name, sentence, monkeypatch, tmp_path):
    monkeypatch.setenv("GENIMG_DATA", str(tmp_path))
    with pytest.raises(UserError, match=sentence):
        load_dataset(name, size=32)


def test_fashion_mnist_is_read_and_padded(monkeypatch, tmp_path):
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for part, n in (("train", 30), ("t10k", 10)):
        pixels, labels = np.full((n, 28, 28), 200, np.uint8), (np.arange(n) % 10).astype(np.uint8)
        header = np.array([0x803, n, 28, 28], ">i4").tobytes()
        (raw / f"{part}-images-idx3-ubyte").write_bytes(header + pixels.tobytes())
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(np.array([0x801, n], ">i4").tobytes() + labels.tobytes())
    monkeypatch.setenv("GENIMG_DATA", str(tmp_path))
    data = load_dataset("fashion-mnist", size=32)
    assert data.images.shape == (36, 1, 32, 32)
    assert data.images[0, 0, :2].max() == 0 and data.images[0, 0, 2:-2, 2:-2].min() == 200
    assert data.classes["class"][data.labels[13, 0]] == "Dress"
