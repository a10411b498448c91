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
            with gr.Row(elem_classes="gi-buttons"):  # the page's script listens to these
                gr.Button(t("Pause"), elem_id="texture-pause", min_width=70)
                gr.Button(t("Step"), elem_id="texture-once", min_width=70)
                gr.Button(t("Restart"), variant="primary", elem_id="texture-restart", min_width=80)
                gr.Button(t("Download PNG"), elem_id="texture-life-save", min_width=110)
            gr.Markdown(
                t(
                    "Drag over the texture to wipe a hole into it, and watch it heal.",
                ),
                elem_classes="gi-note",
            )
        with ui.controls():
            gallery = gr.Gallery(
                columns=6, height=150, allow_preview=False, interactive=False, show_label=False, object_fit="cover",
                buttons=[], elem_classes="gi-examples", format="png", elem_id="texture-rules",
            )  # fmt: skip
            gr.Slider(
                0.05, 4, value=1, step=0.05, label=t("Speed"), elem_id="texture-speed",
                info=t("1 is sixty steps a second, where the machine can."),
            )  # fmt: skip
            with gr.Row(elem_classes="gi-buttons"):
                gr.Radio(list(CELLS), value=CELLS[0], label=t("Cells along a side"), elem_id="texture-cells")
                gr.Checkbox(label=t("Show single cells"), min_width=120, elem_id="texture-crisp")
            with gr.Accordion(t("Train one on your picture"), open=True):
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
                minutes = gr.Slider(
                    *studio.MINUTES, value=3, step=0.5, label=t("Minutes"), elem_id="texture-minutes",
                    info=t("Half a minute shows colours, three a texture."),
                )  # fmt: skip
                with gr.Row(elem_classes="gi-buttons"):
                    train = gr.Button(t("Train"), variant="primary", elem_id="texture-train", min_width=90)
                    stop = ui.stop_button("texture-train-stop")
                    export = gr.Button(t("Download rule"), elem_id="texture-rule-save", min_width=110)
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

    opened(ui.guard(_opened), None, [gallery, rule], **_QUICK)
    learning = train.click(
        ui.guard(_train), [source, minutes], [growing, line, rule, trained],
        show_progress="hidden", **ui.HEAVY, **ui.PRIVATE,
    )  # fmt: skip
    gallery.select(ui.guard(_chosen), None, rule, **(_QUICK | ui.PICK))
    stop.click(lambda: ui.status(extra=say("stopped")), None, line, cancels=[learning], **_QUICK)
    export.click(ui.guard(_export), [trained, source], ui.delivery(), **_QUICK)


def _opened() -> tuple[Any, str]:
    found = studio.thumbnails()
    shown = [(picture, name.removeprefix("nca-")) for name, picture in found.items()]
    return shown, _rule(next(iter(found))) if found else ""


def _chosen(event: gr.SelectData) -> str:
    return _rule(ui.chosen(studio.rules(), event))


def _rule(name: str) -> str:
    return rule_html(studio.rule(name), name.removeprefix("nca-"))


def _train(picture: Image.Image | None, minutes: Any) -> Iterator[tuple[Any, ...]]:
    moments = studio.grow(picture, minutes=minutes)
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
