"""The VAE tab's four parts in a browser."""

import re

import av
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

INPUT, OUTPUT, ERROR = (f".gi-three > :nth-child({i}) img" for i in (1, 2, 3))
FRAME, FILM, STRIP = "#vae-frame img", "#vae-film img", "#vae-strip img"


@pytest.fixture
def tab(page, open_tab):
    open_tab("VAE")
    expect(status(page)).to_contain_text("PSNR")
    yield page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.outside == [] and page.broken == []


@pytest.fixture
def morph(tab, open_tab):
    open_tab("Morph")
    expect(status(tab)).to_contain_text("24 frames")
    return tab


def status(page):
    return page.locator(".gi-status:visible").first


def scrubber(page):
    return page.locator("#vae-scrub input[type=range]")


@pytest.mark.wide
def test_examples_uploads_and_what_is_no_picture(tab, see, changes, tmp_path):
    first = see(INPUT)
    assert np.abs(see(OUTPUT) - first).mean() > 0.1
    changes(INPUT, lambda: tab.locator("#vae-source-examples button").nth(5).click())
    assert np.abs(see(INPUT) - first).mean() > 5
    expect(status(tab)).to_contain_text(re.compile(r"PSNR \d+\.\d dB"))
    expect(tab.get_by_text("The square that was used")).to_be_hidden()

    gain = tab.get_by_role("slider", name="Error gain")
    dim = see(ERROR)
    changes(ERROR, lambda: [gain.press("ArrowRight") for _ in range(8)])
    assert see(ERROR).mean() > dim.mean()

    photo, wrong = tmp_path / "photo.png", tmp_path / "text.png"
    picture = Image.new("RGB", (120, 60), "red")
    picture.paste("blue", (30, 0, 90, 60))
    picture.save(photo)
    wrong.write_text("this is no picture")
    chooser = tab.locator("#vae-source input[type=file]")
    tab.locator("#vae-source").get_by_label("Remove Image").click()
    chooser.set_input_files(wrong)
    expect(tab.get_by_text("not a picture that can be read").first).to_be_visible()
    remove = tab.locator("#vae-source").get_by_label("Remove Image")
    if remove.count():
        remove.click()
    expect(tab.locator("#vae-source-strange")).to_be_hidden()
    changes(INPUT, lambda: chooser.set_input_files(photo))
    expect(tab.locator("#vae-source-strange")).to_be_visible()
    assert np.abs(see(INPUT) - (0, 0, 255)).max() <= 12  # the central square, and no red
    expect(tab.get_by_text("The square that was used")).to_be_visible()
    tab.locator("#vae-source").get_by_label("Remove Image").click()
    tab.locator("#vae-reconstruct-go").click()
    expect(tab.get_by_text("Choose a picture first").first).to_be_visible()
    changes(INPUT, lambda: tab.locator("#vae-source-examples button").nth(0).click())


