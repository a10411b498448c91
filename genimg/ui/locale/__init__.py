"""What is said while the studio works, in the reader's language.

A catalogue is a JSON file, English to another language. What the page says itself is looked up by its key, with `say`.
What the layers below say is looked up as it is, with ``{}`` where a sentence holds a value, so they need not know that
other languages exist. Tests find what is missing.
"""

import json
import re
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

_HERE = Path(__file__).parent
_LONGEST = 1000  # characters of a sentence that is looked up by its form
LANGUAGE: ContextVar[str] = ContextVar("language", default="en")  # of whoever's request is being answered


def spoken(accepted: str) -> str:
    """Return the language to answer in: the first of an Accept-Language header for which there is a catalogue.

    Args:
        accepted: such as ``"zh-CN,zh;q=0.9,en;q=0.8"``.
    """
    for one in accepted[:200].lower().split(","):
        name = one.partition(";")[0].strip()
        if name.startswith("en"):
            return "en"
        if name.partition("-")[0] == "zh":
            return "zh-CN"
    return "en"


@lru_cache
def catalogue(language: str, part: str = "sentences") -> dict[str, str]:
    """Return what there is in a language, by the English: "sentences", "texts", those of the page's scripts."""
    path = _HERE / language / f"{part}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


@lru_cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    with_values = [english for english in catalogue(language) if "{}" in english]
    with_values.sort(key=lambda english: -len(english.replace("{}", "")))  # the one that says most is meant
    return [(_pattern(english), catalogue(language)[english]) for english in with_values]


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile("(.*?)".join(map(re.escape, english.split("{}"))), re.DOTALL)


def translated(sentence: str, language: str | None = None) -> str:
    """Return a sentence in a language, by default that of whoever is being answered; as it is if there is no other.

    Values within it stay as they are, but for those that are sentences or words of the catalogue themselves.
    """
    language = language or LANGUAGE.get()
    known = catalogue(language)
    if sentence in known:
        return known[sentence]
    for pattern, other in _patterns(language) if known and len(sentence) <= _LONGEST else ():
        if found := pattern.fullmatch(sentence):
            return other.format(*(translated(value, language) for value in found.groups()))
    return sentence


def say(english: str, *values: object) -> str:
    """Return a text of the page in the language of whoever is being answered, the values put into it.

    Args:
        english: the text, which is also its key, with a replacement field as of `str.format` for each value.
        values: what the text holds.
    """
    text = catalogue(LANGUAGE.get(), "texts").get(english, english)
    return text.format(*values) if values else text
