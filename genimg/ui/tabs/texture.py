"""The Texture tab: a larger texture sewn from a sample, one dreamed by a network, and one that lives in the page."""

import inspect
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
from PIL import Image
from torch import Tensor

from genimg.core.images import to_pil
from genimg.core.steps import Step
from genimg.studio import texture as studio
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.living import living
from genimg.ui.locale import say
from genimg.ui.parts import results

TITLE = t("Texture")
TAKES = "texture-source"
_SHOWN_EVERY = 0.4  # seconds between pictures
_QUILT = {name: p.default for name, p in inspect.signature(studio.quilt).parameters.items()}
_NEURAL = {name: p.default for name, p in inspect.signature(studio.synthesize).parameters.items()}
_QUICK = ui.LIVE | ui.PRIVATE


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Make the tab and its three parts."""
    with ui.parts():
        with gr.Tab(t("Quilting"), elem_id="texture-quilting"):
            source = _quilting(first)
        with gr.Tab(t("Neural"), elem_id="texture-neural"):
            _neural(ui.opening(), source)
        with gr.Tab(t("Living"), elem_id="texture-living"):
            living(demo, ui.opening())


def _quilting(first: ui.Listener) -> ui.SafeImage:
    kept = gr.State(None, time_to_live=3600)
    with ui.page():
        with ui.result("texture-save"):
            result, line = results.picture("texture", t("the texture, grown"))
            with gr.Row(elem_classes="gi-buttons"):
                go = gr.Button(t("Quilt"), variant="primary", elem_id="texture-go", min_width=100)
                stop = ui.stop_button("texture-stop")
                save = gr.Button(t("Download PNG"), elem_id="texture-save", min_width=150)
                twice = _twice("texture-twice")
        with ui.controls():
            source, gallery = _source(TAKES)
            with gr.Row(elem_classes="gi-buttons"):
                width = gr.Slider(*studio.SIZES, value=_QUILT["width"], step=32, label=t("Width"), min_width=140)
                height = gr.Slider(*studio.SIZES, value=_QUILT["height"], step=32, label=t("Height"), min_width=140)
            tile = results.tileable("texture")
            block = gr.Slider(
                *studio.BLOCKS, value=_QUILT["block"], step=2, label=t("Block size"), elem_id="texture-block",
                info=t("Large blocks keep large shapes whole; small ones mix more."),
            )  # fmt: skip
            sample = _sample(_QUILT["sample"])
            with gr.Accordion(t("Seams"), open=False):
                overlap = gr.Slider(
                    *studio.OVERLAPS, value=_QUILT["overlap"], step=0.01, label=t("Overlap"),
                    info=t("Part of a block in which the cut may run."),
                )  # fmt: skip
                tolerance = gr.Slider(
                    *studio.TOLERANCES, value=_QUILT["tolerance"], step=0.01, label=t("Tolerance"),
                    info=t("Higher repeats less, and fits less well."),
                )  # fmt: skip
            seed = ui.seed_box("texture-seed")
            ui.how_it_works(
                "The picture is filled block by block: of all blocks of the sample, one that agrees with its "
                "neighbours where they overlap is drawn. It is cut along the path through the overlap on which old and "
                "new differ least, found by dynamic programming. It copies, so every detail is real, but a small "
                "sample repeats itself, and slow changes of light become patches.",
                formula=r"E_{i,j} = e_{i,j} + \min(E_{i-1,j-1},\, E_{i-1,j},\, E_{i-1,j+1}), \quad e = (B_1 - B_2)^2",
                paper="A. A. Efros, W. T. Freeman, 2001, Image Quilting for Texture Synthesis and Transfer (SIGGRAPH).",
            )

    turn = gr.State(ui.Turn(), time_to_live=3600)
    asked: list[Any] = [turn, source, width, height, sample, block, overlap, tolerance, tile, seed, twice]
    outputs = [result, line, kept]
    quiet: dict[str, Any] = {"show_progress": "hidden"}
    sewn: list[Any] = [go.click(ui.guard(_quilt), asked, outputs, api_name="quilt", **ui.BRISK, **quiet)]
    made: dict[str, Any] = {"fn": ui.guard(_quilt_live), "inputs": asked, "outputs": outputs}
    sewn.append(
        gr.on([item.input for item in asked[1:] if item is not twice], **made, **ui.BRISK, **ui.PRIVATE, **quiet)
    )  # fmt: skip
    twice.input(ui.guard(_shown), [kept, twice], result, **_QUICK)
    for event in (
        gallery.select(ui.guard(_example), None, source, **(_QUICK | ui.PICK)),
        first(lambda: studio.examples()["Gravel"], None, source, **_QUICK),
    ):
        sewn.append(event.success(**made, **ui.BRISK, **ui.PRIVATE, **quiet))
    first(lambda: _labelled(), None, gallery, **_QUICK)
    stop.click(ui.guard(results.stopped), turn, line, cancels=sewn, **_QUICK)
    save.click(ui.guard(results.saver("texture.png")), [kept, source], ui.delivery(), **_QUICK)
    return source


def _neural(opened: ui.Listener, other: ui.SafeImage) -> None:
    kept = gr.State(None, time_to_live=3600)
    with ui.page():
        with ui.result("texture-neural-save"):
            result, line = results.picture("texture-neural", t("the texture, synthesised"), at_once=False)
            with gr.Row(elem_classes="gi-buttons"):
                go = gr.Button(t("Synthesise"), variant="primary", elem_id="texture-neural-go", min_width=100)
                stop = ui.stop_button("texture-neural-stop")
                save = gr.Button(t("Download PNG"), elem_id="texture-neural-save", min_width=150)
                twice = _twice("texture-neural-twice")
        with ui.controls():
            source, gallery = _source("texture-neural-source")
            size = gr.Slider(
                *studio.NEURAL_SIZES, value=256, step=32, label=t("Size"), elem_id="texture-neural-size",
                info=t("Pixels of a side; twice as many take four times as long."),
            )  # fmt: skip
            tile = results.tileable("texture-neural")
            seconds = gr.Slider(
                *studio.SECONDS, value=_NEURAL["seconds"], step=1,
                label=t("Spend at most, in seconds"),
                info=t("The number of steps is planned from the speed of this machine."),
            )  # fmt: skip
            start = gr.Radio(
                [(t("a quilt"), "quilt"), (t("noise"), "noise")],  # type: ignore[list-item]
                value=_NEURAL["start"], label=t("Start from"), elem_id="texture-neural-start",
                info=t("A quilt has the large shapes already; noise copies nothing."),
            )  # fmt: skip
            statistic = gr.Radio(
                [(t("whole distribution"), "wasserstein"), (t("Gram matrices"), "gram")],  # type: ignore[list-item]
                value=_NEURAL["statistic"], label=t("What must agree"), elem_id="texture-neural-statistic",
                info=t("The distribution keeps colours true; Gram matrices are quicker."),
            )  # fmt: skip
            sample = _sample(_NEURAL["sample"])
            seed = ui.seed_box("texture-neural-seed")
            ui.how_it_works(
                "A network trained to name things looks at the sample and at the picture, and the picture's pixels are "
                "changed until its features are spread like the sample's, wherever they lie. The sliced Wasserstein "
                "distance compares the features sorted along random directions; Gram matrices compare which occur "
                "together. Nothing is copied, but long straight structures bend, and it needs half a minute.",
                formula=r"\min_x \sum_l \mathbb E_{v}\, \big\lVert \operatorname{sort}(v^\top F^l_x) - "
                r"\operatorname{sort}(v^\top F^l_s) \big\rVert^2",
                paper="E. Heitz et al., 2021, A Sliced Wasserstein Loss for Neural Texture Synthesis (CVPR); "
                "L. A. Gatys et al., 2015, Texture Synthesis Using Convolutional Neural Networks (NeurIPS).",
            )

    turn = gr.State(ui.Turn(), time_to_live=3600)
    asked: list[Any] = [turn, source, size, sample, statistic, start, tile, seed, seconds, twice]
    outputs = [result, line, kept]
    made = go.click(ui.guard(_synthesise), asked, outputs, api_name="texture", show_progress="hidden", **ui.HEAVY)
    twice.input(ui.guard(_shown), [kept, twice], result, **_QUICK)
    gallery.select(ui.guard(_example), None, source, cancels=[made], **(_QUICK | ui.PICK))
    # A few seconds' work on opening: at a small size, from the sample of the part before.
    opened(lambda picture: picture or studio.examples()["Gravel"], other, source, **_QUICK).success(
        ui.guard(_preview), [turn, source, twice], outputs, **ui.HEAVY, **ui.PRIVATE, show_progress="hidden"
    )
    opened(lambda: _labelled(), None, gallery, **_QUICK)
    stop.click(ui.guard(results.stopped), turn, line, cancels=[made], **_QUICK)
    save.click(ui.guard(results.saver("texture.png")), [kept, source], ui.delivery(), **_QUICK)


def _source(elem_id: str) -> tuple[ui.SafeImage, gr.Gallery]:
    upload = ui.SafeImage(
        label=t("Your sample"), height=170, alt_text=t("the sample"), elem_id=elem_id, buttons=[],
        format="jpeg", interactive=True,
    )  # fmt: skip
    gallery = gr.Gallery(
        columns=8, height=76, allow_preview=False, interactive=False, show_label=False, object_fit="cover", buttons=[],
        elem_classes="gi-examples", format="jpeg", elem_id=f"{elem_id}-examples",
    )  # fmt: skip
    return upload, gallery


def _twice(elem_id: str) -> gr.Checkbox:
    return gr.Checkbox(label=t("2 × 2 view"), container=False, min_width=110, elem_id=elem_id)


def _sample(value: int) -> gr.Slider:
    return gr.Slider(
        *studio.SAMPLES, value=value, step=4, label=t("Sample size"),
        info=t("The sample's longer side in pixels of the result: smaller is finer."),
    )  # fmt: skip


def _labelled() -> list[tuple[Image.Image, str]]:
    return [(picture, say(name)) for name, picture in studio.examples().items()]


def _example(event: gr.SelectData) -> Image.Image:
    return ui.chosen(list(studio.examples().values()), event)


def _quilt(
    turn: ui.Turn,
    source: Image.Image | None,
    width: Any,
    height: Any,
    sample: Any,
    block: Any,
    overlap: Any,
    tolerance: Any,
    tile: Any,
    seed: Any,
    twice: Any,
) -> Iterator[tuple[Any, ...]]:
    began, shown, step = time.perf_counter(), time.perf_counter(), None
    steps = studio.quilt(
        source, width=width, height=height, sample=sample, block=block, overlap=overlap, tolerance=tolerance,
        tile=tile, seed=seed,
    )  # fmt: skip
    with turn.taken(alone=False) as mine:  # a client may ask for several at once
        for step in steps:
            if not mine():
                yield gr.skip(), gr.skip(), gr.skip()  # a generator that yields nothing would empty its outputs
                return
            if step.index < step.total and time.perf_counter() - shown > _SHOWN_EVERY:
                shown = time.perf_counter()
                words = ui.status(shown - began, extra=say("row {} of {}", step.index, step.total), running=True)
                yield to_pil(_image(step))[0], words, gr.skip()
        picture = to_pil(_image(step))[0]
        words = f"{picture.width} × {picture.height}"
        yield _shown(picture, twice), ui.status(time.perf_counter() - began, seed=int(seed), extra=words), picture


def _quilt_live(turn: ui.Turn, source: Image.Image | None, *rest: Any) -> Iterator[tuple[Any, ...]]:
    if source is None or rest[7] is None:  # a box has just been emptied
        yield gr.skip(), gr.skip(), gr.skip()
        return
    yield from _quilt(turn, source, *rest)


def _synthesise(
    turn: ui.Turn,
    source: Image.Image | None,
    size: Any,
    sample: Any,
    statistic: Any,
    start: Any,
    tile: Any,
    seed: Any,
    seconds: Any,
    twice: Any,
) -> Iterator[tuple[Any, ...]]:
    steps = studio.synthesize(
        source, size=size, sample=sample, statistic=statistic, start=start, tile=tile, seed=seed, seconds=seconds
    )
    step, shown = None, 0.0
    with turn.taken(alone=False) as mine:  # a client may ask for several at once
        for step in steps:
            if not mine():
                yield gr.skip(), gr.skip(), gr.skip()  # a generator that yields nothing would empty its outputs
                return
            if time.perf_counter() - shown < _SHOWN_EVERY or step.image is None:
                continue
            shown = time.perf_counter()
            words = ui.progress(step)
            picture = to_pil(step.image)[0]
            line = ui.status(step.metrics["seconds"], extra=words, running=True)
            yield _shown(picture, twice), line, picture
        assert step is not None
        picture = to_pil(_image(step))[0]
        words = say("{} × {} in {} steps", picture.width, picture.height, step.index)
        yield _shown(picture, twice), ui.status(step.metrics["seconds"], seed=int(seed), extra=words), picture


def _preview(turn: ui.Turn, source: Image.Image | None, twice: Any) -> Iterator[tuple[Any, ...]]:
    yield from _synthesise(turn, source, 128, 128, _NEURAL["statistic"], _NEURAL["start"], False, 0, 4, twice)


def _image(step: Step | None) -> Tensor:
    assert step is not None and step.image is not None  # both kinds of work yield at least once, with a picture
    return step.image


def _shown(picture: Image.Image | None, twice: Any) -> Any:
    if picture is None:
        return gr.skip()
    return studio.tiled(picture) if twice is True else picture
