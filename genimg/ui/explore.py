"""One page for every model with a latent space: draw by seed, pick a picture, steer it, keep it."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from genimg.studio import sampler as studio
from genimg.ui import controls as ui
from genimg.ui.parts.canvas import Canvas, stage
from genimg.ui.projecting import own_picture


def explore(
    first: ui.Listener,
    *,
    kinds: Sequence[str],
    prefix: str,
    truncation: float,
    explain: Callable[[], None],
    own: bool = False,
    model: gr.Dropdown | None = None,
) -> None:
    """Build the page.

    Args:
        first: listens for the page being opened the first time.
        kinds: architectures of the models in the menu.
        prefix: of element ids.
        truncation: at the start.
        explain: builds the accordion "How it works".
        own: whether there is a place for a picture of one's own, see `genimg.ui.projecting`.
        model: a menu made elsewhere, if the page shares one.
    """
    with ui.page():
        with ui.result(save=f"{prefix}-save"):
            stage(prefix)
        with ui.controls():
            if model is None:
                model = ui.model_menu(lambda: studio.names(*kinds), elem_id=f"{prefix}-model")
            canvas = Canvas(prefix, kinds, truncation=truncation)
            if own:
                own_picture(model, canvas, prefix)
            explain()

    def opened(name: str, request: gr.Request) -> tuple[Any, Any]:
        asked = dict(request.query_params).get("model") if request else None
        name = asked if asked in studio.names(*kinds) else name
        return name, canvas.fresh(name)

    def wanted(told: Any) -> tuple[Any, Any]:
        """Show the model of a picture that is brought back."""
        name = told.get("wanted") if isinstance(told, dict) else None
        return name, canvas.fresh(str(name))

    canvas.view.input(ui.guard(wanted), canvas.view, [model, canvas.view], **ui.LIVE, **ui.PRIVATE)
    model.input(ui.guard(canvas.fresh), model, canvas.view, **ui.LIVE, **ui.PRIVATE)
    first(ui.guard(opened), model, [model, canvas.view], **ui.LIVE, **ui.PRIVATE)
