"""Work spread over all cores, by processes that know nothing of the program that asked for it.

Python's own pools import the caller's main module in every process, so that a plain script, without a guard round its
last lines, would start itself over and over. These are started by name instead: ``python -m genimg.data.workers
MODULE:FUNCTION`` reads the arguments of one call a line, as JSON, and answers a line to each.
"""

import contextlib
import importlib
import json
import os
import queue
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tqdm import tqdm

from genimg.core.errors import UserError
from genimg.core.places import PACKAGE


def spread(function: Callable[..., None], calls: Sequence[tuple[Any, ...]], *, title: str, progress: bool) -> None:
    """Call a function with each tuple of arguments, on all cores; a single call is made here.

    Args:
        function: of a module of ours, by its name there.
        calls: arguments that JSON can hold.
        title: of the bar.
        progress: whether to show it.

    Raises:
        UserError: if a call fails, with what it said.
    """
    count = min(os.cpu_count() or 1, len(calls))
    bar = tqdm(total=len(calls), desc=title, disable=not progress)
    with bar, _processes(f"{function.__module__}:{function.__name__}", count if count > 1 else 0) as idle:

        def one(arguments: tuple[Any, ...]) -> None:
            if count == 1:
                function(*arguments)
            else:
                _ask(idle, arguments)
            bar.update()

        with ThreadPoolExecutor(max(1, count)) as pool:
            list(pool.map(one, calls))


@contextlib.contextmanager
def _processes(function: str, count: int) -> Iterator["queue.Queue[subprocess.Popen[str]]"]:
    """Start so many processes; when their input is closed they end, also if this program is killed."""
    path = os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "genimg.data.workers", function]
    pipes = {
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "text": True,
        "env": os.environ | {"PYTHONPATH": path},
    }
    started: list[subprocess.Popen[str]] = []
    idle: queue.Queue[subprocess.Popen[str]] = queue.Queue()
    try:
        for _ in range(count):
            started.append(subprocess.Popen(command, **pipes))  # type: ignore[call-overload]
            idle.put(started[-1])
        yield idle
    finally:
        for process in started:
            with contextlib.suppress(OSError):
                process.stdin.close()  # type: ignore[union-attr]
        for process in started:
            process.wait()
            process.stdout.close()  # type: ignore[union-attr]


def _ask(idle: "queue.Queue[subprocess.Popen[str]]", arguments: tuple[Any, ...]) -> None:
    process = idle.get()
    try:
        assert process.stdin and process.stdout
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(arguments) + "\n")
            process.stdin.flush()
        answer = process.stdout.readline()
    finally:
        idle.put(process)
    if answer != "done\n":
        raise UserError(
            answer.strip() or "A process that was to help ended without a word, perhaps for want of memory."
        )


def main() -> None:
    """Answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for who asked, and ends this by its input
    module, _, name = sys.argv[1].partition(":")
    function = getattr(importlib.import_module(module), name)
    for line in sys.stdin:
        try:
            function(*json.loads(line))
            answer = "done"
        except Exception as error:
            answer = f"{type(error).__name__}: {error}".replace("\n", " ")
        with contextlib.suppress(BrokenPipeError):
            print(answer, flush=True)


if __name__ == "__main__":
    main()
