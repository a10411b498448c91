"""What all pages with a film share: which size a file has, and a frame at rest."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import UserError
from genimg.core.images import encode_gif, encode_mp4
from genimg.studio.enlarge import filmed
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.parts import panel
from genimg.ui.parts.component import Panel, named
from genimg.ui.parts.panel import Values

Frames = Sequence[Image.Image]
_ENCODE: dict[str, Callable[..., bytes]] = {"gif": encode_gif, "mp4": encode_mp4}


def saving() -> list[panel.Item]:
    """Make the choice of a file's size, and two buttons that save it; see `wire`."""
    sizes = {"own": t("the network's own size"), "enlarged": t("four times larger, lines drawn anew")}
    size = panel.choice("size", t("Size of the file"), sizes, "enlarged",
                        info=t("Larger takes two or three seconds for a film of six."))  # fmt: skip
    gif, mp4 = panel.button("gif", t("Save GIF"), event="film"), panel.button("mp4", t("Save MP4"), event="film")
    return [panel.via("", size), panel.row(gif, mp4)]


def wire(
    acts: Panel, name: str, made: gr.State, frames: Callable[[Any], Frames], fps: Callable[[Any], int] = lambda _: 12
) -> None:
    """Let the buttons save what is in a state.

    Args:
        acts: has what `saving` made.
        name: of the files.
        made: holds the film.
        frames: its pictures, of the network's own size; each is enlarged once, however often it comes.
        fps: how many of them there are in a second.
    """

    def saved(film: Any, values: Values) -> dict[str, Any]:
        shown, encode = frames(film), named(values, _ENCODE)
        if not shown:
            raise UserError("Make a film first.")
        if values["size"] == "enlarged":
            once = {id(one): one for one in shown}
            larger = dict(zip(once, filmed(list(once.values()), enlarged=True), strict=True))
            shown = [larger[id(one)] for one in shown]
        return ui.handed(encode(shown, fps=fps(film)), f"{name}-{max(shown[0].size)}px.{values['pressed']}")

    acts.on("film")(ui.guard(saved), [made, acts], ui.delivery(), **ui.BRISK, **ui.PRIVATE, show_progress="hidden")


def stage(prefix: str, film: Any, frame: Any) -> tuple[gr.Image, ui.SafeImage]:
    """Make the places of a film and of one frame of it at rest, ``<prefix>-film`` and ``<prefix>-frame``.

    Args:
        prefix: of the names.
        film: what plays, for those who do not see it.
        frame: likewise what rests.
    """
    return (
        gr.Image(  # an animation of ours; SafeImage would show its first frame alone
            show_label=False, height=340, interactive=False, format="gif", type="filepath", alt_text=str(film),
            elem_id=f"{prefix}-film", elem_classes="gi-stage", buttons=[],
        ),
        ui.SafeImage(
            show_label=False, height=340, interactive=False, visible=False, alt_text=frame,
            elem_id=f"{prefix}-frame", elem_classes="gi-stage", buttons=["download", "fullscreen"],
        ),
    )  # fmt: skip


def strip(prefix: str) -> ui.SafeImage:
    """Make the place of some frames side by side, ``<prefix>-strip``."""
    return ui.SafeImage(
        show_label=False, interactive=False, alt_text=t("frames side by side"), elem_id=f"{prefix}-strip", buttons=[]
    )


def clicked(strip: Image.Image, event: gr.SelectData) -> float:
    """Return where on a strip of a film's frames somebody clicked, from 0 to 1."""
    return round(min(max(event.index[0] / strip.width, 0.0), 1.0), 3)
