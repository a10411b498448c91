"""The live canvas: a picture and all that steers it, as one component that asks the server by itself.

Gradio's own events go through a queue and through the page's bookkeeping of all components; a slider needs neither. The
script in ``ui/web/canvas.js`` asks `gr.HTML`'s public ``server_functions``, the newest value wins, and what several
people ask for at once is drawn as one batch (`genimg.studio.collector`). Everything is checked here as everywhere: a
value that cannot be used is answered with a sentence.
"""

import base64
import html
import io
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any

import gradio as gr
from anyio import to_thread
from PIL import Image

from genimg import checkpoints
from genimg.core import recipes
from genimg.core.errors import UserError
from genimg.core.runtime import MAX_SEED
from genimg.data.avatars import CONCEPTS
from genimg.studio import sampler as studio
from genimg.studio import steering
from genimg.studio.collector import Collector, Superseded
from genimg.studio.enlarge import MAX_STILL
from genimg.studio.steering import Steering
from genimg.studio.words import by_chance
from genimg.ui import controls as ui
from genimg.ui.locale import LANGUAGE, catalogue, translated
from genimg.ui.shell.safety import SORRY, brief, language_of

log = logging.getLogger(__name__)

DIRECTIONS = 12  # as many as are stored with a checkpoint
COUNT, COUNT_SLOW = 16, 8  # pictures of a fresh sheet
KEPT = 64  # answers, of 90 to 170 kB as they are usually asked for; a sheet of 64 faces has 1.4 MB
CALLS = ("steer", "rest", "sheet", "numbers", "words", "chance", "save")  # what the page may ask for
Answer = dict[str, Any]


def coded(image: Image.Image, *, exact: bool = True, effort: int = 0) -> str:
    """Return a picture as an address, with its recipe: what is small without loss, for it may be sent to another tab.

    With an `effort` of 4 it weighs a sixth less and takes 10 ms longer: for what does not follow a slider.
    """
    buffer, recipe = io.BytesIO(), recipes.of(image)
    exact = exact and max(image.size) <= MAX_STILL
    quality = 20 if exact else 92  # lossless, it means effort too
    if recipe and not exact:
        recipe = replace(recipe, format="WEBP", quality=quality)
    notes = {"exif": recipes.comment(recipes.text(recipe), None)} if recipe else {}
    image.save(buffer, "WEBP", lossless=exact, quality=quality, method=effort, **notes)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def _drawn(jobs: list[tuple[tuple[str, ...], Steering]]) -> list[str | Exception]:
    pictures = steering.draw([asked for _, asked in jobs], *jobs[0][0])
    return [coded(one) if isinstance(one, Image.Image) else one for one in pictures]


def each(jobs: list[Callable[[], Answer]]) -> list[Answer | Exception]:
    """Do jobs one after the other, as a `Collector` wants it."""
    results: list[Answer | Exception] = []
    for job in jobs:
        try:
            results.append(job())
        except Exception as problem:
            results.append(problem)
    return results


# A slider's picture waits neither for somebody's flow of ten steps nor for what is made while a picture rests.
_QUICK, _SLOW = Collector(_drawn), Collector(_drawn, batch=8, nice=2)
RESTING, _SHEETS = Collector(each, batch=1, nice=8, patience=30.0), Collector(each, batch=1, nice=4, patience=30.0)


@dataclass(frozen=True)
class _Question:
    key: str
    answer: Callable[[], Answer] = field(compare=False)


@lru_cache(maxsize=KEPT)
def _once(question: _Question) -> Answer:
    """Answer a question, or remember the answer: a class that opens the page asks the same thirty times."""
    return question.answer()


def stage(prefix: str) -> None:
    """Make the place of the picture: the picture, what is said of it, downloads, and the sheet of its neighbours.

    Args:
        prefix: of element ids.
    """
    gr.HTML(
        f"""<figure class="gi-still" id="{prefix}-picture"><img alt="" draggable="false"></figure>
        <div class="gi-status"></div>
        <div class="gi-buttons gi-saves"></div>
        <div class="gi-sheet" id="{prefix}-gallery"></div>
        <div class="gi-strip" id="{prefix}-stages" hidden></div>""",
        elem_id=f"{prefix}-stage", elem_classes="gi-stage-of-canvas", padding=False,
        js_on_load="genimgCanvas.stage(element)",
    )  # fmt: skip


