"""Choosing a face: an upload, with faces that no model has trained on beside it, one click each."""

from typing import Any

import gradio as gr
from PIL import Image

from genimg.studio.vae import examples
from genimg.ui import controls as ui


def picker(label: Any, name: str) -> tuple[ui.SafeImage, gr.Gallery]:
    """Make a place for an upload and, beside it, the examples.

    Args:
        label: of the upload.
        name: element id of the upload; the examples' is ``<name>-examples``.
    """
    with gr.Row(elem_classes="gi-buttons gi-picker"):
        source = ui.SafeImage(
            label=label, height=170, min_width=140, alt_text="the picture to encode", elem_id=name, buttons=[],
            format="png",
        )  # fmt: skip
        gallery = gr.Gallery(
            examples(), columns=4, height=170,
            allow_preview=False, interactive=False, show_label=False, object_fit="cover", min_width=140, buttons=[],
            elem_classes="gi-thumbs", format="png", elem_id=f"{name}-examples",
        )  # fmt: skip
    return source, gallery


def example(event: gr.SelectData) -> Image.Image:
    """Return the example that was clicked."""
    return ui.chosen(examples(), event)
