"""The Remix tab: other pictures out of a photo's own patches, like it, of another shape, or after another layout."""

import inspect
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.images import finished
from genimg.core.steps import Step
from genimg.studio import remix as studio
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.parts import panel, results
from genimg.ui.parts.component import Panel, known
from genimg.ui.parts.panel import Values

TITLE = t("Remix")
TAKES = ["remix-photo", ("remix-layout", t("Layout"))]
_USUAL = {name: p.default for name, p in inspect.signature(studio.remix).parameters.items()} | {"seed": 5}
_QUICK: dict[str, Any] = ui.LIVE | ui.PRIVATE
Picture = Image.Image | None

_ACTS = [panel.row(panel.button("go", t("Remix"), primary=True), panel.stop(), panel.button("save", t("Download PNG")))]
_CONTROLS = [
    panel.shelf("examples", t("Examples"), studio.examples),
    panel.choice("mode", t("Make"), {"vary": t("Another one like it"), "reshape": t("Another shape"),
                                     "layout": t("After another layout")}, "vary"),
    panel.slider("freedom", t("Freedom"), 0, 1, _USUAL["freedom"], step=0.05, when={"mode": "vary"},
                 info=t("Landscapes, crowds and textures bear much of it; a face or a cup falls apart.")),
    panel.slider("shape", t("Shape"), *studio.SHAPES, _USUAL["shape"], step=0.05, when={"mode": "reshape"},
                 info=t("Width by height. What is alike is repeated or left out, not stretched.")),
    panel.slider("kept", t("Kept of the layout"), 0, 1, _USUAL["kept"], step=0.05, when={"mode": "layout"},
                 info=t("Any picture, or a rough collage of the photo. More keeps finer things.")),
    panel.slider("size", t("Size"), *studio.SIZES, _USUAL["size"], step=32,
                 info=t("Pixels of the longer side; twice as many take four times as long.")),
    results.tileable(when={"mode": ("vary", "layout")}),
    panel.seed(_USUAL["seed"]),
]  # fmt: skip


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Lay out the tab and wire its events."""
    kept, turn = gr.State(None, time_to_live=3600), gr.State(ui.Turn(), time_to_live=3600)
    with ui.page():
        with ui.result("remix-save"):
            result, line = results.picture("remix", t("the picture made of the photo's patches"))
            acts = Panel("remix", _ACTS, plain=True)
        with ui.controls():
            photo = ui.SafeImage(
                label=t("Your picture"), height=152, alt_text=t("the photo whose patches are used"),
                elem_id="remix-photo", buttons=[], format="jpeg", interactive=True,
            )  # fmt: skip
            board = Panel("remix", _CONTROLS)
            layout = ui.SafeImage(  # seen after another layout alone: see web/panel.css
                label=t("Layout"), height=152, alt_text=t("the picture that says what is where"),
                elem_id="remix-layout", buttons=[], format="jpeg", interactive=True,
            )  # fmt: skip
            ui.how_it_works(
                "At first the picture is a few dozen pixels wide: the photo with noise, stretched, or another picture. "
                "Each of its patches is replaced by the photo's nearest one, and those that were seldom taken count as "
                "nearer; then it grows a little, and again, until every pixel comes from the photo. "
                "Nothing is learned and nothing is known of things, so what has one right shape may lose it.",
                formula=r"S_{ij} = \frac{d(q_i, k_j)}{\alpha + \min_l d(q_l, k_j)}",
                paper="N. Granot et al., 2022, Drop the GAN: In Defense of Patches Nearest Neighbors as Single Image "
                "Generative Models (CVPR); C. Barnes et al., 2009, PatchMatch (SIGGRAPH).",
            )

    asked, outputs = [turn, photo, layout, board], [result, line, kept]
    quiet: dict[str, Any] = ui.PRIVATE | {"show_progress": "hidden"}
    example = {"fn": ui.guard(_example), "inputs": [turn, layout, board], "outputs": [photo, *outputs]}
    example |= ui.BRISK | quiet
    made = [
        acts.on("go")(ui.guard(_remix), asked, outputs, **(ui.HEAVY | quiet)),
        gr.on([photo.input, layout.input, board.input], ui.guard(_live), asked, outputs, **(ui.BRISK | quiet)),
        board.on("examples")(**example),
        first(**example),
    ]
    acts.on("stop")(ui.guard(results.stopped), turn, line, cancels=made, **_QUICK)
    acts.on("save")(ui.guard(results.saver("remixed.png")), [kept, photo], ui.delivery(), **_QUICK)
    values = {name: _USUAL[name] for name in "freedom shape kept size tile seed".split()}
    ui.public(_remixed, "picture status", "remix", ui.HEAVY, values=values)


def _example(turn: ui.Turn, layout: Picture, board: Values) -> Iterator[tuple[Any, ...]]:
    photo = board["examples"] or studio.examples()["Rocket"]
    yield from results.put(photo, _live(turn, photo, layout, board))


def _remix(turn: ui.Turn, photo: Picture, layout: Picture, board: Values) -> Iterator[tuple[Any, ...]]:
    began, step = time.perf_counter(), None
    steps = studio.remix(photo, layout=layout, **known(_USUAL, board))
    with turn.taken() as mine:
        for step in steps:
            if not mine():
                yield gr.skip(), gr.skip(), gr.skip()  # a generator that yields nothing would empty its outputs
                return
            if step.index < step.total:
                words = say("size {} of {}", step.index, step.total)
                yield _picture(step), ui.status(time.perf_counter() - began, extra=words, running=True), gr.skip()
        assert step is not None
        made = _picture(step)
        words = f"{made.width} × {made.height}"
        yield made, ui.status(time.perf_counter() - began, seed=int(board["seed"]), extra=words), made


def _live(turn: ui.Turn, photo: Picture, layout: Picture, board: Values) -> Iterator[Any]:
    if photo is None or (board["mode"] == "layout" and layout is None):  # not all is there yet
        yield gr.skip(), gr.skip(), gr.skip()
        return
    yield from _remix(turn, photo, layout, board)


def _remixed(photo: Picture, mode: str = "vary", layout: Picture = ui.MUST, **values: Any) -> Iterator[tuple[Any, ...]]:
    for made in _remix(ui.Turn(), photo, layout, values | {"mode": mode}):
        yield made[:2]


def _picture(step: Step) -> Image.Image:
    return finished(step)