def plain(method: Callable[[Any], Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
    """Return a method as a function, which Gradio can mark as one that the page may call."""

    async def call(data: Any, request: gr.Request) -> Answer:
        LANGUAGE.set(language_of(request))
        return await method(data)

    call.__name__ = method.__name__

    return call


async def answered(data: Any, work: Callable[[str], Awaitable[Answer]]) -> Answer:
    """Return what came of somebody's question; a sentence, as ``error``, of what is wrong with it.

    Args:
        data: what the page sent: a table with ``who`` asks, and more.
        work: does it, told who asks.
    """
    try:
        if not isinstance(data, dict) or not isinstance(data.get("who"), str) or len(data["who"]) > 40:
            raise UserError("Say who asks, by a short name.")
        return await work(data["who"])
    except Superseded:
        return {"stale": True}
    except UserError as problem:
        return {"error": html.escape(brief(translated(str(problem))), quote=False)}
    except Exception:
        log.exception("the canvas could not answer")
        return {"error": translated(SORRY)}


class Canvas:
    """The controls of a live picture; its picture is a `stage` of the same prefix.

    `view` is the component. Give it what `fresh` returns to show another model.

    Args:
        prefix: of element ids.
        kinds: architectures of the models that may draw.
        truncation: at the start.
    """

    def __init__(self, prefix: str, kinds: Sequence[str], *, truncation: float = 1.0) -> None:
        self.kinds, self.truncation = tuple(kinds), truncation
        self.view = gr.HTML(
            {}, html_template='<div class="gi-canvas-controls"></div>', padding=False,
            js_on_load="genimgCanvas.controls({element, props, trigger, server, watch})",
            server_functions=[plain(getattr(self, name)) for name in CALLS],
            elem_id=f"{prefix}-controls",
            prefix=prefix, chinese=catalogue("zh-CN", "canvas"), truncation=truncation,
            reach={"attributes": studio.ATTRIBUTE_REACH, "amounts": studio.REACH, "numbers": studio.RAW_REACH},
            most={"seed": MAX_SEED, "count": studio.MAX_COUNT},
        )  # fmt: skip

    def fresh(self, name: str) -> Answer:
        """Return what the component shows for a model: what it can be steered by.

        Raises:
            UserError: if there is no such model.
        """
        source = studio.sampler(name, *self.kinds)
        flow = steering.flow(source)
        return {
            "model": name,
            "says": [checkpoints.line(name), checkpoints.line(name, "zh")],
            "known": source.classes,
            "example": [by_chance(source.classes, 0, one) for one in ("en", "zh")],
            "open": studio.OPEN if flow else None,
            "attributes": [one for one in CONCEPTS if one in source.attributes],
            "amounts": min(DIRECTIONS, len(source.directions)),
            "numbers": source.latent_dim,
            "flow": flow,
            "side": source.model.image_size,
            "enlarged": steering.enlargeable(source),
            "count": COUNT_SLOW if flow else COUNT,
        }

    async def steer(self, data: Any) -> Answer:
        """Draw one picture, quickly: a flow in a few steps."""

        async def work(who: str, asked: Steering) -> Answer:
            lane = _QUICK
            if steering.slow(asked.model):
                lane, asked = _SLOW, steering.draft(asked)
            key = (self.kinds, asked.model, repr((asked.steps, asked.guidance)))
            return {"picture": await lane.ask((who, self), key, (self.kinds, asked))}

        return await self._answer(data, work)

    async def rest(self, data: Any) -> Answer:
        """Draw the same picture at its best, enlarged, and the way to it: what one sees when nothing moves."""

        def made(asked: Steering) -> Answer:
            own, large = steering.resting(asked, *self.kinds)
            return {
                "own": coded(own, effort=4),
                "picture": coded(large, effort=4) if large else None,
                # Only looked at, and noise without loss would be half of what the page weighs at opening.
                "strip": [coded(one, exact=False, effort=4) for one in steering.stages(asked, *self.kinds)],
                "values": steering.values(asked, *self.kinds),
            }

        return await self._slowly(data, RESTING, "rest", partial(self._remembered, "rest", made, None))

    async def sheet(self, data: Any) -> Answer:
        """Draw the picture's neighbours by seed."""
        count = data.get("count") if isinstance(data, dict) else None

        def made(asked: Steering) -> Answer:
            return {"pictures": [coded(one, effort=4) for one in steering.sheet(asked, count, *self.kinds)]}

        return await self._slowly(data, _SHEETS, "sheet", partial(self._remembered, "sheet", made, count))

    async def numbers(self, data: Any) -> Answer:
        """Return sixteen numbers of the picture's own latent."""

        async def work(_: str, asked: Steering) -> Answer:
            first = data.get("first") if isinstance(data, dict) else None
            return {"numbers": await to_thread.run_sync(steering.numbers, asked, first, *self.kinds)}

        return await self._answer(data, work)

    async def words(self, data: Any) -> Answer:
        """Tell what a line says to the model, but for the chips that are off."""

        async def work(_: str, asked: Steering) -> Answer:
            text, off = (data.get("text"), data.get("off")) if isinstance(data, dict) else (None, None)
            return await to_thread.run_sync(steering.words, asked, text, off, *self.kinds)

        return await self._answer(data, work)

    async def chance(self, data: Any) -> Answer:
        """Make up a line that the model understands."""

        async def work(_: str, asked: Steering) -> Answer:
            classes = studio.sampler(asked.model, *self.kinds).classes
            return {"line": by_chance(classes, studio.new_seed(), LANGUAGE.get()[:2])}

        return await self._answer(data, work)

    async def save(self, data: Any) -> Answer:
        """Make a file: the picture, enlarged or not, the whole sheet, or a film."""

        def made(asked: Steering) -> Answer:
            what, count = (data.get("what"), data.get("count")) if isinstance(data, dict) else (None, None)
            content, name, kind = steering.file(asked, what, count, *self.kinds)
            return {"name": name, "file": f"data:{kind};base64,{base64.b64encode(content).decode()}"}

        return await self._slowly(data, RESTING, "save", made)

    def _remembered(self, what: str, made: Callable[[Steering], Answer], count: Any, asked: Steering) -> Answer:
        weights = checkpoints.fingerprint(studio.sampler(asked.model, *self.kinds).name)
        told = repr((what, self.kinds, weights, count, asked)).encode(errors="surrogatepass")
        return _once(_Question(sha256(told).hexdigest(), partial(made, asked)))

    async def _slowly(self, data: Any, lane: Collector, what: str, made: Callable[[Steering], Answer]) -> Answer:
        async def work(who: str, asked: Steering) -> Answer:
            return dict(await lane.ask((who, self, what), what, partial(made, asked)))

        return await self._answer(data, work)

    async def _answer(self, data: Any, work: Callable[[str, Steering], Awaitable[Answer]]) -> Answer:
        began = time.perf_counter()

        async def timed(who: str) -> Answer:
            asked = steering.parse(data.get("asked"))
            answer = await work(who, asked)
            seed = None if asked.found else int(asked.seed)
            return {"line": ui.status(time.perf_counter() - began, seed=seed)} | answer

        return await answered(data, timed)
