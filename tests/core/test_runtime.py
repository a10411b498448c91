import os
import subprocess
import sys
import types
from pathlib import Path

import pytest
import torch

from genimg.core import runtime
from genimg.core.errors import UserError


def test_latents_of_a_seed_do_not_depend_on_the_count():
    assert torch.equal(runtime.latents(5, 8, seed=7)[:2], runtime.latents(2, 8, seed=7))
    assert torch.equal(runtime.latents(3, 8, seed=7)[2], runtime.latents(1, 8, seed=9)[0])


def test_the_largest_seed_wraps_round():
    assert torch.equal(runtime.latents(2, 8, seed=runtime.MAX_SEED)[1], runtime.latents(1, 8, seed=0)[0])


def test_an_impossible_device_is_refused(monkeypatch):
    monkeypatch.setenv("GENIMG_DEVICE", "abacus")
    with pytest.raises(UserError, match="GENIMG_DEVICE is 'abacus'"):
        runtime.device.__wrapped__()


def test_the_device_can_be_chosen(monkeypatch):
    monkeypatch.setenv("GENIMG_DEVICE", "cpu")
    assert runtime.device.__wrapped__() == torch.device("cpu")


def test_each_process_of_a_machine_has_a_gpu_of_its_own(monkeypatch):
    monkeypatch.delenv("GENIMG_DEVICE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert runtime.device.__wrapped__() == torch.device("cuda", 3)


def test_memory_is_kept_while_something_trains_and_given_back_after_the_last(monkeypatch):
    done = []
    libc = types.SimpleNamespace(
        mallopt=lambda option, value: done.append((option, value)), malloc_trim=lambda rest: done.append("trim")
    )
    monkeypatch.setattr(runtime.ctypes, "CDLL", lambda _: libc)
    with runtime.kept_memory():
        assert done == [(-4, 0), (-1, 2**31 - 1)]
        with pytest.raises(UserError), runtime.kept_memory():
            raise UserError("The other diverged.")
        assert "trim" not in done
    assert done[-3:] == [(-4, 65_536), (-1, 2**26), "trim"]


def test_without_such_a_library_nothing_happens(monkeypatch):
    monkeypatch.setattr(runtime.ctypes, "CDLL", lambda _: types.SimpleNamespace())
    with runtime.kept_memory():
        pass


AUTOGROUP = Path("/proc/self/autogroup")


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="this system does not share out its time by sessions")
def test_a_process_of_its_own_session_stands_back_with_it():
    code = (
        "import os; from genimg.core.runtime import process_stands_back; process_stands_back(7)\n"
        f"print(os.nice(0), open('{AUTOGROUP}').read())"
    )
    before, there = os.nice(0), AUTOGROUP.read_text()
    told = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, start_new_session=own).stdout
        for own in (True, False)
    ]
    assert all(one.startswith(f"{before + 7} ") for one in told)
    assert told[0].rstrip().endswith("nice 7")
    assert AUTOGROUP.read_text() == there
