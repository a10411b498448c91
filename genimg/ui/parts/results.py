"""What tabs share that make a picture in steps: its place, Stop, and the download."""

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import UserError
from genimg.studio import edit
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.parts import panel


def picture(prefix: str, alt: Any, *, at_once: bool = True) -> tuple[ui.SafeImage, gr.HTML]:
    """Make the place of the result, ``<prefix>-result``, and its status line, ``<prefix>-status``.

    Args:
        prefix: of the names.
        alt: what the picture is, for those who do not see it.
        at_once: see `genimg.ui.controls.status_line`.
    """
    result = ui.SafeImage(
        label=t("Result"), format="webp", interactive=False, height=520, elem_id=f"{prefix}-result",
        elem_classes="gi-stage", alt_text=alt, show_label=False, buttons=["fullscreen"],
    )  # fmt: skip
    line = ui.status_line(at_once=at_once)
    line.elem_id = f"{prefix}-status"
    return result, line


def before_and_after(prefix: str) -> tuple[gr.ImageSlider, gr.HTML]:
    """Make the place of a result beside what it was before, ``<prefix>-both``, and its status line."""
    both = gr.ImageSlider(
        height=520, max_height=520, interactive=False, format="jpeg", buttons=["fullscreen"], show_label=False,
        elem_id=f"{prefix}-both", elem_classes="gi-stage",
    )  # fmt: skip
    line = ui.status_line()
    line.elem_id = f"{prefix}-status"
    return both, line


def beside(before: Image.Image | None, after: Image.Image, comparing: bool) -> tuple[Any, Any]:
    """Return what a picture's place and an `gr.ImageSlider` show, of which one is seen."""
    return (gr.skip(), _pair(before, after)) if comparing and before else (after, gr.skip())


def compared(kept: tuple[Image.Image, Image.Image] | None, comparing: bool) -> tuple[Any, Any]:
    """Return what these two show when comparing begins or ends; `kept` holds the picture before and after."""
    if kept is None:
        return gr.skip(), gr.skip()
    if comparing:
        return gr.update(visible=False), gr.update(visible=True, value=_pair(*kept))
    return gr.update(visible=True, value=kept[1]), gr.update(visible=False)


def _pair(before: Image.Image, after: Image.Image) -> tuple[Image.Image, Image.Image]:
    return before.resize(after.size, Image.Resampling.LANCZOS), after


def put(picture: Image.Image, made: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Give what puts a picture into its box, the first output, and what is made of it then.

    The box is given the same each time: Gradio sends what has changed since the last time, and of a file that is then
    left out it would send that all but its address is gone.
    """
    for values in made:
        yield picture, *values


def tileable(*, when: panel.When | None = None) -> panel.Item:
    """Make the box for a result that repeats without a seam, called ``tile``."""
    info = t("Left fits right and top fits bottom, for backgrounds and games.")
    return panel.check("tile", t("Tileable"), info=info, when=when)


def stopped(turn: ui.Turn) -> str:
    """End what runs, and return what the status line says then."""
    turn.end(ui.STOPPING)
    return ui.status(extra=say("stopped"))


def saver(name: str) -> Callable[[Image.Image | None, Image.Image | None], dict[str, Any]]:
    """Return what hands over a picture and the upload it was made of as a file of this name, for `delivery`.

    The file says of the photo what the picture does; see `genimg.studio.edit.save`.
    """

    def save(made: Image.Image | None, source: Image.Image | None) -> dict[str, Any]:
        if made is None:
            raise UserError("There is no picture to save yet.")
        return ui.handed(edit.save(made)[0], name, of=source)

    return save
