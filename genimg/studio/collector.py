"""What many people ask for at once is done together: one batch through a network instead of thirty calls."""

import asyncio
import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from genimg.core.errors import UserError
from genimg.core.runtime import stand_back

BUSY = "Too many people are drawing just now; try again in a moment."


class Superseded(Exception):
    """The same person has asked for something newer meanwhile."""


@dataclass
class _Waiting:
    key: Hashable
    job: Any
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Any]


class Collector:
    """A thread that takes what waits, batch by batch.

    There is no timer: while one batch is being drawn, the next one gathers. A person has at most one job waiting, the
    newest, and jobs are taken in the order in which people began to wait, so nobody can crowd the others out.

    Args:
        work: ``work(jobs)`` does several jobs of one key; it gives a result, or an exception, per job.
        batch: the most jobs that are done at once.
        room: the most people who may wait.
        patience: seconds after which a person gets a sentence instead.
        nice: how far the thread stands back behind others.
    """

    def __init__(
        self,
        work: Callable[[list[Any]], Sequence[Any]],
        *,
        batch: int = 16,
        room: int = 256,
        patience: float = 10.0,
        nice: int = 0,
    ) -> None:
        self.work, self.batch, self.room, self.patience, self.nice = work, batch, room, patience, nice
        self._waiting: OrderedDict[Hashable, _Waiting] = OrderedDict()
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    async def ask(self, who: Hashable, key: Hashable, job: Any) -> Any:
        """Return the result of a job.

        Args:
            who: the person, by session.
            key: jobs of one key are done together.
            job: handed to `work`.

        Raises:
            Superseded: if the same person asked for something else before this was begun.
            UserError: if too many wait, or it takes too long; and what `work` gave for this job.
        """
        loop = asyncio.get_running_loop()
        mine = _Waiting(key, job, loop, loop.create_future())
        with self._news:
            before = self._waiting.get(who)
            if before is None and len(self._waiting) >= self.room:
                raise UserError(BUSY)
            self._waiting[who] = mine  # in the place in the row of what it supersedes
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="collector", daemon=True)
                self._thread.start()
            self._news.notify()
        if before is not None:
            _answer(before, Superseded())
        try:
            return await asyncio.wait_for(mine.answer, self.patience)
        except TimeoutError:
            raise UserError(BUSY) from None
        finally:
            with self._news:
                if self._waiting.get(who) is mine:
                    del self._waiting[who]

    def _run(self) -> None:
        if self.nice:
            stand_back(self.nice)
        while True:
            taken = self._take()
            try:
                results: Sequence[Any] = self.work([one.job for one in taken])
            except Exception as problem:
                results = [problem] * len(taken)
            for one, result in zip(taken, results, strict=True):
                _answer(one, result)

    def _take(self) -> list[_Waiting]:
        with self._news:
            while not self._waiting:
                self._news.wait()
            key = next(iter(self._waiting.values())).key
            people = [who for who, one in self._waiting.items() if one.key == key][: self.batch]
            return [self._waiting.pop(who) for who in people]


def _answer(waiting: _Waiting, result: Any) -> None:
    def hand_over() -> None:
        if waiting.answer.done():
            return
        if isinstance(result, Exception):
            waiting.answer.set_exception(result)
        else:
            waiting.answer.set_result(result)

    with contextlib.suppress(RuntimeError):  # the server has been shut down meanwhile
        waiting.loop.call_soon_threadsafe(hand_over)
