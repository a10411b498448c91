"""The real app in a process of its own, and a real browser at two widths."""

import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
START_SECONDS = 90
# No traffic of the browser's own: what a page asks for is then all that is seen on the network.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDTHS = {"desktop": (1280, 800), "phone": (390, 844)}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def app_url(tmp_path_factory):
    """The address of `python app.py`, started once."""
    folder = tmp_path_factory.mktemp("app")
    port, log = free_port(), folder / "log.txt"
    environment = os.environ | {
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_TEMP_DIR": str(folder / "cache"),
        "GENIMG_RUNS": str(folder / "runs"),
        "GENIMG_CHECKPOINTS": str(shutil.copytree(ROOT / "checkpoints", folder / "checkpoints")),
        "HF_HUB_OFFLINE": "1",
    }
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while True:
                try:
                    urllib.request.urlopen(f"{url}/config", timeout=5).read()
                    break
                except (urllib.error.URLError, OSError):
                    if server.poll() is not None or time.monotonic() > deadline:
                        pytest.fail(f"the app did not start:\n{log.read_text()}")
                    time.sleep(0.2)
            yield url
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(5)  # it waits for browsers and clients that are still connected
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _browser_path():
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if found is None:
        message = "no chromium on this machine: install Debian's package chromium, or set CHROMIUM to one"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return found


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; without one the test is skipped, and fails where CI is set."""
    path = _browser_path()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=WIDTHS)
def width(request):
    """Each test that takes `page` runs at both widths."""
    return request.param


@pytest.fixture(scope="session")
def contexts(browser):
    """A profile of the browser for each width, kept for all tests: scripts are fetched and compiled once."""
    made = {}
    for width, size in WIDTHS.items():
        size = dict(zip(("width", "height"), size, strict=True))
        made[width] = browser.new_context(
            viewport=size, has_touch=width == "phone", locale="en-US", accept_downloads=True
        )
    yield made
    for context in made.values():
        context.close()


@pytest.fixture
def page(contexts, app_url, width):
    """The app's page, freshly opened, in English; `page.outside` and `page.broken` collect what must stay empty.

    `outside` holds requests to other machines, `broken` uncaught exceptions of the page's scripts.
    """
    page = contexts[width].new_page()
    page.outside, page.broken = [], []
    page.set_default_timeout(30_000)
    page.on("request", lambda request: _note(page.outside, request.url))
    page.on("pageerror", lambda error: page.broken.append(str(error)))
    page.goto(app_url)
    page.get_by_role("tab", name="Generate").first.wait_for()
    yield page
    page.close()


def _note(outside, url):
    if not re.match(r"(data|blob|about):|http://127\.0\.0\.1[:/]", url):
        outside.append(url)


@pytest.fixture
def open_tab(page):
    """Open a tab by its name; on a phone some of them live behind the dots."""

    def opened(name):
        tab = page.get_by_role("tab", name=name, exact=True)
        if tab.is_visible():
            return tab.click()
        for dots in page.locator(".overflow-menu:visible > button").all():
            dots.click()
            entry = page.locator(".overflow-dropdown:visible button", has_text=name)
            if entry.count():
                return entry.click()
            dots.click()
        raise AssertionError(f"there is no tab {name}")

    return opened


@pytest.fixture
def see(page):
    """Look at a picture on the page: `see(selector)` returns its pixels, ``(H, W, 3)`` floats from 0 to 255."""

    def pixels(selector, place=0):
        source = page.locator(selector).nth(place).get_attribute("src")
        return np.asarray(Image.open(io.BytesIO(page.request.get(source).body())).convert("RGB"), float)

    return pixels


@pytest.fixture
def changes(page):
    """Act and wait for another picture: `changes(selector, act)`."""

    def waits(selector, act):
        before = page.locator(selector).first.get_attribute("src")
        act()
        page.wait_for_function("([s, old]) => (document.querySelector(s)?.src ?? old) !== old", arg=[selector, before])

    return waits


@pytest.fixture(scope="session")
def ask(app_url):
    """Call an endpoint over plain HTTP, as a client without our library would: `ask(endpoint, *data)`.

    It returns how that ended, and with what.
    """

    def call(endpoint, *data):
        body = json.dumps({"data": data}).encode()  # NaN and Infinity are written as Python reads them
        request = urllib.request.Request(
            f"{app_url}/gradio_api/call/{endpoint}", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            event = json.load(answer)["event_id"]
        with urllib.request.urlopen(f"{app_url}/gradio_api/call/{endpoint}/{event}", timeout=120) as stream:
            lines = stream.read().decode().splitlines()
        return lines[-3].removeprefix("event: "), json.loads(lines[-2].removeprefix("data: "))

    return call
