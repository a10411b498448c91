"""The Edit tab in a browser."""

import io

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.same_tab


@pytest.fixture
def tab(page, open_tab):
    open_tab("Edit")
    page.locator("#edit-result img").wait_for()
    page.locator("#edit-examples button").nth(2).click()  # whatever was edited before
    _status(page, "600 × 400")
    page.locator("#edit-examples button").nth(0).click()
    _status(page, "512 × 512")
    open_tab("Light")
    yield page
    assert page.outside == [] and page.broken == []


@pytest.fixture
def photo(tmp_path):
    """A 900 x 600 photo, left half dark and right half light."""
    values = np.full((600, 900, 3), 60, np.uint8)
    values[:, 450:] = (200, 150, 100)
    path = tmp_path / "photo.png"
    Image.fromarray(values).save(path)
    return path


def _status(page, words):
    page.locator(".gi-status:visible", has_text=words).first.wait_for()


def _shown(page):
    """Return the pixels of the picture on the page, as the browser decoded them."""
    source = page.locator("#edit-result img").get_attribute("src")
    return np.asarray(Image.open(io.BytesIO(page.request.get(source, max_retries=3).body())).convert("RGB"), float)


def _changes(page, act):
    """Do something and wait for another picture; return both."""
    image = page.locator("#edit-result img")
    before, old = _shown(page), image.get_attribute("src")
    act()
    page.wait_for_function("old => document.querySelector('#edit-result img')?.src !== old", arg=old)
    return before, _shown(page)


def _upload(page, path, size):
    page.locator("#edit-source").get_by_label("Remove Image").click()
    page.locator("#edit-source input[type=file]").set_input_files(path)
    _status(page, size)


def _download(page):
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download at full size").click()
    download = caught.value
    with open(download.path(), "rb") as file:
        content = file.read()
    return download.suggested_filename, content, Image.open(io.BytesIO(content))


def test_the_page_fits_its_width_and_opens_with_a_picture(tab):
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert _shown(tab).shape == (512, 512, 3)
    assert tab.locator("#edit-result img").get_attribute("alt") == "the edited picture"
    assert tab.locator("#edit-examples img").count() == 4


@pytest.mark.wide
def test_a_slider_changes_the_picture_and_undo_brings_it_back(tab, eventually):
    slider = tab.get_by_role("slider", name="Brightness")
    slider.focus()
    before, _ = _changes(tab, lambda: [slider.press("ArrowLeft") for _ in range(30)])
    eventually(lambda: _shown(tab).mean() < before.mean() * 0.72)  # at its end, after whatever came between
    tab.wait_for_timeout(500)
    _, undone = _changes(tab, lambda: tab.get_by_role("button", name="Undo").click())
    assert np.array_equal(undone, before)
    assert float(slider.input_value()) == 1
    _, redone = _changes(tab, lambda: tab.get_by_role("button", name="Redo").click())
    assert redone.mean() < before.mean() - 2 and float(slider.input_value()) == pytest.approx(0.7)


@pytest.mark.wide
def test_an_upload_is_edited_and_downloaded_at_full_size(tab, photo, open_tab):
    _upload(tab, photo, "900 × 600")
    assert _shown(tab).shape == (480, 720, 3)  # a small copy on the page
    open_tab("Turn")
    _changes(tab, lambda: tab.get_by_role("button", name="Flip sideways").click())
    name, content, picture = _download(tab)
    assert name == "photo-edited.png" and picture.format == "PNG" and picture.size == (900, 600)
    assert picture.getpixel((10, 10)) == (200, 150, 100) and picture.getpixel((890, 10)) == (60, 60, 60)
    _status(tab, f"PNG · 900 × 600 · {len(content) / 1e3:.0f} kB")
    tab.get_by_label("WEBP").check()
    name, _, picture = _download(tab)
    assert name == "photo-edited.webp" and picture.format == "WEBP" and picture.size == (900, 600)


