"""The Art tab in a real browser: a method, its sliders, a palette, and the file."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

RESULT = "#art-result img"


@pytest.fixture
def tab(page, open_tab):
    open_tab("Art")
    page.locator(RESULT).wait_for()
    page.locator("#art-method img").nth(17).wait_for()
    yield page
    assert page.outside == [] and page.broken == []


@pytest.mark.wide
def test_a_method_its_sliders_and_a_palette_make_the_picture(tab, see, changes, tmp_path):
    changes(RESULT, lambda: tab.locator("#art-method button").nth(12).click())
    expect(tab.locator("#art-method button").nth(12)).to_have_attribute("aria-pressed", "true")
    expect(tab.locator("#art-page .gi-note:visible")).to_contain_text("Mondrian")
    own = tab.locator("#art-page [id^='art-grid.']")
    expect(own.first).to_contain_text("Boxes")
    assert own.count() == tab.locator("#art-page .gi-control[id*='.']:visible").count() == 3  # and no other method's
    slider = own.nth(1).locator("input[type=range]")
    slider.focus()
    changes(RESULT, lambda: slider.press("PageUp"))
    changes(RESULT, lambda: tab.get_by_label("Ember").check())
    changes(RESULT, lambda: tab.get_by_label("Tileable").locator("visible=true").check())
    one = see(RESULT)
    changes(RESULT, lambda: tab.get_by_label("Show 2 × 2").locator("visible=true").check())
    four = see(RESULT)
    assert one.shape == (512, 512, 3) and four.shape == (1024, 1024, 3)
    assert np.abs(four[:512, :512] - four[512:, 512:]).mean() < 2
    seed = tab.locator("#art-seed input")
    before = seed.input_value()
    changes(RESULT, lambda: tab.click("#art-seed-dice"))
    expect(seed).not_to_have_value(before)
    with tab.expect_download() as caught:
        tab.click("#art-save")
    assert caught.value.suggested_filename == f"grid-{seed.input_value()}.png"
    caught.value.save_as(tmp_path / "x.png")
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.format == "PNG" and picture.size == (1024, 1024) and "Ember" in picture.text["genimg"]
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1


def test_a_wrong_value_of_a_client_is_a_sentence(app_url):
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    client = Client(app_url, verbose=False)
    path = client.predict("glass", 3, 128, "Ember", True, {"panes": 5}, api_name="/art")
    with Image.open(path if isinstance(path, str) else path["path"]) as picture:
        assert picture.format == "PNG" and picture.size == (128, 128)
    with pytest.raises(AppError, match="Panes must be a whole number from 3 to 24"):
        client.predict("glass", 3, 128, "Ember", True, {"panes": 500}, api_name="/art")
