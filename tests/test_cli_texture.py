"""Textures from the command line."""

import pytest
from PIL import Image

from genimg.studio import texture


@pytest.fixture
def sample(tmp_path):
    texture.examples()["Gravel"].save(tmp_path / "gravel.png")
    return tmp_path / "gravel.png"


def test_both_methods_write_a_picture(run, sample, tmp_path):
    out = tmp_path / "out.webp"
    quilted = run("texture", sample, "--size", 160, "--sample", 96, "--block", 24, "--tile", "--out", out)
    assert quilted[0] == 0 and Image.open(out).size == (160, 160)
    out = tmp_path / "out.png"
    dreamed = run("texture", sample, "--method", "neural", "--size", 128, "--seconds", 2, "--out", out)
    assert dreamed[0] == 0 and Image.open(out).size == (128, 128)


def test_a_rule_is_grown(run, sample, tmp_path):
    assert run("texture-grow", sample, "--minutes", 0.02, "--out", tmp_path / "run")[0] == 0
    card = (tmp_path / "run/checkpoint/README.md").read_text()
    assert "python -m genimg texture-grow" in card


def test_what_is_wrong_is_a_sentence(run, sample, tmp_path):
    for wrong, words in (
        (("--method", "magic"), "--method must be one of quilt, neural"),
        (("--size", 5000), "width must be a whole number from 128 to 2048"),
        (("--method", "neural", "--statistic", "x"), "statistic must be one of"),
    ):
        code, _, err = run("texture", sample, *wrong, "--out", tmp_path / "x.png")
        assert code == 2 and words in err
