"""The part Face to face of the Animate tab: a film leads through faces, in an order that one makes."""

import time
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from genimg.algorithms.interpolation import METHODS
from genimg.core.errors import UserError
from genimg.core.images import crop_square, shrink
from genimg.studio import animate as studio
from genimg.studio import generate, sampler, vae
from genimg.ui import controls as ui
from genimg.ui import faces
from genimg.ui.i18n import t
from genimg.ui.parts import panel
from genimg.ui.parts.component import Panel, named
from genimg.ui.parts.panel import Values
from genimg.ui.parts.player import player, shown


@dataclass(frozen=True)
class Cast:
    """The faces in order, as small squares, and which of them is chosen."""

    faces: tuple[Image.Image, ...] = ()
    at: int = 0

    def add(self, face: Image.Image | None) -> "Cast":
        """Return the cast with another face at its end, chosen."""
        if face is None:
            raise UserError("Choose a picture first: upload one, or click one of the examples.")
        if len(self.faces) >= studio.MAX_FACES:
            raise UserError(f"There are {studio.MAX_FACES} faces already; remove one first.")
        return Cast((*self.faces, shrink(crop_square(face)[0], studio.SIDE)), len(self.faces))

    def move(self, by: int) -> "Cast":
        """Return the cast with the chosen face earlier or later."""
        if not self.faces:
            raise UserError("There is no face to move yet; add one.")
        to = min(max(self.at + by, 0), len(self.faces) - 1)
        others = [*self.faces[: self.at], *self.faces[self.at + 1 :]]
        return Cast((*others[:to], self.faces[self.at], *others[to:]), to)

    def remove(self) -> "Cast":
        """Return the cast without the chosen face."""
        if len(self.faces) <= studio.MIN_FACES:
            raise UserError(f"A film needs {studio.MIN_FACES} faces; add one before you remove one.")
        return Cast((*self.faces[: self.at], *self.faces[self.at + 1 :]), min(self.at, len(self.faces) - 2))


_ORDER = [
    panel.row(
        panel.button("sooner", t("Sooner"), event="click"),
        panel.button("later", t("Later"), event="click"),
        panel.button("remove", t("Remove"), event="click"),
    ),
    panel.note(t("The faces, in order; click one to move or remove it.")),
]  # fmt: skip
_CONTROLS = [
    *faces.warning(),
    faces.faces(),
    panel.via("", panel.seed()),
    panel.button("add", t("Add")),
    panel.slider("between", t("Frames between"), 1, studio.MAX_BETWEEN, 10, step=1),
    panel.check("loop", t("Back to the first face"), True),
    panel.choice("way", t("Way"), {"spherical": t("spherical"), "linear": t("linear")}, METHODS[1],
                 info=t("Along the sphere keeps faces typical on the way.")),
]  # fmt: skip


def _painters() -> list[str]:
    return sampler.names(*vae.KINDS, *generate.KINDS)


def keyframes(opened: ui.Listener) -> None:
    """Make the part."""
    model = ui.model_menu(vae.models, alone=False)
    with ui.page():
        stage = player("keyframes")
        with ui.controls():
            cast = gr.Gallery(
                show_label=False, columns=6, height="auto", allow_preview=False, interactive=False,
                object_fit="cover", buttons=[], elem_classes="gi-thumbs", format="png", elem_id="keyframes-cast",
            )  # fmt: skip
            order = Panel("keyframes", _ORDER, plain=True)
            source = faces.upload(t("Add a picture"), "keyframes-source")
            drawn_by = gr.Dropdown(
                _painters(), label=t("Drawn by"), filterable=False, elem_id="keyframes-model", elem_classes=ui.MODELS,
            )  # fmt: skip
            ui.follow(drawn_by, _painters)
            board = Panel("keyframes", _CONTROLS)
    kept, quick = gr.State(Cast()), ui.LIVE | ui.PRIVATE
    asked, outputs = [kept, model, board], [kept, cast, *stage.outputs, board]
    cast.select(ui.guard(_chosen), kept, kept, **(quick | ui.PICK))
    opened(ui.guard(_begun), asked, outputs, **quick)
    board.on("source-examples")(ui.guard(_picked), asked, outputs, **quick)
    source.upload(ui.guard(_uploaded), [*asked, source], [source, *outputs], **quick)
    board.on("add")(ui.guard(_seeded), [*asked, drawn_by], outputs, **quick)
    order.click(ui.guard(_moved), [*asked, order], outputs, **quick)
    gr.on([model.input, board.input], ui.guard(_filmed), asked, outputs, **quick)


def _filmed(cast: Cast, model: str, board: Values, face: Image.Image | None = None) -> tuple[Any, ...]:
    """Return the cast, and the film through it; what is said of the face that was added."""
    began = time.perf_counter()
    film = studio.keyframes(model, cast.faces, between=board["between"], method=board["way"], loop=board["loop"])
    gallery = gr.Gallery(list(cast.faces), selected_index=cast.at)
    return cast, gallery, *shown(film, "keyframes", began), {"source-unlike": vae.strange(model, face)}


def _added(cast: Cast, model: str, board: Values, face: Image.Image | None) -> tuple[Any, ...]:
    return _filmed(cast.add(face), model, board, face)


def _begun(_: Cast, model: str, board: Values) -> tuple[Any, ...]:
    first = [vae.examples()[place] for place in (4, 1, 7)]
    return _filmed(Cast(tuple(first)), model, board)


def _picked(cast: Cast, model: str, board: Values) -> tuple[Any, ...]:
    return _added(cast, model, board, board["source-examples"])


def _uploaded(cast: Cast, model: str, board: Values, face: Image.Image | None) -> tuple[Any, ...]:
    return None, *_added(cast, model, board, face)


def _seeded(cast: Cast, model: str, board: Values, painter: str) -> tuple[Any, ...]:
    drawn = sampler.draw(painter, *vae.KINDS, *generate.KINDS, seed=board["seed"], count=1).images[0]
    return _added(cast, model, board, drawn)


def _moved(cast: Cast, model: str, board: Values, order: Values) -> tuple[Any, ...]:
    return _filmed(named(order, _MOVES)(cast), model, board)


_MOVES: dict[str, Any] = {
    "sooner": lambda cast: cast.move(-1), "later": lambda cast: cast.move(1), "remove": lambda cast: cast.remove(),
}  # fmt: skip


def _chosen(cast: Cast, event: gr.SelectData) -> Cast:
    return Cast(cast.faces, ui.chosen(range(len(cast.faces)), event))
