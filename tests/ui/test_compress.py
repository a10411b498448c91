"""The Compress tab in a real browser: the rate changes the bytes, and a file that was saved decodes to its picture."""

import json

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from genimg.studio import compress, vae
from genimg.studio.sampler import large

RESULT, STATUS = "#compress-result img", "#compress-status"


@pytest.fixture
def tab(page, open_tab):
    open_tab("Compress")
    page.locator("#compress-curve svg").wait_for()
    page.locator("#compress-photos img").nth(3).wait_for()
    yield page
    assert page.outside == [] and page.broken == []


@pytest.mark.wide
def test_the_rate_changes_the_bytes_and_a_saved_file_comes_back(tab, see, changes, tmp_path):
    expect(tab.locator(STATUS)).to_contain_text("bytes")
    slider = tab.locator("#compress-rate input[type=range]")
    slider.focus()
    changes(RESULT, lambda: slider.press("End"))
    made = compress.compress(vae.examples(64)[0], rate=1.0)
    expect(tab.locator(STATUS)).to_contain_text(f"{len(made.file)} bytes (8 of them header)")
    assert tab.locator("#compress-rivals img").count() == 4
    expect(tab.locator("#compress-rivals")).to_contain_text("its smallest")
    with tab.expect_download() as caught:
        tab.click("#compress-save")
    path = tmp_path / "picture.gimg"
    caught.value.save_as(path)
    assert path.read_bytes() == made.file
    tab.locator("#compress-open input[type=file]").set_input_files(path)
    tab.locator("#compress-opened img").wait_for()
    assert np.array_equal(see("#compress-opened img"), see(RESULT))
    assert np.array_equal(see(RESULT), np.asarray(large(made.picture, 256), float))
    changes(RESULT, lambda: tab.locator("#compress-photos button").nth(1).click())
    expect(tab.locator("#compress-alien")).to_be_visible()
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 1


@pytest.mark.wide
def test_the_mean_curve_is_drawn_beside_jpeg_and_webp(tab):
    tab.click("#compress-mean")
    lines = tab.locator("#compress-curve polyline").count()
    expect(tab.locator("#compress-means polyline")).to_have_count(lines, timeout=60_000)  # a dozen faces, three codecs
    assert "JPEG" in tab.inner_text("#compress-means")


def test_clients_compress_and_decompress(app_url, tmp_path):
    from gradio_client import Client, handle_file
    from gradio_client.exceptions import AppError

    client, face = Client(app_url, verbose=False), tmp_path / "face.png"
    vae.examples(64)[1].save(face)
    file, picture, figures = client.predict(handle_file(face), 0.5, False, api_name="/compress")
    picture = picture if isinstance(picture, str) else picture["path"]
    again = client.predict(handle_file(file), api_name="/decompress")
    with Image.open(picture) as one, Image.open(again if isinstance(again, str) else again["path"]) as other:
        assert one.tobytes() == other.tobytes() and one.size == (64, 64)
    figures = figures if isinstance(figures, dict) else json.loads(figures)
    assert figures["bytes"] < 64 and figures["psnr"] > 20
    broken = tmp_path / "broken.gimg"
    broken.write_bytes(b"g1 and more")
    with pytest.raises(AppError, match="damaged"):
        client.predict(handle_file(broken), api_name="/decompress")
    with pytest.raises(AppError, match="Rate|maximum value"):
        client.predict(handle_file(face), 7, False, api_name="/compress")
