"""The Generate tab in a browser."""

import json
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from genimg.core import recipes
from genimg.data.avatars import draw_attributes, render
from genimg.studio.vae import FIRST_HELD_OUT

PICTURE = "#generate-picture img"
THUMBS = "#generate-gallery .thumbnail-item"
FIRST, SECOND = (f"#generate-direction-{i} input[type=range]" for i in (1, 2))
MODEL = "avatars-dcgan"


@pytest.fixture
def tab(page, open_tab):
    open_tab("Generate")
    expect(page.locator(THUMBS).first).to_be_visible(timeout=30_000)  # eight faces of a flow
    page.locator("#generate-picture[aria-busy=false]").wait_for()
    if MODEL not in page.locator(PICTURE).get_attribute("alt"):
        choose(page, "generate-model", MODEL)
        expect(page.locator(PICTURE)).to_have_attribute("alt", f"{MODEL}, seed 0")
        expect(page.locator(THUMBS)).to_have_count(16)
        page.locator("#generate-picture[aria-busy=false]").wait_for()
    yield page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.outside == [] and page.broken == []


def choose(page, box, option):
    page.locator(f"#{box} input").click()
    page.get_by_role("option", name=option, exact=True).click()


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


def test_the_picture_follows_a_slider_and_is_enlarged_when_it_rests(tab, see, changes, settles):
    before = see(PICTURE)
    assert before.shape == (256, 256, 3)  # four times the network's own size
    shelf = [tab.locator("#generate-gallery button").nth(i).bounding_box() for i in range(4)]
    assert all(abs(box["width"] - box["height"]) < 9 and box["y"] == shelf[0]["y"] for box in shelf)
    slider = tab.locator(FIRST)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    tab.mouse.move(box["x"] + box["width"] / 2, y)
    tab.mouse.down()
    changes(PICTURE, lambda: tab.mouse.move(box["x"] + 0.7 * box["width"], y, steps=3))
    tab.wait_for_function("document.querySelector('#generate-picture img').naturalWidth === 64")
    settles(lambda: tab.mouse.move(box["x"] + 0.95 * box["width"], y, steps=3))
    moved = see(PICTURE)
    assert moved.shape == before.shape and np.abs(moved - before).mean() > 1 and value(tab, FIRST) > 1
    picture, height = tab.locator(PICTURE).bounding_box(), tab.viewport_size["height"]
    assert picture["y"] > -0.5 * picture["height"] and picture["y"] < 0.5 * height  # it is in sight meanwhile
    tab.mouse.up()
    settles(lambda: tab.locator("#generate-reset").click())
    expect(slider).to_have_value("0")
    assert np.array_equal(see(PICTURE), before)
    settles(lambda: tab.locator("#generate-undo").click())
    assert np.array_equal(see(PICTURE), moved) and value(tab, FIRST) > 1
    settles(lambda: tab.locator("#generate-reset").click())
    settles(lambda: [slider.press("ArrowRight") for _ in range(20)])  # by keyboard too
    assert value(tab, FIRST) == 1


@pytest.mark.wide
def test_picking_reusing_rolling_and_a_wrong_seed(tab, see, settles):
    assert nearest(see) == 0
    settles(lambda: tab.locator(THUMBS).nth(3).click())
    expect(status(tab)).to_contain_text("seed 3")
    expect(tab.locator(f"{THUMBS}[aria-pressed=true]")).to_have_attribute("data-seed", "3")
    assert nearest(see) == 3
    picked = see(PICTURE)
    tab.locator("#generate-reuse").click()
    expect(tab.locator("#generate-seed input")).to_have_value("3")
    expect(tab.locator(THUMBS).first).to_have_attribute("data-seed", "3")  # the gallery begins there now
    settles(lambda: tab.locator(THUMBS).nth(2).click())
    expect(status(tab)).to_contain_text("seed 5")
    assert nearest(see) == 2
    slider = tab.locator("#generate-truncation input[type=range]")
    settles(lambda: slider.press("ArrowRight"))
    expect(status(tab)).to_contain_text("seed 5")  # what was picked stays the large one
    settles(lambda: slider.press("ArrowLeft"))
    settles(lambda: tab.locator(THUMBS).nth(0).click())
    assert np.array_equal(see(PICTURE), picked)  # the same seed is the same picture
    settles(lambda: tab.keyboard.press("d"))
    seed = tab.locator("#generate-seed input").input_value()
    expect(status(tab)).to_contain_text(f"seed {seed}")
    assert int(seed) > 64
    settles(lambda: tab.keyboard.press("z"))
    assert np.array_equal(see(PICTURE), picked)

    before = tab.locator(PICTURE).get_attribute("src")
    tab.locator("#generate-seed input").fill("-5")
    expect(status(tab)).to_contain_text("Seed: ")
    assert tab.locator(PICTURE).get_attribute("src") == before
    settles(lambda: tab.locator("#generate-seed input").fill("7"))
    expect(status(tab)).to_contain_text("seed 7")


