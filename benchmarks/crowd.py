"""Thirty people at once: each asks for the next picture as soon as the last one has come, and a little more.

Ours is the live canvas of the Generate tab, asked as its script asks; beside it stands `echo.py`, asked over Gradio's
queue as its page asks. Both are played by thirty tasks in one process on the same machine, with 50 ms between a picture
and the next question. In the third line one more visitor refines a style at 1024 px in our app, and a GAN learns faces
there, started as the Train tab starts it; both take their shares of the cores from both sides. The last line is the
longest that one of thirty waits for a first picture when all of them open the page in the same moment.
"""

import asyncio
import json
import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
from filelock import FileLock

from benchmarks.measure import Row, interleave, milliseconds, per_second
from benchmarks.servers import PATIENCE, serving
from benchmarks.slider import refinement
from genimg.training.spec import ENDED, LOCK, read_status

PEOPLE, PAUSE, SECONDS = 30, 0.05, 8.0
MODEL = "avatars-dcgan"
LIMIT = 0.6  # seconds, for 95 of 100 pictures while the machine refines and trains


class Page:
    """A server and what its page sends: `ask` for another picture, and `open`, which ends with the first."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.config = httpx.get(f"{url}/config", timeout=60).json()

    async def ask(self, client: httpx.AsyncClient, session: str, step: int) -> None:
        raise NotImplementedError

    async def open(self, client: httpx.AsyncClient, session: str, step: int) -> None:
        await client.get(self.url)
        await self.ask(client, session, step)

    async def event(self, client: httpx.AsyncClient, session: str, fn_index: int, data: list[Any]) -> None:
        """Send an event through the queue, wait until it is done, and fetch the picture that came."""
        body = {"data": data, "fn_index": fn_index, "session_hash": session, "event_data": None, "trigger_id": None}
        (await client.post(f"{self.url}/gradio_api/queue/join", json=body)).raise_for_status()
        said: dict[str, Any] = {}
        path = f"{self.url}/gradio_api/queue/data"
        async with client.stream("GET", path, params={"session_hash": session}) as stream:
            async for line in stream.aiter_lines():
                said = json.loads(line[5:]) if line.startswith("data:") else {}
                if said.get("msg") == "process_completed":
                    break
        if not said.get("success"):
            raise RuntimeError(str(said)[:300])
        made = said["output"]["data"][0]
        if isinstance(made, dict) and made.get("url"):
            await client.get(made["url"])


class Ours(Page):
    """The live canvas of the Generate tab."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.place = next(
            one["id"] for one in self.config["components"] if one["props"].get("elem_id") == "generate-controls"
        )

    async def ask(self, client: httpx.AsyncClient, session: str, step: int) -> None:
        asked = {"model": MODEL, "seed": step % 16, "amounts": [round(step % 60 / 20 - 1.5, 2)]}
        data = {"who": session, "asked": asked}
        body = {"data": data, "component_id": self.place, "fn_name": "steer", "session_hash": session}
        answer = (await client.post(f"{self.url}/gradio_api/component_server/", json=body)).json()
        if "picture" not in answer:
            raise RuntimeError(str(answer))

    async def open(self, client: httpx.AsyncClient, session: str, step: int) -> None:
        await client.get(self.url)
        fresh = next(
            one
            for one in self.config["dependencies"]
            if self.place in one["outputs"] and [target[1] for target in one["targets"]] == ["load"]
        )
        await self.event(client, session, fresh["id"], [MODEL] * len(fresh["inputs"]))
        await self.ask(client, session, 0)


class Echo(Page):
    """A slider and a picture that is ready."""

    async def ask(self, client: httpx.AsyncClient, session: str, step: int) -> None:
        await self.event(client, session, 0, [step % 600])


