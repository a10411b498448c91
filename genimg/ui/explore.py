"""One page for every model with a latent space: draw by seed, pick a picture, steer it, keep it."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from genimg.core.runtime import MAX_SEED
from genimg.studio import sampler as studio
from genimg.studio.words import understand
from genimg.ui import controls as ui
from genimg.ui.parts.canvas import Canvas, stage


def explore(
    first: ui.Listener,
    *,
    kinds: Sequence[str],
    prefix: str,
    api_name: str,
    truncation: float,
    explain: Callable[[], None],
    model: gr.Dropdown | None = None,
    by_class: bool = False,
) -> None:
    """Build the page.

    Args:
        first: listens for the page being opened the first time.
        kinds: architectures of the models in the menu.
        prefix: of element ids.
        api_name: under which clients draw.
        truncation: at the start.
        explain: builds the accordion "How it works".
        model: a menu made elsewhere, if the page shares one.
        by_class: whether some models draw by class.
    """
    with ui.page():
        with ui.result(save=f"{prefix}-save"):
            stage(prefix)
        with ui.controls():
            if model is None:
                model = ui.model_menu(lambda: studio.names(*kinds), elem_id=f"{prefix}-model")
            canvas = Canvas(prefix, kinds, truncation=truncation)
            explain()

    def opened(name: str, request: gr.Request) -> tuple[Any, Any]:
        asked = dict(request.query_params).get("model") if request else None
        name = asked if asked in studio.names(*kinds) else name
        return name, canvas.fresh(name)

    model.input(ui.guard(canvas.fresh), model, canvas.view, **ui.LIVE, **ui.PRIVATE)
    first(ui.guard(opened), model, [model, canvas.view], **ui.LIVE, **ui.PRIVATE)
    _endpoints(kinds, api_name, by_class)


def _endpoints(kinds: Sequence[str], api_name: str, by_class: bool) -> None:
    """Make what only API clients use."""

    def drawn(model: str, seed: int, count: int, truncation: float, classes: Any = None) -> tuple[Any, ...]:
        began = time.perf_counter()
        made = studio.draw(model, *kinds, seed=seed, count=count, truncation=truncation, classes=classes)
        return studio.large(made.images[0]), made.images, ui.status(time.perf_counter() - began, seed=made.seed)

    def described(model: str, text: str, seed: int, count: int, truncation: float) -> tuple[Any, ...]:
        words = understand(text, studio.sampler(model, *kinds).classes)
        said = {"understood": [chip.text for chip in words.chips], "unknown": list(words.unknown)}
        return *drawn(model, seed, count, truncation, words.classes), said

    with gr.Group(visible=False):
        call = gr.Button("draw")
        model = gr.Textbox(label="Model")
        seed = gr.Number(0, label="Seed", minimum=0, maximum=MAX_SEED)
        count = gr.Number(16, label="How many", minimum=1, maximum=studio.MAX_COUNT)
        truncation = gr.Number(1.0, label="Truncation", minimum=0, maximum=1.5)
        made = [ui.SafeImage(label="picture", format="png"), gr.Gallery(label="gallery", format="png"), gr.HTML()]
        if by_class:
            classes, text = gr.JSON({}, label="classes"), gr.Textbox("", label="words")
            said = gr.JSON(label="understood")
    asked = [model, seed, count, truncation]
    call.click(ui.guard(drawn), asked, made, api_name=api_name, **ui.FAST)
    if by_class:
        call.click(ui.guard(drawn), [*asked, classes], made, api_name=f"{api_name}_by_class", **ui.FAST)
        call.click(ui.guard(described), [model, text, *asked[1:]], [*made, said], api_name="draw", **ui.FAST)
