"""What other programs may rely on: the public endpoints as the README shows them, and many clients at once."""

import base64
import io
import re
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

import genimg
from genimg.studio import vae

ROOT = Path(__file__).parents[2]
REFINED = {"size": 256, "seconds": 120, "api_name": "/refine"}


@pytest.fixture(scope="module")
def studio(app_url, tmp_path_factory):
    return Client(app_url, verbose=False, download_files=str(tmp_path_factory.mktemp("downloads")))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Two uploads: a square face, and a wide one."""
    folder = tmp_path_factory.mktemp("pictures")
    vae.examples(64)[0].save(folder / "a.png")
    vae.examples(64)[1].resize((90, 60)).save(folder / "b.png")
    return [handle_file(str(folder / name)) for name in ("a.png", "b.png")]


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def drawn(ask, app_url, seed, count=1):
    """Draw faces over plain HTTP; return their pixels."""
    ended, answer = ask("generate", "avatars-dcgan", seed, count, 1.0)
    assert ended == "complete", answer
    return [fetch(app_url, item["image"]) for item in answer[1]]


def fetch(app_url, picture):
    with urllib.request.urlopen(f"{app_url}/gradio_api/file={picture['path']}", timeout=60) as answer:
        return pixels(io.BytesIO(answer.read()))


def test_the_same_seed_in_python_in_the_shell_and_over_http(ask, app_url, tmp_path):
    made = genimg.load("avatars-dcgan").sample(3, seed=7)
    command = ["sample", "avatars-dcgan", "--seed", "7", "--count", "3", "--out", str(tmp_path / "x.png")]
    subprocess.run([sys.executable, "-m", "genimg", *command], cwd=ROOT, check=True)
    sheet = pixels(tmp_path / "x.png")
    for i, (image, served) in enumerate(zip(made, drawn(ask, app_url, 7, 3), strict=True)):
        top, left = 64 * (i // 2), 64 * (i % 2)
        assert np.array_equal(sheet[top : top + 64, left : left + 64], image)
        assert np.array_equal(served, image)


@pytest.mark.parametrize(("endpoint", "model"), [("/generate", "avatars-dcgan"), ("/sample_vae", "avatars-vae")])
def test_drawing(studio, endpoint, model):
    picture, gallery, status = studio.predict(model, 7, 4, 0.8, api_name=endpoint)
    assert len(gallery) == 4 and "seed 7" in status
    assert max(pixels(picture).shape) == 384
    again = studio.predict(model=model, seed=7, count=4, truncation=0.8, api_name=endpoint)
    assert all(np.array_equal(pixels(a["image"]), pixels(b["image"])) for a, b in zip(gallery, again[1], strict=True))


def test_drawing_by_class(studio):
    asked = ("fashion-dcgan-conditional", 7, 4, 0.8)
    trousers = studio.predict(*asked, {"class": "Trouser"}, api_name="/generate_by_class")[1]
    boots = studio.predict(*asked, {"class": {"Ankle boot": 0.9, "Bag": 0.1}}, api_name="/generate_by_class")[1]
    assert all(
        np.abs(pixels(a["image"]) - pixels(b["image"])).max() > 100 for a, b in zip(trousers, boots, strict=True)
    )
    with pytest.raises(Exception, match="The class must be one of T-shirt/top, Trouser"):
        studio.predict(*asked, {"class": "Hat"}, api_name="/generate_by_class")


def test_reconstruct(studio, pictures):
    *three, status, square = studio.predict("avatars-vae", pictures[0], 4, api_name="/reconstruct")
    assert [pixels(path).shape for path in three] == [(256, 256, 3)] * 3
    assert "PSNR" in status and square is None  # nothing was cut away
    assert pixels(studio.predict("avatars-vae", pictures[1], api_name="/reconstruct")[-1]).shape == (60, 90, 3)


def test_interpolate(studio, pictures):
    films = studio.predict("avatars-vae", *pictures, 5, "spherical", api_name="/interpolate")
    for path, kind in zip(films, ("gif", "mp4"), strict=True):
        assert path.endswith(f"morph.{kind}")
        with av.open(path) as film:
            assert sum(1 for _ in film.decode(video=0)) == 8  # there and back, neither end twice


def test_the_ways_of_a_generator(studio):
    strip, *films = studio.predict("avatars-flow", 12, {"hair": "BUN"}, {"steps": 4}, api_name="/way")
    assert pixels(strip).shape == (128, 8 * 128 + 7 * 2, 3)
    between = studio.predict("avatars-dcgan-conditional", 3, 12, 4, api_name="/between")
    for path, count in (
        (films[0], 36),
        (films[1], 48),
        *((path, 6) for path in between),
    ):  # a GIF holds its last longer
        with av.open(path) as film:
            assert sum(1 for _ in film.decode(video=0)) == count
    for bad, words in (
        (("avatars-dcgan", 1), "avatars-dcgan draws at once; only a flow has a way"),
        (("avatars-flow", 1, {}, {"steps": 99}), "Steps must be a whole number from 4 to 30"),
        (("avatars-flow", 1, {}, {"pace": 1}), "A flow is told its steps, guidance and solver"),
        (("avatars-flow", 1, {"hair": "X"}), "The hair must be one of"),
    ):
        with pytest.raises(AppError, match=words):
            studio.predict(*bad, api_name="/way")


def test_stylize_and_edit(studio, pictures):
    painted, status, _ = studio.predict(*pictures, None, strength=0.8, size=256, api_name="/stylize")
    assert pixels(painted).shape == (256, 256, 3) and "256 × 256" in status
    turned = studio.predict(pictures[1], [{"op": "flip", "axis": "horizontal"}], api_name="/edit")
    assert np.array_equal(pixels(turned), pixels(pictures[1]["path"])[:, ::-1])


def test_a_sketch_becomes_a_face(studio, pictures):
    drawn, status = studio.predict(pictures[1], "avatars-pix2pix", api_name="/sketch")
    assert pixels(drawn).shape == (512, 512, 3) and re.search(r"\d m?s\b", status)
    with pytest.raises(AppError, match="Choose a sketch first"):
        studio.predict(None, api_name="/sketch")


def test_textures_and_restored_pictures(studio, pictures):
    sewn, status = studio.predict(pictures[1], 160, 128, 96, 24, 0.25, 0.1, True, 3, False, api_name="/quilt")
    assert pixels(sewn).shape == (128, 160, 3) and "seed 3" in status
    made, status = studio.predict(pictures[0], 128, 64, "gram", "noise", False, 3, 2, False, api_name="/texture")
    assert pixels(made).shape == (128, 128, 3) and "seed 3" in status
    for method in ("denoise", "deblur", "jpeg"):
        restored = pixels(studio.predict(pictures[1], method, 1, 1.5, 30, api_name="/restore"))
        changed = np.abs(restored - pixels(pictures[1]["path"]).astype(float)).mean()
        assert restored.shape == (60, 90, 3)
        assert bool(changed > 0) is (method != "denoise")  # a drawn picture has no noise


def test_an_enlarged_picture_keeps_its_transparency(studio, tmp_path):
    picture = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    picture.paste((200, 40, 60, 255), (10, 10, 30, 20))
    picture.save(tmp_path / "see-through.png")
    made = Image.open(studio.predict(handle_file(tmp_path / "see-through.png"), 3, "drawing", api_name="/enlarge"))
    assert made.size == (120, 90) and made.getpixel((2, 2))[3] == 0 and made.getpixel((60, 45))[3] == 255


@pytest.mark.parametrize("bad", [None, True, [7], "7", 2.5, -1, 2**31, float("nan"), float("inf"), {}], ids=repr)
def test_a_bad_value_is_a_sentence(ask, bad):
    png = io.BytesIO()
    vae.examples(64)[0].save(png, "PNG")
    face = {"url": f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}", "path": None}
    model = "avatars-vae"
    for endpoint, data in (
        ("generate", ("avatars-dcgan", bad, 4, 1.0)),
        ("generate", ("avatars-dcgan", 7, bad, 1.0)),
        ("generate", ("avatars-dcgan", 7, 4, bad)),
        ("generate", (bad, 7, 4, 1.0)),
        ("sample_vae", (model, bad, 4, 0.8)),
        ("reconstruct", (model, face, bad)),
        ("interpolate", (model, face, face, bad, "linear")),
        ("interpolate", (model, face, face, 4, bad)),
        ("art", ("glass", bad, 128, "Ember", True, {"panes": 5})),
        ("quilt", (face, 160, 128, 96, 24, 0.25, 0.1, False, bad, False)),
        ("remix", (face, "vary", None, 0.2, 2.0, 0.7, bad, False, 1)),
        ("enlarge", (face, bad, "photo")),
        ("sketch", (bad, "avatars-pix2pix")),
        ("texture", (face, 128, 64, "gram", "noise", False, bad, 2, False)),
        ("restore", (face, "jpeg", bad, 0, 0)),
        ("compress", (face, bad, False)),
    ):
        if endpoint in ("reconstruct", "restore") and bad == 2.5:
            continue  # a gain may have a fraction, and so may a strength
        ended, answer = ask(endpoint, *data)
        text = answer if isinstance(answer, str) else (answer or {}).get("error")
        assert ended == "error" and len(text) > 20, (endpoint, data, answer)
        assert "Traceback" not in text and "went wrong" not in text


def test_what_is_bad_is_named(studio):
    with pytest.raises(AppError, match="Seed must be a whole number from 0 to 2147483647, got None"):
        studio.predict("avatars-dcgan", None, 4, 1.0, api_name="/generate")
    with pytest.raises(AppError, match="How many must be a whole number from 1 to 64, got 2.5"):
        studio.predict("avatars-dcgan", 7, 2.5, 1.0, api_name="/generate")
    with pytest.raises(AppError, match="Choose a picture first"):
        studio.predict("avatars-vae", None, 4, api_name="/reconstruct")


def test_thirty_people_draw_while_one_refines(ask, app_url, studio, pictures):
    work = studio.submit(*pictures, None, **REFINED)
    next(iter(work))  # it is at work
    model = genimg.load("avatars-dcgan")

    def draw(seed):
        (picture,) = drawn(ask, app_url, seed)
        return seed, picture

    with ThreadPoolExecutor(30) as people:
        answers = list(people.map(draw, range(1000, 1030)))
    assert not work.done()
    work.cancel()
    for seed, picture in answers:
        assert np.array_equal(picture, model.sample(seed=seed)[0])  # each has the picture that it asked for


def test_a_refinement_that_is_cancelled_frees_its_place(app_url, pictures):
    people = [Client(app_url, verbose=False) for _ in range(3)]
    first, second = (person.submit(*pictures, None, **REFINED) for person in people[:2])
    for work in (first, second):
        next(iter(work))
    third = people[2].submit(*pictures, None, **REFINED)  # two places, so it waits
    time.sleep(2)
    assert third.outputs() == []
    first.cancel()
    next(iter(third))
    assert not second.done()
    for work in (second, third):
        work.cancel()


def test_a_face_is_animated_and_varied(studio, pictures):
    films = studio.predict("avatars-rnn", pictures[1], 2, 1.0, 5, api_name="/animate")
    for path in films:
        with av.open(path) as film:
            assert sum(1 for _ in film.decode(video=0)) == 24
    gallery, *_ = studio.predict("avatars-vae", pictures[0], 0.5, 1, 3, api_name="/vary")
    assert len(gallery) == 3
    with pytest.raises(AppError, match="greater than maximum value 20|Seconds must be"):
        studio.predict("avatars-rnn", pictures[0], 99, 1.0, 5, api_name="/animate")
