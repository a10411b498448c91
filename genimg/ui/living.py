"""The part Living of the Texture tab: automata that run in the reader's browser, and one trained on an upload."""

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import UserError
from genimg.core.images import to_pil
from genimg.studio import texture as studio
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.nca import CANVAS, CELLS, rule_html
from genimg.ui.parts import panel
from genimg.ui.parts.component import Panel
from genimg.ui.parts.panel import Values

_QUICK = ui.LIVE | ui.PRIVATE
_SHOWN_EVERY = 1.0  # seconds between pictures of a training
_LIVES_EVERY = 8.0  # seconds between rules that are handed to the page while they learn


def living(demo: gr.Blocks, opened: ui.Listener) -> None:
    """Make the part; the page's script is asked to run once."""
    trained = gr.State(None, time_to_live=3600)  # the bytes of the rule that was trained here
    with ui.page():
        with ui.result():
            gr.HTML(CANVAS, elem_id="texture-life", padding=False)
            # Not hidden by Gradio: the page's script looks for what is in it.
            rule = gr.HTML("", elem_id="texture-rule", padding=False)
            Panel("texture", _RUNNING, plain=True)
        with ui.controls():
            board = Panel("texture", _LIVING)
            with gr.Accordion(t("Train one on your picture"), open=True, elem_classes="gi-accordion"):
                with gr.Row(elem_classes="gi-buttons"):
                    source = ui.SafeImage(
                        label=t("Texture to learn"), height=150, elem_id="texture-grow-source",
                        alt_text=t("the texture to learn"), buttons=[], format="jpeg", min_width=140,
                        interactive=True,
                    )  # fmt: skip
                    growing = ui.SafeImage(
                        label=t("Growing"), height=150, elem_id="texture-growing", buttons=[], format="png",
                        interactive=False, min_width=140, alt_text=t("the texture as it is learnt"),
                    )  # fmt: skip
                line = ui.status_line(at_once=False)
                line.elem_id = "texture-grow-status"
                training = Panel("texture", _TRAINING, plain=True)
            ui.how_it_works(
                "Every cell holds twelve numbers, three of them its colour, and changes by one small network from what "
                "it and its eight neighbours hold; in each step a random half of the cells is awake. The network is "
                "trained so that what such cells grow into from nothing has the features of a picture, as in the part "
                "Neural. It runs on your device; structure larger than some twenty cells is not kept.",
                formula=r"s \leftarrow s + m \odot W_2\, \mathrm{ReLU}(W_1\,[s,\ \partial_x s,\ \partial_y s,\ "
                r"\nabla^2 s] + b), \qquad m \sim \mathrm{Bernoulli}(\tfrac12)",
                paper="E. Niklasson, A. Mordvintsev et al., 2021, Self-Organising Textures (Distill); "
                "A. Mordvintsev, E. Niklasson, 2021, Texture Generation with Ultra-Compact Neural Cellular Automata.",
            )

    opened(ui.guard(_opened), None, rule, **_QUICK)
    learning = training.on("train")(
        ui.guard(_train), [source, training], [growing, line, rule, trained],
        show_progress="hidden", **ui.HEAVY, **ui.PRIVATE,
    )  # fmt: skip
    board.on("rules")(ui.guard(_chosen), board, rule, **_QUICK)
    training.on("train-stop")(_stopped, None, line, cancels=[learning], **_QUICK)
    training.on("rule-save")(ui.guard(_export), [trained, source], ui.delivery(), **_QUICK)


def _titled(name: str) -> str:
    return name.removeprefix("nca-")


# The page's script listens to these itself.
_RUNNING = [
    panel.row(*(panel.via("", one) for one in (
        panel.button("pause", t("Pause")),
        panel.button("once", t("Step")),
        panel.button("restart", t("Restart"), primary=True),
        panel.button("life-save", t("Download PNG")),
    ))),
    panel.note(t("Drag over the texture to wipe a hole into it, and watch it heal.")),
]  # fmt: skip
_LIVING = [
    panel.shelf("rules", t("Rules"), studio.thumbnails, titled=_titled, names=True),
    *(panel.via("", one) for one in (
        panel.slider("speed", t("Speed"), 0.05, 4, 1, step=0.05,
                     info=t("1 is sixty steps a second, where the machine can.")),
        panel.check("crisp", t("Show single cells")),
        panel.choice("cells", t("Cells along a side"), {str(side): str(side) for side in CELLS}, str(CELLS[0])),
    )),
]  # fmt: skip
_TRAINING = [
    panel.via("", panel.slider("minutes", t("Minutes"), *studio.MINUTES, 3, step=0.5,
                               info=t("Half a minute shows colours, three a texture."))),
    panel.row(
        panel.button("train", t("Train"), primary=True),
        panel.button("train-stop", t("Stop"), look="gi-stop"),
        panel.button("rule-save", t("Download rule")),
    ),
]  # fmt: skip


def _opened() -> str:
    found = studio.rules()
    return _rule(found[0]) if found else ""


def _chosen(board: Values) -> str:
    return _rule(board["rules"])


def _stopped() -> str:
    return ui.status(extra=say("stopped"))


def _rule(name: str) -> str:
    return rule_html(studio.rule(name), name.removeprefix("nca-"))


def _train(picture: Image.Image | None, training: Values) -> Iterator[tuple[Any, ...]]:
    moments = studio.grow(picture, minutes=training["minutes"])
    moment, shown, lived = None, 0.0, time.perf_counter()
    for moment in moments:
        step, now = moment.step, time.perf_counter()
        if step.image is None or now - shown < _SHOWN_EVERY:
            continue
        shown = now
        words = say("step {} · {:.0f} s left · loss {:.3f}", step.index, step.metrics["eta"], step.metrics["loss"])
        rule: Any = gr.skip()
        if now - lived >= _LIVES_EVERY:
            lived, rule = now, rule_html(moment.model, "texture", restart=False)
        small = to_pil(step.image)[0].resize((192, 192), Image.Resampling.NEAREST)
        yield small, ui.status(step.metrics["seconds"], extra=words, running=True), rule, studio.weights(moment.model)
    assert moment is not None
    words = say("trained in {} steps; it lives on the left", moment.step.index)
    seconds = moment.step.metrics["seconds"]
    yield gr.skip(), ui.status(seconds, extra=words), rule_html(moment.model, "texture"), studio.weights(moment.model)


def _export(trained: bytes | None, source: Image.Image | None) -> dict[str, Any]:
    if trained is None:
        raise UserError("Train a rule first; the ones above are in the folder checkpoints.")
    return ui.handed(trained, "texture.safetensors", of=source)
