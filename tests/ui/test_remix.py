"""The Remix tab in a real browser: a picture is there when it opens, and follows photo, mode and seed."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from genimg.core import recipes

RESULT, STATUS = "#remix-result img", "#remix-status"


@pytest.mark.wide
def test_a_photo_is_remixed_reshaped_and_saved(page, open_tab, see, eventually, tmp_path):
    def settled():
        return page.locator(STATUS).inner_text().count("seed")

    open_tab("Remix")
    page.wait_for_selector(RESULT)
    eventually(settled, 60)
    first = see(RESULT)
    page.locator("#remix-size input[type=number]").fill("128")
    page.locator("#remix-size input[type=number]").press("Enter")
    eventually(lambda: see(RESULT).shape == (85, 128, 3) and settled(), 60)
    before = see(RESULT)
    page.locator("#remix-seed-dice").click()
    eventually(lambda: np.abs(see(RESULT) - before).mean() > 0.5 and settled(), 60)
    page.get_by_label("Another shape").locator("visible=true").check()
    expect(page.locator("#remix-shape")).to_be_visible()
    expect(page.locator("#remix-freedom")).to_be_hidden()
    eventually(lambda: see(RESULT).shape == (64, 128, 3) and settled(), 60)
    assert first.shape == (341, 512, 3) or first.shape == (342, 512, 3)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1
    with page.expect_download() as download:
        page.locator("#remix-save").click()
    download.value.save_as(tmp_path / "remixed.png")
    with Image.open(tmp_path / "remixed.png") as picture:
        assert picture.format == "PNG" and picture.size == (128, 64)
    recipe = recipes.read(tmp_path / "remixed.png")
    assert (recipe.operation, recipe.parameters["mode"], [*recipe.sources]) == ("remix", "reshape", ["photo"])
    page.get_by_label("After another layout").locator("visible=true").check()
    expect(page.locator("#remix-layout")).to_be_visible()
    page.locator("#remix-go").click()
    expect(page.get_by_text("Choose the picture whose layout is to be followed").first).to_be_visible()
    assert page.broken == [] and page.outside == []
