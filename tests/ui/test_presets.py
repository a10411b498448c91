"""A tab's settings are kept under a name, and go to others by a link or a file."""

import json

import pytest
from playwright.sync_api import expect

expect.set_options(timeout=30_000)
pytestmark = [pytest.mark.wide, pytest.mark.own_page]
FOLD = ".gi-presets:visible"


@pytest.fixture
def art(page, open_tab):
    open_tab("Art")
    expect(page.locator("#art-page .gi-status").first).to_contain_text("seed", timeout=60_000)
    page.locator(f"{FOLD} summary").click()
    yield page
    assert page.outside == [] and page.broken == []


def press(page, name):
    page.locator(FOLD).get_by_role("button", name=name, exact=True).click()


def palette(page):
    return page.locator("#art-palette input:checked")


def choose(page, name):
    page.locator("#art-palette").get_by_text(name, exact=True).click()


def test_settings_are_named_applied_linked_saved_and_deleted(art, tmp_path, app_url):
    usual = palette(art).input_value()
    choose(art, "Lagoon")
    art.locator(FOLD).get_by_label("Name", exact=True).fill("By the sea")
    press(art, "Save")
    press(art, "Copy link")
    expect(art.locator(f"{FOLD} span[role=status]")).to_contain_text("preset=")
    link = art.locator(f"{FOLD} span[role=status]").inner_text()
    assert link.startswith(f"{app_url}/?tab=art&preset=")
    with art.expect_download() as caught:
        press(art, "Download")
    told = json.loads(caught.value.path().read_text())
    assert (told["tab"], told["key"], told["name"]) == ("art", "art", "By the sea")
    assert told["values"]["palette"] == "Lagoon" and "seed" not in told["values"]

    art.reload()
    expect(palette(art)).to_have_value(usual, timeout=60_000)
    art.locator(f"{FOLD} summary").click()
    art.locator(f"{FOLD} select").select_option("By the sea")
    expect(palette(art)).to_have_value("Lagoon")
    press(art, "Delete")
    expect(art.locator(f"{FOLD} option")).to_have_text(["–"])

    art.goto(link)
    expect(palette(art)).to_have_value("Lagoon", timeout=60_000)
    choose(art, "Ember")
    art.locator(f"{FOLD} summary").click()
    bad, good = tmp_path / "bad.json", tmp_path / "good.json"
    bad.write_text('{"preset": 1, "values": 7}')
    good.write_text(json.dumps(told | {"values": {"palette": "Forest", "nobody": [1], "seed": "x"}}))
    art.locator(f"{FOLD} input[type=file]").set_input_files(bad)
    expect(art.locator(f"{FOLD} span[role=status]")).to_have_text("This file is no preset of genimg.")
    expect(palette(art)).to_have_value("Ember")
    art.locator(f"{FOLD} input[type=file]").set_input_files(good)
    expect(palette(art)).to_have_value("Forest")


def test_a_canvas_has_presets_without_its_seed(page, open_tab):
    open_tab("Generate")
    seed = page.locator("#generate-seed input").first
    expect(seed).not_to_have_value("", timeout=60_000)
    page.locator(f"{FOLD} summary").click()
    truncation = page.locator("#generate-truncation input[type=range]")
    truncation.press("Home")
    low = truncation.input_value()
    page.locator(FOLD).get_by_label("Name", exact=True).fill("typical")
    press(page, "Save")
    truncation.press("End")
    seed.fill("77")
    seed.press("Enter")
    page.locator(f"{FOLD} select").select_option("–")
    page.locator(f"{FOLD} select").select_option("typical")
    expect(truncation).to_have_value(low)
    expect(seed).to_have_value("77")
    press(page, "Delete")
    assert page.outside == [] and page.broken == []
