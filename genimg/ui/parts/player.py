"""Where a film plays and is saved, and one frame of it at rest."""

import time
from dataclasses import dataclass
from typing import Any

import gradio as gr

from genimg.core.images import encode_gif
from genimg.studio import animate as studio
from genimg.studio import vae
from genimg.studio.animate import Film
from genimg.studio.enlarge import still
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.parts import films, panel
from genimg.ui.parts.component import Panel

STRIP = 10  # frames of the strip below a film
NOTHING = Film([], 12)
_QUICK: dict[str, Any] = ui.LIVE | ui.PRIVATE


@dataclass(frozen=True)
class Player:
    """The components; `made` is its state."""

    film: gr.Image
    frame: ui.SafeImage
    line: gr.HTML
    strip: ui.SafeImage
    acts: Panel
    made: gr.State

    @property
    def outputs(self) -> list[Any]:
        """What `shown` sets."""
        return [self.film, self.frame, self.acts, self.line, self.strip, self.made]


def player(name: str) -> Player:
    """Make one; call it inside `ui.page()`."""
    with ui.result():
        film, frame = films.stage(name, t("the film, playing"), t("one frame of the film, enlarged"))
        line = ui.status_line()
        strip = films.strip(name)
        acts = Panel(name, [
            panel.note(t("Click the strip to look at a frame.")),
            panel.hidden("resting"),
            panel.button("play", t("Play"), when={"resting": True}),
            *films.saving(),
        ], plain=True)  # fmt: skip
    made = gr.State(NOTHING)
    stage = [film, frame, acts]
    strip.select(ui.guard(_rests), made, stage, **(_QUICK | ui.PICK))
    acts.on("play")(_plays, None, stage, **_QUICK)
    films.wire(acts, name, made, lambda film: film.frames, lambda film: film.fps)
    return Player(film, frame, line, strip, acts, made)


def shown(film: Film, name: str, began: float, seed: int | None = None) -> tuple[Any, ...]:
    """Return the values of `outputs`.

    Args:
        film: that was made.
        name: of its file.
        began: when that was begun, by `time.perf_counter`.
        seed: what it was drawn from.
    """
    path = ui.download(encode_gif(film.enlarged(studio.PLAYED_SIDE), fps=film.fps), f"{name}.gif")
    words = ui.status(time.perf_counter() - began, seed=seed, extra=say("{} frames", len(film.frames)))
    playing = gr.Image(path, visible=True), gr.Image(visible=False), {"resting": False}
    return *playing, words, vae.filmstrip(film.frames, STRIP), film


def _rests(film: Film, event: gr.SelectData) -> tuple[Any, ...]:
    at = films.clicked(vae.filmstrip(film.frames, STRIP), event)
    frame = still(film.frames[round(at * (len(film.frames) - 1))])
    return gr.Image(visible=False), gr.Image(frame, visible=True), {"resting": True}


def _plays() -> tuple[Any, ...]:
    return gr.Image(visible=True), gr.Image(visible=False), {"resting": False}
