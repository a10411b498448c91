"""The Compare tab in a browser."""

import re

import pytest
from PIL import Image
from playwright.sync_api import expect

CARD = "#compare-cards section"

PATIENCE = 30_000  # milliseconds, for a machine that is busy otherwise


@pytest.fixture
def tab(page, open_tab):
    open_tab("Compare")
    expect(page.locator(f"{CARD} h3", has_text="avatars-vae")).to_be_visible(timeout=PATIENCE)
    yield page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.outside == [] and page.broken == []


def card(page, name):
    return page.locator(CARD, has=page.get_by_role("heading", name=name, exact=True))


def shots(page, name):
    return [image.get_attribute("src") for image in card(page, name).locator(".gi-shots img").all()]


@pytest.mark.wide
def test_cards_under_one_seed_follow_what_is_asked_and_are_saved(tab, tmp_path):
    for name in ("avatars-dcgan-conditional", "avatars-vae"):
        one = card(tab, name)
        expect(one.locator(".gi-shots img")).to_have_count(8)
        for fact in (r"^\d+\.\d M$", r"^\d+\.\d ms$", r"^NFD 0\.\d{3}$", r"^\d+ min$"):
            expect(one.locator("li").filter(has_text=re.compile(fact))).to_have_count(1)
    expect(card(tab, "avatars-vae").locator("li").filter(has_text=re.compile(r"^\d+\.\d dB$"))).to_have_count(1)
    expect(card(tab, "avatars-vae").locator(".gi-again img")).to_have_count(2)
    expect(card(tab, "avatars-dcgan-conditional").locator(".gi-again")).to_have_count(0)

    chosen = tab.locator("#compare-models .token")
    for name in chosen.all_inner_texts():
        if name.strip() not in ("avatars-dcgan-conditional", "avatars-vae"):
            chosen.filter(has_text=re.compile(rf"^\s*{re.escape(name.strip())}\s*$")).locator(".token-remove").click()
    expect(tab.locator(CARD)).to_have_count(2, timeout=PATIENCE)
    before = shots(tab, "avatars-dcgan-conditional"), shots(tab, "avatars-vae")
    seed = tab.locator("#compare-seed input")
    seed.fill("1")
    seed.press("Enter")
    expect(tab.locator(".gi-status:visible").first).to_contain_text("seed 1", timeout=PATIENCE)
    for name, old in zip(("avatars-dcgan-conditional", "avatars-vae"), before, strict=True):
        assert shots(tab, name)[0] == old[1]  # picture i of a seed is picture 0 of seed + i
    number = tab.locator("#compare-count input[type=number]")
    number.fill("3")
    number.press("Enter")
    expect(card(tab, "avatars-vae").locator(".gi-shots img")).to_have_count(3, timeout=PATIENCE)
    again = card(tab, "avatars-vae").locator(".gi-again img").first
    old, photo = again.get_attribute("src"), tmp_path / "photo.png"
    Image.new("RGB", (90, 60), "teal").save(photo)
    tab.locator("#compare-source").get_by_label("Remove Image").click()
    tab.locator("#compare-source input[type=file]").set_input_files(photo)
    expect(again).not_to_have_attribute("src", old, timeout=PATIENCE)

    with tab.expect_download() as caught:
        tab.locator("#compare-save").click()
    assert caught.value.suggested_filename == "comparison.png"
    with Image.open(caught.value.path()) as sheet:
        assert sheet.width > 3 * 98 and '"seed": 1' in sheet.text["genimg"]
    chosen.last.locator(".token-remove").click()
    tab.locator("#compare-go").click()
    expect(tab.get_by_text("Choose 2 to 6 models to compare").first).to_be_visible()
