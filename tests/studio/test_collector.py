"""What several people ask for at once is done together, and nobody waits for ever."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from genimg.core.errors import UserError
from genimg.studio.collector import Collector, Superseded


def alone(coroutine):
    """Run it in a thread of its own: in this one, a test's browser may have left its event loop running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def test_what_waits_is_done_as_one_batch_and_each_gets_its_own():
    gate, batches = threading.Event(), []

    def work(jobs):
        batches.append(list(jobs))
        gate.wait(10)
        return [job * 10 for job in jobs]

    async def all_of_them():
        collector = Collector(work, batch=3)
        first = asyncio.create_task(collector.ask("a", "k", 1))
        await asyncio.sleep(0.1)  # it is being done, and the others gather
        others = [asyncio.create_task(collector.ask(f"p{i}", "other" if i == 2 else "k", i)) for i in range(2, 7)]
        await asyncio.sleep(0.1)
        gate.set()
        return await asyncio.gather(first, *others)

    assert alone(all_of_them()) == [10, 20, 30, 40, 50, 60]
    assert batches == [[1], [2], [3, 4, 5], [6]]  # who came first is served first, then those who can go along


def test_the_newest_of_a_person_wins_and_keeps_their_place():
    gate, done = threading.Event(), []

    def work(jobs):
        gate.wait(10)
        done.extend(jobs)
        return jobs

    async def two_of_one():
        collector = Collector(work, batch=1)
        first = asyncio.create_task(collector.ask("x", 0, "x"))
        await asyncio.sleep(0.1)
        old = asyncio.create_task(collector.ask("me", 0, "old"))
        await asyncio.sleep(0)
        other = asyncio.create_task(collector.ask("you", 0, "yours"))
        await asyncio.sleep(0)
        new = asyncio.create_task(collector.ask("me", 0, "new"))
        await asyncio.sleep(0.1)
        gate.set()
        return await asyncio.gather(first, old, other, new, return_exceptions=True)

    _, old, other, new = alone(two_of_one())
    assert isinstance(old, Superseded) and (other, new) == ("yours", "new")
    assert done == ["x", "new", "yours"]


def test_too_many_and_too_long_are_sentences_and_one_failure_spoils_no_other():
    gate = threading.Event()

    def work(jobs):
        gate.wait(10)
        return [UserError("no") if job == "bad" else job for job in jobs]

    async def crowd():
        collector = Collector(work, batch=8, room=2, patience=0.5)
        busy = asyncio.create_task(collector.ask("a", 0, "a"))
        await asyncio.sleep(0.1)
        waiting = [asyncio.create_task(collector.ask(who, 0, who)) for who in ("bad", "good")]
        await asyncio.sleep(0)
        with pytest.raises(UserError, match="Too many"):
            await collector.ask("one more", 0, "x")
        with pytest.raises(UserError, match="Too many"):
            await busy
        await asyncio.sleep(0)
        late = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(one) for one in late] == [UserError, UserError]
        gate.set()
        await asyncio.sleep(0.1)
        fresh = [collector.ask(who, 0, who) for who in ("bad", "good")]
        return await asyncio.gather(*fresh, return_exceptions=True)

    bad, good = alone(crowd())
    assert str(bad) == "no" and good == "good"


def test_work_that_breaks_is_told_to_all_who_waited_and_the_thread_lives_on():
    def work(jobs):
        if "break" in jobs:
            raise RuntimeError("broken")
        return jobs

    async def twice():
        collector = Collector(work)
        with pytest.raises(RuntimeError, match="broken"):
            await collector.ask("a", 0, "break")
        return await collector.ask("a", 0, "fine")

    assert alone(twice()) == "fine"
