"""What a person does always wins over what is still being made: over a tab's first example, and over their last click.

Gradio shows every answer whenever it comes. An example that takes ten seconds would replace the picture that somebody
uploaded meanwhile, and the last position of a slider a picture that was picked after it. So each answer is looked at
before it is sent:

- What a tab makes by itself when it is opened never sets what a person has set, by hand or by any act.
- Of an answer nothing is shown that a later act sets too, if that act sets all that the answer does.
- What a control was moved to is left out while an act is under way that gives the control a new value: the page that it
  came from had not seen that value yet.
- A panel has many controls: it keeps those of its values that a hand has moved since, tells which answers it had seen,
  and sends itself again with what it had not. So only what it sent before an answer reached it is left out.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import gradio as gr

from genimg.ui.shell.gradio_internals import enqueued, sets_something

_BY_HAND = {"click", "input", "select", "upload", "clear", "submit"}
_SESSIONS = 512
_AGO = 10.0  # seconds after which an act is no longer waited for
_ON_ITS_WAY = 0.1  # seconds in which a new value reaches the page


@dataclass
class _Act:
    """Something that a person did: when, what it sets, and what of that it has not set yet."""

    root: int
    at: float
    sets: frozenset[int]
    waiting: set[int]
    begun: bool = False
    done: dict[int, float] = field(default_factory=dict)


@dataclass
class _Session:
    touched: set[int] = field(default_factory=set)  # ids of what a person has set
    acts: OrderedDict[int, _Act] = field(default_factory=OrderedDict)  # the last of each kind, by its event


class Acts:
    """Keeps what the people on a page do, and says what of an answer is still wanted.

    Args:
        blocks: the page; all of its events are known before the first of them comes.
    """

    def __init__(self, blocks: Any) -> None:
        self.blocks = blocks
        self.openings: set[int] = set()  # ids of what tells that a tab was opened
        self.panels: set[int] = set()  # ids of what has events of its own, each of which is an act
        self.always: set[int] = set()  # ids of what is shown whatever came since, such as a file to save
        self._sessions: OrderedDict[str, _Session] = OrderedDict()

    @cached_property
    def _roots(self) -> dict[int, int]:
        """The event that each event was chained to in the end."""
        fns, found = self.blocks.fns, {}
        for number in fns:
            root = number
            while fns[root].trigger_after is not None:
                root = fns[root].trigger_after
            found[number] = root
        return found

    @cached_property
    def _sets(self) -> dict[int, frozenset[int]]:
        """What an event and all that are chained to it set."""
        found: dict[int, set[int]] = {root: set() for root in self._roots.values()}
        for number, root in self._roots.items():
            found[root] |= {block._id for block in self.blocks.fns[number].outputs}
        return {root: frozenset(sets) for root, sets in found.items()}

    def _by_hand(self, fn: Any, trigger: Any) -> bool:
        names = {name for block, name in fn.targets if block == trigger}
        if trigger in self.panels:
            return bool(names)
        return bool(names & _BY_HAND) and not isinstance(self.blocks.blocks.get(trigger), gr.Tab)

    def _moved(self, fn: Any, trigger: Any) -> bool:
        """Tell whether it was a value that was moved: what is pressed in a panel gives none that could be old."""
        return trigger not in self.panels or (trigger, "input") in fn.targets

    def _by_itself(self, fn: Any) -> bool:
        root = self.blocks.fns[self._roots[fn._id]]
        return bool(root.targets) and all(name == "load" or block in self.openings for block, name in root.targets)

    def note(self, session: object, number: object, trigger: object) -> None:
        """Note that a request has come: the session's name, the event's number, the component that was acted upon."""
        fn = self.blocks.fns.get(number) if isinstance(number, int) else None
        if fn is None or not isinstance(session, str) or fn.trigger_after is not None:
            return
        if not self._by_hand(fn, trigger):
            return
        known = self._session(session)
        known.touched.add(int(trigger))  # type: ignore[call-overload]
        sets = self._sets[fn._id]
        known.acts[fn._id] = _Act(fn._id, time.monotonic(), sets, set(sets))
        known.acts.move_to_end(fn._id)

    def _session(self, name: str) -> _Session:
        known = self._sessions.setdefault(name, _Session())
        self._sessions.move_to_end(name)
        while len(self._sessions) > _SESSIONS:
            self._sessions.popitem(last=False)
        return known

    def answer(
        self, fn: Any, session: str | None, event: str | None, trigger: int | None, seen: object = None
    ) -> "Answer":
        """Return what judges the answer to a request.

        Args:
            fn: the event.
            session: the session's name.
            event: the request's.
            trigger: the component that was acted upon, if any.
            seen: when that was told what it had been told last, if it is a panel; by the monotonic clock.
        """
        return Answer(self, fn, session or "", event, trigger, seen)


class Answer:
    """Judges one answer: `wanted` says what of it may be shown; tell it with `given` or `failed` how it ended."""

    def __init__(
        self, acts: Acts, fn: Any, who: str, event: str | None, trigger: int | None, seen: object = None
    ) -> None:
        self._acts, self._who = acts, who
        self.root = acts._roots[fn._id]
        self.by_itself = acts._by_itself(fn)
        moved = trigger is not None and acts._by_hand(fn, trigger) and acts._moved(fn, trigger)
        self.trigger = trigger if moved else None
        self.seen = seen if isinstance(seen, int | float) else 0.0
        self.at = enqueued(acts.blocks, event) or time.monotonic()
        self.outputs = [block._id for block in fn.outputs]
        self.stateful = {block._id for block in fn.outputs if block.stateful}
        if (act := self._session.acts.get(self.root)) is not None and act.at <= self.at:
            act.begun = True

    @property
    def _session(self) -> _Session:
        return self._acts._sessions.get(self._who) or _Session()  # there is none before the first act

    def wanted(self) -> Callable[[int], bool]:
        """Return a function that tells of a component's id whether its value may be sent."""
        session, always = self._session, self._acts.always
        others = [act for act in session.acts.values() if act.root != self.root]
        if self.by_itself:
            claimed = session.touched.union(*(act.waiting for act in others))
            return lambda one: one not in claimed
        if self.trigger is not None and any(self._overtaken(act, self.trigger) for act in others):
            return lambda _: False
        # What begins by itself while nobody asks for anything overtakes nothing.
        asked = [act for act in others if self._acts.blocks.fns[act.root].concurrency_id != "idle"]
        later = [act for act in asked if act.at > self.at and act.sets.issuperset(self.outputs)]
        if not later:
            return lambda _: True
        # An act that has not begun will build on what a state holds, so that must be right.
        return lambda one: one in always or (one in self.stateful and not any(act.begun for act in later))

    def _overtaken(self, act: _Act, trigger: int) -> bool:
        if trigger not in act.sets or act.at > self.at or self.at - act.at > _AGO:
            return False
        given = act.done.get(trigger, 0.0)
        if trigger in self._acts.panels:
            return self.seen < given
        return trigger in act.waiting or self.at < given + _ON_ITS_WAY

    def given(self, values: Sequence[Any]) -> None:
        """Note what the event sets its outputs to."""
        act, now = self._session.acts.get(self.root), time.monotonic()
        for one, value in zip(self.outputs, values, strict=True):
            set_now = sets_something(value)
            if act is not None and one in act.waiting:
                act.waiting.discard(one)
                if set_now:
                    act.done[one] = now
            if act is not None and set_now:
                self._session.touched.add(one)

    def failed(self) -> None:
        """Note that the event ended with an error: nothing that was chained to it will come."""
        if (act := self._session.acts.get(self.root)) is not None and act.at <= self.at:
            del self._session.acts[self.root]
