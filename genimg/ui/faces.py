"""Choosing a face: an upload, faces that no model has trained on below it, and what is said of one unlike all faces."""

from functools import partial
from typing import Any

from PIL import Image

from genimg.studio.vae import examples
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.parts import panel


def upload(label: Any, name: str) -> ui.SafeImage:
    """Make the place for an upload, of this element id."""
    return ui.SafeImage(
        label=label, height=152, alt_text=t("the picture to encode"), elem_id=name, buttons=[], format="png",
        elem_classes="gi-picker",
    )  # fmt: skip


def faces(name: str = "source-examples", *, event: str = "", size: int = 64) -> panel.Item:
    """Make the shelf of faces to pick from, of this side in pixels."""
    return panel.shelf(name, t("Faces"), partial(_faces, size), event=event, titled=_titled)


def _faces(size: int) -> dict[str, Image.Image]:
    return {str(place): face for place, face in enumerate(examples(size), 1)}


def _titled(place: str) -> str:
    return say("face {}", place)


def warning(name: str = "source") -> tuple[panel.Item, panel.Item]:
    """Make ``<name>-unlike``, which an answer sets, and the words that are seen where it says that a picture is so."""
    words = t(
        "This model knows only pictures like those that it was trained on, drawn faces for one that is called "
        "avatars. Of this picture it will make another."
    )
    return panel.hidden(f"{name}-unlike"), panel.note(words, name=f"{name}-strange", when={f"{name}-unlike": True})
