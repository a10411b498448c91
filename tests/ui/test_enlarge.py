"""The Enlarge tab in a real browser: a picture is there when it opens, beside what it was, and follows the controls."""

from PIL import Image
from playwright.sync_api import expect

STATUS = "#enlarge-status"


def test_a_picture_is_enlarged_and_saved(page, width, open_tab, see, eventually, tmp_path):
    def says(*words):
        eventually(lambda: all(word in page.locator(STATUS).inner_text() for word in words), 60)

    open_tab("Enlarge")
    page.locator("#enlarge-both img").nth(1).wait_for(timeout=60_000)
    says("512 × 512, as a photo")
    page.locator("#enlarge-examples button").nth(3).click()
    says("256 × 256, as a drawing")
    page.get_by_label("× 4", exact=True).locator("visible=true").check()
    says("512 × 512, as a drawing")
    eventually(lambda: see("#enlarge-both img", 1).shape == (512, 512, 3))
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1
    if width == "desktop":
        with page.expect_download() as download:
            page.locator("#enlarge-save").click()
        download.value.save_as(tmp_path / "enlarged.png")
        with Image.open(tmp_path / "enlarged.png") as picture:
            assert picture.format == "PNG" and picture.size == (512, 512)
        large = tmp_path / "large.png"
        Image.effect_noise((1500, 900), 30).save(large)
        page.locator("#enlarge-photo input[type=file]").set_input_files(large)
        expect(page.get_by_text("1500 × 900 enlarged 4 times would be").first).to_be_visible()
        page.get_by_label("× 2", exact=True).locator("visible=true").check()
        says("1500 × 900: press Enlarge")
        page.locator("#enlarge-go").click()
        says("tile")
        page.locator("#enlarge-stop").click()
        says("stopped")
    assert page.broken == [] and page.outside == []
