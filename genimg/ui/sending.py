"""Send to: any picture on the page goes to any tab that takes one, with one click.

The page's script fetches the picture that is seen and hands it to the other tab's upload as if a person had chosen the
file there, so it passes through the same safe door and fires the same events. Where a tab has a download of its
own, that file is taken, which is the picture at full size without loss; from elsewhere it is the picture as shown.
"""

import html
import json
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import gradio as gr

from genimg.core.decoding import MAX_BYTES
from genimg.ui.i18n import t

_MAX_BYTES = MAX_BYTES - 500_000  # what is larger is made a WebP in the browser, which keeps what is see-through


def targets(tabs: Sequence[ModuleType]) -> list[dict[str, object]]:
    """Return what takes a picture: the tab's number and the upload's elem_id.

    Args:
        tabs: modules with ``TAKES``, the elem_id of their upload, or several of them, each but the first with its name.
    """
    return [{"tab": number, "upload": upload} for number, tab in enumerate(tabs) for upload, _ in _takes(tab)]


def _takes(tab: ModuleType) -> list[tuple[str, Any]]:
    takes = getattr(tab, "TAKES", [])
    return (
        [(takes, None)] if isinstance(takes, str) else [(one, None) if isinstance(one, str) else one for one in takes]
    )


def build(tabs: Sequence[ModuleType]) -> None:
    """Put the list of targets and the script's own words into the page."""
    data = html.escape(json.dumps(targets(tabs)), quote=True)
    gr.HTML(f'<span data-targets="{data}" data-most="{_MAX_BYTES}"></span>', visible="hidden", elem_id="send-targets")
    for tab in tabs:
        for upload, name in _takes(tab):
            if name is not None:
                gr.HTML(name, visible="hidden", elem_id=f"send-{upload}")
    gr.HTML(t("Send to", "发送到"), visible="hidden", elem_id="send-words")
