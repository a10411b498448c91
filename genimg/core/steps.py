"""The value that long work yields; the page, the shell and the tests read the same ones."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from torch import Tensor

from genimg.core.recipes import Recipe
from genimg.core.runtime import stand_back

T = TypeVar("T")
_END = object()


@dataclass(frozen=True)
class Step:
    """One moment of long work.

    Attributes:
        index: steps done so far, 1 for the first.
        total: steps in all, as known now (a deadline may change it).
        image: the best picture so far, ``(N, 3, H, W)`` in [0, 1], or None when nothing new is to be seen.
        metrics: named numbers of this moment (``loss``, ``seconds``, ``eta``, ...).
        recipe: of the last picture; see `genimg.core.images.finished`.
    """

    index: int
    total: int
    image: Tensor | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    recipe: Recipe | None = None


class Turns:
    """Takes the steps of long works in turn, so that several which use the whole machine share it fairly.

    A thread of its own takes them, which stands back behind whatever somebody waits for, such as a slider's picture.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "turns", partial(stand_back, 10))

    def take(self, steps: Iterator[T]) -> Iterator[T]:
        """Yield the steps of one work, one at a time; another work's come in between."""
        while True:
            # In the asker's context: in it stands in which language somebody is told what is wrong.
            coming: Future[Any] = self._thread.submit(partial(copy_context().run, next, steps, _END))
            try:
                step = coming.result()
            finally:  # whoever is interrupted, as by Ctrl-C, closes the work next, which cannot be done within a step
                wait([coming])
            if step is _END:
                return
            yield step
