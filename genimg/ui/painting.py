"""Painting over a picture, with a mouse, a pen or a finger: strokes go to the server as points, never as pixels.

Gradio's ImageEditor sends whole layers at each stroke and keeps a growing index of them on the server; here a stroke is
some numbers in a hidden text box (see `genimg.studio.strokes`), which the page's script reads, draws and writes.
"""

import json
from collections.abc import Sequence
from typing import Any

import gradio as gr

from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.parts import panel


class Canvas:
    """A picture that can be painted over, and the controls of the brush.

    Args:
        name: of the tab; elements are called after it, such as ``cutout-result``.
        kinds: (label, kind, colour) of each brush; the first is chosen. The kind "box" draws rectangles.
        alt: what the picture shows, for those who do not see it.
        width: of the brush at first, as a percentage of the picture's longer side.

    Attributes:
        picture: the component that shows what is painted over.
        strokes: the hidden text box with the strokes as JSON; its `change` tells of every new one.
    """

    def __init__(self, name: str, kinds: Sequence[tuple[Any, str, str]], *, alt: Any, width: float = 3) -> None:
        self.name, self.kinds, self.alt, self.width = name, kinds, alt, width

    def stage(self) -> None:
        """Make the picture; call it inside `ui.result()`."""
        colours = {kind: colour for _, kind, colour in self.kinds}
        self.picture = ui.SafeImage(
            interactive=False, height=520, elem_id=f"{self.name}-result", elem_classes=["gi-stage", "gi-canvas"],
            alt_text=self.alt, show_label=False, buttons=[], format="jpeg",
        )  # fmt: skip
        self.strokes = gr.Textbox("", visible="hidden", elem_id=f"{self.name}-strokes", container=False)
        gr.HTML(f"<span data-canvas='{json.dumps(colours)}'></span>", visible="hidden", elem_id=f"{self.name}-colours")

    def brush(self) -> list[panel.Item]:
        """Make the brush's controls, for a panel; the page's script listens to them."""
        kinds = panel.choice(
            "kind", t("Brush"), {kind: label for label, kind, _ in self.kinds}, self.kinds[0][1],
            info=t("Paint over the picture with the mouse or a finger."),
        )  # fmt: skip
        width = panel.slider(
            "width", t("Brush width"), 0.5, 20, self.width, step=0.5, info=t("Percent of the picture's longer side.")
        )
        buttons = panel.button("undo", t("Undo stroke")), panel.button("clear", t("Clear strokes"))
        return [panel.via("", kinds), panel.via("", width), panel.row(*(panel.via("", one) for one in buttons))]
