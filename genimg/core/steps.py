"""The value that long work yields; the page, the shell and the tests read the same ones."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from torch import Tensor

from genimg.core.recipes import Recipe


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


def in_turns(steps: Iterator[Step], lock: AbstractContextManager[object]) -> Iterator[Step]:
    """Take each step while holding a lock, so that several works that use the whole machine share it fairly.

    Args:
        steps: the work.
        lock: held for one step at a time.
    """
    while True:
        with lock:
            step = next(steps, None)
        if step is None:
            return
        yield step
