"""The Style tab in a real browser: pictures go in, a painted one comes out, a refinement starts and stops."""

import re
import time

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from genimg.core import recipes

RESULT = "#style-result img"
STATUS = "#style-status"


@pytest.fixture
def files(tmp_path):
    """A photo and a painting, as files to upload: a disc before a gradient, and stripes."""
    y, x = np.mgrid[0:160, 0:240] / 240
    disc = (np.hypot(x - 0.5, y - 0.33) < 0.2)[..., None]
    photo = np.where(disc, [230, 120, 40], np.stack([90 + 100 * x, 120 + 90 * y, 200 - 60 * x], -1))
    stripes = np.where((np.arange(128) // 12 % 2)[:, None, None] > 0, [250, 220, 60], [20, 30, 120])
    paths = [tmp_path / "photo.png", tmp_path / "painting.png"]
    for path, pixels in zip(paths, (photo, np.broadcast_to(stripes, (128, 128, 3))), strict=True):
        Image.fromarray(pixels.astype(np.uint8)).save(path)
    return paths


@pytest.fixture
def tab(page, open_tab):
    """The Style tab, opened, showing its first picture; `tab.asking` holds the questions that are under way."""
    page.asking = set()
    page.on("request", lambda request: "/queue/" in request.url and page.asking.add(request))
    for end in ("requestfinished", "requestfailed"):
        page.on(end, lambda request: page.asking.discard(request))
    open_tab("Style")
    page.wait_for_selector(RESULT)
    settled(page)
    return page


def source(page):
    return page.get_attribute(RESULT, "src")


def settled(page, quiet=0.6, patience=20):
    """Wait until the picture has not changed for a while, and no answer is waited for: a stream may stay open."""
    began, last = time.monotonic(), source(page)
    since = began
    while time.monotonic() - since < quiet:
        page.wait_for_timeout(100)
        if source(page) != last or (page.asking and time.monotonic() - began < patience):
            since, last = time.monotonic(), source(page)
    return last


def changed(page, before):
    page.wait_for_function(f"before => document.querySelector('{RESULT}')?.src !== before", arg=before)
    return settled(page)


def upload(page, box, path):
    page.locator(f"{box} button[aria-label='Remove Image'], {box} button[aria-label='Clear']").first.click()
    page.wait_for_timeout(1000)  # a person's hand needs as long, and a refinement that rests began is ended meanwhile
    page.locator(f"{box} input[type=file]").first.set_input_files(path)


@pytest.mark.wide
def test_uploads_are_painted_and_refining_stops(tab, files):
    before = source(tab)
    upload(tab, "#style-photo", files[0])
    upload(tab, "#style-painting", files[1])
    painted = changed(tab, before)
    shape = tab.eval_on_selector(RESULT, "image => [image.naturalWidth, image.naturalHeight]")
    assert shape == [512, 341]

    tab.click("#style-refine")
    expect(tab.locator(STATUS)).to_contain_text(re.compile(r"step \d+ of \d+ at \d+ px"), timeout=30_000)
    refined = changed_once(tab, painted)
    tab.click("#style-stop")
    expect(tab.locator(STATUS)).to_contain_text("stopped")
    kept = settled(tab)
    assert kept not in (before, painted) and refined
    assert "stopped" in tab.inner_text(STATUS)
    assert not tab.broken and not tab.outside


@pytest.mark.wide
@pytest.mark.same_tab
def test_a_picture_that_rests_is_bettered_by_itself(tab):
    before = source(tab)
    tab.locator("#style-paintings button").nth(3).click()
    painted = changed_once(tab, before)
    expect(tab.locator(STATUS)).to_contain_text(re.compile(r"refined in \d+ steps"), timeout=60_000)
    assert source(tab) != painted


def changed_once(page, before):
    page.wait_for_function(f"before => document.querySelector('{RESULT}').src !== before", arg=before)
    return source(page)


@pytest.mark.wide
def test_examples_sliders_comparison_download_and_a_missing_photo(tab, tmp_path, files):
    before = source(tab)
    tab.locator("#style-paintings button").nth(6).click()
    painted = changed(tab, before)
    slider = tab.locator("#style-strength input[type=range]")
    slider.focus()
    for _ in range(5):
        slider.press("PageDown")
    weaker = changed(tab, painted)
    assert weaker != painted
    tab.get_by_label("Before and after").locator("visible=true").check()
    tab.wait_for_selector("#style-both img")
    assert tab.locator("#style-both img").count() == 2
    tab.get_by_label("Before and after").locator("visible=true").uncheck()
    tab.wait_for_selector(RESULT)
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1  # nothing sticks out sideways
    assert not tab.broken and not tab.outside

    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download PNG").click()
    path = tmp_path / "styled.png"
    download.value.save_as(path)
    with Image.open(path) as picture:
        assert picture.format == "PNG" and picture.size == (512, 512)
    assert {*recipes.read(path).sources} >= {"content", "style"}

    tab.locator("#style-photo button[aria-label='Remove Image'], #style-photo button[aria-label='Clear']").first.click()
    tab.wait_for_timeout(1000)  # a change of the photo ends a refinement, and a person's hand needs as long
    tab.click("#style-refine")
    expect(tab.get_by_text("Choose a photo first").first).to_be_visible()
    before = source(tab)
    tab.locator("#style-photo input[type=file]").first.set_input_files(files[0])
    assert changed(tab, before) != before
