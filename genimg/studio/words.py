"""From a line of text to what a conditional model is asked to draw: a table of words and a few rules, no network.

A property ("red", "long") belongs to the thing that follows it, or else to the last one before it in the same part of
the sentence. A "no" turns the next thing round. Of two words on one attribute the later counts, unless both can be
true ("long", "curly"), an "or" lets chance decide, or a "half" mixes them.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import torch

from genimg.core import runtime
from genimg.core.errors import UserError
from genimg.studio import vocabulary as v

MAX_LENGTH = 500
Known = Mapping[str, Mapping[str, float]]  # the attributes of a model, each with its values and their shares
Classes = dict[str, list[str] | dict[str, float]]
Joint = Literal["and", "or", "half"]


@dataclass(frozen=True)
class Chip:
    """Words that were understood.

    Attributes:
        text: the words as they stand in the line.
        meaning: attributes and the values that are meant, any of them.
        joint: how it goes with what was said of the same attribute before.
    """

    text: str
    meaning: Mapping[str, tuple[str, ...]]
    joint: Joint = "and"


@dataclass(frozen=True)
class Words:
    """What a line says: the chips in their order, and the words that say nothing to this model."""

    chips: tuple[Chip, ...]
    unknown: tuple[str, ...]

    @property
    def classes(self) -> Classes:
        """What to ask a conditional model for; see `combine`."""
        return combine(self.chips)


def combine(chips: Iterable[Chip]) -> Classes:
    """Return what the chips ask for together: for each attribute a list of values, any of them, or a mixture."""
    classes: Classes = {}
    for chip in chips:
        for attribute, values in chip.meaning.items():
            before = classes.get(attribute)
            if chip.joint == "half":
                mixture = before if isinstance(before, dict) else {}
                classes[attribute] = dict.fromkeys([*mixture, values[0]], 1.0)
            elif isinstance(before, list) and chip.joint == "or":
                classes[attribute] = [*before, *(one for one in values if one not in before)]
            else:
                both = [one for one in values if isinstance(before, list) and one in before]
                classes[attribute] = both or list(values)
    return {
        attribute: {one: round(1 / len(wanted), 4) for one in wanted} if isinstance(wanted, dict) else wanted
        for attribute, wanted in classes.items()
    }


def understand(text: object, known: Known) -> Words:
    """Read a line in English or Chinese.

    Args:
        text: such as "an old man with a grey beard and round glasses, smiling"; at most 500 characters.
        known: the attributes of the model that is to draw; words about others are unknown.

    Raises:
        UserError: if it is no text, or too long.
    """
    if not isinstance(text, str) or len(text) > MAX_LENGTH:
        raise UserError(f"Describe the picture in at most {MAX_LENGTH} characters.")
    line = unicodedata.normalize("NFKC", text).lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    reader = _Reader(known)
    for token in _pattern().finditer(line):
        reader.read(token.group())
    reader.end_of_part()
    return Words(tuple(reader.chips), tuple(dict.fromkeys(reader.unknown)))


class _Reader:
    """Goes through the words of a line once and remembers what still waits for its thing."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.chips: list[Chip] = []
        self.unknown: list[str] = []
        self.waiting: list[str] = []  # properties
        self.thing: tuple[str, str] | None = None  # the last one in this part of the sentence, and its word
        self.negated = self.was_negated = False
        self.joint: Joint = "and"
        self.halves = False

    def read(self, word: str) -> None:
        lexicon = _lexicon()
        word = _singular(word)
        if word in ",.;!?\u3002\u3001\n":
            self.end_of_part()
        elif word in lexicon.no:
            self.negated = True
        elif word in lexicon.half:
            self.halves = True
        elif word in lexicon.either:  # "without a beard or glasses" is without both
            self.negated, self.joint = self.was_negated, "and" if self.was_negated else "or"
        elif word in lexicon.things and self._takes(lexicon.things[word]):
            self._name(lexicon.things[word], word)
        elif meaning := self._fitting(lexicon.terms.get(word)):
            if word in lexicon.things:
                self.thing = (lexicon.things[word], word)
            self._say(word, meaning)
        elif word in lexicon.properties:
            self.waiting.append(word)
        elif word in lexicon.things:
            self.thing = (lexicon.things[word], word)
            if self.negated and (meaning := self._fitting(v.ABSENT.get(self.thing[0]))):
                self.negated = False
                self._say(_joined([self._no(word), word]), meaning)
            self._settle()
        elif meaning := self._fitting(_own(word, self.known)):
            self._say(word, meaning)
        elif word not in lexicon.silent:
            self.unknown.append(word)

    def _takes(self, thing: str) -> bool:
        """Say whether this thing says more here than the plain word: by a property, or by being one that is worn."""
        return (
            thing in v.MEANT
            and bool(self._fitting(v.MEANT[thing]))
            or any(self._fitting(_lexicon().properties[word].get(thing)) for word in self.waiting)
        )

    def _name(self, thing: str, word: str) -> None:
        self.thing = (thing, word)
        meaning = self._fitting(v.MEANT.get(thing))
        said, left = [word], []
        for waiting in self.waiting:
            if more := self._fitting(_lexicon().properties[waiting].get(thing)):
                meaning, said = _narrowed(meaning, more), [*said[:-1], waiting, word]
            else:
                left.append(waiting)
        self.unknown += left
        self.waiting = []
        if own := self._fitting(_lexicon().terms.get(word)):  # "a red t-shirt" is a t-shirt, too
            meaning = _narrowed(own, meaning)
        self._say(_joined(said), meaning)

    def _say(self, text: str, meaning: Mapping[str, tuple[str, ...]]) -> None:
        if self.negated:
            text, meaning = _joined([self._no(text), text]), self._opposite(meaning)
        if meaning:
            joint: Joint = "half" if self.halves else self.joint
            self.chips.append(Chip(text, meaning, joint))
        self.was_negated, self.negated, self.joint = self.negated, False, "and"

    @staticmethod
    def _no(text: str) -> str:
        return "no" if text.isascii() else "\u65e0"

    def _opposite(self, meaning: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        turned = {}
        for attribute, values in meaning.items():
            without = tuple(one for one in self.known[attribute] if one not in values)
            turned[attribute] = ("NONE",) if "NONE" in without else without
        return {attribute: values for attribute, values in turned.items() if values}

    def _fitting(self, meaning: Mapping[str, Sequence[str]] | None) -> dict[str, tuple[str, ...]]:
        """Return the part of a meaning that this model knows."""
        found = {
            attribute: tuple(one for one in values if one in self.known.get(attribute, {}))
            for attribute, values in (meaning or {}).items()
        }
        return {attribute: values for attribute, values in found.items() if values}

    def _settle(self) -> None:
        """Give what waits to the last thing: "hair that is long and red"."""
        for word in self.waiting:
            owner = self.thing[0] if self.thing else ""
            meaning = self._fitting(_lexicon().properties[word].get(owner))
            if meaning and self.thing:
                self._say(_joined([word, self.thing[1]]), meaning)
            elif len(own := _own(word, self.known)) == 1:  # "black" alone could be the hair or the shirt
                self._say(word, self._fitting(own))
            else:
                self.unknown.append(word)
        self.waiting = []

    def end_of_part(self) -> None:
        self._settle()
        self.thing, self.negated, self.was_negated, self.joint = None, False, False, "and"


@dataclass(frozen=True)
class _Lexicon:
    things: Mapping[str, str]
    terms: Mapping[str, v.Meaning]
    properties: Mapping[str, Mapping[str, v.Meaning]]  # word -> thing -> meaning
    no: frozenset[str]
    half: frozenset[str]
    either: frozenset[str]
    silent: frozenset[str]


@lru_cache
def _lexicon() -> _Lexicon:
    terms: dict[str, v.Meaning] = {}
    for words, meaning in v.TERMS:
        for word in _split(words):
            terms[word] = {**terms.get(word, {}), **meaning}
    properties: dict[str, dict[str, v.Meaning]] = {}
    for things, words, meaning in v.PROPERTIES:
        for word in _split(words):
            properties.setdefault(word, {}).update(dict.fromkeys(things.split(), meaning))
    return _Lexicon(
        {word: thing for thing, words in v.THINGS.items() for word in _split(words)},
        terms,
        properties,
        *(frozenset(_split(words)) for words in (v.NO, v.HALF, v.OR, v.SILENT)),
    )


@lru_cache
def _pattern() -> re.Pattern[str]:
    """Return what matches one word of a line: the longest that is known, else a whole unknown one."""
    lexicon = _lexicon()
    words = {*lexicon.things, *lexicon.terms, *lexicon.properties}
    words |= lexicon.no | lexicon.half | lexicon.either | lexicon.silent
    latin = sorted((w for w in words if w.isascii()), key=len, reverse=True)
    chinese = sorted((w for w in words if not w.isascii()), key=len, reverse=True)
    plain = "|".join(map(re.escape, latin))
    return re.compile(
        rf"(?<![a-z])(?:{plain})(?:e?s)?(?![a-z])|{'|'.join(map(re.escape, chinese))}"
        r"|[a-z]+(?:['/-][a-z]+)*|[^\W\d_a-z]|[,.;!?\u3002\u3001\n]"
    )


def _split(words: str) -> list[str]:
    return [word.strip() for word in words.split(",")]


def _singular(word: str) -> str:
    """Return the form of a word that is in the tables, or the word itself."""
    lexicon = _lexicon()
    tables = (
        lexicon.things,
        lexicon.terms,
        lexicon.properties,
        lexicon.silent,
        lexicon.no,
        lexicon.half,
        lexicon.either,
    )
    return next((form for form in (word, word[:-1], word[:-2]) if any(form in table for table in tables)), word)


def _own(word: str, known: Known) -> v.Meaning:
    """Return the values of a model that are called by this very word, as a model of one's own classes has them."""
    found = {a: [x for x in values if x.replace("_", " ").lower() in (word, word[:-1])] for a, values in known.items()}
    return {attribute: values for attribute, values in found.items() if values}


def _narrowed(
    meaning: Mapping[str, tuple[str, ...]], more: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Return both meanings together: of one attribute what is in both, or else the second."""
    joined = dict(meaning)
    for attribute, values in more.items():
        both = tuple(one for one in values if one in joined.get(attribute, values))
        joined[attribute] = both or values
    return joined


def _joined(words: Sequence[str]) -> str:
    return (" " if all(word.isascii() for word in words) else "").join(words)


def by_chance(known: Known, seed: int, language: str = "en") -> str:
    """Return a line that this model understands, another for each seed; "" for one without classes.

    Args:
        known: what the model draws by.
        seed: of the line; in either language it asks for the same.
        language: "en", or "zh" for Simplified Chinese.
    """
    random = runtime.generator(seed)
    spoken = _LINES["zh" if language == "zh" else "en"]

    def one(choices: Sequence[str]) -> str:
        return choices[int(torch.randint(len(choices), (1,), generator=random))]

    if "hair_color" in known:
        return spoken["faces"].format(**{part: one(spoken[part].split(", ")) for part in _PARTS})
    values = [_named(value, language) for attribute in known.values() for value in attribute]
    if not values:
        return ""
    return spoken["halves"].format(one(values), one(values)) if one("ab") == "a" else one(values)


def _named(value: str, language: str) -> str:
    """Return what a value is called in a line."""
    if language == "zh":
        for words, meaning in v.TERMS:
            if [value] in meaning.values():
                return next((word for word in words.split(", ") if _CHINESE.search(word)), value.lower())
    return value.lower()


_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_PARTS = ("hair", "color", "people", "worn", "mood", "dress")
_LINES = {
    "en": {
        "faces": "{people} with {hair} {color} hair and {worn}, {mood}, {dress}",
        "halves": "half {}, half {}",
        "people": "a woman, an old woman, a man, an old man, a bearded man, an old bearded man",
        "hair": "long, short, curly, wavy, straight, shaggy",
        "color": "red, black, blond, brown, pink, grey",
        "worn": "round glasses, square glasses, sunglasses, no glasses, a moustache",
        "mood": "smiling, laughing, serious, sad, surprised, winking",
        "dress": "in a red hoodie, in a blue sweater, in a blazer, in a white t-shirt, in a green overall",
    },
    "zh": {
        "faces": "{people}，{color}{hair}头发，{worn}，{mood}，{dress}",
        "halves": "一半{}，一半{}",
        "people": "女人, 年老的女人, 男人, 年老的男人, 留胡子的男人, 留胡子的年老的男人",
        "hair": "长, 短, 卷, 波浪, 直, 蓬乱",
        "color": "红色, 黑色, 金色, 棕色, 粉色, 灰色",
        "worn": "戴圆框眼镜, 戴方框眼镜, 戴墨镜, 不戴眼镜, 留小胡子",
        "mood": "微笑, 大笑, 严肃, 难过, 惊讶, 眨眼",
        "dress": "穿红色连帽衫, 穿蓝色毛衣, 穿西装, 穿白色t恤, 穿绿色背带裤",
    },
}