@pytest.mark.wide
def test_the_pad_moves_two_sliders_and_another_face_is_near(tab, see, settles, tmp_path):
    before = see(PICTURE)
    tab.locator("#generate-pad summary").click()
    pad = tab.locator("#generate-pad .gi-pad")
    settles(lambda: pad.click(position={"x": 10, "y": 10}))
    assert value(tab, FIRST) < -2 and value(tab, SECOND) > 2
    settles(lambda: pad.press("ArrowRight"))
    assert value(tab, SECOND) > 2
    settles(lambda: tab.locator("#generate-reset").click())
    assert np.array_equal(see(PICTURE), before)

    tab.locator("#generate-another summary").click()
    tab.locator("#generate-other input").fill("9")
    share = tab.locator("#generate-share input[type=range]")
    settles(lambda: share.press("End"))
    there = see(PICTURE)
    with tab.expect_download() as caught:
        tab.locator("#generate-gif").click()
    assert caught.value.suggested_filename == f"{MODEL}-0-to-9.gif"
    with Image.open(caught.value.path()) as film:
        assert film.n_frames == 46 and film.size == (256, 256)
    settles(lambda: tab.locator("#generate-reset").click())
    settles(lambda: tab.locator(THUMBS).nth(9).click())
    assert np.array_equal(see(PICTURE), there)  # the end of the way is that face


@pytest.mark.wide
def test_raw_numbers_a_page_at_a_time(tab, see, settles):
    before = see(PICTURE)
    tab.locator("#generate-raw summary").click()
    raw = tab.locator("#generate-raw-0 input[type=range]")
    expect(raw).not_to_have_value("0")  # the picture's own
    own = raw.input_value()
    settles(lambda: [raw.press("PageUp") for _ in range(2)])
    expect(status(tab)).to_contain_text("seed 0")
    assert np.abs(see(PICTURE) - before).max() > 0 and raw.input_value() != own
    edited = raw.input_value()
    pager = tab.locator("#generate-raw-page input[type=range]")
    pager.press("ArrowRight")
    expect(tab.locator("#generate-raw-0")).to_contain_text("z16")
    pager.press("ArrowLeft")
    expect(raw).to_have_value(edited)  # it is remembered
    settles(lambda: tab.locator("#generate-reset").click())
    expect(raw).to_have_value(own)


@pytest.mark.wide
def test_downloads_say_how_they_were_made(tab, settles):
    settles(lambda: tab.locator(THUMBS).nth(2).click())
    settles(lambda: [tab.locator(FIRST).press("ArrowRight") for _ in range(10)])
    for button, name, side in (("save", f"{MODEL}-2.png", 64), ("save-large", f"{MODEL}-2-enlarged.png", 256)):
        expect(tab.locator(f"#generate-{button}")).to_contain_text(f"{side} px")
        with tab.expect_download() as caught:
            tab.locator(f"#generate-{button}").click()
        assert caught.value.suggested_filename == name
        with Image.open(caught.value.path()) as png:
            facts = json.loads(png.text["genimg"])["parameters"]
            assert png.format == "PNG" and png.size == (side, side)
        assert (facts["model"], facts["seed"], facts["amounts"][0]) == (MODEL, 2, 0.5)
    with tab.expect_download() as caught:
        tab.locator("#generate-save-all").click()
    with Image.open(caught.value.path()) as png:
        assert png.size == (4 * 130 - 2, 4 * 130 - 2) and json.loads(png.text["genimg"])["parameters"]["count"] == 16


