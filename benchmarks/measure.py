"""Two things side by side: each in a process of its own, asked in turn for one sample after another."""

import multiprocessing
import os
import statistics
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from unittest.mock import patch

# One of the two: what it does before it yields is preparation; each call of what it yields is a sample, in seconds.
Side = Callable[[], AbstractContextManager[Callable[[], float]]]


@dataclass(frozen=True)
class Row:
    """One line of the table: samples in seconds, in pairs taken one right after the other.

    Attributes:
        what: is measured.
        ours, beside: the samples of the two sides.
        goal: the ratio of ours to beside that is aimed at, or None.
        show: how a median is printed.
        limit: the median of ours that is aimed at, in seconds, or None.
    """

    what: str
    ours: list[float]
    beside: list[float]
    goal: float | None = None
    show: Callable[[float], str] = "{:.1f} s".format
    limit: float | None = None

    @property
    def ratios(self) -> list[float]:
        """Ours over beside of each pair; below 1 we are faster."""
        return [a / b for a, b in zip(self.ours, self.beside, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return statistics.median(self.ratios)

    @property
    def missed(self) -> bool:
        """Whether there is a goal or a limit, and what was measured is above it."""
        beyond = self.limit is not None and statistics.median(self.ours) > self.limit
        return beyond or (self.goal is not None and self.ratio > self.goal)

    @property
    def aim(self) -> str:
        """The goal, or the limit, as it is printed; empty without one."""
        return self.show(self.limit) if self.limit is not None else "" if self.goal is None else f"{self.goal:g}"

    @property
    def reached(self) -> str:
        """What stands against the aim, as it is printed."""
        return f"{self.ratio:.2f}" if self.limit is None else self.show(statistics.median(self.ours))


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def per_second(unit: str) -> Callable[[float], str]:
    """Return how seconds for one `unit` are printed as units in a second."""
    return lambda seconds: f"{1 / seconds:.0f} {unit}/s"


def spread(values: list[float]) -> tuple[float, float]:
    """Return the lower and the upper quartile."""
    if len(values) < 2:
        return values[0], values[0]
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


def interleave(
    ours: Side, beside: Side, rounds: int, environment: Mapping[str, str] | None = None
) -> tuple[list[float], list[float]]:
    """Take `rounds` samples of each side, in turns; who begins changes from round to round.

    Each side has a fresh process, so that neither inherits the other's threads, caches or settings.

    Args:
        ours, beside: picklable, as a module's function or a `functools.partial` of one.
        rounds: how many pairs.
        environment: variables that both start with.
    """
    with patch.dict(os.environ, environment or {}), _process(ours) as first, _process(beside) as second:
        samples: list[tuple[float, float]] = []
        for i in range(rounds):
            if i % 2:
                late, early = second(), first()
                samples.append((early, late))
            else:
                samples.append((first(), second()))
    return [a for a, _ in samples], [b for _, b in samples]


@contextmanager
def _process(side: Side) -> Iterator[Callable[[], float]]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(side, there))
    process.start()
    there.close()

    def answer() -> float:
        try:
            return float(here.recv())
        except EOFError:
            raise SystemExit("A benchmark failed; its own words stand above.") from None

    def sample() -> float:
        here.send(True)
        return answer()

    try:
        answer()  # prepared
        yield sample
    finally:
        here.close()
        process.join(60)
        process.kill()


def _serve(side: Side, pipe: Connection) -> None:
    with side() as sample:
        pipe.send(0.0)
        while True:
            try:
                pipe.recv()
            except EOFError:
                return
            pipe.send(sample())
