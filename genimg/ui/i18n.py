"""The page's labels, in English where they are used; what they are in Chinese stands in `genimg.ui.locale`.

A tab writes ``label=t("Sharpness")``: the English text is the key of ``locale/zh-CN/texts.json``, and the browser shows
what its reader reads. Two rules: a label holds no ``{`` or ``}`` (the browser's formatter gives them a meaning; keep
formulas outside), and all of them are met while the page is built. What is said later, with values in it, is
`genimg.ui.locale.say`'s.
"""

import gradio as gr
from gradio.i18n import I18nData

from genimg.ui.locale import catalogue

_met: set[str] = set()


def t(english: str) -> I18nData:
    """Return a label that the browser shows in the reader's language.

    Args:
        english: the text, which is also its key.

    Raises:
        ValueError: for a text that could not be looked up.
    """
    if "{" in english or "}" in english:
        raise ValueError(f"braces have a meaning in a label: {english!r}")
    if english not in catalogue("zh-CN", "texts"):
        raise ValueError(f"{english!r} has no translation yet; give it one in locale/zh-CN/texts.json")
    _met.add(english)
    return I18nData(english)


def in_chinese(text: I18nData) -> str:
    """Return what a label of `t` is in Simplified Chinese."""
    return catalogue("zh-CN", "texts")[text.key]


def translations() -> gr.I18n:
    """Return the tables of all labels met so far, for `launch(i18n=...)`."""
    chinese = catalogue("zh-CN", "texts")
    return gr.I18n(**{"en": {text: text for text in _met}, "zh-CN": {text: chinese[text] for text in _met}})
