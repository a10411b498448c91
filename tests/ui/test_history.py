"""What was made in a browser is kept there, comes back with its pictures, and goes when it shall."""

import io
import zipfile

import pytest
from playwright.sync_api import expect

from genimg.core import recipes
from genimg.core.images import open_image
from genimg.studio import examples

STRIP, MADE, SHOWN = "#history", "#history .gi-made button", "dialog.gi-shown[open]"
pytestmark = [pytest.mark.wide, pytest.mark.own_page]
expect.set_options(timeout=30_000)


@pytest.fixture
def history(page, open_tab):
    """The page with its history open and empty."""
    page.locator("#frame").get_by_role("button", name="History").click()
    expect(page.locator(STRIP)).to_be_visible()
    if page.locator(MADE).count():
        page.get_by_role("button", name="Delete all").click()
        page.get_by_role("button", name="Really delete all?").click()
    expect(page.locator(MADE)).to_have_count(0)
    yield page
    assert page.outside == [] and page.broken == []


def press(page, name):
    page.locator(SHOWN).get_by_role("button", name=name, exact=True).click()


def close(page):
    press(page, "Close")
    expect(page.locator(SHOWN)).to_have_count(0)


def test_what_is_made_is_kept_compared_saved_and_deleted(history, open_tab):
    open_tab("Art")
    expect(history.locator("#art-page .gi-status").first).to_contain_text("seed", timeout=60_000)
    history.wait_for_timeout(2000)
    expect(history.locator(MADE)).to_have_count(0)  # the tab's own first picture is nobody's
    seed = history.locator("#art-seed input").first
    for count, value in enumerate((11, 12), 1):
        seed.fill(str(value))
        seed.press("Enter")
        expect(history.locator("#art-page .gi-status").first).to_contain_text(f"seed {value}")
        expect(history.locator(MADE)).to_have_count(count)
    history.locator(MADE).first.click()
    press(history, "Compare")
    history.locator(MADE).nth(1).click()
    expect(history.locator(f"{SHOWN} td")).to_have_text(["seed", "12", "11"])
    close(history)
    history.locator(MADE).nth(1).click()
    press(history, "Favourite")
    close(history)
    expect(history.locator(f"{MADE}.gi-starred")).to_have_count(1)

    history.reload()
    history.get_by_role("tab", name="Generate").first.wait_for()
    history.keyboard.press("h")
    expect(history.locator(MADE)).to_have_count(2)
    with history.expect_download() as caught:
        history.get_by_role("button", name="Download all").click()
    packed = zipfile.ZipFile(io.BytesIO(caught.value.path().read_bytes()))
    told = [recipes.parse(open_image(packed.read(name)).info[recipes.SOURCE]) for name in packed.namelist()]
    assert [(one.operation, one.parameters["seed"]) for one in told] == [("art", 11), ("art", 12)]
    history.locator(f"{MADE}.gi-starred").click()
    press(history, "Open its tab")
    history.wait_for_function("genimgTabs.current() === 'art'")
    expect(history.locator("#art-seed input").first).to_have_value("11")
    history.get_by_role("button", name="Delete all").click()
    history.get_by_role("button", name="Really delete all?").click()
    expect(history.locator(MADE)).to_have_count(0)


def test_a_photo_comes_back_into_its_box(history, open_tab, see, becomes):
    open_tab("Edit")
    expect(history.locator("#edit-result img")).to_be_visible(timeout=60_000)

    def upload(name):
        photo, file = examples.photo(name).resize((200, 150)), io.BytesIO()
        photo.save(file, "PNG")
        history.locator("#edit-source").get_by_label("Remove Image").click()
        box = history.locator("#edit-source input[type=file]")
        box.set_input_files({"name": f"{name}.png", "mimeType": "image/png", "buffer": file.getvalue()})
        expect(history.locator("#edit-source img")).to_be_visible()
        history.locator(".gi-status:visible", has_text="200 × 150").first.wait_for()
        return see("#edit-source img")

    cat = upload("Cat")
    with history.expect_download():
        history.locator("#edit-save").click()
    expect(history.locator(MADE)).to_have_count(1)
    assert abs(upload("Coffee") - cat).mean() > 5
    history.locator(MADE).click()
    expect(history.locator(f"{SHOWN} .gi-tree")).to_contain_text("Cat")
    press(history, "Open its tab")
    becomes("#edit-source img", lambda seen: seen.shape == cat.shape and abs(seen - cat).mean() < 2)
    expect(history.locator(".gi-told")).to_be_hidden()
