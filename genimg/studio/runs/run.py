"""A run, as its folder describes it, and the list of all runs in a folder."""

import contextlib
import time
from dataclasses import dataclass, replace
from pathlib import Path

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.training.spec import ACTIVE, ENDED, Spec, Status, read_spec, read_status

KEPT = "kept"  # the file that marks a run whose result somebody has taken


@dataclass(frozen=True)
class Run:
    """One run, as its folder describes it.

    Attributes:
        name: of the folder.
        folder: where it is.
        spec: what was asked for.
        status: how far it is.
        bytes: on the disk.
        kept: whether its result was used or downloaded.
        place: in the queue, 1 for the next; None if it does not wait.
    """

    name: str
    folder: Path
    spec: Spec
    status: Status
    bytes: int
    kept: bool
    place: int | None = None

    @property
    def state(self) -> str:
        """Its state in one word."""
        return self.status["state"]

    @property
    def resumable(self) -> bool:
        """Whether it can go on, or at least begin."""
        return self.state in ("stopped", "failed")

    @property
    def usable(self) -> bool:
        """Whether there is a checkpoint to take."""
        return self.state in ENDED and (self.folder / "checkpoint" / checkpoints.CONFIG).is_file()


def when(run: Run) -> str:
    """Return day and time of a run's start, from its name."""
    name = run.name
    return f"{name[:4]}-{name[4:6]}-{name[6:8]} {name[9:11]}:{name[11:13]}"


class Shelf:
    """All runs in a folder, which is looked at a few times a second, however many watch.

    Args:
        folder: of the runs; it need not be there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sizes: dict[str, tuple[object, int]] = {}
        self._listed: tuple[float, list[Run]] = (0.0, [])

    def runs(self) -> list[Run]:
        """Return all runs: the one that trains, those that wait, in their order, and the others, newest first."""
        read, there = self._listed
        if time.monotonic() - read > 0.15:
            there = self.read()
            self._listed = time.monotonic(), there
        return there

    def changed(self) -> None:
        """Let the next question be answered from the disk."""
        self._listed = (0.0, [])

    def read(self) -> list[Run]:
        """Return what `runs` does, as it is on the disk at this moment."""
        found = []
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            with contextlib.suppress(UserError):  # without a specification it is none of ours, or not ready
                spec, status = read_spec(folder), read_status(folder)
                size, kept = self._bytes(folder, status), (folder / KEPT).exists()
                found.append(Run(folder.name, folder, spec, status, size, kept))
        queue = sorted((run for run in found if run.state == "queued"), key=lambda run: run.status["queued"])
        waiting = [replace(run, place=i) for i, run in enumerate(queue, 1)]
        busy = [run for run in found if run.state in ACTIVE]
        others = [run for run in found if run.state in ENDED]
        return busy + waiting + sorted(others, key=lambda run: run.name, reverse=True)

    def _bytes(self, folder: Path, status: Status) -> int:
        # While it trains the size is looked at every five seconds; afterwards it stays.
        key = time.monotonic() // 5 if status["state"] in ACTIVE else (status["state"], status["changed"])
        known, size = self._sizes.get(folder.name, (None, 0))
        if known != key:
            size = 0
            for path in folder.rglob("*"):
                with contextlib.suppress(OSError):  # it was replaced just now
                    size += path.stat().st_size
            self._sizes[folder.name] = key, size
        return size
