"""The drawing canvas of the Draw tab: what is drawn goes to the server at every move, and the picture comes back.

As the live canvas (`genimg.ui.parts.canvas`) it asks `gr.HTML`'s public ``server_functions`` past the queue; the script
is ``ui/web/draw.js``. What travels is the sketch in the network's own size, a few kilobytes.
"""

import base64
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import gradio as gr
from anyio import to_thread
from PIL import Image

from genimg.core.images import encode
from genimg.studio import draw as studio
from genimg.studio.collector import Collector
from genimg.ui import controls as ui
from genimg.ui.locale import catalogue
from genimg.ui.parts.canvas import RESTING, Answer, answered, coded, plain

CALLS = ("paint", "rest", "save", "example")  # what the page may ask for


def _painted(jobs: list[tuple[str, Image.Image]]) -> list[str | Exception]:
    made: list[str | Exception] = []
    for name, sketch in jobs:
        try:
            made.append(coded(studio.paint(name, [sketch])[0]))
        except Exception as problem:
            made.append(problem)
    return made


_QUICK = Collector(_painted)


class Sketching:
    """What one draws on, with its pens and colours; the picture is a `stage` before it.

    Give the component `view` what `fresh` returns to draw for another model.

    Args:
        prefix: of element ids; ``<prefix>-sketch`` is where a sketch can be sent to.
    """

    def __init__(self, prefix: str) -> None:
        self.view = gr.HTML(
            {}, html_template='<div class="gi-sketching"></div>', padding=False,
            js_on_load="genimgDraw.controls({element, props, server, watch})",
            server_functions=[plain(getattr(self, name)) for name in CALLS],
            elem_id=f"{prefix}-sketch", prefix=prefix, chinese=catalogue("zh-CN", "draw"), inks=studio.INKS,
        )  # fmt: skip

    def fresh(self, name: str | None) -> Answer:
        """Return what the component shows for a model: its size, sketches to begin with, and which others there are.

        Raises:
            UserError: if there is no such model.
        """
        if name is None:
            name = studio.usual()
        own = studio.known(name)
        examples = [coded(sketch) for sketch in own or map(studio.example, studio.EXAMPLES)]
        faces = None if own else [studio.FIRST, studio.LAST]
        return {"model": name, "side": studio.side(name), "examples": examples, "faces": faces}

    async def paint(self, data: Any) -> Answer:
        """Paint after a sketch, quickly."""

        async def work(who: str) -> Answer:
            began = time.perf_counter()
            name, sketch = await self._asked(data)
            picture = await _QUICK.ask((who, self), name, (name, sketch))
            return {"picture": picture, "line": ui.status(time.perf_counter() - began)}

        return await answered(data, work)

    async def rest(self, data: Any) -> Answer:
        """Paint the same, enlarged: what one sees when the pen rests."""

        def made(name: str, sketch: Image.Image) -> Answer:
            return {"picture": coded(studio.draw(sketch, name=name)[1])}

        return await self._slowly(data, "rest", made)

    async def save(self, data: Any) -> Answer:
        """Make a file of the picture, or of the sketch."""

        def made(name: str, _: Image.Image) -> Answer:
            content = encode(studio.drawing(data["sketch"], model=name))
            return {"name": f"{name}.png", "file": f"data:image/png;base64,{base64.b64encode(content).decode()}"}

        return await self._slowly(data, "save", made)

    async def example(self, data: Any) -> Answer:
        """Return another sketch to begin with."""

        async def work(_: str) -> Answer:
            return {"sketch": coded(await to_thread.run_sync(studio.example, data.get("index")))}

        return await answered(data, work)

    async def _asked(self, data: dict[str, Any]) -> tuple[str, Image.Image]:
        sketch = await to_thread.run_sync(studio.address, data.get("sketch"))
        return data.get("model", ""), sketch

    async def _slowly(self, data: Any, what: str, made: Callable[[str, Image.Image], Answer]) -> Answer:
        async def work(who: str) -> Answer:
            name, sketch = await self._asked(data)
            return dict(await RESTING.ask((who, self, what), what, partial(made, name, sketch)))

        return await answered(data, work)


def stage(prefix: str) -> None:
    """Make the place of the picture: the picture, what is said of it, and downloads.

    Args:
        prefix: of element ids.
    """
    gr.HTML(
        f"""<figure class="gi-still gi-drawn" id="{prefix}-picture"><img alt="" draggable="false"></figure>
        <div class="gi-status"></div>
        <div class="gi-buttons gi-saves"></div>""",
        elem_id=f"{prefix}-stage", elem_classes="gi-stage-of-canvas", padding=False,
        js_on_load="genimgDraw.stage(element)",
    )  # fmt: skip
