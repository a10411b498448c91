"""The Grid tab in a browser: axes are chosen, the grid is made, and a picture of it opens its tab."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from genimg.core import recipes
from genimg.core.images import encode, open_image
from genimg.studio import art, steering

SHEET = "#grid-result img"
expect.set_options(timeout=30_000)


@pytest.fixture
def tab(page, open_tab):
    open_tab("Grid")
    expect(page.locator(SHEET)).to_be_visible(timeout=60_000)
    yield page
    assert page.outside == [] and page.broken == []


def drawn(seed=4):
    made = art.make("glass", width=256, seed=seed, parameters={"panes": 9})
    return {"name": "glass.png", "mimeType": "image/png", "buffer": encode(made)}


def status(page):
    return page.locator("#grid-status")


@pytest.mark.wide
def test_a_picture_is_varied_and_one_of_the_grid_opens_its_tab(tab, changes):
    expect(tab.locator("#grid-x select")).to_have_value("seed")
    tab.locator("#grid-picture .icon-button").first.click()
    tab.locator("#grid-picture input[type=file]").set_input_files(drawn())
    expect(status(tab)).to_contain_text("art")
    expect(tab.locator("#grid-x-values input")).to_have_value("4..8")
    expect(tab.locator("#grid-y select")).to_have_value("parameters.panes")
    tab.locator("#grid-y select").select_option("palette")
    expect(tab.locator("#grid-y-values input")).to_have_value("Porcelain, Sunset, Ember, Forest, Lagoon")
    tab.locator("#grid-y select").select_option("parameters.panes")
    expect(tab.locator("#grid-y-values input")).to_have_value("3, 8, 14, 19, 24")
    tab.locator("#grid-y-values input").fill("6, 20")
    tab.locator("#grid-x-values input").fill("4, 5")
    changes(SHEET, lambda: tab.locator("#grid-go").click())
    expect(status(tab)).to_contain_text("4 pictures")
    with tab.expect_download() as caught:
        tab.locator("#grid-save").click()
    sheet = open_image(caught.value.path().read_bytes())
    kept = recipes.parse(sheet.info[recipes.SOURCE])
    assert kept.parameters["axes"] == [["seed", [4, 5]], ["parameters.panes", [6, 20]]]
    assert Image.open(io.BytesIO(tab.request.get(tab.locator(SHEET).get_attribute("src")).body())).size == sheet.size

    box, (width, height) = tab.locator(SHEET).bounding_box(), sheet.size
    scale = min(box["width"] / width, box["height"] / height)
    left, top = (box["width"] - width * scale) / 2, (box["height"] - height * scale) / 2
    tab.mouse.click(box["x"] + left + (width - 30) * scale, box["y"] + top + (height - 30) * scale)
    tab.wait_for_function("genimgTabs.current() === 'art'")
    expect(tab.locator("#art-page .gi-status").first).to_contain_text("seed 5", timeout=30_000)
    with tab.expect_download() as caught:
        tab.locator("#art-save").click()
    wanted = art.make("glass", width=256, seed=5, parameters={"panes": 20})
    assert open_image(caught.value.path().read_bytes()).tobytes() == wanted.tobytes()


def test_what_cannot_be_varied_is_a_sentence(tab):
    tab.locator("#grid-picture .icon-button").first.click()
    plain = io.BytesIO()
    Image.new("RGB", (32, 32), "red").save(plain, "PNG")
    plain = {"name": "plain.png", "mimeType": "image/png", "buffer": plain.getvalue()}
    tab.locator("#grid-picture input[type=file]").set_input_files(plain)
    expect(tab.get_by_text("does not say how it was made").first).to_be_visible()
    for toast in tab.locator(".toast-close:visible").all():
        toast.click()
    tab.locator("#grid-picture .icon-button").first.click()
    made = steering.picture(model="avatars-dcgan", seed=2)
    face = {"name": "face.png", "mimeType": "image/png", "buffer": encode(made)}
    tab.locator("#grid-picture input[type=file]").set_input_files(face)
    expect(status(tab)).to_contain_text("avatars-dcgan")
    tab.locator("#grid-y select").select_option("truncation")
    expect(tab.locator("#grid-y-values input")).to_have_value("0.4, 0.7, 1")
    for typed, said in (("1..99", "An axis takes 1 to 10 values"), ("1, 9", "5 could not be made")):
        tab.locator("#grid-y-values input").fill(typed)
        tab.locator("#grid-go").click()
        expect(tab.get_by_text(said).first).to_be_visible()
    expect(status(tab)).to_contain_text("5 pictures")
