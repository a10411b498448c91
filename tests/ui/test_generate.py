"""The Generate tab in a browser."""

import json
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

PICTURE = "#generate-picture img"
THUMBS = "#generate-gallery .thumbnail-item"
FIRST = "#generate-direction-1 input[type=range]"


@pytest.fixture
def tab(page, open_tab):
    open_tab("Generate")
    expect(status(page)).to_contain_text("seed 0")
    expect(page.locator(THUMBS)).to_have_count(16)
    yield page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.outside == [] and page.broken == []


def status(page):
    return page.locator(".gi-status:visible").first


def value(page, selector):
    return float(page.locator(selector).input_value())


def nearest(see):
    """Return which picture of the gallery is the large one."""
    large = see(PICTURE)
    thumbs = [Image.fromarray(see(f"{THUMBS} img", i).astype(np.uint8)) for i in range(16)]
    thumbs = [np.asarray(thumb.resize(large.shape[1::-1], Image.Resampling.BICUBIC), float) for thumb in thumbs]
    return int(np.argmin([np.abs(thumb - large).mean() for thumb in thumbs]))


def test_the_picture_follows_a_slider_while_it_is_dragged(tab, see, changes):
    before = see(PICTURE)
    slider = tab.locator(FIRST)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    tab.mouse.move(box["x"] + box["width"] / 2, y)
    tab.mouse.down()
    changes(PICTURE, lambda: tab.mouse.move(box["x"] + 0.7 * box["width"], y, steps=3))
    once = see(PICTURE)
    changes(PICTURE, lambda: tab.mouse.move(box["x"] + 0.95 * box["width"], y, steps=3))
    assert np.abs(once - before).mean() > 1 and value(tab, FIRST) > 1
    picture, height = tab.locator(PICTURE).bounding_box(), tab.viewport_size["height"]
    assert picture["y"] > -0.5 * picture["height"] and picture["y"] < 0.5 * height  # it is in sight meanwhile
    tab.mouse.up()
    tab.wait_for_timeout(1000)  # a person's hand needs longer to the button
    changes(PICTURE, lambda: tab.locator("#generate-reset").click())
    expect(slider).to_have_value("0")
    assert np.array_equal(see(PICTURE), before)
    changes(PICTURE, lambda: [slider.press("ArrowRight") for _ in range(20)])  # by keyboard too
    assert value(tab, FIRST) == 1


@pytest.mark.wide
def test_picking_reusing_rolling_and_a_wrong_seed(tab, see, changes):
    assert nearest(see) == 0
    changes(PICTURE, lambda: tab.locator(THUMBS).nth(3).click())
    expect(status(tab)).to_contain_text("seed 3")
    assert nearest(see) == 3
    tab.locator("#generate-reuse").click()
    expect(tab.locator("#generate-seed input")).to_have_value("3")
    changes(PICTURE, lambda: tab.locator(THUMBS).nth(5).click())  # the gallery still begins at 0
    expect(status(tab)).to_contain_text("seed 5")
    assert nearest(see) == 5
    picked = see(PICTURE)
    slider = tab.locator("#generate-truncation input[type=range]")
    changes(PICTURE, lambda: slider.press("ArrowRight"))  # follows with the number in the box, 3
    expect(status(tab)).to_contain_text("seed 3")
    changes(PICTURE, lambda: slider.press("ArrowLeft"))
    changes(PICTURE, lambda: tab.locator(THUMBS).nth(2).click())
    expect(status(tab)).to_contain_text("seed 5")
    assert np.array_equal(see(PICTURE), picked)  # the same seed is the same picture
    changes(PICTURE, lambda: slider.press("ArrowRight"))
    expect(status(tab)).to_contain_text("seed 5")  # what was picked stays the large one
    changes(PICTURE, lambda: tab.locator("#generate-dice").click())
    seed = tab.locator("#generate-seed input").input_value()
    expect(status(tab)).to_contain_text(f"seed {seed}")
    assert int(seed) > 64
    changes(PICTURE, lambda: tab.locator("#generate-seed input").fill("3"))
    expect(status(tab)).to_contain_text("seed 3")

    tab.locator("#generate-seed input").fill("-5")
    toast = tab.get_by_test_id("toast-text").last
    expect(toast).to_have_text(re.compile(r"-5.*minimum|Seed must be"))
    changes(PICTURE, lambda: tab.locator("#generate-seed input").fill("7"))
    expect(status(tab)).to_contain_text("seed 7")


