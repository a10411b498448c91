"""The Draw tab in a real browser: a face is there when it opens and follows the pen, and its door bears anything."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

PICTURE, CANVAS = "#draw-picture img", "#draw-sketch canvas"


def test_the_face_follows_the_pen(page, width, open_tab, see, eventually, tmp_path):
    def rests():
        """Wait for the picture at its best, which is enlarged."""
        seen = []

        def is_large():
            page.locator("#draw-picture[aria-busy=false]").wait_for()
            seen.append(see(PICTURE))
            return seen[-1].shape == (512, 512, 3)

        eventually(is_large)
        return seen[-1]

    def stroke(*points):
        canvas = page.locator(CANVAS)
        canvas.evaluate("canvas => canvas.scrollIntoView({block: 'end'})")  # on a phone the picture stays above it
        box = canvas.bounding_box()
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=4)
        page.mouse.up()

    open_tab("Draw")
    page.wait_for_selector(PICTURE)
    assert rests().std() > 20  # made of the first example
    page.locator("#draw-clear").click()
    page.locator("#draw-patch").click()
    page.locator("[data-ink='#614335']").click()
    stroke((0.4, 0.3), (0.6, 0.3), (0.65, 0.5), (0.55, 0.7), (0.45, 0.7), (0.35, 0.5))
    dark = rests()
    assert abs(dark[180:200, 240:270].mean((0, 1)) - (97, 67, 53)).max() < 50
    page.locator("[data-ink='#c93305']").click()
    stroke((0.34, 0.4), (0.36, 0.2), (0.5, 0.1), (0.64, 0.2), (0.66, 0.4), (0.6, 0.25), (0.4, 0.25))
    assert np.abs(rests() - dark).mean() > 2  # red hair
    page.locator("#draw-undo").click()
    assert np.abs(rests() - dark).mean() < 0.5
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1
    if width == "desktop":
        page.locator("#draw-pen").click()
        page.locator("[data-ink='#1e1e1e']").click()
        stroke((0.4, 0.45), (0.47, 0.45), (0.47, 0.5), (0.4, 0.5), (0.4, 0.45))
        rests()
        page.locator("#draw-eraser").click()
        page.locator("#draw-sketch input[type=range]").fill("60")
        stroke((0.3, 0.3), (0.7, 0.4), (0.3, 0.5), (0.7, 0.6), (0.3, 0.7))
        assert np.abs(rests() - dark).mean() > 2
        Image.new("RGB", (90, 60), "navy").save(tmp_path / "mine.png")
        page.locator("#draw-sketch input[type=file]").set_input_files(tmp_path / "mine.png")
        sheet = page.locator(CANVAS)
        eventually(lambda: sheet.evaluate("c => [...c.getContext('2d').getImageData(256, 256, 1, 1).data]")[2] == 128)
        assert np.abs(rests() - dark).mean() > 10  # a picture of navy in place of the sketch
        with page.expect_download() as download:
            page.locator("#draw-save").click()
        download.value.save_as(tmp_path / "drawn.png")
        with Image.open(tmp_path / "drawn.png") as saved:
            assert saved.size == (512, 512) and json.loads(saved.text["genimg"])["weights"].keys() == {
                "avatars-pix2pix"
            }
        (tmp_path / "text.png").write_text("no picture")
        page.locator("#draw-sketch input[type=file]").set_input_files(tmp_path / "text.png")
        page.get_by_text("not a picture that this browser can read").wait_for()
        sketched = sheet.evaluate("canvas => canvas.toDataURL()")
        page.keyboard.press("d")  # another sketch
        eventually(lambda: sheet.evaluate("canvas => canvas.toDataURL()") != sketched)
        rests()
    assert page.outside == [] and page.broken == []


@pytest.fixture(scope="module")
def door(server):
    return server("draw-sketch")


def white():
    buffer = io.BytesIO()
    Image.new("L", (8, 8), 255).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def test_a_sketch_is_answered_with_a_picture(door):
    asked = {"who": "me", "model": "avatars-pix2pix", "sketch": white()}
    for name in ("paint", "rest"):
        assert door(name, asked)["picture"].startswith("data:image/webp;base64,")
    assert door("save", asked)["name"] == "avatars-pix2pix.png"
    assert door("example", {"who": "me", "index": 5500})["sketch"].startswith("data:image/webp")
    assert "refused" in door("fresh", asked) and "refused" in door("__init__", asked)


@pytest.mark.parametrize("name", ["paint", "rest", "save", "example"])
@pytest.mark.parametrize(
    "more",
    [
        None,
        {"who": 7},
        {"sketch": None},
        {"sketch": "http://127.0.0.1:1/x.png", "index": -1},
        {"sketch": "data:image/png;base64," + "A" * 3_000_000, "index": [1]},
        {"sketch": "data:image/png;base64,iVBORw0KGgo=", "index": {}},
        {"model": "../../etc", "index": float("nan")},
        {"model": "avatars-dcgan", "index": "<img src=x onerror=alert(1)>"},
        {"model": {"a": 1}, "index": 10**30},
    ],
)  # fmt: skip
def test_hostile_sketches_get_a_sentence(door, name, more):
    right = {"who": "me", "model": "avatars-pix2pix", "sketch": white()}
    answer = door(name, more if more is None else right | more)
    said = answer.get("error") or answer.get("refused")
    assert said and 15 < len(said) < 300 and "Traceback" not in said and "<" not in said
    assert "went wrong" not in said
