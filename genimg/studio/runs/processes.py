"""The processes that train: starting one for a run, asking whether it lives, saying words to it, ending it."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

from filelock import FileLock, Timeout

from genimg.core.errors import UserError
from genimg.studio.runs.run import Run
from genimg.training.spec import ACTIVE, LOCK, LOG, write_status

STARTUP = 60.0  # seconds that a process may need until it takes the lock of its run


class Processes:
    """The processes that this server has started, by the names of their runs."""

    def __init__(self) -> None:
        self._workers: dict[str, subprocess.Popen[bytes]] = {}

    def launch(self, run: Run) -> None:
        """Begin or go on with a run."""
        write_status(run.folder, run.status | {"state": "preparing", "sentence": "Starting.", "changed": time.time()})
        threads = str(max(1, (os.cpu_count() or 2) - 1))
        with (run.folder / LOG).open("ab") as output:
            self._workers[run.name] = subprocess.Popen(
                [sys.executable, "-m", "genimg.training.worker", str(run.folder)],
                cwd=Path(__file__).parents[3],
                env=os.environ | {"OMP_NUM_THREADS": threads},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the server's terminal is not meant for it: it ends by its input
            )

    def alive(self, run: Run) -> bool:
        """Say whether a process trains this run, ours or that of another server."""
        worker = self._workers.get(run.name)
        if worker is not None:
            if worker.poll() is None:
                return True
            with contextlib.suppress(OSError):
                worker.stdin.close()  # type: ignore[union-attr]
            del self._workers[run.name]
        elif run.state == "preparing" and time.time() - run.status["changed"] < STARTUP:
            return True  # of another server, perhaps, and has not come to its lock yet
        lock = FileLock(run.folder / LOCK)
        try:
            with lock.acquire(timeout=0):
                return False
        except Timeout:
            return True

    def tell(self, run: Run, word: str) -> None:
        """Say one of `COMMANDS` to the process of a run.

        Raises:
            UserError: if there is none of ours.
        """
        worker = self._workers.get(run.name)
        if run.state not in ACTIVE or worker is None or worker.poll() is not None or worker.stdin is None:
            if run.state in ACTIVE and self.alive(run):
                raise UserError("That run belongs to another server on this machine.")
            raise UserError(f"That run does not train at the moment; it is {run.state}.")
        try:
            worker.stdin.write(f"{word}\n".encode())
            worker.stdin.flush()
        except OSError:
            raise UserError("That run has just ended.") from None

    def kill(self, run: Run) -> None:
        """End the process of a run, if it is ours, without letting it save.

        Raises:
            UserError: if another server trains the run.
        """
        worker = self._workers.get(run.name)
        if worker is not None:
            worker.kill()
            worker.wait()
        if self.alive(run):
            raise UserError("That run belongs to another server on this machine; stop it there.")

    def close(self) -> None:
        """Let all save and end, as they do when the server is gone."""
        for worker in self._workers.values():
            with contextlib.suppress(OSError):
                worker.stdin.close()  # type: ignore[union-attr]
        for worker in self._workers.values():
            worker.wait()
