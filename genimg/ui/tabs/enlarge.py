"""The Enlarge tab: any picture two, three or four times as wide and as high, beside what it is without a network."""

import inspect
import io
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
from PIL import Image
from torch import Tensor

from genimg.core.images import checkerboard, laid_over, shrink, to_pil
from genimg.core.steps import Step
from genimg.studio import enlarge as studio
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.parts import panel, results
from genimg.ui.parts.component import Panel
from genimg.ui.parts.panel import Values

TITLE = t("Enlarge")
TAKES = "enlarge-photo"
_USUAL = {name: p.default for name, p in inspect.signature(studio.magnify).parameters.items()}
_SHOWN = 2048  # pixels of the longer side in the page; the file has them all
_PAUSE = 0.7  # seconds between two views of a picture that is being made, at least
_AT_ONCE = 200_000  # pixels of a picture that is enlarged without a click: some seconds


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Lay out the tab and wire its events."""
    kept, turn = gr.State(None, time_to_live=3600), gr.State(ui.Turn(), time_to_live=3600)
    with ui.page():
        with ui.result("enlarge-save"):
            both, line = results.before_and_after("enlarge")
            acts = Panel("enlarge", _ACTS, plain=True)
        with ui.controls():
            photo = ui.SafeImage(
                label=t("Your picture"), height=152, alt_text=t("the picture to enlarge"), alpha=True,
                elem_id="enlarge-photo", buttons=[], format="png", interactive=True,
            )  # fmt: skip
            board = Panel("enlarge", _CONTROLS)
            ui.how_it_works(
                "A network looks at a few pixels around each one and says what the four, nine or sixteen pixels in its "
                "place probably were; one has learnt it from drawings, another from photos that had been made small. "
                "On the left of the slider is smooth enlargement, on the right the network's. Edges become sharp, but "
                "nothing that was lost comes back: hair and grass stay soft, and letters that could not be read cannot "
                "be read now.",
                formula=r"\min_\theta\; \lVert f_\theta(x \downarrow_2) - x \rVert",
                paper="C. Dong et al., 2015, Image Super-Resolution Using Deep Convolutional Networks (TPAMI), as "
                "waifu2x by nagadomi; X. Wang et al., 2021, Real-ESRGAN (ICCVW).",
            )

    asked, outputs = [turn, photo, board], [both, line, kept]
    quiet: dict[str, Any] = ui.PRIVATE | {"show_progress": "hidden"}
    example = {"fn": ui.guard(_example), "inputs": [turn, board], "outputs": [photo, *outputs]} | ui.BRISK | quiet
    made = [
        acts.on("go")(ui.guard(_enlarge), asked, outputs, **(ui.HEAVY | quiet)),
        gr.on([photo.input, board.input], ui.guard(_live), asked, outputs, **(ui.BRISK | quiet)),
        board.on("examples")(**example),
        first(**example),
    ]
    acts.on("stop")(ui.guard(results.stopped), turn, line, cancels=made, **(ui.FAST | quiet))
    save = ui.guard(results.saver("enlarged.png"))
    acts.on("save")(save, [kept, photo], ui.delivery(), **ui.BRISK, **ui.PRIVATE)
    ui.public(_answer, "picture", "enlarge", ui.HEAVY, photo=photo)


_ACTS = [
    panel.row(panel.button("go", t("Enlarge"), primary=True), panel.stop(), panel.button("save", t("Download PNG")))
]
_CONTROLS = [
    panel.shelf("examples", t("Examples"), studio.samples),
    panel.choice("times", t("Larger"), {"2": "× 2", "3": "× 3", "4": "× 4"}, str(_USUAL["times"]),
                 info=t("Each side, up to 4096 pixels. Of a photo, × 4 takes five times as long as × 2.")),
    panel.choice("kind", t("It is a"), {"auto": t("As it looks"), "drawing": t("Drawing"), "photo": t("Photo")},
                 _USUAL["kind"],
                 info=t("Of a drawing, lines and flat areas are drawn anew; of a photo, edges become sharp.")),
]  # fmt: skip


def _example(turn: ui.Turn, board: Values) -> Iterator[tuple[Any, ...]]:
    photo = board["examples"] or studio.samples()["Astronaut"]
    yield from results.put(photo, _live(turn, photo, board))


def _enlarge(turn: ui.Turn, photo: Image.Image | None, board: Values) -> Iterator[tuple[Any, ...]]:
    times, kind = int(board["times"]), board["kind"]
    began = shown = time.perf_counter()
    pause = _PAUSE
    steps = studio.magnify(photo, times=times, kind=kind)
    assert photo is not None
    before = _seen(studio.plain(photo, times))
    with turn.taken() as mine:
        yield gr.skip(), ui.status(extra=f"{photo.width} × {photo.height}", running=True), gr.skip()
        for step in steps:
            if not mine():
                yield gr.skip(), gr.skip(), gr.skip()  # a generator that yields nothing would empty its outputs
                return
            now = time.perf_counter()
            if step.index < step.total:
                seen: Any = gr.skip()
                if now - shown > pause:
                    seen, shown = (before, _seen(to_pil(_image(step))[0])), time.perf_counter()
                    pause = max(_PAUSE, 4 * (shown - now))  # of a large picture it takes a second
                words = say("tile {} of {}", step.index, step.total)
                yield seen, ui.status(now - began, extra=words, running=True), gr.skip()
                continue
            made = studio.finished(step, photo)
            how = say("as a drawing") if step.metrics["drawing"] else say("as a photo")
            words = f"{made.width} × {made.height}, {how}"
            yield (before, _seen(made)), ui.status(time.perf_counter() - began, extra=words), made


def _live(turn: ui.Turn, photo: Image.Image | None, board: Values) -> Iterator[tuple[Any, ...]]:
    times, kind = int(board["times"]), board["kind"]
    turn.end()
    if photo is None:  # the box has just been emptied
        yield None, ui.status(), None
    elif photo.width * photo.height * (5 if times == 4 else 1) > _AT_ONCE:
        studio.magnify(photo, times=times, kind=kind)  # says what is wrong, and does nothing yet
        yield None, ui.status(extra=say("{} × {}: press Enlarge", photo.width, photo.height)), None
    else:
        yield from _enlarge(turn, photo, board)


def _answer(photo: Image.Image | None, times: int = 2, kind: str = "auto") -> Iterator[Any]:
    for step in studio.magnify(photo, times=times, kind=kind):
        assert photo is not None
        yield gr.skip() if step.index < step.total else studio.finished(step, photo)


def _image(step: Step) -> Tensor:
    assert step.image is not None  # every tile is shown
    return step.image


def _seen(picture: Image.Image) -> str:
    """Return a file of a picture as the page shows it: no larger than need be, over squares where it is see-through.

    Gradio would halve the colours' resolution, and a network seem to blur red edges.
    """
    small, buffer = shrink(picture, _SHOWN), io.BytesIO()
    laid_over(small, checkerboard(small.size)).save(buffer, "JPEG", quality=95, subsampling=0)
    return ui.download(buffer.getvalue(), "seen.jpg")
