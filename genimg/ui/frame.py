"""The frame of the page: its name, the groups of tabs, what a picture can be sent to, and the list of keys.

One component, whose script (``web/frame.js``) lays it out in the reader's language.
"""

from collections.abc import Sequence
from types import ModuleType

import gradio as gr

from genimg.core.decoding import MAX_BYTES
from genimg.core.runtime import device_name
from genimg.ui.i18n import in_chinese
from genimg.ui.sending import targets

_MOST = (
    MAX_BYTES - 500_000
)  # bytes of what is sent; more is made a WebP in the browser, which keeps what is see-through

_CHINESE = {
    "Create": "创作", "Photo": "照片", "Understand": "理解", "Train": "训练",
    "Move a control, and the picture follows.": "移动控件，图像随之变化。",
    "To the studio": "跳到工作室", "Groups of tabs": "标签页分组", "Send to": "发送到", "Keys": "快捷键",
    "Close": "关闭",
    "from tab to tab": "切换标签页",
    "Dice: another picture": "掷骰子：另一张图像",
    "Reset what was moved": "重置已移动的控件",
    "Save the picture": "保存图像",
    "Undo": "撤销",
    "This list": "本列表",
}  # fmt: skip
KEYS = {
    "← →": "from tab to tab",
    "D": "Dice: another picture",
    "R": "Reset what was moved",
    "S": "Save the picture",
    "Z": "Undo",
    "?": "This list",
}

Groups = Sequence[tuple[str, Sequence[ModuleType]]]


def key(tab: ModuleType) -> str:
    """Return the name of a tab in addresses and scripts."""
    return tab.__name__.rpartition(".")[2]


def frame(groups: Groups) -> None:
    """Make the frame; the tabs follow it.

    Args:
        groups: the tabs in order, by the name of their group.
    """
    places = targets([(key(tab), tab) for _, tabs in groups for tab in tabs])
    gr.HTML(
        html_template="<div></div>", js_on_load="genimgFrame.build(element.firstElementChild, props)",
        elem_id="frame", padding=False, apply_default_css=False,
        groups=[{"name": name, "tabs": [key(tab) for tab in tabs]} for name, tabs in groups],
        targets=[{"tab": tab, "upload": upload, "name": name and name.key} for tab, upload, name in places],
        chinese=_CHINESE | {name.key: in_chinese(name) for *_, name in places if name},
        keys=KEYS, most=_MOST, device=device_name(),
    )  # fmt: skip
