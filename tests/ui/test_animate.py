"""The Animate tab's two parts in a browser."""

import re

import av
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

FILM, STRIP = "#animate-film img", "#animate-strip img"
KEY_FILM, CAST = "#keyframes-film img", "#keyframes-cast .thumbnail-item"

PATIENCE = 30_000  # milliseconds, for a machine that is busy otherwise


@pytest.fixture
def tab(page, open_tab):
    open_tab("Animate")
    expect(status(page)).to_contain_text("72 frames", timeout=PATIENCE)
    yield page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.outside == [] and page.broken == []


@pytest.fixture
def keyframes(tab):
    tab.get_by_role("tab", name="Face to face", exact=True).click()
    expect(status(tab)).to_contain_text("33 frames", timeout=PATIENCE)
    return tab


def status(page):
    return page.locator(".gi-status:visible").first


def frames(path):
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24").astype(float) for frame in film.decode(video=0)]


def saved(page, button):
    with page.expect_download() as caught:
        page.locator(button).click()
    return caught.value


@pytest.mark.wide
def test_a_face_is_alive_when_the_tab_opens_and_follows_its_controls(tab, see, changes):
    looks = {tab.locator("#animate-film").screenshot() for _ in range(8) if not tab.wait_for_timeout(250)}
    assert len(looks) > 2  # it plays by itself
    before = see(STRIP)
    changes(FILM, lambda: tab.locator("#animate-seed-dice").click())
    expect(tab.locator("#animate-seed input")).not_to_have_value("0")
    assert np.abs(see(STRIP) - before).mean() > 0.1
    seconds = tab.locator("#animate-seconds input[type=number]")
    seconds.fill("2")
    seconds.press("Enter")
    expect(status(tab)).to_contain_text("24 frames", timeout=PATIENCE)
    changes(FILM, lambda: tab.locator("#animate-temperature input[type=range]").press("Home"))
    changes(FILM, lambda: tab.locator("#animate-source-examples button").nth(5).click())
    expect(status(tab)).to_contain_text("24 frames", timeout=PATIENCE)


def test_what_is_typed_while_a_face_is_being_loaded_is_in_its_film(tab, changes):
    seconds = tab.locator("#animate-seconds input[type=number]")

    def both():
        tab.locator("#animate-source-examples button").nth(5).click()
        seconds.fill("2")

    changes(FILM, both)
    expect(status(tab)).to_contain_text("24 frames", timeout=PATIENCE)
    expect(seconds).to_have_value("2")


def test_a_frame_rests_enlarged_until_the_film_goes_on(tab):
    expect(tab.locator("#animate-play")).to_be_hidden()
    tab.wait_for_function("selector => document.querySelector(selector).naturalWidth", arg=STRIP)  # it has its width
    box = tab.locator(STRIP).bounding_box()
    tab.locator(STRIP).click(position={"x": box["width"] - 3, "y": box["height"] / 2})
    frame = tab.locator("#animate-frame img")
    expect(frame).to_be_visible(timeout=PATIENCE)
    expect(tab.locator("#animate-film")).to_be_hidden()
    expect(frame).to_have_js_property("naturalWidth", 256, timeout=PATIENCE)
    tab.locator("#animate-play").click()
    expect(tab.locator(FILM)).to_be_visible()
    expect(frame).to_be_hidden()


@pytest.mark.wide
def test_a_film_of_an_upload_is_saved(tab, see, changes, tmp_path):
    photo = tmp_path / "photo.png"
    Image.effect_noise((90, 60), 50).convert("RGB").save(photo)
    tab.locator("#animate-source").get_by_label("Remove Image").click()
    changes(FILM, lambda: tab.locator("#animate-source input[type=file]").set_input_files(photo))
    expect(tab.locator("#animate-source-strange")).to_be_visible()
    seconds = tab.locator("#animate-seconds input[type=number]")
    seconds.fill("2")
    seconds.press("Enter")
    expect(status(tab)).to_contain_text("24 frames", timeout=PATIENCE)
    for size, ending, side in (("the network's own", "gif", 64), ("four times larger", "mp4", 256)):
        tab.locator("#animate-size").get_by_label(size).check()
        file = saved(tab, f"#animate-{ending}")
        assert file.suggested_filename == f"animate-{side}px.{ending}"
        film = frames(file.path())
        assert len(film) == 24 and film[0].shape == (side, side, 3)
        assert max(np.abs(frame - film[0]).mean() for frame in film) > 0.3  # it moves
    tab.locator("#animate-source").get_by_label("Remove Image").click()
    tab.locator("#animate-go").click()
    expect(tab.get_by_text("Choose a picture first").first).to_be_visible()


@pytest.mark.wide
def test_a_film_through_faces_is_put_together_changed_and_saved(keyframes, see, changes, tmp_path):
    page = keyframes
    expect(page.locator(CAST)).to_have_count(3)
    changes(KEY_FILM, lambda: page.locator("#keyframes-source-examples button").nth(5).click())
    expect(status(page)).to_contain_text("44 frames", timeout=PATIENCE)  # each face and the ten frames after it
    added = see(f"{CAST} img", 3)
    changes(KEY_FILM, lambda: page.locator("#keyframes-sooner").click())
    assert np.array_equal(see(f"{CAST} img", 2), added)
    page.locator(CAST).nth(0).click()
    changes(KEY_FILM, lambda: page.locator("#keyframes-remove").click())
    expect(status(page)).to_contain_text("33 frames", timeout=PATIENCE)
    assert np.array_equal(see(f"{CAST} img", 1), added)
    changes(KEY_FILM, lambda: page.locator("#keyframes-add").click())  # a seed of a model
    expect(page.locator(CAST)).to_have_count(4)
    photo = tmp_path / "photo.png"
    Image.new("RGB", (90, 60), "teal").save(photo)
    changes(KEY_FILM, lambda: page.locator("#keyframes-source input[type=file]").set_input_files(photo))
    expect(page.locator(CAST)).to_have_count(5)
    expect(status(page)).to_contain_text("55 frames", timeout=PATIENCE)

    changes(KEY_FILM, lambda: page.get_by_label("Back to the first face").uncheck())
    expect(status(page)).to_contain_text("45 frames", timeout=PATIENCE)
    changes(KEY_FILM, lambda: page.get_by_label("linear").locator("visible=true").check())
    slider = page.locator("#keyframes-between input[type=number]")
    slider.fill("3")
    slider.press("Enter")
    expect(status(page)).to_contain_text("17 frames", timeout=PATIENCE)
    for button, name in (("#keyframes-gif", "keyframes-256px.gif"), ("#keyframes-mp4", "keyframes-256px.mp4")):
        file = saved(page, button)
        assert file.suggested_filename == name and len(frames(file.path())) == 17
    for _ in range(3):
        changes(KEY_FILM, lambda: page.locator("#keyframes-remove").click())
    page.locator("#keyframes-remove").click()
    expect(page.get_by_text(re.compile("A film needs 2 faces")).first).to_be_visible()
