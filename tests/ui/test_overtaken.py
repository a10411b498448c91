"""In the browser: what a person does while the page still works on something else is what they see in the end."""

import threading

import gradio as gr
import pytest
from PIL import Image

from genimg.studio import repair as studio
from genimg.ui.app import launch
from genimg.ui.shell.safety import SafeBlocks
from genimg.ui.tabs import repair


@pytest.fixture
def slow(monkeypatch):
    """Repair's first example is begun, and made when this is set."""
    begun, go = threading.Event(), threading.Event()
    fill = studio.fill

    def waits(*args, **options):
        begun.set()
        assert go.wait(60)
        return fill(*args, **options)

    monkeypatch.setattr(studio, "fill", waits)
    yield begun, go
    go.set()


@pytest.fixture
def small_page(browser, port, tmp_path, monkeypatch):
    """A page with the Repair tab alone, served by this process."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))

    def build():
        with SafeBlocks(analytics_enabled=False) as demo, gr.Tab("Repair"):
            repair.build(demo, demo.load)
        return demo.queue(api_open=False)

    app, url, _ = launch(build, server_port=port, prevent_thread_lock=True, quiet=True)
    page = browser.new_page()
    page.goto(url)
    yield page
    page.close()
    app.blocks.close()


def test_an_upload_made_while_the_first_example_is_made_stays(slow, small_page, tmp_path):
    begun, go = slow
    path = tmp_path / "mine.png"
    Image.new("RGB", (90, 60), (200, 40, 60)).save(path)
    assert begun.wait(60)
    small_page.locator("#repair-photo input[type=file]").set_input_files(path)
    small_page.locator("#repair-status", has_text="90 × 60").wait_for()
    go.set()
    small_page.locator("#repair-examples img").nth(3).wait_for()  # what comes after the example
    assert small_page.inner_text("#repair-status").startswith("90 × 60")
    for image in ("#repair-photo img", "#repair-result img"):
        assert small_page.locator(image).evaluate("image => [image.naturalWidth, image.naturalHeight]") == [90, 60]
    assert not small_page.locator("#repair-both").is_visible()
