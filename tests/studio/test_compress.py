"""Pictures as files: exact, small, and whatever is wrong with a file is a sentence."""

import math
import random
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.studio import compress, examples, rivals, vae
from genimg.studio.sampler import sampler

RATES = (0.0, 0.25, 0.5, 0.75, 1.0)


@pytest.fixture(scope="module")
def faces():
    return vae.examples(64)[:4]


@pytest.fixture(scope="module")
def made(faces):
    """Each face at each rate."""
    return [[compress.compress(face, rate=rate) for face in faces] for rate in RATES]


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def test_a_file_decodes_to_the_picture_that_was_shown(made):
    for row in made:
        for one in row:
            again = compress.decompress(one.file)
            assert again.tobytes() == one.picture.tobytes()
            assert compress.psnr(one.original, again) == one.psnr
            assert len(one.file) == one.payload + 8
    assert made[2][0].bpp == 8 * len(made[2][0].file) / 4096


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (33, 2)])
def test_the_smallest_and_oddest_pictures_are_files_too(size):
    one = compress.compress(Image.new("RGB", size, "orange"), rate=0.2)
    assert compress.decompress(one.file).tobytes() == one.picture.tobytes()


def test_finer_is_larger_and_better(made):
    sizes, quality = ([mean(f(one) for one in row) for row in made] for f in (lambda o: len(o.file), lambda o: o.psnr))
    assert sizes == sorted(sizes) and sizes[-1] > 2 * sizes[0]
    assert quality == sorted(quality) and quality[-1] > quality[0] + 3
    assert sizes[-1] < 64


def test_faces_beat_jpeg_and_webp_at_equal_bytes_by_far(made):
    for row in made[1:]:
        for name in ("JPEG", "WebP"):
            others = [rivals.same_size(one.original, name, len(one.file)) for one in row]
            assert all(not other.met and other.size > len(one.file) for other, one in zip(others, row, strict=True))
            assert mean(one.psnr for one in row) > mean(other.psnr for other in others) + 5
    scans = [rivals.same_quality(one.original, "JPEG", one.psnr).payload for one in made[2]]
    assert mean(scans) > 10 * mean(len(one.file) for one in made[2])


def test_photos_are_beyond_it():
    photo = examples.photo("Coffee")
    best = compress.compress(photo, rate=1.0)
    assert best.psnr < 15 < rivals.same_size(best.original, "WebP", 0).psnr
    assert compress.decompress(best.file).tobytes() == best.picture.tobytes()


def test_refining_gains(faces):
    for rate in (0.5, 1.0):
        plain, refined = ([compress.compress(f, rate=rate, refine=kind) for f in faces] for kind in (False, True))
        assert mean(one.psnr for one in refined) > mean(one.psnr for one in plain) + 0.3
        assert mean(len(one.file) for one in refined) < mean(len(one.file) for one in plain) + 3


def test_damage_is_a_sentence(made):
    chance = random.Random(0)
    file = made[3][0].file
    for length in range(len(file)):
        with pytest.raises(UserError, match="file"):
            compress.decompress(file[:length])
    survived = 0
    for _ in range(3000):
        broken = bytearray(file)
        for _ in range(chance.randint(1, 4)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        broken += chance.randbytes(chance.choice((0, 0, 1, 30)))
        if bytes(broken) == file:
            continue
        try:
            compress.decompress(bytes(broken))
            survived += 1
        except UserError:
            pass
    assert survived <= 2  # of a check sum of 16 bits


def test_a_right_check_sum_over_nonsense_gives_a_picture_or_a_sentence():
    chance, source = random.Random(1), compress.codec()
    for _ in range(150):
        settings = chance.randrange(65536)
        file = compress._seal(source.fingerprint, settings, chance.randbytes(chance.randrange(200)))
        try:
            assert compress.decompress(file).size == (64, 64)
        except UserError as problem:
            assert "damaged" in str(problem)


@pytest.mark.parametrize("file", [None, "x.gimg", b"", b"\x89PNG" * 40, b"g1" + bytes(70_000), 7])
def test_what_is_no_file_of_ours_is_a_sentence(file):
    with pytest.raises(UserError, match=r"\.gimg file|65|64 kB"):
        compress.decompress(file)


def test_another_checkpoint_is_told(made, tmp_path, monkeypatch):
    shutil.copytree(checkpoints.root() / "avatars-vae", tmp_path / "other-vae")
    path = tmp_path / "other-vae" / "codec.safetensors"
    table = {name: value.cpu() for name, value in checkpoints.extra(tmp_path / "other-vae", "codec").items()}
    table["scales"] *= 1.5
    checkpoints.save_tensors(table, path, half=True)
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path))
    with pytest.raises(UserError, match="made with another checkpoint"):
        compress.decompress(made[2][0].file)
    theirs = compress.compress(vae.examples(64)[0], model="other-vae")
    assert compress.decompress(theirs.file).tobytes() == theirs.picture.tobytes()
    assert theirs.file[2:4] != made[2][0].file[2:4]


def test_the_table_is_made_of_what_ships(small_folder, tmp_path, monkeypatch):
    shutil.copytree(small_folder, tmp_path / "all")
    monkeypatch.setenv("GENIMG_CHECKPOINTS", str(tmp_path / "all"))
    with pytest.raises(UserError, match="genimg codec"):
        compress.compress(vae.examples(64)[0])
    with pytest.raises(UserError, match="must be one of"):
        compress.build("nobody")
    if sampler("small-vae", "vae").mixture is None:
        mixture = {"weights": torch.ones(1), "means": torch.zeros(1, 8), "factors": torch.eye(8)[None]}
        checkpoints.save_tensors(mixture, tmp_path / "all" / "small-vae" / "mixture.safetensors")
    assert compress.build("small-vae", count=2).name == "codec.safetensors"
    made = compress.compress(vae.examples(64)[0], model="small-vae")
    assert made.picture.size == (32, 32) and compress.decompress(made.file).tobytes() == made.picture.tobytes()


@pytest.mark.parametrize("bad", [math.nan, math.inf, None, True, "1", -0.1, 1.1, [0.5]])
def test_bad_values_are_sentences(faces, bad):
    with pytest.raises(UserError, match="Rate must be"):
        compress.compress(faces[0], rate=bad)
    if bad is not True:
        with pytest.raises(UserError, match="Refine must be"):
            compress.compress(faces[0], refine=bad)


def test_missing_pictures():
    with pytest.raises(UserError, match="Choose a picture"):
        compress.compress(None)
    with pytest.raises(UserError, match="must be a PIL image"):
        compress.compress("face.png")


@pytest.mark.parametrize("shape", [(1, 1), (50, 1), (333, 77)])
def test_odd_shapes(shape):
    assert compress.compress(Image.new("L", shape, 99)).picture.size == (64, 64)


def test_scans_are_counted_without_headers(faces):
    for one in rivals.files(faces[0], "JPEG"):
        assert 200 < one.size - one.payload < 700
    for one in rivals.files(faces[0], "WebP"):
        assert 20 <= one.size - one.payload <= 21  # RIFF, WEBP, the chunk's head, and a byte to make it even
    curves = rivals.curves(faces[0])
    assert all(np.diff([y for _, y in points]).min() > 0 for points in curves.values())
