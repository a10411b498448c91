"""The real app in a process of its own, and a real browser at two widths."""

import base64
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

from tests.ui import reach

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
OPEN = {}  # the page of each width that tests share now


def pytest_generate_tests(metafunc):
    """Run a test at its widths; see `width`."""
    if "width" in metafunc.fixturenames:
        wide = metafunc.definition.get_closest_marker("wide")
        metafunc.parametrize("width", ["desktop"] if wide else WIDTHS, indirect=True)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem):
    """Close what is open after the last test at a width: films and automata go on moving."""
    if nextitem is not None and "page" not in nextitem.fixturenames:
        for page in OPEN.values():
            page.close()
        OPEN.clear()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def port():
    return free_port()


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


@pytest.fixture(scope="session")
def built():
    """The whole page, built once where no weights can be read: one damaged checkpoint must not keep it from opening."""
    from genimg import checkpoints
    from genimg.ui.app import build_app

    with pytest.MonkeyPatch.context() as patch:
        for name in ("load", "_load", "load_file", "extra"):
            patch.setattr(checkpoints, name, lambda *_, name=name: pytest.fail(f"{name} while the page is built"))
        return build_app()


def _browser_path():
    names = ("chromium-headless-shell", "chromium", "chromium-browser")  # the first takes a sixth less time
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        message = (
            "no chromium on this machine: install Debian's package chromium-headless-shell, or set CHROMIUM to one"
        )
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


@pytest.fixture
def width(request):
    """Where the test runs: each that takes `page` at both widths, but for those marked `wide`."""
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
def page(request, app_url, contexts, width):
    """The app's page, in English, on which no test of the same file has been; as it is opened, or as others left it.

    A test marked `own_page`, which leaves its traces in many tabs, has one for itself; so has what follows a failure.
    One marked `same_tab` puts its tab in order by itself.
    What the first test of a tab leaves there must be in everyone's reach, see `reach`.
    `page.outside` holds requests to other machines and `page.broken` uncaught exceptions of the page's scripts: both
    must stay empty.
    """
    alone, again = (request.node.get_closest_marker(name) is not None for name in ("own_page", "same_tab"))
    page, failed = OPEN.get(width), request.session.testsfailed
    if page is None or alone or (request.path in page.guests and not again):
        if page is not None:
            page.close()
        page = OPEN[width] = _opened(contexts[width], app_url)
    page.guests.add(request.path)
    page.outside.clear()
    page.broken.clear()
    yield page
    if request.session.testsfailed > failed:
        OPEN.pop(width).close()
        return
    for toast in page.locator(".toast-close:visible").all():
        toast.click()
    faults = reach.faults(page, width)
    if alone or faults:
        OPEN.pop(width).close()
    assert not faults


def _opened(context, url):
    page = context.new_page()
    page.guests, page.outside, page.broken = set(), [], []
    page.set_default_timeout(30_000)
    page.on("request", lambda request: _note(page.outside, request.url))
    page.on("pageerror", lambda error: page.broken.append(str(error)))
    page.goto(url)
    page.get_by_role("tab", name="Generate").first.wait_for()
    return page


def _note(outside, url):
    if not re.match(r"(data|blob|about):|http://127\.0\.0\.1[:/]", url):
        outside.append(url)


def chosen(page):
    """Return the name of the tab that is open."""
    return page.locator("#studio > .tab-wrapper [role=tab][aria-selected=true]").text_content().strip()


@pytest.fixture
def open_tab(page):
    """Open a tab by its name; on a phone its group comes first, and opens the first tab of it."""

    def opened(name):
        tab = page.get_by_role("tab", name=name, exact=True)
        for group in page.locator(".gi-groups button:visible").all():
            if tab.is_visible() or chosen(page) == name:
                break
            group.click()
        if chosen(page) != name:
            tab.click()

    return opened


@pytest.fixture
def see(page):
    """Look at a picture on the page: `see(selector)` returns its pixels, ``(H, W, 3)`` floats from 0 to 255."""

    def pixels(selector, place=0):
        source = page.locator(selector).nth(place).get_attribute("src")
        inside = source.startswith("data:")
        content = (
            base64.b64decode(source.partition(",")[2]) if inside else page.request.get(source, max_retries=3).body()
        )
        return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), float)

    return pixels


