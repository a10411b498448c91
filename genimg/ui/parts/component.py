"""The panel as Gradio sees it: one component whose value is a table; see `genimg.ui.parts.panel` for what is in it."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import gradio as gr
from PIL import Image

from genimg.core.errors import UserError
from genimg.core.images import encode, shrink
from genimg.training.live import address
from genimg.ui.i18n import in_chinese
from genimg.ui.locale import LANGUAGE, say
from genimg.ui.parts.panel import Item, Values
from genimg.ui.shell.gradio_internals import english
from genimg.ui.shell.safety import SENT, brief, here, language_of

T = TypeVar("T")
_THUMBNAIL = 160  # pixels of the longer side of an example


class Panel(gr.HTML):
    """The component; `input` is its event for all controls, `on` for a button or a shelf.

    Args:
        prefix: of element ids: a control's is ``<prefix>-<name>``.
        items: what it is made of.
        plain: without a frame around it.
        visible: as for all components.
        render: likewise.
    """

    def __init__(
        self, prefix: str, items: Sequence[Item], *, plain: bool = False, visible: bool = True, render: bool = True
    ) -> None:
        self.called = prefix
        every = [one for item in items for one in item.all()]
        self.controls = {one.name: one for one in every if one.check}
        self.shown = self.controls.keys() | {one.name for one in every if one.kind == "note"}
        self.pressable = [one.name for one in every if one.kind in ("button", "shelf")]
        self.usual: Values = {name: one.usual for name, one in self.controls.items()}
        self.acts = [*dict.fromkeys(one.look["event"] for one in every if one.look.get("event"))]
        own = [_own(event) for event in self.acts]
        super().__init__(
            {}, html_template='<div class="gi-grid"></div>', padding=False, apply_default_css=False,
            visible=visible, render=render,
            # Gradio lets a script tell of those events that its text names.
            js_on_load=f"genimgPanel.build({{element, props, trigger, server, watch}}, {json.dumps(own)})",
            elem_classes="gi-panel" + " gi-plain" * plain,
            prefix=prefix, items=[one.told() for one in items],
            usual=self.usual | {"pressed": None, "turn": 0, "seen": 0},
            chinese={text.key: in_chinese(text) for one in every for text in one.texts()},
            server_functions=[self._pictures()] if any(one.pictures for one in every) else None,
        )  # fmt: skip
        if render:
            here().acts.panels.add(self._id)

    def on(self, event: str) -> Callable[..., Any]:
        """Return what listens for a button or a shelf."""
        if event not in self.acts:
            raise KeyError(event)
        return getattr(self, _own(event))  # type: ignore[no-any-return]

    def preprocess(self, payload: Any) -> Values:  # type: ignore[override]
        """Return all values by their names: what was not sent is as usual, and of a shelf the picture picked last.

        Raises:
            UserError: for what is no table, a name that no control has, and a value that one cannot have.
        """
        if not isinstance(payload or {}, dict):
            raise UserError(f"The values of controls come as a table, got {brief(repr(payload), 40)}.")
        values = self.usual | (payload or {})
        pressed, *_ = (values.pop(name, None) for name in ("pressed", "turn", "seen"))
        if pressed is not None and pressed not in self.pressable:
            raise UserError("That request does not say which button was pressed; press one in the page.")
        for name, value in values.items():
            if name not in self.controls:
                raise UserError(f"There is no control that is called {brief(repr(name), 40)}.")
            one = self.controls[name]
            if one.check and (value is not None or one.usual is not None):
                one.check(say(english(one.label)), value)
            if one.pictures and not one.names and value is not None:
                values[name] = one.pictures()[value]
        return values | {"pressed": pressed}

    def postprocess(self, value: Any) -> Any:
        """Return what the script is told: values, and words for what can be written to."""
        told = dict(value or {})
        if unknown := told.keys() - self.shown:
            raise KeyError(*unknown)
        turn = SENT.get({}).get(self._id, {}).get("turn")
        return told | {"seen": time.monotonic()} | ({} if turn is None else {"turn": turn})

    def _pictures(self) -> Callable[..., Any]:
        def pictures(name: Any, request: gr.Request) -> list[list[str]]:
            """Return the names of a shelf's pictures, their thumbnails, and what they are called."""
            LANGUAGE.set(language_of(request))
            one = self.controls.get(name) if isinstance(name, str) else None
            found = one.pictures().items() if one and one.pictures else ()
            return [[key, _thumbnail(picture), one.titled(key)] for key, picture in found if one]

        return pictures


def known(service: Mapping[str, Any], *tables: Values) -> Values:
    """Return of some panels' values those that a service takes, told its defaults."""
    return {name: value for table in tables for name, value in table.items() if name in service}


def _own(event: str) -> str:
    """Return an event's name for Gradio, which no attribute of a component can have, unless Gradio knows it."""
    return event if event in ("input", "click") else f"on-{event}"


def named(values: Values, acts: Mapping[str, T]) -> T:
    """Return what the button does that was pressed last.

    Raises:
        UserError: if it is none of those.
    """
    if values["pressed"] not in acts:
        raise UserError("That request does not say which button was pressed; press one in the page.")
    return acts[values["pressed"]]


def _thumbnail(picture: Image.Image) -> str:
    return address(encode(shrink(picture, _THUMBNAIL), "WEBP", quality=85), "WEBP")
