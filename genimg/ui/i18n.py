"""The page's texts in English and Simplified Chinese, written once, where they are used.

A tab writes `label=t("Sharpness", "锐度")` and is done: the English text is the key, so the page reads well even in a
language without a table, and the Chinese one enters the table that `translations` hands to `launch`. A text that
several tabs need stands in `SHARED` and is used as `t("Download")`. Two rules: a text holds no ``{`` or ``}`` (the
browser's formatter gives them a meaning; keep formulas outside), and all of them are met while the page is built.
"""

import gradio as gr
from gradio.i18n import I18nData

from genimg.ui.locale import catalogue

_chinese: dict[str, str] = {}


def t(english: str, chinese: str | None = None) -> I18nData:
    """Return a text that the browser shows in the reader's language.

    Args:
        english: the text, which is also its key.
        chinese: the same in Simplified Chinese; needed unless the text is in `SHARED`.

    Raises:
        ValueError: for a text that could not be looked up, or that already has another translation.
    """
    if "{" in english or "}" in english:
        raise ValueError(f"braces have a meaning in a translated text: {english!r}")
    known = _chinese.setdefault(english, catalogue("zh-CN", "texts").get(english) or chinese or "")
    if not known or chinese not in (None, known):
        raise ValueError(f"{english!r} has the translations {known!r} and {chinese!r}; it needs one")
    return I18nData(english)


def in_chinese(text: I18nData) -> str:
    """Return what a text of `t` is in Simplified Chinese."""
    return _chinese[text.key]


def translations() -> gr.I18n:
    """Return the tables of all texts met so far, for `launch(i18n=...)`."""
    tables = {"en": {text: text for text in _chinese}, "zh-CN": dict(_chinese)}
    return gr.I18n(**tables)
