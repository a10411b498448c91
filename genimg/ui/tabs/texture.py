"""The Texture tab: a larger texture sewn from a sample, one dreamed by a network, and one that lives in the page."""

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.images import finished
from genimg.studio import texture as studio
from genimg.ui import controls as ui
from genimg.ui import texturing
from genimg.ui.i18n import t
from genimg.ui.living import living
from genimg.ui.locale import say
from genimg.ui.parts import results
from genimg.ui.parts.component import Panel, known
from genimg.ui.parts.panel import Values
from genimg.ui.texturing import DREAMING, NEURAL, QUILT, SEWING

TITLE = t("Texture")
TAKES = "texture-source"
_SHOWN_EVERY = 0.4  # seconds between pictures
_PREVIEW = {"size": 128, "sample": 128, "seconds": 4, "seed": 0, "tile": False}
_QUICK: dict[str, Any] = ui.LIVE | ui.PRIVATE
_QUIET: dict[str, Any] = ui.PRIVATE | {"show_progress": "hidden"}


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
    kept, turn = gr.State(None, time_to_live=3600), gr.State(ui.Turn(), time_to_live=3600)
    with ui.page():
        with ui.result("texture-save"):
            result, line = results.picture("texture", t("the texture, grown"))
            acts = Panel("texture", texturing.acts(t("Quilt")), plain=True)
        with ui.controls():
            source = _source(TAKES)
            board = Panel("texture", SEWING)
            ui.how_it_works(
                "The picture is filled block by block: of all blocks of the sample, one that agrees with its "
                "neighbours where they overlap is drawn. It is cut along the path through the overlap on which old and "
                "new differ least, found by dynamic programming. It copies, so every detail is real, but a small "
                "sample repeats itself, and slow changes of light become patches.",
                formula=r"E_{i,j} = e_{i,j} + \min(E_{i-1,j-1},\, E_{i-1,j},\, E_{i-1,j+1}), \quad e = (B_1 - B_2)^2",
                paper="A. A. Efros, W. T. Freeman, 2001, Image Quilting for Texture Synthesis and Transfer (SIGGRAPH).",
            )
    asked, outputs = [turn, source, board, acts], [result, line, kept]
    brisk = ui.BRISK | _QUIET
    sewn: list[Any] = [
        acts.on("go")(ui.guard(_quilt), asked, outputs, **brisk),
        gr.on([source.input, board.input], ui.guard(_quilt_live), asked, outputs, **brisk),
    ]
    for event in (board.on("source-examples"), first):
        sewn.append(event(ui.guard(_quilt_example), [turn, board, acts], [source, *outputs], **brisk))
    _wire(acts, turn, kept, source, result, line, sewn)
    values = {name: QUILT[name] for name in "width height sample block overlap tolerance tile seed".split()}
    ui.public(_quilted, "picture status", "quilt", ui.BRISK, values=values | {"twice": False})
    return source


def _neural(opened: ui.Listener, other: ui.SafeImage) -> None:
    kept, turn = gr.State(None, time_to_live=3600), gr.State(ui.Turn(), time_to_live=3600)
    with ui.page():
        with ui.result("texture-neural-save"):
            result, line = results.picture("texture-neural", t("the texture, synthesised"), at_once=False)
            acts = Panel("texture-neural", texturing.acts(t("Synthesise")), plain=True)
        with ui.controls():
            source = _source("texture-neural-source")
            board = Panel("texture-neural", DREAMING)
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
    asked, outputs = [turn, source, board, acts], [result, line, kept]
    made = acts.on("go")(ui.guard(_synthesise), asked, outputs, **(ui.HEAVY | _QUIET))
    board.on("source-examples")(ui.guard(_example), board, source, cancels=[made], **_QUICK)
    # A few seconds' work on opening: at a small size, from the sample of the part before.
    begun = opened(ui.guard(_same), other, source, **_QUICK)
    begun.success(ui.guard(_preview), asked, outputs, **(ui.HEAVY | _QUIET))
    _wire(acts, turn, kept, source, result, line, [made])
    values = {name: NEURAL[name] for name in "size sample statistic start tile seed seconds".split()}
    ui.public(_synthesised, "picture status", "texture", ui.HEAVY, values=values | {"twice": False})


