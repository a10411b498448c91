"""Long works take turns, step by step, in a thread that stands back."""

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar

import pytest

from genimg.core.steps import Step, Turns


def work(said, name, count=3):
    for index in range(count):
        said.append((name, index))
        yield Step(index, count)


def test_all_steps_come_and_works_take_turns():
    turns, said = Turns(), []
    one, other = turns.take(work(said, "one")), turns.take(work(said, "other"))
    assert [step.index for pair in zip(one, other, strict=True) for step in pair] == [0, 0, 1, 1, 2, 2]
    assert said == [(name, index) for index in range(3) for name in ("one", "other")]


def test_steps_of_several_people_are_never_taken_at_once():
    turns, inside, most = Turns(), [], []

    def busy():
        for index in range(20):
            inside.append(index)
            time.sleep(0.001)  # for another one to come in between
            most.append(len(inside))
            inside.pop()
            yield Step(index, 20)

    with ThreadPoolExecutor(4) as people:
        assert list(people.map(lambda steps: len(list(turns.take(steps))), [busy() for _ in range(4)])) == [20] * 4
    assert max(most) == 1


def test_a_failure_is_raised_where_the_step_is_asked_for():
    def fails():
        yield Step(1, 2)
        raise ValueError("no second one")

    turns = Turns()
    steps = turns.take(fails())
    assert next(steps).index == 1
    with pytest.raises(ValueError, match="no second one"):
        next(steps)
    assert len(list(turns.take(work([], "another")))) == 3


def test_the_work_knows_where_it_is_asked_for():
    language = ContextVar("language", default="en")

    def told():
        yield language.get()

    language.set("zh-CN")
    assert list(Turns().take(told())) == ["zh-CN"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has nice threads")
def test_its_thread_stands_back_and_ours_does_not():
    def who():
        yield os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert list(Turns().take(who())) == [min(before + 10, 19)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
