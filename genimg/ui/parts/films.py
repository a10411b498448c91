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

Frames = Sequence[Image.Image]


class Saves:
    """Two buttons that save a film, and a choice of its size.

    Args:
        name: of the files.
        prefix: of element ids.
    """

    def __init__(self, name: str, prefix: str) -> None:
        self.name = name
        self.size = gr.Radio(
            [
                (t("the network's own size"), "own"),  # type: ignore[list-item]
                (t("four times larger, lines drawn anew"), "enlarged"),  # type: ignore[list-item]
            ],
            value="enlarged", label=t("Size of the file"), elem_id=f"{prefix}-size",
            info=t("Larger takes two or three seconds for a film of six."),
        )  # fmt: skip
        with gr.Row(elem_classes="gi-buttons"):
            self.buttons = {
                ending: gr.Button(label, size="md", min_width=70, elem_id=f"{prefix}-{ending}")
                for ending, label in (("gif", t("Save GIF")), ("mp4", t("Save MP4")))
            }

    def wire(self, made: gr.State, frames: Callable[[Any], Frames], fps: Callable[[Any], int] = lambda _: 12) -> None:
        """Let the buttons save what is in a state.

        Args:
            made: holds the film.
            frames: its pictures, of the network's own size; each is enlarged once, however often it comes.
            fps: how many of them there are in a second.
        """

        def saver(ending: str, encode: Callable[..., bytes]) -> Callable[..., Any]:
            def saved(film: Any, size: str) -> dict[str, Any]:
                shown = frames(film)
                if not shown:
                    raise UserError("Make a film first.")
                if size == "enlarged":
                    once = {id(one): one for one in shown}
                    larger = dict(zip(once, filmed(list(once.values()), enlarged=True), strict=True))
                    shown = [larger[id(one)] for one in shown]
                name = f"{self.name}-{max(shown[0].size)}px.{ending}"
                return ui.handed(encode(shown, fps=fps(film)), name)

            return ui.guard(saved)

        for ending, encode in (("gif", encode_gif), ("mp4", encode_mp4)):
            self.buttons[ending].click(
                saver(ending, encode),
                [made, self.size],
                ui.delivery(),
                **ui.BRISK,
                **ui.PRIVATE,
                show_progress="hidden",
            )


def clicked(strip: Image.Image, event: gr.SelectData) -> float:
    """Return where on a strip of a film's frames somebody clicked, from 0 to 1."""
    return round(min(max(event.index[0] / strip.width, 0.0), 1.0), 3)
