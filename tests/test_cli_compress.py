"""Compression from the command line."""

import re

import numpy as np
from PIL import Image

from genimg.studio import compress, vae


def test_there_and_back(run, tmp_path):
    face, file, back = tmp_path / "face.png", tmp_path / "face.gimg", tmp_path / "back.png"
    vae.examples(64)[2].save(face)
    code, out, err = run("compress", face, "--rate", 0.6, "--out", file)
    made = compress.compress(vae.examples(64)[2], rate=0.6)
    assert (code, err) == (0, "") and file.read_bytes() == made.file
    size, psnr = re.match(r"(\d+) bytes, 0\.\d+ bits a pixel, PSNR ([\d.]+) dB", out).groups()
    assert int(size) == len(made.file) and float(psnr) == round(made.psnr, 2)
    assert run("decompress", file, "--out", back) == (0, "", "")
    with Image.open(back) as picture:
        # A convolution's last bits depend on where its numbers lie in memory, and so may the rounding of a pixel.
        assert np.abs(np.asarray(picture, int) - np.asarray(made.picture, int)).max() <= 1


def test_wrong_words_are_one_sentence(run, tmp_path):
    face = tmp_path / "face.png"
    vae.examples(64)[2].save(face)
    for arguments, words in (
        (("compress", face, "--out", tmp_path / "x.txt"), "must end in .gimg"),
        (("compress", face, "--rate", 2, "--out", tmp_path / "x.gimg"), "Rate must be"),
        (("compress", face, "--model", "avatars-dcgan", "--out", tmp_path / "x.gimg"), "The model must be one of"),
        (("decompress", face, "--out", tmp_path / "x.png"), "not a .gimg file"),
        (("decompress", tmp_path / "none.gimg", "--out", tmp_path / "x.png"), "none.gimg"),
    ):
        code, out, err = run(*arguments)
        assert code == 2 and out == "" and words in err and err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [face]