@pytest.mark.wide
def test_a_face_in_words(tab, see, settles, eventually):
    settles(lambda: choose(tab, "generate-model", "avatars-dcgan-conditional"))
    line = tab.locator("#generate-line input")
    chips = tab.locator("#generate-chips label")
    settles(lambda: line.fill("red hair, a pale face & a <b>dragon</b>"))
    eventually(lambda: chips.all_inner_texts() == ["red hair", "pale"])
    expect(tab.locator("#generate-unknown")).to_have_text("Not understood: b, dragon")

    def redness():
        seen = see(PICTURE)
        return (seen[..., 0] > seen[..., 1] + 120).mean()

    eventually(lambda: redness() > 0.05)
    settles(lambda: chips.first.click())  # off: left to chance again
    eventually(lambda: redness() < 0.05)
    settles(lambda: tab.keyboard.press("z"))
    eventually(lambda: redness() > 0.05 and chips.first.locator("input").is_checked())
    before = line.input_value()
    settles(lambda: tab.locator("#generate-random-words").click())
    assert line.input_value() not in ("", before) and chips.count() >= 4
    settles(lambda: choose(tab, "generate-model", MODEL))
    expect(line).to_be_hidden()


@pytest.mark.wide
def test_attributes_are_held_changed_and_left_to_chance(tab, see, settles):
    settles(lambda: choose(tab, "generate-model", "avatars-dcgan-conditional"))
    tab.locator("#generate-classes summary").click()
    menus = [tab.locator(f"#generate-class-{i} select") for i in range(12)]
    first = [menu.locator("option").first.inner_text() for menu in menus]
    assert all(text.startswith("any · ") for text in first)  # what chance has given this one
    tab.locator("#generate-hold").click()
    held = [menu.locator("option:checked").inner_text() for menu in menus]
    assert [f"any · {text}" for text in held] == first
    settles(lambda: tab.locator("#generate-dice").click())
    assert [menu.locator("option:checked").inner_text() for menu in menus] == held
    glasses = next(menu for menu in menus if menu.locator("..").inner_text().startswith("Glasses"))
    settles(lambda: glasses.select_option("Sunglasses" if held[menus.index(glasses)] != "Sunglasses" else "Round"))
    settles(lambda: tab.locator("#generate-free").click())
    assert all(menu.locator("option:checked").inner_text().startswith("any") for menu in menus)


@pytest.mark.wide
def test_a_conditional_model_and_one_that_grew(tab, see, settles, eventually, becomes):
    expect(tab.locator("#generate-classes")).to_have_count(0)
    settles(lambda: choose(tab, "generate-model", "fashion-dcgan-conditional"))
    menu = tab.locator("#generate-class-0 select")
    settles(lambda: menu.select_option("Trouser"))

    def are_trousers():
        columns = np.mean([see(f"{THUMBS} img", i) for i in range(16)], axis=(0, 1, 3))
        return columns[4:12].mean() < 0.3 * columns[12:20].mean()  # narrow, in the middle

    eventually(are_trousers)
    tab.locator("#generate-toward select").select_option("class: Bag")  # of which there is nothing yet
    before = see(PICTURE)
    settles(lambda: tab.locator("#generate-blend input[type=range]").press("End"))
    assert np.abs(see(PICTURE) - before).mean() > 10
    with tab.expect_download() as caught:
        tab.locator("#generate-save").click()
    with Image.open(caught.value.path()) as png:
        assert json.loads(png.text["genimg"])["parameters"]["classes"]["class"]["Bag"] == 1
    settles(lambda: choose(tab, "generate-model", MODEL))
    expect(tab.locator("#generate-classes")).to_have_count(0)

    expect(tab.locator("#generate-stages")).to_be_hidden()
    settles(lambda: choose(tab, "generate-model", "avatars-progressive"))
    stages = tab.locator("#generate-stages .thumbnail-item img")
    assert stages.count() >= 4
    four = see("#generate-stages .thumbnail-item img", 0)
    assert four.shape == (4, 4, 3)


