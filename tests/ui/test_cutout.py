"""The Cut-out tab in a real browser: strokes cut, Undo takes them back, and the download is transparent."""

import base64
import io
import json
import urllib.request

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

RESULT = "#cutout-result img"
STROKES = "#cutout-strokes textarea, #cutout-strokes input"
ORANGE, BLUE = (230, 120, 40), (60, 90, 200)


@pytest.fixture(scope="module")
def disc(tmp_path_factory):
    """An orange disc to the left of the middle of a blue picture; (file, where it lies)."""
    y, x = np.mgrid[:300, :450] + 0.5
    inside = np.hypot(x - 180, y - 150) < 80
    path = tmp_path_factory.mktemp("cutout") / "disc.png"
    Image.fromarray(np.where(inside[..., None], ORANGE, BLUE).astype(np.uint8)).save(path)
    return path, inside


def test_strokes_cut_undo_takes_back_and_the_download_is_transparent(
    page, open_tab, changes, becomes, paint, ask, disc, tmp_path
):
    path, inside = disc
    ask("cutout", posted(path), None, 0.02, "transparent", "#ffffff", None, False)  # waits until borders can be soft
    open_tab("Cut-out")
    page.wait_for_selector(RESULT, timeout=60_000)  # an example, cut
    page.locator("#cutout-photo").get_by_label("Remove Image").click()
    page.locator("#cutout-photo input[type=file]").set_input_files(path)
    expect(page.locator("#cutout-status")).to_contain_text("450 × 300", timeout=60_000)
    assert page.locator(STROKES).input_value() == ""

    changes(RESULT, lambda: paint(RESULT, (0.33, 0.5), (0.47, 0.5)))  # the disc is found without a stroke too
    cut = becomes(RESULT, lambda seen: seen.shape[:2] == inside.shape and seen[150, 420].min() > 150)
    assert abs(cut[inside] - ORANGE).mean() < 12  # only what is cut away is dimmed
    assert [one["kind"] for one in json.loads(page.locator(STROKES).input_value())] == ["keep"]

    page.locator("#cutout-kind").get_by_label("Remove", exact=True).check()
    paint(RESULT, (0.40, 0.3), (0.40, 0.4))
    removed = becomes(RESULT, lambda seen: abs(seen[105, 180] - ORANGE).max() > 60)
    page.click("#cutout-undo")
    undone = becomes(RESULT, lambda seen: abs(seen[105, 180] - ORANGE).max() < 20)
    assert abs(undone - cut).mean() < 0.1 < abs(undone - removed).mean()

    page.locator("#cutout-view").get_by_label("Cut-out", exact=True).check()
    becomes(RESULT, lambda seen: seen[150, 420].min() > 200)  # a checkerboard
    page.locator("#cutout-background").get_by_label("A picture", exact=True).check()
    page.locator("#cutout-scenes button").first.click()
    behind = becomes(RESULT, lambda seen: seen[150, 420].min() < 200)
    assert abs(behind[inside] - ORANGE).mean() < 12
    page.locator("#cutout-background").get_by_label("Transparent", exact=True).check()
    becomes(RESULT, lambda seen: seen[150, 420].min() > 200)
    with page.expect_download(timeout=60_000) as download:
        page.click("#cutout-save")
    download.value.save_as(tmp_path / "cutout.png")
    with Image.open(tmp_path / "cutout.png") as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "RGBA", (450, 300))
        assert abs(np.asarray(picture)[..., 3] / 255 - inside).mean() < 0.01
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1
    assert page.outside == [] and page.broken == []


def posted(path):
    return {"url": f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}", "path": None}


def test_the_endpoint_cuts_and_answers_nonsense_in_a_sentence(ask, app_url, disc):
    path, inside = disc
    photo, keep = posted(path), [{"kind": "keep", "width": 0.05, "points": [[0.33, 0.5], [0.47, 0.5]]}]
    ended, answer = ask("cutout", photo, keep, 0.02, "transparent", "#ffffff", None, False)
    assert ended == "complete", answer
    with urllib.request.urlopen(f"{app_url}/gradio_api/file={answer[0]['path']}", timeout=60) as file:
        picture = Image.open(io.BytesIO(file.read()))
    assert picture.mode == "RGBA" and abs(np.asarray(picture)[..., 3] / 255 - inside).mean() < 0.01

    deep = "[" * 400 + "]" * 400
    for strokes in (
        7, True, "keep", {"kind": "keep"}, [None], [[1, 2]], [{"kind": "sky", "points": [[0.5, 0.5]]}],
        [{"kind": "keep", "points": []}], [{"kind": "keep", "points": [[float("nan"), 0]]}],
        [{"kind": "keep", "points": [[float("inf"), 0]]}], [{"kind": "keep", "points": [[9, 0]]}],
        [{"kind": "keep", "points": [["0", "0"]]}], [{"kind": "keep", "points": [json.loads(deep)]}], keep * 401,
    ):  # fmt: skip
        refused(ask("cutout", photo, strokes, 0.02, "transparent", "#ffffff", None, False))
    for options in ((None, "blur", "#fff"), (float("nan"), "blur", "#fff"), (0.02, "sky", "#fff")):
        refused(ask("cutout", photo, keep, *options, None, False))
    refused(ask("cutout", photo, keep, 0.02, "colour", "bluish", None, False))
    refused(ask("cutout", photo, keep, 0.02, "picture", "#fff", None, False))
    refused(ask("cutout", photo, keep, 0.02, "blur", "#fff", None, "yes"))
    refused(ask("cutout", None, keep, 0.02, "blur", "#fff", None, False))


def refused(answer):
    ended, said = answer
    assert ended == "error", said
    text = said if isinstance(said, str) else (said or {}).get("error")
    assert len(text) > 20
    assert "Traceback" not in text and "went wrong" not in text
