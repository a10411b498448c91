"""The Draw tab: draw lines and patches of colour, and a face appears."""

import time
from typing import Any

import gradio as gr
from PIL import Image

from genimg.studio import draw as studio
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.parts.sketching import Sketching, stage

TITLE = t("Draw")
TAKES = "draw-sketch"


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Lay out the tab and wire its events."""
    with ui.page():
        with ui.result("draw-save"):
            stage("draw")
        with ui.controls():
            model = ui.model_menu(studio.models, alone=False, elem_id="draw-model")
            sketching = Sketching("draw")
            gr.Markdown(
                t(
                    "The model that comes along knows drawn faces only, seen from the front, in the middle and about "
                    "as large as those of the examples: of a cat, a profile or a photo it makes a face too, or "
                    "nothing good. In Train one learns your own pairs of pictures."
                ),
                elem_classes="gi-note",
            )
            ui.how_it_works(
                "A network shrinks the sketch step by step, until it sees all of it at once, and paints on the way "
                "back, with a look at the sketch at every size. It learned from pairs of drawn faces and sketches of "
                "them that a program made clumsy: lines that wobble, parts that are missing, patches that miss their "
                "place. It was to be near the true face, and to fool a critic that looks at patches of the two; what "
                "the sketch leaves open, such as colours, it makes up.",
                formula=r"\min_G \max_D\; \mathbb E\big[\ell_D(x, y) + \ell_D(x, G(x))\big] "
                r"+ \lambda\,\lVert y - G(x) \rVert_1",
                paper="P. Isola et al., 2017, Image-to-Image Translation with Conditional Adversarial Networks "
                "(CVPR, pix2pix); T.-C. Wang et al., 2018, arXiv 1711.11585 (the critic's features).",
            )
    first(ui.guard(sketching.fresh), model, sketching.view, **ui.LIVE, **ui.PRIVATE)
    model.input(ui.guard(sketching.fresh), model, sketching.view, **ui.LIVE, **ui.PRIVATE)
    ui.public(_drawn, "picture status", "sketch", ui.FAST, model=model)


def _drawn(sketch: Image.Image | None, model: Any) -> tuple[Image.Image, str]:
    began = time.perf_counter()
    _, large = studio.draw(sketch, name=model)
    return large, ui.status(time.perf_counter() - began)
