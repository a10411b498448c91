"""What a session of the Edit tab works on, and how it is shown."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image, ImageDraw

from genimg.core.errors import UserError, integer
from genimg.core.images import checkerboard, laid_over
from genimg.studio import edit as studio
from genimg.studio.history import History
from genimg.ui import controls as ui
from genimg.ui.adjustments import BOX
from genimg.ui.locale import say
from genimg.ui.parts.panel import Values


@dataclass(frozen=True)
class Sheet:
    """What a session works on: the photo, and what is done to it."""

    photo: Image.Image | None = None
    history: History = History()

    @property
    def picture(self) -> Image.Image:
        """The photo; a `UserError` without one."""
        if self.photo is None:
            raise UserError("Choose a picture first.")
        return self.photo

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture as it is edited."""
        return studio.sizes(self.picture.size, self.history.present)[-1]


def show(now: Sheet, saving: Values) -> list[Any]:
    """Return what the picture, the slider of before and after, and the status line show."""
    began = time.perf_counter()
    if now.photo is None:
        return [None, None, ui.status()]
    after = visible(now.photo, now.history.present)
    words = "{} × {}".format(*now.size)
    before = None
    if saving["comparing"]:
        # Both sides must have one shape, so before means: all that reshapes, and nothing else.
        bones = [op for op in now.history.present if op["op"] in studio.RESHAPING]
        before = (visible(now.photo, bones), after)
    line = ui.status(time.perf_counter() - began, extra=words)
    return [gr.skip() if before else after, before or gr.skip(), line]


def framed(now: Sheet, board: Values) -> list[Any]:
    """Return the preview with everything outside the crop box dimmed, and what is said of it."""
    frame = list(box(board).values())
    picture = visible(now.picture, now.history.present)
    words = ui.status(extra=say("{} × {} of {} × {}", *frame[2:], *now.size))
    return [picture if frame == [0, 0, *now.size] else _dim(picture, now.size, frame), words]


def box(board: Values) -> dict[str, int]:
    """Return the numbers of the crop box."""
    return {name: integer(name, board[name], 0, 2 * studio.MAX_SIDE) for name in BOX}


def reshaped(size: tuple[int, int], told: dict[str, int], ratio: float | None) -> dict[str, int]:
    """Return a crop box with this ratio of width to height, as large as it goes from its corner; None keeps its own."""
    if ratio is None:
        return told
    columns, rows = size
    x, y = min(told["left"], columns - 1), min(told["top"], rows - 1)
    width = min(told["width"] or columns, columns - x, (rows - y) * ratio)
    height = max(1, min(rows - y, round(width / ratio)))
    return {"left": x, "top": y, "width": max(1, round(width)), "height": height}


def visible(image: Any, operations: Sequence[studio.Operation]) -> Image.Image:
    """Return the preview, over a checkerboard where it is see-through."""
    picture = studio.preview(image, operations)
    return laid_over(picture, checkerboard(picture.size))


def _dim(picture: Image.Image, size: tuple[int, int], frame: list[int]) -> Image.Image:
    x, y = picture.width / size[0], picture.height / size[1]
    left, top, right, bottom = (
        round(v) for v in (frame[0] * x, frame[1] * y, (frame[0] + frame[2]) * x, (frame[1] + frame[3]) * y)
    )
    dark = Image.eval(picture, lambda v: v // 3)
    if right > left and bottom > top:
        dark.paste(picture.crop((left, top, right, bottom)), (left, top))
        ImageDraw.Draw(dark).rectangle((left, top, right - 1, bottom - 1), outline="white")
    return dark


def size_of(count: int) -> str:
    """Return a number of bytes as people read it."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


# What the buttons do.
STEPS: dict[str, Any] = {
    "undo": lambda history, _: history.undo(),
    "redo": lambda history, _: history.redo(),
    "reset": lambda history, _: history.reset(),
    "turn-left": lambda history, _: history.add("rotate", angle=-90),
    "turn-right": lambda history, _: history.add("rotate", angle=90),
    "mirror": lambda history, _: history.add("flip", axis="horizontal"),
    "upside": lambda history, _: history.add("flip", axis="vertical"),
    "cut": lambda history, board: history.add("crop", **box(board)),
    "scale": lambda history, board: history.add("resize", width=board["columns"], height=board["rows"]),
}