@pytest.fixture
def changes(page):
    """Act and wait for another picture: `changes(selector, act)`."""

    def waits(selector, act):
        before = page.locator(selector).first.get_attribute("src")
        act()
        page.wait_for_function("([s, old]) => (document.querySelector(s)?.src ?? old) !== old", arg=[selector, before])

    return waits


@pytest.fixture
def settles(page):
    """Act on a canvas, and wait for another picture at its best: `settles(act)`."""

    def waits(act, canvas="generate"):
        before = page.locator(f"#{canvas}-picture img").get_attribute("src")
        act()
        page.wait_for_function(
            """([canvas, before]) => {
                const figure = document.querySelector(`#${canvas}-picture`);
                return figure.ariaBusy === 'false' && figure.querySelector('img').src !== before;
            }""",
            arg=[canvas, before],
        )

    return waits


@pytest.fixture
def eventually(page):
    """Wait until a condition holds: `eventually(lambda: …)`. A busy machine takes its time."""

    def waits(condition, seconds=30):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it never came to be so"
            page.wait_for_timeout(100)

    return waits


@pytest.fixture
def becomes(page, see, eventually):
    """Wait until a picture is as it should be, and return its pixels: `becomes(selector, condition)`."""

    def waits(selector, condition):
        seen = []

        def is_so():
            if page.locator(selector).count():
                seen.append(see(selector))
            return seen and condition(seen[-1])

        eventually(is_so, 60)
        return seen[-1]

    return waits


@pytest.fixture
def paint(page, width):
    """Draw a stroke over a picture: `paint(selector, *points)`; points are parts of the picture.

    On the desktop with the mouse, on the phone with a finger.
    """

    def drawn(selector, *points):
        image = page.locator(selector)
        image.scroll_into_view_if_needed()
        page.wait_for_function("selector => document.querySelector(selector)?.naturalWidth", arg=selector)
        box = image.bounding_box()
        across, down = image.evaluate("image => [image.naturalWidth, image.naturalHeight]")
        scale = min(box["width"] / across, box["height"] / down)
        left, top = box["x"] + (box["width"] - across * scale) / 2, box["y"] + (box["height"] - down * scale) / 2
        first, *rest = [(left + x * across * scale, top + y * down * scale) for x, y in points]
        if width == "phone":
            browser = page.context.new_cdp_session(page)
            for place in (first, *rest, None):
                kind = "touchEnd" if place is None else "touchStart" if place is first else "touchMove"
                at = [{"x": place[0], "y": place[1]}] if place else []
                browser.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
            browser.detach()
            return
        page.mouse.move(*first)
        page.mouse.down()
        for place in rest:
            page.mouse.move(*place, steps=5)
        page.mouse.up()

    return drawn


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
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                event = json.load(answer)["event_id"]
        except urllib.error.HTTPError as refused:
            return "error", json.load(refused)["detail"]
        with urllib.request.urlopen(f"{app_url}/gradio_api/call/{endpoint}/{event}", timeout=120) as stream:
            lines = stream.read().decode().splitlines()
        return lines[-3].removeprefix("event: "), json.loads(lines[-2].removeprefix("data: "))

    return call


@pytest.fixture(scope="session")
def server(app_url):
    """Ask a component of ours as the page does: `server(elem_id)` returns what asks the functions of that one.

    Its answer is what the function returns, or the words of a refusal.
    """
    config = json.load(urllib.request.urlopen(f"{app_url}/config", timeout=30))

    def of(elem_id):
        place = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == elem_id)

        def call(name, data, *, component=place, session="someone"):
            body = {"data": data, "component_id": component, "fn_name": name, "session_hash": session}
            request = urllib.request.Request(
                f"{app_url}/gradio_api/component_server/",
                json.dumps(body).encode(),
                {"Content-Type": "application/json"},
            )
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as refused:
                return {"refused": json.load(refused)["detail"]}

        return call

    return of
