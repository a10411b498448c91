"""The part Morph of the VAE tab: one picture becomes another, as a film that one can scrub through."""

import time
from collections.abc import Sequence
from typing import Any

import gradio as gr
from PIL import Image

from genimg.algorithms.interpolation import METHODS
from genimg.core.errors import UserError
from genimg.core.images import encode_gif, encode_mp4
from genimg.studio import vae as studio
from genimg.studio.enlarge import filmed, still
from genimg.studio.sampler import large
from genimg.studio.ways import there_and_back
from genimg.ui import controls as ui
from genimg.ui import faces
from genimg.ui.endpoints import FILMS
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.parts import films, panel
from genimg.ui.parts.component import Panel
from genimg.ui.parts.panel import Values

FILM_SIDE = 256  # pixels of a frame in the page and in a download
Picture = Image.Image | None
_ACTS = [
    panel.via("scrub", panel.slider("scrub", t("Scrub"), 0, 1, 0, step=0.005,
                                    info=t("Drag along the film, or click the strip above."))),
    panel.button("play", t("Play")),
    *films.saving(),
]  # fmt: skip
_CONTROLS = [
    *faces.warning("morph"),
    panel.slider("frames", t("Frames"), studio.MIN_FRAMES, studio.MAX_FRAMES, 24, step=1),
    panel.choice("way", t("Way"), {"spherical": t("spherical"), "linear": t("linear")}, METHODS[1],
                 info=t("Along the sphere keeps faces typical on the way.")),
    panel.button("morph-go", t("Morph"), primary=True),
]  # fmt: skip


def morph(opened: ui.Listener, model: gr.Dropdown) -> None:
    """Make the part."""
    with ui.page():
        with ui.result():
            film, frame = films.stage("vae", t("the morph, playing"), t("one frame of the morph"))
            line = ui.status_line()
            strip = films.strip("vae")
            acts = Panel("vae", _ACTS, plain=True)
        with ui.controls():
            first = faces.upload(t("From"), "vae-first")
            begin = Panel("vae", [faces.faces("first-examples")], plain=True)
            second = faces.upload(t("To"), "vae-second")
            end = Panel("vae", [faces.faces("second-examples")], plain=True)
            board = Panel("vae", _CONTROLS)
    made = gr.State([])  # of the model's own size, so that a session stays small

    asked, outputs, quick = [model, first, second, board], [frame, film, strip, line, made, acts, board], _QUICK
    board.on("morph-go")(ui.guard(_morphed), asked, outputs, **quick)
    gr.on([first.input, second.input, board.input, model.input], ui.guard(_followed), asked, outputs, **quick)
    begin.on("first-examples")(ui.guard(_from), [*asked, begin], [first, *outputs], **quick)
    end.on("second-examples")(ui.guard(_to), [*asked, end], [second, *outputs], **quick)
    opened(ui.guard(_begun), [model, board], [first, second, *outputs], **quick)
    dragged = acts.on("scrub")(ui.guard(_moving), [made, acts], [frame, film], **quick)
    # It may be late: by then the film may play, and goes on.
    dragged.success(ui.guard(_enlarged), [made, acts], frame, **quick)
    strip.select(ui.guard(_clicked), made, [frame, film, acts], **(quick | ui.PICK))
    acts.on("play")(ui.guard(_played), made, [frame, film], **quick)
    films.wire(acts, "morph", made, there_and_back)
    ui.public(_interpolate, FILMS, "interpolate", ui.FAST, model=model)


_QUICK: dict[str, Any] = ui.LIVE | ui.PRIVATE
Frames = Sequence[Image.Image]


def _morphed(name: str, start: Picture, end: Picture, board: Values, *, plays: bool = True) -> tuple[Any, ...]:
    began = time.perf_counter()
    made = studio.morph(name, start, end, frames=board["frames"], method=board["way"])
    words = ui.status(time.perf_counter() - began, extra=say("{} frames", len(made)))
    stage = _played(made) if plays else _resting(made, 0.0)
    unlike = studio.strange(name, start) or studio.strange(name, end)
    return *stage, studio.filmstrip(made), words, made, {"scrub": 0}, {"morph-unlike": unlike}


def _followed(name: str, start: Picture, end: Picture, board: Values) -> Any:
    if not start or not end:  # a box has just been emptied
        return gr.skip()
    return _morphed(name, start, end, board, plays=False)


def _from(name: str, _: Picture, end: Picture, board: Values, shelf: Values) -> tuple[Any, ...]:
    start = shelf["first-examples"]
    return start, *_morphed(name, start, end, board)


def _to(name: str, start: Picture, _: Picture, board: Values, shelf: Values) -> tuple[Any, ...]:
    end = shelf["second-examples"]
    return end, *_morphed(name, start, end, board)


def _begun(name: str, board: Values) -> tuple[Any, ...]:
    start, end = studio.examples()[1:3]
    return start, end, *_morphed(name, start, end, board)


def _at(made: Frames, place: float) -> Image.Image:
    return made[round(place * (len(made) - 1))]


def _moving(made: Frames, acts: Values) -> tuple[Any, Any]:
    shown = large(_at(made, acts["scrub"]), FILM_SIDE) if made else None
    return gr.Image(shown, visible=True), gr.Image(visible=False)


def _enlarged(made: Frames, acts: Values) -> Any:
    return still(_at(made, acts["scrub"])) if made else None


def _resting(made: Frames, place: float) -> tuple[Any, Any]:
    return gr.Image(still(_at(made, place)) if made else None, visible=True), gr.Image(visible=False)


def _clicked(made: Frames, event: gr.SelectData) -> tuple[Any, ...]:
    place = films.clicked(studio.filmstrip(made), event) if made else 0.0
    return *_resting(made, place), {"scrub": place}


def _played(made: Frames) -> tuple[Any, Any]:
    if not made:
        raise UserError("Make a film first.")
    path = ui.download(encode_gif(there_and_back(filmed(made))), "morph.gif")
    return gr.Image(visible=False), gr.Image(path, visible=True)


def _interpolate(
    model: str, first: Picture, second: Picture, frames: int = 24, method: str = METHODS[1]
) -> tuple[str, str]:
    film = there_and_back(filmed(studio.morph(model, first, second, frames=frames, method=method)))
    return ui.download(encode_gif(film), "morph.gif"), ui.download(encode_mp4(film), "morph.mp4")