@pytest.mark.wide
def test_raw_numbers_a_page_at_a_time(tab, see, changes):
    before = see(PICTURE)
    tab.get_by_role("button", name="Raw latent numbers").click()
    raw = tab.locator("#generate-raw-0 input[type=range]")
    own = raw.input_value()
    changes(PICTURE, lambda: [raw.press("PageUp") for _ in range(2)])
    expect(status(tab)).to_contain_text("seed 0")
    assert np.abs(see(PICTURE) - before).max() > 0 and raw.input_value() != own
    edited = raw.input_value()
    pager = tab.locator("#generate-raw-page input[type=range]")
    pager.press("ArrowRight")
    expect(tab.locator("#generate-raw-0")).to_contain_text("z16")
    pager.press("ArrowLeft")
    expect(raw).to_have_value(edited)  # it is remembered


@pytest.mark.wide
def test_the_download_says_how_it_was_made(tab, tmp_path, changes):
    changes(PICTURE, lambda: tab.locator(THUMBS).nth(2).click())
    changes(PICTURE, lambda: [tab.locator(FIRST).press("ArrowRight") for _ in range(10)])
    expect(status(tab)).to_contain_text("seed 2")
    tab.wait_for_timeout(300)
    with tab.expect_download() as caught:
        tab.locator("#generate-save").click()
    assert caught.value.suggested_filename == "avatars-dcgan-2.png"
    with Image.open(caught.value.path()) as png:
        facts = json.loads(png.text["genimg"])
        assert png.format == "PNG"
    assert (facts["model"], facts["seed"], facts["amounts"][0]) == ("avatars-dcgan", 2, 0.5)
    with tab.expect_download() as caught:
        tab.get_by_role("button", name="Download all").locator("visible=true").click()
    with Image.open(caught.value.path()) as png:
        assert png.size == (4 * 130 - 2, 4 * 130 - 2) and json.loads(png.text["genimg"])["count"] == 16


def choose(page, box, option):
    page.locator(f"#{box} input").click()
    page.get_by_role("option", name=option, exact=True).click()


@pytest.mark.wide
def test_a_face_in_words(tab, see, changes, eventually):
    changes(PICTURE, lambda: choose(tab, "generate-model", "avatars-dcgan-conditional"))
    line = tab.locator("#generate-line").locator("input, textarea").first
    chips = tab.locator("#generate-chips label")
    line.fill("red hair, a pale face & a <b>dragon</b>")
    eventually(lambda: chips.all_inner_texts() == ["red hair", "pale"])
    expect(tab.locator("#generate-unknown")).to_have_text("b, dragon")

    def redness():
        seen = see(PICTURE)
        return (seen[..., 0] > seen[..., 1] + 120).mean()

    eventually(lambda: redness() > 0.05)
    changes(PICTURE, lambda: chips.first.click())  # off: left to chance again
    eventually(lambda: redness() < 0.05)
    before = line.input_value()
    changes(PICTURE, lambda: tab.locator("#generate-random-words").click())
    assert line.input_value() not in ("", before) and chips.count() >= 4
    changes(PICTURE, lambda: choose(tab, "generate-model", "avatars-dcgan"))
    expect(line).to_be_hidden()


@pytest.mark.wide
def test_a_conditional_model_and_one_that_grew(tab, see, changes, eventually, becomes):
    expect(tab.locator("#generate-classes").first).to_be_hidden()
    choose(tab, "generate-model", "fashion-dcgan-conditional")
    menu = tab.locator("#generate-class-0")
    expect(menu).to_be_visible()
    changes(PICTURE, lambda: choose(tab, "generate-class-0", "Trouser"))

    def are_trousers():
        columns = np.mean([see(f"{THUMBS} img", i) for i in range(16)], axis=(0, 1, 3))
        return columns[4:12].mean() < 0.3 * columns[12:20].mean()  # narrow, in the middle

    eventually(are_trousers)
    choose(tab, "generate-toward", "Bag")  # of which there is nothing yet
    before = see(PICTURE)
    slider = tab.locator("#generate-blend input[type=range]")
    for _ in range(20):
        slider.press("PageUp")
    becomes(PICTURE, lambda seen: np.abs(seen - before).mean() > 10)
    with tab.expect_download() as caught:
        tab.locator("#generate-save").click()
    with Image.open(caught.value.path()) as png:
        assert json.loads(png.text["genimg"])["classes"] == {"class": "Bag"} or "Bag" in png.text["genimg"]
    changes(PICTURE, lambda: choose(tab, "generate-model", "avatars-dcgan"))
    expect(tab.locator("#generate-classes").first).to_be_hidden()

    expect(tab.locator("#generate-stages")).to_be_hidden()
    changes(PICTURE, lambda: choose(tab, "generate-model", "avatars-progressive"))
    stages = tab.locator("#generate-stages .thumbnail-item img")
    expect(stages).to_have_count(5)
    four = see("#generate-stages .thumbnail-item img", 0)
    assert len(np.unique(four.reshape(-1, 3), axis=0)) <= 16