@pytest.mark.wide
def test_a_morph_is_scrubbed_played_changed_and_downloaded(morph, see, changes, tmp_path):
    expect(morph.locator(FILM)).to_be_visible()  # it plays from the start
    looks = {morph.locator("#vae-film").screenshot() for _ in range(6) if not morph.wait_for_timeout(200)}
    assert len(looks) > 2
    morph.locator(STRIP).click(position={"x": 3, "y": 5})
    expect(morph.locator(FRAME)).to_be_visible()
    begin = see(FRAME)
    changes(FRAME, lambda: scrubber(morph).press("End"))
    end = see(FRAME)
    assert np.abs(begin - end).mean() > 2
    box = scrubber(morph).bounding_box()
    y = box["y"] + box["height"] / 2
    morph.mouse.move(box["x"] + box["width"] - 8, y)
    morph.mouse.down()
    changes(FRAME, lambda: morph.mouse.move(box["x"] + box["width"] / 2, y, steps=3))  # while it is dragged
    morph.mouse.up()
    assert min(np.abs(see(FRAME) - begin).mean(), np.abs(see(FRAME) - end).mean()) > 0.5

    morph.locator("#vae-play").click()
    expect(morph.locator(FILM)).to_be_visible(timeout=30_000)
    expect(morph.locator(FRAME)).to_be_hidden()
    width = morph.locator(STRIP).bounding_box()["width"]
    morph.locator(STRIP).click(position={"x": width - 3, "y": 5})
    expect(morph.locator(FRAME)).to_be_visible()
    assert float(scrubber(morph).input_value()) > 0.98
    assert np.abs(see(FRAME) - end).mean() < 0.5 * np.abs(begin - end).mean()  # drawn larger now that it rests

    frames = morph.get_by_role("spinbutton", name=re.compile("Frames")).locator("visible=true")
    changes(STRIP, lambda: morph.locator("#vae-second-examples button").nth(7).click())
    morph.wait_for_timeout(300)  # what is moved within a tenth of a second of an answer is left out: see `shell.acts`
    frames.fill("6")
    frames.press("Enter")
    expect(status(morph)).to_contain_text("6 frames")
    changes(STRIP, lambda: morph.get_by_label("linear").locator("visible=true").check())
    expect(status(morph)).to_contain_text("6 frames")
    for button, name in (("#vae-gif", "morph-256px.gif"), ("#vae-mp4", "morph-256px.mp4")):
        with morph.expect_download() as caught:
            morph.locator(button).click()
        assert caught.value.suggested_filename == name
        with av.open(str(caught.value.path())) as film:
            assert film.format.name.startswith(name[-3:]) or "mp4" in film.format.name
            assert sum(1 for _ in film.decode(video=0)) == 10  # there and back, neither end twice
    morph.locator("#vae-second").get_by_label("Remove Image").click()
    morph.locator("#vae-morph-go").click()
    expect(morph.get_by_text("Choose a picture first").first).to_be_visible()


@pytest.mark.wide
def test_samples_are_steered(tab, open_tab, see, settles):
    open_tab("Sample")
    expect(status(tab)).to_contain_text("seed 0")
    expect(tab.locator("#vae-gallery .thumbnail-item")).to_have_count(16)
    tab.locator("#vae-picture[aria-busy=false]").wait_for()
    before = see("#vae-picture img")
    slider = tab.locator("#vae-direction-1 input[type=range]")
    settles(lambda: [slider.press("ArrowRight") for _ in range(30)], "vae")
    assert np.abs(see("#vae-picture img") - before).mean() > 0.5
    settles(lambda: tab.locator("#vae-gallery .thumbnail-item").nth(4).click(), "vae")
    expect(status(tab)).to_contain_text("seed 4")
    expect(slider).to_have_value("0")


@pytest.mark.wide
def test_variations_follow_the_slider_and_are_gone_on_from(tab, open_tab, see, changes):
    open_tab("Variations")
    shown, source = "#vae-variants img", "#vae-vary img"
    expect(tab.locator(shown)).to_have_count(12, timeout=30_000)
    far = see(shown, 3)
    slider = tab.locator("#vae-vary-strength input[type=range]")
    changes(shown, lambda: slider.press("Home"))  # strength 0: the picture itself
    expect(tab.locator(shown)).to_have_count(12)
    near = see(shown, 3)
    assert np.abs(near - see(shown)).mean() < 1 < np.abs(near - far).mean()
    changes(shown, lambda: slider.press("End"))
    changes(shown, lambda: tab.locator("#vae-vary-seed-dice").click())
    picked = see(shown, 5)
    changes(source, lambda: tab.locator("#vae-variants button").nth(5).click())
    assert np.abs(np.asarray(Image.fromarray(see(source).astype("uint8")).resize((128, 128))) - picked).mean() < 8
    with tab.expect_download() as caught:
        tab.locator("#vae-variants-save").click()
    with Image.open(caught.value.path()) as sheet:
        assert sheet.size == (4 * 130 - 2, 3 * 130 - 2) and "strength" in sheet.text["genimg"]
