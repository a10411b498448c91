"""The Remix tab: other pictures out of a photo's own patches, like it, of another shape, or after another layout."""

import inspect
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import choice
from genimg.core.images import to_pil
from genimg.core.steps import Step
from genimg.studio import remix as studio
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.parts import results

TITLE = t("Remix")
TAKES = ["remix-photo", ("remix-layout", t("Layout"))]
_USUAL = {name: p.default for name, p in inspect.signature(studio.remix).parameters.items()}
_QUICK = ui.LIVE | ui.PRIVATE


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Lay out the tab and wire its events."""
    kept, turn = gr.State(None, time_to_live=3600), gr.State(ui.Turn(), time_to_live=3600)
    with ui.page():
        with ui.result("remix-save"):
            result, line = results.picture("remix", t("the picture made of the photo's patches"))
            with gr.Row(elem_classes="gi-buttons"):
                go = gr.Button(t("Remix"), variant="primary", elem_id="remix-go", min_width=100)
                stop = ui.stop_button("remix-stop")
                save = gr.Button(t("Download PNG"), elem_id="remix-save", min_width=110)
        with ui.controls():
            photo = ui.SafeImage(
                label=t("Your picture"), height=152, alt_text=t("the photo whose patches are used"),
                elem_id="remix-photo", buttons=[], format="jpeg", interactive=True,
            )  # fmt: skip
            shelf = gr.Gallery(
                columns=4, height=76, allow_preview=False, interactive=False, show_label=False, object_fit="cover",
                buttons=[], elem_classes="gi-examples", format="jpeg", elem_id="remix-examples",
            )  # fmt: skip
            mode = gr.Radio(
                [(t("Another one like it"), "vary"), (t("Another shape"), "reshape"),
                 (t("After another layout"), "layout")],
                value="vary", label=t("Make"), elem_id="remix-mode",
            )  # fmt: skip
            freedom = gr.Slider(
                0, 1, value=_USUAL["freedom"], step=0.05, label=t("Freedom"), elem_id="remix-freedom",
                info=t("Landscapes, crowds and textures bear much of it; a face or a cup falls apart."),
            )  # fmt: skip
            shape = gr.Slider(
                *studio.SHAPES, value=_USUAL["shape"], step=0.05, label=t("Shape"), visible=False,
                elem_id="remix-shape", info=t("Width by height. What is alike is repeated or left out, not stretched."),
            )  # fmt: skip
            layout = ui.SafeImage(
                label=t("Layout"), height=152, alt_text=t("the picture that says what is where"), visible=False,
                elem_id="remix-layout", buttons=[], format="jpeg", interactive=True,
            )  # fmt: skip
            detail = gr.Slider(
                0, 1, value=_USUAL["kept"], step=0.05, label=t("Kept of the layout"), visible=False,
                elem_id="remix-kept", info=t("Any picture, or a rough collage of the photo. More keeps finer things."),
            )  # fmt: skip
            size = gr.Slider(
                *studio.SIZES, value=_USUAL["size"], step=32, label=t("Size"), elem_id="remix-size",
                info=t("Pixels of the longer side; twice as many take four times as long."),
            )  # fmt: skip
            tile = results.tileable("remix")
            seed = ui.seed_box("remix-seed", 5)
            ui.how_it_works(
                "At first the picture is a few dozen pixels wide: the photo with noise, stretched, or another picture. "
                "Each of its patches is replaced by the photo's nearest one, and those that were seldom taken count as "
                "nearer; then it grows a little, and again, until every pixel comes from the photo. "
                "Nothing is learned and nothing is known of things, so what has one right shape may lose it.",
                formula=r"S_{ij} = \frac{d(q_i, k_j)}{\alpha + \min_l d(q_l, k_j)}",
                paper="N. Granot et al., 2022, Drop the GAN: In Defense of Patches Nearest Neighbors as Single Image "
                "Generative Models (CVPR); C. Barnes et al., 2009, PatchMatch (SIGGRAPH).",
            )

    quiet: dict[str, Any] = {"show_progress": "hidden"}
    asked: list[Any] = [turn, photo, mode, layout, freedom, shape, detail, size, tile, seed]
    outputs = [result, line, kept]
    made: list[Any] = [go.click(ui.guard(_remix), asked, outputs, api_name="remix", **ui.HEAVY, **quiet)]
    again: dict[str, Any] = {"fn": ui.guard(_live), "inputs": asked, "outputs": outputs}
    moved = [item.input for item in (photo, layout, freedom, shape, detail, size, tile, seed)]
    made.append(gr.on(moved, **again, **ui.BRISK, **ui.PRIVATE, **quiet))
    chosen = mode.input(_choose, mode, [freedom, shape, layout, detail, tile], **_QUICK)
    picked = shelf.select(ui.guard(_example), None, photo, cancels=made, **(_QUICK | ui.PICK))
    opened = first(lambda: studio.examples()["Rocket"], None, photo, **_QUICK)
    for event in (chosen, picked, opened):
        made.append(event.success(**again, **ui.BRISK, **ui.PRIVATE, **quiet))
    first(lambda: [(picture, say(name)) for name, picture in studio.examples().items()], None, shelf, **_QUICK)
    stop.click(ui.guard(results.stopped), turn, line, cancels=made, **_QUICK)
    save.click(ui.guard(results.saver("remixed.png")), [kept, photo], ui.delivery(), **_QUICK)


def _choose(mode: Any) -> list[Any]:
    kind = choice("The mode", mode, studio.MODES)
    shown = (kind == "vary", kind == "reshape", kind == "layout", kind == "layout", kind != "reshape")
    return [gr.update(visible=one) for one in shown]


def _example(event: gr.SelectData) -> Image.Image:
    return ui.chosen(list(studio.examples().values()), event)


def _remix(
    turn: ui.Turn,
    photo: Image.Image | None,
    mode: Any,
    layout: Image.Image | None,
    freedom: Any,
    shape: Any,
    kept: Any,
    size: Any,
    tile: Any,
    seed: Any,
) -> Iterator[tuple[Any, ...]]:
    began, step = time.perf_counter(), None
    steps = studio.remix(
        photo, mode=mode, layout=layout, freedom=freedom, shape=shape, kept=kept, size=size, tile=tile, seed=seed
    )
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
        yield made, ui.status(time.perf_counter() - began, seed=int(seed), extra=words), made


def _live(turn: ui.Turn, photo: Image.Image | None, mode: Any, layout: Image.Image | None, *rest: Any) -> Iterator[Any]:
    if photo is None or (mode == "layout" and layout is None) or rest[-1] is None:  # not all is there yet
        yield gr.skip(), gr.skip(), gr.skip()
        return
    yield from _remix(turn, photo, mode, layout, *rest)


def _picture(step: Step) -> Image.Image:
    assert step.image is not None  # every size is shown
    return to_pil(step.image)[0]
