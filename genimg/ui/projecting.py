"""Generate's fold for a picture of one's own: it is found in the model's latent space, and steered from there."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import gradio as gr
from PIL import Image

from genimg.studio import projecting as studio
from genimg.ui import controls as ui
from genimg.ui import faces
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.parts import panel
from genimg.ui.parts.canvas import Canvas
from genimg.ui.parts.component import Panel
from genimg.ui.parts.panel import Values

_CONTROLS = [
    panel.note(t("It is found among all that the model can draw. Then words, menus and sliders change it.")),
    faces.faces(size=128),
    panel.slider("seconds", t("Seconds"), *studio.SECONDS, 10, step=1,
                 info=t("To search for, in a model that draws at once. A flow is followed backwards in a few.")),
    panel.row(panel.button("go", t("Find it"), primary=True, event="click"), panel.stop()),
    panel.note(name="said"),
    *faces.warning(),
]  # fmt: skip


def own_picture(model: gr.Dropdown, canvas: Canvas, prefix: str) -> None:
    """Build it.

    Args:
        model: the page's menu.
        canvas: shows what was found.
        prefix: of element ids.
    """
    with gr.Accordion(t("Your own picture"), open=False, elem_classes="gi-accordion"):
        source = faces.upload(t("Your own picture"), f"{prefix}-own")
        board = Panel(f"{prefix}-own", _CONTROLS)
    asked, outputs = [model, source, board], [canvas.view, board]
    slow: dict[str, Any] = ui.HEAVY | ui.PRIVATE | {"trigger_mode": "always_last"}

    def found(name: str, image: Image.Image | None, board: Values) -> Iterator[tuple[Any, ...]]:
        fresh = canvas.fresh(name)
        for one in studio.project(name, image, seconds=board["seconds"]):
            strange = one.part == 1 and studio.strange(name, one)
            yield fresh | {"found": asdict(one)}, {"said": _said(one), "source-unlike": strange}

    def picked(name: str, _: Any, board: Values) -> Iterator[tuple[Any, ...]]:
        face = board["source-examples"]
        for one in found(name, face, board):
            yield face, *one

    searching = [
        gr.on([board.on("click"), source.upload], ui.guard(found), asked, outputs, **slow),
        board.on("source-examples")(ui.guard(picked), asked, [source, *outputs], **slow),
    ]
    board.on("stop")(None, None, None, cancels=searching, **ui.PRIVATE)  # the best so far stays
    ui.public(_project, "picture status found:value", "project", ui.HEAVY)


def _project(model: str, image: Image.Image | None, seconds: float = 10, seed: int = 0) -> tuple[Any, ...]:
    found = studio.found(model, image, seconds=seconds, seed=seed)
    told = {"found": found.latent, "classes": found.classes, "psnr": round(found.psnr, 2)}
    return studio.drawn(model, found), ui.status(extra=_said(found)), told


def _said(found: studio.Found) -> str:
    return say("PSNR {} dB", f"{found.psnr:.1f}")