@pytest.mark.wide
def test_a_flow_shows_its_way_from_noise(tab, see, settles):
    settles(lambda: choose(tab, "generate-model", "avatars-flow"))
    expect(tab.locator(f"{THUMBS} img")).to_have_count(8)
    stages = "#generate-stages .thumbnail-item img"
    assert tab.locator(stages).count() == 8 and see(PICTURE).shape == (512, 512, 3)
    last, first = see(stages, 7), see(stages, 0)
    assert np.abs(last - see(f"{THUMBS} img", 0)).mean() < 4 < np.abs(first - last).mean()
    with tab.expect_download() as caught:
        tab.locator("#generate-way-gif").click()
    with Image.open(caught.value.path()) as film:
        assert film.n_frames >= 20
    before = see(PICTURE)
    settles(lambda: tab.locator("#generate-guidance input[type=range]").press("End"))
    assert np.abs(see(PICTURE) - before).mean() > 0.5


@pytest.mark.wide
@pytest.mark.own_page
def test_the_address_leads_back_to_the_same_picture(tab, see, settles, open_tab):
    settles(lambda: tab.locator(THUMBS).nth(3).click())
    settles(lambda: tab.locator(FIRST).press("End"))
    seen, address = see(PICTURE), tab.url
    assert f"model={MODEL}" in address and "seed=3" in address
    tab.reload()
    tab.locator("#generate-picture[aria-busy=false]").wait_for()
    assert np.array_equal(see(PICTURE), seen) and value(tab, FIRST) == 3
    open_tab("VAE")
    tab.wait_for_url("**/?tab=vae*")
    tab.go_back()
    expect(tab.locator(PICTURE)).to_be_visible()
    assert np.array_equal(see(PICTURE), seen)
    tab.goto(address.replace("seed=3", "seed=<x>").replace("steer=", "steer=%%"))  # what is broken is left out
    tab.locator("#generate-picture[aria-busy=false]").wait_for()
    expect(status(tab)).to_contain_text("seed 0")


@pytest.mark.wide
def test_a_picture_of_ones_own_is_found_and_changed_in_words(tab, see, settles, tmp_path):
    face = render(draw_attributes(FIRST_HELD_OUT + 20), 128)
    face.save(tmp_path / "mine.png")
    wanted = np.asarray(face.convert("RGB"), float)
    choose(tab, "generate-model", "avatars-flow")
    expect(tab.locator(PICTURE)).to_have_attribute("alt", re.compile("^avatars-flow"))
    tab.locator("#generate-picture[aria-busy=false]").wait_for()
    tab.get_by_role("button", name="Your own picture").click()
    settles(lambda: tab.locator("#generate-own input[type=file]").set_input_files(tmp_path / "mine.png"))
    expect(tab.locator("#generate-own-said")).to_contain_text("PSNR 3")
    found = see(PICTURE)
    assert np.abs(found[2::4, 2::4] - wanted).mean() < 8  # it rests enlarged
    expect(tab.locator(PICTURE)).to_have_attribute("alt", re.compile("Your own picture"))
    expect(status(tab)).not_to_contain_text("seed")
    settles(lambda: tab.get_by_label("In words").fill("sunglasses"))
    changed = np.abs(see(PICTURE) - found)[2::4, 2::4]
    assert changed[40:75, 35:93].mean() > 3 * changed[100:].mean() + 3  # the eyes, and not the clothes
    with tab.expect_download() as caught:
        tab.locator("#generate-save").click()
    assert caught.value.suggested_filename == "avatars-flow-found.png"
    assert recipes.read(caught.value.path()).parameters["found"]
    settles(lambda: tab.locator("#generate-gallery button").nth(1).click())
    expect(tab.locator(PICTURE)).to_have_attribute("alt", re.compile("seed 1"))
