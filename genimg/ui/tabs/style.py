"""The Style tab: a photo painted like a painting, at once and live; better in seconds with Refine."""

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import UserError
from genimg.core.images import encode
from genimg.studio import examples
from genimg.studio import style as studio
from genimg.ui import controls as ui
from genimg.ui import styling
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.parts import results
from genimg.ui.parts.component import Panel, known
from genimg.ui.parts.panel import Values
from genimg.ui.refining import better, choose_network, work_on

TITLE = t("Style")
TAKES = ["style-photo", ("style-painting", t("Painting"))]
Picture = Image.Image | None
Kept = tuple[Image.Image, Image.Image] | None
_ALONE = {"comparing": False}  # what a client sees


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Lay out the tab and wire its events."""
    turn = gr.State(ui.Turn(), time_to_live=3600)
    kept = gr.State(None, time_to_live=3600)  # (photo, painting) of the last picture, for comparing and saving
    with ui.page():
        with ui.result("style-save"):
            result = ui.SafeImage(
                label=t("Result"), format="webp", interactive=False, height=520, elem_id="style-result",
                alt_text=t("the photo painted in the style"), show_label=False, buttons=["fullscreen"],
            )  # fmt: skip
            both = gr.ImageSlider(
                label="Before and after", visible=False, height=520, interactive=False, format="jpeg",
                buttons=["fullscreen"], show_label=False, max_height=520, elem_id="style-both",
            )  # fmt: skip
            line = ui.status_line()
            line.elem_id = "style-status"
            acts = Panel("style", styling.ACTS, plain=True)
            curve = gr.HTML(padding=False)
        with ui.controls():
            with gr.Row(elem_classes="gi-buttons"):
                content = _upload(t("Photo"), t("the photo"), "style-photo")
                style = _upload(t("Style picture"), t("the style picture"), "style-painting")
            look = Panel("style", styling.LOOK)
            with gr.Accordion(t("Second style"), open=False, elem_classes="gi-accordion"):
                second = _upload(t("Second style picture"), t("the second style picture"), "style-second")
                mixing = Panel("style", styling.MIXING, plain=True)
            how = Panel("style", styling.HOW, plain=True)
            ui.how_it_works(
                "One network reads 100 numbers from the painting, another paints the photo with them in one pass. "
                "Refine then changes the pixels themselves, step by step, until deep features of the picture match the "
                "photo's and the Gram matrices, which tell how features occur together, match the painting's. "
                "It begins small, where a step costs little, and ends at full size.",
                formula=r"\min_x\; w_c\,S(F_x - F_c) + w_s \sum_l w_l\,S(G^l_x - G^l_s) + w_t\,\mathrm{TV}(x),"
                r"\quad G = \tfrac{1}{HW} F F^\top,\; S(d) = \tfrac{\sum d^2}{\sum |d|}",
                paper="Ghiasi et al., 2017, Exploring the structure of a real-time, arbitrary neural artistic "
                "stylization network (BMVC); Gatys, Ecker, Bethge, 2016, Image Style Transfer Using Convolutional "
                "Neural Networks (CVPR).",
            )

    quick: dict[str, Any] = ui.LIVE | ui.PRIVATE
    asked, made = [turn, acts, content, style, second, look, mixing], [result, both, line, curve, kept]
    quiet = ui.PRIVATE | {"show_progress": "hidden"}
    refining = [
        acts.on("refine")(ui.guard(work_on), [*asked, how], made, **(ui.HEAVY | quiet)),
        acts.on("rest")(ui.guard(better), [*asked, how], made, **(ui.IDLE | quiet)),
    ]
    # A refinement of what is no longer asked for is stopped.
    moved = [one.input for one in (content, style, second, look, mixing)]
    gr.on(moved, ui.guard(_painted), asked, made, cancels=refining, **quick)
    look.on("pick")(ui.guard(_picked), asked, [content, style, *made], **quick)
    mixing.on("others")(ui.guard(_mixed), asked, [second, *made], **quick)
    first(ui.guard(_begun), asked, [content, style, *made], **quick)
    acts.on("stop")(ui.guard(_stopped), [turn, kept], line, cancels=refining, **quick)
    acts.input(ui.guard(_compared), [acts, kept], [result, both], **quick)
    how.on("network")(
        ui.guard(choose_network), how, [how, line], **(ui.HEAVY | quiet | {"trigger_mode": "always_last"})
    )
    acts.on("save")(ui.guard(_save), kept, ui.delivery(), **quick)
    ui.public(_stylize, "picture status curve:status", "stylize", ui.LIVE, values=styling.STYLIZE)
    ui.public(_refined, "picture status curve:status", "refine", ui.HEAVY, values=styling.REFINE)


def _upload(label: Any, alt: Any, elem_id: str) -> ui.SafeImage:
    return ui.SafeImage(
        label=label, height=150, alt_text=alt, elem_id=elem_id, buttons=[], format="jpeg", min_width=140,
        interactive=True,
    )  # fmt: skip


def _painted(
    turn: ui.Turn, acts: Values, content: Picture, style: Picture, second: Picture, look: Values, mixing: Values
) -> tuple[Any, ...]:
    turn.end()
    began = time.perf_counter()
    picture = studio.stylize(content, style, second=second, **known(styling.DEFAULTS, look, mixing))
    words = ui.status(time.perf_counter() - began, extra=f"{picture.width} × {picture.height}", fresh=True)
    return *results.beside(content, picture, acts["comparing"]), words, "", (content, picture)


def _picked(
    turn: ui.Turn, acts: Values, content: Picture, style: Picture, second: Picture, look: Values, mixing: Values
) -> tuple[Any, ...]:
    if look["pressed"] == "photos":
        content = look["photos"]
        return content, gr.skip(), *_painted(turn, acts, content, style, second, look, mixing)
    style = look["paintings"]
    return gr.skip(), style, *_painted(turn, acts, content, style, second, look, mixing)


def _mixed(
    turn: ui.Turn, acts: Values, content: Picture, style: Picture, second: Picture, look: Values, mixing: Values
) -> tuple[Any, ...]:
    return mixing["others"], *_painted(turn, acts, content, style, mixing["others"], look, mixing)


def _begun(turn: ui.Turn, acts: Values, *rest: Any) -> tuple[Any, ...]:
    *_, look, mixing = rest
    first = examples.photo("Astronaut"), examples.style("Stained glass")
    return *first, *_painted(turn, acts, *first, None, look, mixing)


def _stopped(turn: ui.Turn, kept: Kept) -> Any:
    turn.end(ui.STOPPING)
    if kept is None:
        return gr.skip()
    return ui.status(extra=f"{say('stopped; the best so far')} · {kept[1].width} × {kept[1].height}")


def _compared(acts: Values, kept: Kept) -> Any:
    return results.compared(kept, acts["comparing"])


def _save(kept: Kept) -> dict[str, Any]:
    if kept is None:
        raise UserError("There is no picture to save yet.")
    return ui.handed(encode(kept[1], "PNG"), "styled.png", of=kept[0])


def _stylize(content: Picture, style: Picture, second: Picture, **values: Any) -> tuple[Any, ...]:
    values["second_on"] = values.pop("place")
    picture, _, *rest = _painted(ui.Turn(), _ALONE, content, style, second, values, {})
    return picture, *rest[:2]


def _refined(content: Picture, style: Picture, second: Picture, **values: Any) -> Iterator[tuple[Any, ...]]:
    values["second_on"] = values.pop("place")
    for picture, _, *rest in work_on(ui.Turn(), _ALONE, content, style, second, values, {}, {}):
        yield picture, *rest[:2]