def run(quick: bool) -> list[Row]:
    """Return the four lines."""
    lines = (
        ("thirty in motion, pictures", _rate, per_second("pictures"), None),
        ("thirty in motion, 95th percentile", _late, milliseconds, None),
        ("the same during a refinement and a training", _late, milliseconds, LIMIT),
        ("thirty open the page, the last first picture", _opening, "{:.1f} s".format, None),
    )
    rows, rounds = [], 1 if quick else 5
    for words, sample, show, limit in lines:
        pair = interleave(partial(_ours, sample, busy=limit is not None), partial(_echo, sample), rounds)
        rows.append(Row(words, *pair, None, show, limit))
    return rows


@contextmanager
def _ours(sample: Callable[[Page], float], *, busy: bool) -> Iterator[Callable[[], float]]:
    with ExitStack() as stack:
        runs = stack.enter_context(_runs())
        url, _ = stack.enter_context(serving("app.py"))
        page = Ours(url)
        loads = [_training(page, runs), stack.enter_context(refinement(url))] if busy else []
        ask = _warm(sample, page)

        def under_way() -> float:
            for keep_on in loads:
                keep_on()
            return ask()

        yield under_way


@contextmanager
def _runs() -> Iterator[Path]:
    """Give the folder of the trainings of servers that are started in the block; at its end they have ended."""
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, {"GENIMG_RUNS": folder}):
        try:
            yield Path(folder)
        finally:
            for run in Path(folder).iterdir():
                with FileLock(run / LOCK, timeout=PATIENCE):  # without its server a training saves itself and goes
                    continue


def _training(page: Page, runs: Path) -> Callable[[], object]:
    """Start a training as the Train tab does, and wait until it learns; what is returned raises once it does not."""
    props = {one["id"]: one["props"].get("props") or {} for one in page.config["components"]}
    (go,) = (
        one["id"]
        for one in page.config["dependencies"]
        if [(props.get(place, {}).get("prefix"), name) for place, name in one["targets"]] == [("train", "on-go")]
    )

    async def press() -> None:
        async with _client() as client:
            await page.event(client, uuid.uuid4().hex[:11], go, [{}, {"minutes": 240}, "", None])

    def learns() -> bool:
        (run,) = runs.iterdir()
        status = read_status(run)
        if status["state"] in ENDED:
            raise RuntimeError(f"The training has ended: {status['sentence']}")
        return status["steps"] > 0

    asyncio.run(press())
    end = time.monotonic() + PATIENCE
    while not learns():
        if time.monotonic() > end:
            raise RuntimeError("The training does not begin.")
        time.sleep(0.2)
    return learns


@contextmanager
def _echo(sample: Callable[[Page], float]) -> Iterator[Callable[[], float]]:
    with serving("-m", "benchmarks.echo") as (url, _):
        yield _warm(sample, Echo(url))


def _warm(sample: Callable[[Page], float], page: Page) -> Callable[[], float]:
    asyncio.run(_motion(page, 1.0))
    return partial(sample, page)


def _rate(page: Page) -> float:
    return SECONDS / len(asyncio.run(_motion(page, SECONDS)))


def _late(page: Page) -> float:
    waits = sorted(asyncio.run(_motion(page, SECONDS)))
    return waits[int(0.95 * len(waits))]


def _opening(page: Page) -> float:
    async def all_of_them() -> float:
        async with _client() as client:
            began = time.perf_counter()
            await asyncio.gather(*(page.open(client, uuid.uuid4().hex[:11], i) for i in range(PEOPLE)))
            return time.perf_counter() - began

    return asyncio.run(all_of_them())


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=200))


async def _motion(page: Page, seconds: float) -> list[float]:
    """Return how long each picture took."""
    waits: list[float] = []
    end = time.perf_counter() + seconds

    async def person(client: httpx.AsyncClient, number: int) -> None:
        session, step = uuid.uuid4().hex[:11], number
        while time.perf_counter() < end:
            began = time.perf_counter()
            await page.ask(client, session, step)
            waits.append(time.perf_counter() - began)
            step += 1
            await asyncio.sleep(PAUSE)

    async with _client() as client:
        await asyncio.gather(*(person(client, number) for number in range(PEOPLE)))
    return waits
