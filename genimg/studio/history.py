"""What was done to a picture, with undo and redo."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from genimg.studio.edit import RESHAPING, Operation, check


@dataclass(frozen=True)
class History:
    """The operations so far, with what undo and redo return to. Immutable: each method gives a new one.

    Attributes:
        present: the operations, in the order they are applied.
        past: earlier lists, the latest last.
        future: undone lists, the next to redo last.
        touched: the operation changed last; while one slider moves, its positions are one step of the history.
    """

    present: tuple[Operation, ...] = ()
    past: tuple[tuple[Operation, ...], ...] = ()
    future: tuple[tuple[Operation, ...], ...] = ()
    touched: str = ""

    def put(self, name: str, arguments: Mapping[str, object] | None) -> "History":
        """Set the one operation of this name in its place, add it at the end, or remove it (None)."""
        place = self._place(name)
        new = [] if arguments is None else [{"op": name, **arguments}]
        at = len(self.present) if place is None else place
        operations = (*self.present[:at], *new, *self.present[at + (place is not None) :])
        if operations == self.present:
            return self
        if self.touched == name:
            return replace(self, present=operations, future=())
        return self._step(operations, name)

    def add(self, name: str, **arguments: object) -> "History":
        """Add an operation at the end, as a step of its own."""
        return self._step((*self.present, {"op": name, **arguments}), "")

    def reset(self) -> "History":
        """Start from the picture as it was; can be undone."""
        return self._step((), "") if self.present else self

    def undo(self) -> "History":
        """Return to the list before the last step, if there is one."""
        if not self.past:
            return self
        return History(self.past[-1], self.past[:-1], (*self.future, self.present))

    def redo(self) -> "History":
        """Take the last undo back, if there is one."""
        if not self.future:
            return self
        return History(self.future[-1], (*self.past, self.present), self.future[:-1])

    def arguments(self, name: str) -> dict[str, Any] | None:
        """Return the arguments that `put` would replace, or None if it would add."""
        place = self._place(name)
        return None if place is None else dict(check([self.present[place]])[0][1])

    def _step(self, operations: tuple[Operation, ...], touched: str) -> "History":
        check(operations)
        return History(operations, (*self.past[-99:], self.present), (), touched)

    def _place(self, name: str) -> int | None:
        for i in range(len(self.present) - 1, -1, -1):
            if self.present[i]["op"] == name:
                return i
            if name in RESHAPING and self.present[i]["op"] in RESHAPING:
                return None  # turning after a crop is not the same as changing the turn before it
        return None
