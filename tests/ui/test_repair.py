"""The Repair tab in a real browser: a spot is painted over and goes, and Undo brings it back with its stroke."""

import base64
import io
import json
import urllib.request

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from genimg.studio import repair as studio

RESULT = "#repair-result img"
MIDDLE = (slice(110, 130), slice(150, 170))
STROKES = "#repair-strokes textarea, #repair-strokes input"


@pytest.fixture(scope="module")
def spotted(tmp_path_factory):
    """A black spot in the middle of a gradient; (file, the gradient)."""
    y, x = np.mgrid[:240, :320] + 0.5
    clean = np.stack([60 + 100 * x / 320, 90 + 80 * y / 240, 160 - 50 * x / 320], -1)
    path = tmp_path_factory.mktemp("repair") / "spotted.png"
    spot = np.hypot(x - 160, y - 120) < 12
    Image.fromarray(np.where(spot[..., None], 0, clean).astype(np.uint8)).save(path)
    return path, clean


def test_a_spot_is_repaired_and_undo_brings_it_back(page, open_tab, becomes, paint, spotted):
    path, clean = spotted
    open_tab("Repair")
    page.locator("#repair-both img").nth(1).wait_for(timeout=60_000)  # an example, before and after
    page.locator("#repair-photo").get_by_label("Remove Image").click()
    page.locator("#repair-photo input[type=file]").set_input_files(path)
    becomes(RESULT, lambda seen: seen.shape == clean.shape and seen[MIDDLE].min() < 20)
    expect(page.locator("#repair-status")).to_contain_text("320 × 240")

    slider = page.locator("#repair-width input[type=number]")
    slider.fill("10")
    slider.press("Enter")
    paint(RESULT, (0.48, 0.5), (0.52, 0.5))
    (stroke,) = json.loads(page.locator(STROKES).input_value())
    assert stroke["kind"] == "damage" and abs(np.array(stroke["points"]) - 0.5).max() < 0.04
    page.click("#repair-mend")
    mended = becomes(RESULT, lambda seen: seen[MIDDLE].min() > 20)
    assert abs(mended - clean)[MIDDLE].max() < 25
    expect(page.locator(STROKES)).to_have_value("")
    page.click("#repair-back")
    becomes(RESULT, lambda seen: seen[MIDDLE].min() < 20)
    (again,) = json.loads(page.locator(STROKES).input_value())
    assert again == stroke
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1
    assert page.outside == [] and page.broken == []


@pytest.mark.wide
def test_a_face_is_imagined_until_stop_and_an_answer_chosen(page, open_tab, becomes, see):
    open_tab("Repair")
    page.locator("#repair-both img").nth(1).wait_for(timeout=60_000)
    face = [method for method, _ in studio.EXAMPLES.values()].index("imagine")
    page.locator("#repair-examples button").nth(face).click()
    answers = page.locator("#repair-answers .thumbnail-item")
    expect(answers).to_have_count(4, timeout=60_000)  # while it goes on
    page.click("#repair-stop")
    expect(page.locator("#repair-status")).to_contain_text("stopped; the best so far")
    chosen = see("#repair-answers .thumbnail-item img", 2)
    answers.nth(2).click()
    becomes(RESULT, lambda seen: seen.shape == chosen.shape and abs(seen - chosen).mean() < 1)
    page.click("#repair-back")
    expect(answers).to_have_count(0)
    assert len(json.loads(page.locator(STROKES).input_value())) > 0
    assert page.outside == [] and page.broken == []


def test_the_endpoint_repairs_and_answers_nonsense_in_a_sentence(ask, app_url, spotted):
    path, clean = spotted
    picture = {"url": f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}", "path": None}
    damage = [{"kind": "damage", "width": 0.1, "points": [[0.48, 0.5], [0.52, 0.5]]}]
    ended, answer = ask("repair", picture, damage, None, "telea", "avatars-vae", 1, 0)
    assert ended == "complete", answer
    with urllib.request.urlopen(f"{app_url}/gradio_api/file={answer[0]['path']}", timeout=60) as file:
        repaired = np.asarray(Image.open(io.BytesIO(file.read())), float)
    assert abs(repaired - clean).max() < 15

    good = (picture, damage, None, "telea", "avatars-vae", 1, 0)
    bad = {
        0: [None],
        1: [7, True, "damage", {"kind": "damage"}, [None], [[1, 2]], None, [], damage * 401,
            [{"kind": "box", "points": [[0, 0], [1, 1]]}], [{"kind": "damage", "points": []}],
            [{"kind": "damage", "points": [[float("nan"), 0]]}], [{"kind": "damage", "points": [[9, 0]]}],
            [{"kind": "damage", "width": None, "points": [[0.5, 0.5]]}]],
        3: [None, 7, "magic"],
        6: [None, True, -1, 0.5, float("nan")],
    }  # fmt: skip
    imagine = (picture, damage, None, "imagine", "avatars-vae", 1, 0)
    asked = [(*good[:i], value, *good[i + 1 :]) for i, values in bad.items() for value in values]
    asked += [(*imagine[:i], value, *imagine[i + 1 :]) for i, value in ((4, "nobody"), (5, 1e9), (5, None), (1, None))]
    for data in asked:
        ended, said = ask("repair", *data)
        assert ended == "error", (data[1:], said)
        text = said if isinstance(said, str) else (said or {}).get("error")
        assert len(text) > 20
        assert "Traceback" not in text and "went wrong" not in text, (data[1:], said)