def _wire(acts: Panel, turn: gr.State, kept: gr.State, source: Any, result: Any, line: Any, work: list[Any]) -> None:
    """Let a picture be seen twice, stopped and saved."""
    acts.on("twice")(ui.guard(_twice), [kept, acts], result, **_QUICK)
    acts.on("stop")(ui.guard(results.stopped), turn, line, cancels=work, **_QUICK)
    acts.on("save")(ui.guard(results.saver("texture.png")), [kept, source], ui.delivery(), **_QUICK)


def _source(elem_id: str) -> ui.SafeImage:
    return ui.SafeImage(
        label=t("Your sample"), height=170, alt_text=t("the sample"), elem_id=elem_id, buttons=[], format="jpeg",
        interactive=True,
    )  # fmt: skip


def _example(board: Values) -> Any:
    return board["source-examples"]


def _first() -> Image.Image:
    return studio.examples()["Gravel"]


def _same(other: Image.Image | None) -> Image.Image:
    return other or _first()


def _quilt(turn: ui.Turn, source: Image.Image | None, board: Values, acts: Values) -> Iterator[tuple[Any, ...]]:
    began, shown, step = time.perf_counter(), time.perf_counter(), None
    steps = studio.quilt(source, **known(QUILT, board))
    with turn.taken(alone=False) as mine:
        for step in steps:
            if not mine():
                yield (gr.skip(),) * 3  # a generator that yields nothing would empty its outputs
                return
            if step.index < step.total and time.perf_counter() - shown > _SHOWN_EVERY:
                shown = time.perf_counter()
                words = ui.status(shown - began, extra=say("row {} of {}", step.index, step.total), running=True)
                yield finished(step), words, gr.skip()
        assert step is not None
        picture = finished(step)
        words, seconds = f"{picture.width} × {picture.height}", time.perf_counter() - began
        line = ui.status(seconds, seed=int(board["seed"]), extra=words)
        yield _shown(picture, acts), line, picture


def _quilt_live(turn: ui.Turn, source: Image.Image | None, board: Values, acts: Values) -> Iterator[tuple[Any, ...]]:
    if source is None:  # the box has just been emptied
        yield (gr.skip(),) * 3
        return
    yield from _quilt(turn, source, board, acts)


def _quilt_example(turn: ui.Turn, board: Values, acts: Values) -> Iterator[tuple[Any, ...]]:
    source = _example(board) or _first()
    yield from results.put(source, _quilt_live(turn, source, board, acts))


def _quilted(source: Image.Image | None, **values: Any) -> Iterator[tuple[Any, ...]]:
    for made in _quilt(ui.Turn(), source, values, values):
        yield made[:2]


def _synthesise(turn: ui.Turn, source: Image.Image | None, board: Values, acts: Values) -> Iterator[tuple[Any, ...]]:
    steps = studio.synthesize(source, **known(NEURAL, board))
    step, shown = None, 0.0
    with turn.taken(alone=False) as mine:
        for step in steps:
            if not mine():
                yield (gr.skip(),) * 3  # a generator that yields nothing would empty its outputs
                return
            if time.perf_counter() - shown < _SHOWN_EVERY or step.image is None:
                continue
            shown = time.perf_counter()
            picture = finished(step)
            line = ui.status(step.metrics["seconds"], extra=ui.progress(step), running=True)
            yield _shown(picture, acts), line, picture
        assert step is not None
        picture = finished(step)
        words = say("{} × {} in {} steps", picture.width, picture.height, step.index)
        line = ui.status(step.metrics["seconds"], seed=int(board["seed"]), extra=words)
        yield _shown(picture, acts), line, picture


def _preview(turn: ui.Turn, source: Image.Image | None, board: Values, acts: Values) -> Iterator[tuple[Any, ...]]:
    yield from _synthesise(turn, source, board | _PREVIEW, acts)


def _synthesised(source: Image.Image | None, **values: Any) -> Iterator[tuple[Any, ...]]:
    for made in _synthesise(ui.Turn(), source, values, values):
        yield made[:2]


def _twice(picture: Image.Image | None, acts: Values) -> Any:
    return gr.skip() if picture is None else _shown(picture, acts)


def _shown(picture: Image.Image, acts: Values) -> Image.Image:
    return studio.tiled(picture) if acts["twice"] is True else picture
