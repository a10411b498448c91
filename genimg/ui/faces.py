"""Choosing a face: an upload, with faces that no model has trained on beside it, one click each."""

from collections.abc import Callable
from typing import Any

import gradio as gr
from PIL import Image

from genimg.studio.vae import examples, strange
from genimg.ui import controls as ui
from genimg.ui.i18n import t


def picker(
    label: Any, name: str, model: gr.Dropdown | None = None, encoder: Callable[[str], str] = lambda name: name
) -> tuple[ui.SafeImage, gr.Gallery]:
    """Make a place for an upload and, beside it, the examples; below them it is said if a picture is unlike all faces.

    Args:
        label: of the upload.
        name: element id of the upload; the examples' is ``<name>-examples`` and the note's ``<name>-strange``.
        model: the tab's menu; without it nothing is said.
        encoder: tells the name of the VAE that a model sees pictures through.
    """
    with gr.Row(elem_classes="gi-buttons gi-picker"):
        source = ui.SafeImage(
            label=label, height=170, min_width=140, alt_text=t("the picture to encode"), elem_id=name, buttons=[],
            format="png",
        )  # fmt: skip
        gallery = gr.Gallery(
            examples(), columns=4, height=170,
            allow_preview=False, interactive=False, show_label=False, object_fit="cover", min_width=140, buttons=[],
            elem_classes="gi-thumbs", format="png", elem_id=f"{name}-examples",
        )  # fmt: skip
    if model is not None:
        note = gr.HTML(
            t("This model knows only pictures like those that it was trained on, drawn faces for one that is called "
              "avatars. Of this picture it will make another."),
            elem_classes="gi-note", elem_id=f"{name}-strange", padding=False, visible=False,
        )  # fmt: skip

        def judged(chosen: str, image: Image.Image | None) -> gr.HTML:
            return gr.HTML(visible=strange(encoder(chosen), image))

        gr.on([source.change, model.change], ui.guard(judged), [model, source], note, **ui.LIVE, **ui.PRIVATE)
    return source, gallery


def example(event: gr.SelectData) -> Image.Image:
    """Return the example that was clicked."""
    return ui.chosen(examples(), event)
