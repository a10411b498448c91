"""From a slider's event to the new picture, in headless Chromium.

Ours is a direction slider of the Generate tab's live canvas, in the app as `python app.py` serves it; beside it stands
`echo.py`, a Gradio page of one slider and one picture, which has its pictures ready. A key moves the slider; the clock
runs in the page, from the slider's `input` event to the `load` event of a picture with another address. In the second
line a style refinement at 1024 px runs in another session of our app, and takes its share of the cores from both sides.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from benchmarks.measure import Row, interleave, milliseconds
from benchmarks.servers import serving

GOALS = {"slider to picture": 0.5, "the same during a refinement": 0.8}
MODEL = "avatars-dcgan"
WARM = 10  # samples that are not counted
PER_SLIDER = 50  # from the middle it is 60 steps to the end, where a key moves nothing
BROWSERS = ("chromium", "chromium-browser", "chromium-headless-shell")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# The promise is kept in the page, for the key comes from outside.
WATCH = """([slider, picture]) => {
    const box = document.querySelector(picture), before = box.querySelector('img').src;
    window.sample = new Promise(resolve => {
        document.querySelector(slider).addEventListener('input', () => {
            const began = performance.now();
            box.addEventListener('load', function seen(event) {
                if (event.target.src === before) return;
                box.removeEventListener('load', seen, true);
                resolve(performance.now() - began);
            }, true);
        }, {once: true});
    });
}"""


def run(quick: bool) -> list[Row]:
    """Return the two lines of the table."""
    rows, rounds = [], 10 if quick else 50
    for busy, (words, goal) in enumerate(GOALS.items()):
        pair = interleave(partial(_ours, bool(busy)), _echo, rounds)
        rows.append(Row(words, *pair, goal, milliseconds))
    return rows


@contextmanager
def _ours(busy: bool) -> Iterator[Callable[[], float]]:
    with ExitStack() as stack:
        url, _ = stack.enter_context(serving("app.py"))
        page = stack.enter_context(_page(f"{url}/?tab=generate&model={MODEL}&seed=1"))
        page.get_by_role("tab", name="Style").click()
        page.locator("#style-result img").wait_for()  # the last of what the app makes for a fresh page
        page.get_by_role("tab", name="Generate").click()
        keep_on = stack.enter_context(refinement(url)) if busy else lambda: None
        numbers = count()

        def sample() -> float:
            keep_on()
            slider = f"#generate-direction-{next(numbers) // PER_SLIDER + 1} input[type=range]"
            return _moved(page, slider, "#generate-picture")

        yield _warm(sample)


@contextmanager
def _echo() -> Iterator[Callable[[], float]]:
    with serving("-m", "benchmarks.echo") as (url, _), _page(url) as page:
        page.locator("#picture img").wait_for()
        yield _warm(lambda: _moved(page, "#slider input[type=range]", "#picture"))


def _warm(sample: Callable[[], float]) -> Callable[[], float]:
    for _ in range(WARM):
        sample()
    return sample


def _moved(page: Any, slider: str, picture: str) -> float:
    page.evaluate(WATCH, [slider, picture])
    page.locator(slider).press("ArrowRight")
    return page.evaluate("window.sample") / 1000


@contextmanager
def _page(url: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-US")
        page.set_default_timeout(60_000)
        page.goto(url)
        yield page
        browser.close()


@contextmanager
def refinement(url: str) -> Iterator[Callable[[], None]]:
    """Refine a picture as another visitor of the page; what is yielded begins a new one if the last has ended."""
    from gradio_client import Client, handle_file

    from genimg.studio import examples

    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("photo.png", "painting.png")]
        for path, picture in zip(files, (examples.photo("Astronaut"), examples.style("Stained glass")), strict=True):
            picture.save(path)
        client = Client(url, verbose=False)
        jobs: list[Any] = []

        def keep_on() -> None:
            if not jobs or jobs[-1].done():
                photo, painting = map(handle_file, files)
                jobs.append(client.submit(photo, painting, None, size=1024, seconds=300, api_name="/refine"))
                while not jobs[-1].outputs():
                    if jobs[-1].done():
                        jobs[-1].result()  # raises what went wrong

        keep_on()
        yield keep_on
        with suppress(httpx.TimeoutException):  # a busy server answers late, and is ended in a moment
            jobs[-1].cancel()
