"""The frame of the page: its name, the groups of tabs, what a picture can be sent to, and the list of keys.

One component, whose script (``web/frame.js``) lays it out in the reader's language.
"""

from collections.abc import Sequence
from types import ModuleType

import gradio as gr

from genimg import checkpoints
from genimg.core.decoding import MAX_BYTES
from genimg.core.runtime import device_name
from genimg.ui.i18n import in_chinese
from genimg.ui.locale import catalogue, translated
from genimg.ui.recalling import recalling
from genimg.ui.sending import targets
from genimg.ui.shell.safety import here

_MOST = (
    MAX_BYTES - 500_000
)  # bytes of what is sent; more is made a WebP in the browser, which keeps what is see-through

KEYS = {
    "← →": "from tab to tab",
    "D": "Dice: another picture",
    "R": "Reset what was moved",
    "S": "Save the picture",
    "Z": "Undo",
    "H": "History: what was made here",
    "?": "This list",
}

Groups = Sequence[tuple[str, Sequence[ModuleType]]]


def key(tab: ModuleType) -> str:
    """Return the name of a tab in addresses and scripts."""
    return tab.__name__.rpartition(".")[2]


def lines() -> dict[str, tuple[str, str]]:
    """Return what each model draws, in English and in Chinese, by its name; no weights are opened."""
    return {one.name: (one.line(), one.line("zh")) for one in checkpoints.available()}


def frame(groups: Groups) -> None:
    """Make the frame; the tabs follow it.

    Args:
        groups: the tabs in order, by the name of their group.
    """
    device = device_name()
    places = targets([(key(tab), tab) for _, tabs in groups for tab in tabs])
    gr.HTML(
        html_template="<div></div>", js_on_load="genimgFrame.build(element.firstElementChild, props, server, upload)",
        elem_id="frame", padding=False, apply_default_css=False,
        groups=[{"name": name, "tabs": [key(tab) for tab in tabs]} for name, tabs in groups],
        targets=[{"tab": tab, "upload": upload, "name": name and name.key} for tab, upload, name in places],
        chinese=catalogue("zh-CN", "frame") | {device: translated(device, "zh-CN")}
        | {name.key: in_chinese(name) for *_, name in places if name},
        keys=KEYS, most=_MOST, device=device, lines=lines(), server_functions=[lines, recalling(here())],
    )  # fmt: skip
