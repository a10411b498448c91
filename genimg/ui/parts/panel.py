"""A panel: many labelled controls as one component, declared as a short table.

    look = Panel(
        "style",
        [
            slider("strength", t("Strength"), 0, 1, 1.0, step=0.01, info=t("From the photo's look to the painting's.")),
            check("keep_colors", t("Keep the photo's colours")),
            button("go", t("Refine"), primary=True),
        ],
    )
    look.input(ui.guard(painted), [photo, look], result)
    look.on("go")(ui.guard(refined), [photo, look], result)

A handler is given a table of all values by their names, checked, and returns some of them to set them. Each component
of Gradio costs every opening of the page, every visitor and every event; a panel costs as much as one of them. The
script is ``ui/web/panel.js``, the component `genimg.ui.parts.component.Panel`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gradio.i18n import I18nData
from PIL import Image

from genimg.core import errors
from genimg.core.errors import UserError
from genimg.core.runtime import MAX_SEED
from genimg.studio.edit import Colour
from genimg.ui.i18n import t
from genimg.ui.locale import say

Values = dict[str, Any]
Check = Callable[[str, Any], object]
Pictures = Callable[[], Mapping[str, Image.Image]]
# For each control that another one depends on, the value, or values, with which it is seen. It may stand in another
# panel of the same prefix.
When = Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """Something in a panel.

    Attributes:
        kind: as the page's script calls it.
        name: its key in the table; empty for what has no value and is not written to.
        label: of `t`, or plain text.
        usual: the value at first.
        check: raises for a value that the control cannot have, told the control's label; None for what has none.
        info: what it does, in plain words.
        choices: labels by their values.
        when: see `When`.
        look: what else the script is told.
        items: what is inside.
        pictures: see `shelf`.
        titled: likewise.
        names: likewise.
    """

    kind: str
    name: str = ""
    label: Any = None
    usual: Any = None
    check: Check | None = None
    info: Any = None
    choices: Mapping[str, Any] = field(default_factory=dict)
    when: When | None = None
    look: Mapping[str, Any] = field(default_factory=dict)
    items: tuple["Item", ...] = ()
    pictures: Pictures | None = None
    titled: Callable[[str], str] = say
    names: bool = False

    def all(self) -> Iterator["Item"]:
        """Give this and all that is inside."""
        yield self
        for one in self.items:
            yield from one.all()

    def told(self) -> dict[str, Any]:
        """Return what the script is told of it."""
        words = {
            "kind": self.kind,
            "name": self.name or None,
            "label": _english(self.label),
            "info": _english(self.info),
        }
        rest = {
            "choices": [[value, _english(text)] for value, text in self.choices.items()],
            "when": {one: list(v) if isinstance(v, tuple) else [v] for one, v in (self.when or {}).items()},
            "items": [one.told() for one in self.items],
        }
        return {key: value for key, value in (words | rest | dict(self.look)).items() if value not in (None, [], {})}

    def texts(self) -> list[I18nData]:
        """Return the labels that have another language."""
        return [text for text in (self.label, self.info, *self.choices.values()) if isinstance(text, I18nData)]


def slider(
    name: str,
    label: Any,
    low: float,
    high: float,
    usual: Any,
    *,
    step: float,
    info: Any = None,
    when: When | None = None,
) -> Item:
    """Make a slider, with a box for its number and a way back to its usual value."""
    look = {"low": low, "high": high, "step": step}
    return Item("slider", name, label, usual, _within(low, high), info, when=when, look=look)


def number(
    name: str, label: Any, usual: Any, low: float, high: float, *, step: float = 1, info: Any = None,
    when: When | None = None, dice: bool = False,
) -> Item:  # fmt: skip
    """Make a box for a number, which may be empty if it is so usually; with `dice`, beside a button that rolls one."""
    look = {"low": low, "high": high, "step": step} | ({"dice": True} if dice else {})
    return Item("number", name, label, usual, _within(low, high), info, when=when, look=look)


def seed(usual: int = 0, *, when: When | None = None) -> Item:
    """Make the box for a seed, called ``seed``."""
    return number("seed", t("Seed"), usual, 0, MAX_SEED, when=when, dice=True)


def choice(
    name: str, label: Any, choices: Mapping[str, Any], usual: str, *, info: Any = None, when: When | None = None,
    swatches: Mapping[str, str] | None = None,
) -> Item:  # fmt: skip
    """Make a choice of one among a few; `choices` are labels by their values, `swatches` backgrounds beside them."""
    look = {"swatches": swatches} if swatches else {}
    return Item("choice", name, label, usual, _among(list(choices)), info, choices, when, look)


def text(
    name: str, label: Any, usual: str = "", *, most: int = 200, info: Any = None, when: When | None = None
) -> Item:
    """Make a line to type into, of at most so many characters."""
    return Item("text", name, label, usual, _short(most), info, when=when, look={"most": most})


def menu(
    name: str, label: Any, choices: Mapping[str, Any], usual: str, *, among: str, when: When | None = None
) -> Item:
    """Make a menu of `choices`, labels by their values, and of the words in another value, called `among`; see `words`.

    What is chosen is checked by the handler alone: it knows the words of now.
    """
    return Item("menu", name, label, usual, _short(200), choices=choices, when=when, look={"among": among})


def words(name: str) -> Item:
    """Make a value that is a list of words, is not seen, and is set by an answer."""
    return Item("given", name, name, [], _words)


def word(name: str) -> Item:
    """Make a value that is a word, is not seen, and is set by an answer."""
    return Item("given", name, name, "", _short(200))


def check(name: str, label: Any, usual: bool = False, *, info: Any = None, when: When | None = None) -> Item:
    """Make a box to tick."""
    return Item("check", name, label, usual, errors.flag, info, when=when)


def colour(name: str, label: Any, usual: str, *, info: Any = None, when: When | None = None) -> Item:
    """Make a choice of a colour, ``#rrggbb``."""
    return Item("colour", name, label, usual, _colour, info, when=when)


