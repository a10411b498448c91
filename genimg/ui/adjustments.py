"""The Edit tab's moving parts: controls that stand for operations, and the drawing of a box on the picture."""

from typing import Any

import gradio as gr

from genimg.studio import edit as studio
from genimg.studio.edit import OPERATIONS
from genimg.studio.history import History

# The operations that a control of the page stands for: moving it sets that one operation in its place in the list.
STANDING = ("rotate", *(name for name in OPERATIONS if name not in studio.RESHAPING))


class Adjustments:
    """The controls that stand for operations, in one order, with what their values mean."""

    def __init__(self) -> None:
        self.keys: list[tuple[str, str]] = []
        self.components: list[gr.components.Component] = []

    def slider(self, op: str, key: str, label: Any, info: Any = None, *, high: float | None = None) -> None:
        """Make a slider over the field's own range, or up to `high` where less is plenty for a hand."""
        field = OPERATIONS[op][1][key]
        low, top = (-180, 180) if op in ("rotate", "hue") else (field.low, high or field.high)
        step = 1 if top > 20 else (0.1 if op == "blur" else 0.01)
        self.take(op, key, gr.Slider(low, top, field.default, step=step, label=label, info=info))  # type: ignore[arg-type]

    def take(self, op: str, key: str, component: gr.components.Component) -> None:
        """Let `component` stand for a field of an operation; an empty key is whether the operation is there."""
        self.keys.append((op, key))
        self.components.append(component)

    def wanted(self, values: tuple[Any, ...]) -> dict[str, dict[str, Any] | None]:
        """Return the arguments of each standing operation as the controls say, None for a neutral one."""
        found: dict[str, dict[str, Any] | None] = {}
        for name in STANDING:
            fields = OPERATIONS[name][1]
            given = {key: v for (op, key), v in zip(self.keys, values, strict=True) if op == name}
            if not fields:
                found[name] = {} if given[""] else None
                continue
            arguments = {key: field.check(key, given.get(key, field.default)) for key, field in fields.items()}
            main = next(iter(fields)) if name != "balance" else ""
            neutral = {key: field.default for key, field in fields.items() if main in ("", key)}
            found[name] = None if all(arguments[key] == value for key, value in neutral.items()) else arguments
        return found

    def shown(self, history: History) -> list[Any]:
        """Return the values that the controls must show for a list of operations."""
        now = {name: history.arguments(name) for name in STANDING}
        values: list[Any] = []
        for op, key in self.keys:
            current = now[op]
            values.append((current or {}).get(key, OPERATIONS[op][1][key].default) if key else current is not None)
        return values
