"""The queue of runs: one trains at a time, the others wait in line, and the oldest go when there is no more room."""

import logging
import re
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from genimg.core.errors import UserError, choice
from genimg.data.datasets import folder_part
from genimg.data.pairs import SIDES
from genimg.data.uploads import collect, collect_pairs
from genimg.studio.runs import room
from genimg.studio.runs.processes import Processes
from genimg.studio.runs.run import Run, Shelf
from genimg.training.recipes import PAIRED
from genimg.training.spec import ACTIVE, COMMANDS, SPEC, Spec, Status, read_status, write_spec, write_status

log = logging.getLogger(__name__)

MAX_QUEUE = 12
OWN = r"\d{8}-\d{6}-\d\d-"  # how the names of runs begin
KILLED = "The training ended without a word, perhaps for want of memory; it can be resumed from where it was saved."


class Register:
    """All runs in one folder, and the processes that train them.

    Args:
        folder: of the runs; made when the first one starts.
        conduct: whether a thread of its own starts what waits and notices what ends; without it, call `conduct`.
    """

    def __init__(self, folder: Path, *, conduct: bool = True) -> None:
        self.folder = folder
        self.shelf = Shelf(folder)
        self.processes = Processes()
        self._lock = threading.RLock()
        self._pruned = 0.0
        if conduct:
            threading.Thread(target=self._conduct, daemon=True, name="runs").start()

    def _conduct(self) -> None:
        while True:
            try:
                self.conduct()
            except Exception:
                log.exception("the runs could not be looked after")
            time.sleep(0.25)

    def conduct(self) -> None:
        """Look once: note which runs have ended, start the next if none trains, and keep within the room."""
        with self._lock:
            for run in self.shelf.read():
                if run.state in ACTIVE and not self.processes.alive(run):
                    # Its own last word, if it came in the meantime, counts more.
                    if (status := read_status(run.folder))["state"] in ACTIVE:
                        write_status(run.folder, status | {"state": "stopped", "sentence": KILLED})
            there = self.shelf.read()
            waiting = [run for run in there if run.place == 1]
            if waiting and not any(run.state in ACTIVE for run in there):
                self.processes.launch(waiting[0])
            if time.monotonic() - self._pruned > 10:
                self._pruned = time.monotonic()
                self.prune()

    def runs(self) -> list[Run]:
        """Return all runs: the one that trains, those that wait, in their order, and the others, newest first."""
        return self.shelf.runs()

    def find(self, name: object) -> Run:
        """Return the run of this name.

        Raises:
            UserError: if there is none.
        """
        for run in self.runs():
            if run.name == name:
                return run
        raise UserError("That run is no longer here; choose another.")

    def start(self, spec: Spec, files: Sequence[Path] = ()) -> str:
        """Put a run into the queue; return its name. It begins at once if nothing else trains.

        Args:
            spec: from `genimg.studio.train.plan`.
            files: pictures and zips, for data "own"; of a recipe that learns from pairs, zips of pairs.

        Raises:
            UserError: if too many wait, the disk is nearly full, or the pictures will not do.
        """
        with self._lock:
            self._check_queue()
            self.folder.mkdir(parents=True, exist_ok=True)
            self._check_room()
            folder = self._fresh(spec["kind"])
        try:
            if spec["data"] == "own":
                paired = spec["recipe"] in PAIRED
                taken = (collect_pairs if paired else collect)(files, folder / "data", size=spec["size"])
                judged = folder / "data" / SIDES[1] if paired else folder / "data"
                learned = len(folder_part(judged, "train"))  # the rest is held out
                spec = spec | {"batch_size": min(spec["batch_size"], learned), "note": taken.sentence()}
            self._queue(folder, read_status(folder))
            write_spec(folder, spec)
            self.shelf.changed()
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError):
                raise UserError("The disk is full, or cannot be written to; delete runs that nobody needs.") from error
            raise
        return folder.name

    def _fresh(self, kind: str) -> Path:
        stamp = time.strftime("%Y%m%d-%H%M%S")
        for i in range(100):
            folder = self.folder / f"{stamp}-{i:02d}-{kind}"
            try:
                folder.mkdir()
                return folder
            except FileExistsError:
                continue
        raise UserError("Too many runs are started at this moment; wait a second.")

    def _queue(self, folder: Path, status: Status) -> None:
        write_status(folder, status | {"state": "queued", "sentence": "", "queued": time.time()})
        self.shelf.changed()

    def _check_queue(self) -> None:
        if sum(run.state == "queued" for run in self.runs()) >= MAX_QUEUE:
            raise UserError(f"{MAX_QUEUE} runs wait already; stop one of them, or come back later.")

    def _check_room(self) -> None:
        self.prune()
        room.check(self.runs(), self.folder)

    def command(self, name: object, word: object) -> None:
        """Tell a run that trains to play, pause, take one step of one network, be slow or fast, or stop.

        Raises:
            UserError: if it does not train here, or the word is none of `COMMANDS`.
        """
        word = choice("The command", word, COMMANDS)
        with self._lock:
            run = self.find(name)
            if word == "stop" and run.state == "queued":
                write_status(run.folder, run.status | {"state": "stopped", "sentence": "It had not begun."})
                self.shelf.changed()
            else:
                self.processes.tell(run, word)

    def resume(self, name: object) -> None:
        """Put a stopped or failed run at the end of the queue; it goes on where it was saved.

        Raises:
            UserError: if it is not one that can go on, too many wait, or the disk is nearly full.
        """
        with self._lock:
            run = self.find(name)
            if not run.resumable:
                raise UserError(f"Only a run that was stopped can be resumed; that one is {run.state}.")
            self._check_queue()
            self._check_room()
            self._queue(run.folder, run.status)

    def delete(self, name: object) -> None:
        """Delete a run with all that it made; one that trains is ended first.

        Raises:
            UserError: if there is none, or another server trains it.
        """
        with self._lock:
            run = self.find(name)
            self.processes.kill(run)
            # Without its specification it is no run any more, whatever becomes of the rest.
            (run.folder / SPEC).unlink(missing_ok=True)
            shutil.rmtree(run.folder, ignore_errors=True)
            self.shelf.changed()

    def prune(self) -> list[str]:
        """Delete ended runs while all take more than their room: the oldest first, kept ones last; return which."""
        with self._lock:
            gone = [run.name for run in room.excess(self.runs())]
            for name in gone:
                log.warning("the run %s is deleted to keep within %s bytes", name, room.room())
                self.delete(name)
            for folder in self.folder.iterdir() if self.folder.is_dir() else ():
                # An upload that was cut off by the end of its server. Other folders, such as the runs of the command
                # line, are none of ours.
                half = re.match(OWN, folder.name) and folder.is_dir() and not (folder / SPEC).exists()
                if half and time.time() - folder.stat().st_mtime > 3600:
                    shutil.rmtree(folder, ignore_errors=True)
        return gone

    def warning(self) -> str:
        """Return what is going to be deleted when there is little room left; empty while there is enough."""
        return room.warning(self.runs())

    def close(self) -> None:
        """Let all trainings save and end, as they do when the server is gone."""
        with self._lock:
            self.processes.close()