def button(
    name: str, label: Any, *, primary: bool = False, event: str = "", key: str = "", look: str = "",
    when: When | None = None,
) -> Item:  # fmt: skip
    """Make a button.

    Args:
        name: of the button, and of its event.
        label: of the button.
        primary: whether it is the one that matters.
        event: of several buttons; the value ``pressed`` then says which.
        key: that presses it, as a hint.
        look: classes of the element.
        when: see `When`.
    """
    classes = " ".join(filter(None, ("gi-primary" * primary, look)))
    return Item("button", name, label, when=when, look={"event": event or name, "title": key, "look": classes})


def stop() -> Item:
    """Make the button that stops what a page works on, called ``stop``; it can be pressed while something runs."""
    return button("stop", t("Stop"), look="gi-stop")


def shelf(
    name: str, label: Any, pictures: Pictures, *, event: str = "", titled: Callable[[str], str] = say,
    names: bool = False, usual: str | None = None,
) -> Item:  # fmt: skip
    """Make a place for examples, which the page asks for when it is seen; its value is the picture that was picked.

    Args:
        name: of the value, and of the event.
        label: what the examples are, for those who do not see them.
        pictures: gives them, by their names.
        event: another name for that; of several shelves the value ``pressed`` says which.
        titled: says how a picture is called, told its name.
        names: whether the value is the name of the picture.
        usual: the name of the one that is picked at first: the value is a name, and all are shown with their titles.
    """
    look = {"event": event or name, "look": "gi-wall" if usual else ""}
    return Item("shelf", name, label, usual, _known(pictures), look=look, pictures=pictures, titled=titled,
                names=names or usual is not None)  # fmt: skip


def given(name: str, checked: Check) -> Item:
    """Make a value that another script gives, by ``genimgPanel.give``; its event is called like it."""
    return Item("given", name, name, None, checked, look={"event": name})


def hidden(name: str) -> Item:
    """Make a value that is true or false, is not seen, and is set by an answer; others may depend on it."""
    return Item("given", name, name, False, errors.flag)


def via(event: str, item: Item) -> Item:
    """Let a control tell of itself by an event of its own; or, with an empty name, not at all."""
    return replace(item, look={**item.look, "event": event})


def note(text: Any = None, *, title: Any = None, name: str = "", when: When | None = None, code: bool = False) -> Item:
    """Make words between the controls; with a name they can be set. `code` keeps its lines."""
    return Item("note", name, title, info=text, when=when, look={"look": "gi-code"} if code else {})


def row(*items: Item) -> Item:
    """Put controls side by side where there is room."""
    return Item("row", items=items)


def fold(label: Any, *items: Item, opened: bool = False) -> Item:
    """Put controls away, to be unfolded."""
    return Item("fold", label=label, look={"open": opened}, items=items)


def tabs(name: str, label: Any, *pages: Item) -> Item:
    """Make pages of which one is seen; the value says which. Each is made by `page`."""
    return Item("tabs", name, label, pages[0].name, _among([one.name for one in pages]), items=pages)


def page(name: str, label: Any, *items: Item) -> Item:
    """Make a page of `tabs`."""
    return Item("page", name, label, items=items)


def _english(text: Any) -> str | None:
    return str(text.key) if isinstance(text, I18nData) else text


def _within(low: float, high: float) -> Check:
    return lambda said, value: errors.number(said, value, low, high)


def _among(choices: Sequence[str]) -> Check:
    return lambda said, value: errors.choice(said, value, choices)


def _short(most: int) -> Check:
    def check(said: str, value: Any) -> None:
        if not isinstance(value, str) or len(value) > most:
            raise UserError(f"{said} must be text of at most {most} characters.")

    return check


def _words(said: str, value: Any) -> None:
    if not isinstance(value, list) or len(value) > 500 or not all(isinstance(one, str) for one in value):
        raise UserError(f"{said} must be a list of words.")


def _known(pictures: Pictures) -> Check:
    def check(_: str, value: Any) -> None:
        if not isinstance(value, str) or value not in pictures():
            raise UserError("That picture is not there any more; pick another one.")

    return check


def _colour(said: str, value: Any) -> object:
    return Colour().check(said, value)
