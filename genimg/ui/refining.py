"""The Style tab's long work: a refinement as it goes on, and the network that it may need first."""

import html
import math
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import UserError
from genimg.core.images import finished
from genimg.core.steps import Step
from genimg.studio import style as studio
from genimg.studio import vgg19
from genimg.ui import controls as ui
from genimg.ui import styling
from genimg.ui.locale import say
from genimg.ui.parts import results
from genimg.ui.parts.component import known
from genimg.ui.parts.panel import Values
from genimg.ui.styling import DEFAULTS

Picture = Image.Image | None
_RESTING = 8  # seconds of a refinement that begins by itself: the first real strokes
_SHOWN_EVERY = 0.4  # seconds between pictures of a refinement; encoding more of them would cost steps


def work_on(
    turn: ui.Turn,
    acts: Values,
    content: Picture,
    style: Picture,
    second: Picture,
    look: Values,
    mixing: Values,
    how: Values,
    *,
    asked: bool = True,
) -> Iterator[tuple[Any, ...]]:
    """Refine a picture, and give what the tab shows of each step; unless `asked`, only if nothing else is refined."""
    steps = studio.refine(content, style, second=second, **known(DEFAULTS, look, mixing, how), asked=asked)
    losses, shown, last = [], -math.inf, None
    comparing = acts["comparing"]
    with turn.taken(alone=asked) as mine:
        for step in steps:
            if not mine():
                yield (gr.skip(),) * 5  # a generator that yields nothing would empty its outputs
                return
            if step.image is None:
                yield gr.skip(), gr.skip(), _downloading(step), gr.skip(), gr.skip()
                continue
            last = step
            losses.append((step.metrics["size"], step.metrics["loss"]))
            if time.perf_counter() - shown >= _SHOWN_EVERY:
                yield _update(step, ui.progress(step), losses, content, comparing, running=True)
                shown = time.perf_counter()
        yield (
            (gr.skip(),) * 5
            if last is None
            else _update(last, say("refined in {} steps", last.index), losses, content, comparing)
        )


def better(*shown: Any) -> Iterator[tuple[Any, ...]]:
    """Refine what rests, for some seconds, unless something is refined already."""
    *rest, how = shown
    unasked = {"network": "vgg16", "seconds": min(how["seconds"], _RESTING)}  # VGG19 must not be downloaded unasked
    work: Any = partial(work_on, asked=False)
    yield from work(*rest, how | unasked)


def _update(
    step: Step,
    words: str,
    losses: Sequence[tuple[float, float]],
    content: Any,
    comparing: bool,
    *,
    running: bool = False,
) -> tuple[Any, ...]:
    picture = finished(step)
    line = ui.status(step.metrics["seconds"], extra=words, running=running)
    return *results.beside(content, picture, comparing), line, styling.loss_curve(losses), (content, picture)


def choose_network(how: Values) -> Iterator[tuple[Any, Any]]:
    """Get VGG19 when it is chosen; if that fails, say why and go back to VGG16."""
    if how["network"] == "vgg19":
        try:
            for step in vgg19.fetch():
                yield {}, _downloading(step)
        except UserError as problem:
            gr.Warning(html.escape(str(problem), quote=False), title="VGG19")
            yield {"network": "vgg16"}, ui.status()
            return
        yield {}, ui.status(extra=say("VGG19 is ready"))


def _downloading(step: Step) -> str:
    return ui.status(extra=say("Downloading VGG19: {} of {} MB", step.index, step.total), running=True)