def test_a_crop_is_drawn_and_cut(tab, photo, open_tab):
    _upload(tab, photo, "900 × 600")
    open_tab("Crop")
    image = tab.locator("#edit-result img")
    image.scroll_into_view_if_needed()
    box = image.bounding_box()
    scale = min(box["width"] / 900, box["height"] / 600)
    x0 = box["x"] + (box["width"] - 900 * scale) / 2
    y0 = box["y"] + (box["height"] - 600 * scale) / 2

    def drag():
        tab.mouse.move(x0 + 90 * scale, y0 + 120 * scale)
        tab.mouse.down()
        tab.mouse.move(x0 + 300 * scale, y0 + 300 * scale, steps=4)
        assert tab.locator(".gi-band").count() == 1
        tab.mouse.move(x0 + 540 * scale, y0 + 480 * scale, steps=4)
        tab.mouse.up()

    before, framed = _changes(tab, drag)
    assert framed[5, 5].mean() < before[5, 5].mean() / 2  # outside the box is dimmed
    left, top, width, height = (
        float(tab.locator("#edit-crop").get_by_label(name, exact=True).input_value())
        for name in ("Left", "Top", "Width", "Height")
    )
    for found, wanted in zip((left, top, width, height), (90, 120, 450, 360), strict=True):
        assert abs(found - wanted) <= 6
    tab.get_by_label("1:1").check()
    side = round(min(width, 600 - top))
    _status(tab, f"{side} × {side} of 900 × 600")
    for name, value in (("Left", "100"), ("Top", "50"), ("Width", "300"), ("Height", "300")):
        tab.locator("#edit-crop").get_by_label(name, exact=True).fill(value)
    _status(tab, "300 × 300 of 900 × 600")
    tab.get_by_role("button", name="Crop to this box").click()
    _status(tab, "300 × 300 ·")
    assert _download(tab)[2].size == (300, 300)


@pytest.mark.wide
def test_numbers_resize_with_the_proportions_kept(tab, photo, open_tab):
    _upload(tab, photo, "900 × 600")
    open_tab("Size")
    tab.get_by_label("New width").fill("450")
    tab.wait_for_function("() => [...document.querySelectorAll('input')].some((e) => e.value === '300')")
    tab.get_by_role("button", name="Resize").click()
    _status(tab, "450 × 300")
    assert _download(tab)[2].size == (450, 300)


@pytest.mark.wide
def test_before_and_after(tab):
    slider = tab.get_by_role("slider", name="Contrast")
    slider.focus()
    _changes(tab, lambda: [slider.press("ArrowRight") for _ in range(20)])
    tab.get_by_label("Before and after").locator("visible=true").check()
    tab.locator("#edit-both img").nth(1).wait_for()
    assert tab.locator("#edit-result").is_hidden()
    tab.get_by_label("Before and after").locator("visible=true").uncheck()
    tab.locator("#edit-result img").wait_for()


@pytest.mark.wide
def test_an_error_is_a_sentence_and_the_page_goes_on(tab, tmp_path, open_tab):
    open_tab("Crop")
    for name, value in (("Left", "500"), ("Width", "100"), ("Height", "50")):
        tab.locator("#edit-crop").get_by_label(name, exact=True).fill(value)
    tab.get_by_role("button", name="Crop to this box").click()
    toast = tab.get_by_test_id("toast-text").last
    toast.wait_for()
    assert "must lie inside the picture, which is 512 x 512" in toast.inner_text()
    wrong = tmp_path / "text.png"
    wrong.write_text("this is no picture")
    tab.locator("#edit-source").get_by_label("Remove Image").click()
    tab.locator("#edit-source input[type=file]").set_input_files(wrong)
    tab.get_by_text("not a picture that can be read").first.wait_for()
    tab.locator("#edit-examples button").nth(2).click()  # coffee
    _status(tab, "600 × 400")


def test_the_page_speaks_chinese_and_wears_dark(browser, app_url):
    context = browser.new_context(locale="zh-CN", color_scheme="dark", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(app_url)
    page.get_by_role("tab", name="编辑").first.click()
    page.get_by_text("亮度").first.wait_for()
    page.get_by_role("button", name="下载原尺寸图像").wait_for()
    assert page.evaluate("document.body.classList.contains('dark')")
    context.close()


@pytest.mark.wide
def test_a_logo_stays_see_through_until_it_is_saved_as_jpeg(tab, tmp_path, open_tab):
    logo = Image.new("RGBA", (400, 300), (0, 0, 255, 0))
    logo.paste((255, 0, 0, 255), (100, 100, 300, 200))
    logo.save(tmp_path / "logo.png")
    _upload(tab, tmp_path / "logo.png", "400 × 300")
    assert _shown(tab)[5, 5].min() > 190 and abs(_shown(tab)[5, 5] - _shown(tab)[5, 12]).max() > 20  # a checkerboard
    open_tab("Turn")
    _changes(tab, lambda: tab.get_by_role("button", name="Quarter right").click())
    tab.get_by_label("PNG").check()
    _, _, picture = _download(tab)
    assert (picture.mode, picture.size) == ("RGBA", (300, 400))
    assert picture.getpixel((5, 5))[3] == 0 and picture.getpixel((150, 200)) == (255, 0, 0, 255)
    tab.get_by_label("JPEG").check()
    _, _, picture = _download(tab)
    assert picture.mode == "RGB" and min(picture.getpixel((5, 5))) > 250
    _status(tab, "laid on white")
    tab.get_by_label("PNG").check()
