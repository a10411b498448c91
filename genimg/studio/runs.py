"""The register of trainings: each a folder and a process of its own, belonging to the server and not to a tab.

A run is a folder below `root`: spec.json says what to do, status.json how far it is, and the rest is written by
`genimg.training.worker`. One run trains at a time; the others wait in line. What a server finds when it starts is what
the one before it left: a run whose process is gone is stopped, and can be resumed.
"""

import base64
import contextlib
import io
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from PIL import Image

from genimg import checkpoints
from genimg.core import places
from genimg.core.errors import UserError, choice, number
from genimg.core.images import encode_gif, encode_mp4
from genimg.data.datasets import folder_part
from genimg.data.uploads import collect
from genimg.training.live import LIVE, frames
from genimg.training.worker import COMMANDS, LOCK, LOG, SPEC, read_status, write_status

log = logging.getLogger(__name__)

ACTIVE = ("preparing", "running", "paused", "finishing")
ENDED = ("finished", "stopped", "failed")
MAX_QUEUE = 12
FREE = 300_000_000  # bytes that must be left on the disk before a run is started
STARTUP = 60.0  # seconds that a process may need until it takes the lock of its run
WARN = 0.8  # of the room, from where on the page says what will go
OWN = r"\d{8}-\d{6}-\d\d-"  # how the names of runs begin
KEPT = "kept"  # the file that marks a run whose result somebody has taken
FILM_SIDE = 512
DAMAGED = "What was known of how far it is got lost; it can be resumed from where it was saved."
KILLED = "The training ended without a word, perhaps for want of memory; it can be resumed from where it was saved."


def root() -> Path:
    """Return the folder of the runs: `GENIMG_RUNS`, else ``runs/`` in the repository, else the person's own."""
    return Path(os.environ.get("GENIMG_RUNS") or places.home("runs")).absolute()


def room() -> int:
    """Return the bytes that all runs together may take: `GENIMG_RUNS_GB` gigabytes, 2 by default."""
    try:
        return int(float(os.environ.get("GENIMG_RUNS_GB") or 2) * 1e9)
    except ValueError:
        return 2_000_000_000


@dataclass(frozen=True)
class Run:
    """One run, as its folder describes it.

    Attributes:
        name: of the folder.
        folder: where it is.
        spec: what was asked for, see `genimg.studio.train.plan`.
        status: state ("queued", one of `ACTIVE`, or one of `ENDED`), sentence, steps, metrics, queued (Unix time).
        place: in the queue, 1 for the next; None if it does not wait.
        bytes: on the disk.
        kept: whether its result was used or downloaded.
    """

    name: str
    folder: Path
    spec: dict[str, Any]
    status: dict[str, Any]
    place: int | None
    bytes: int
    kept: bool

    @property
    def state(self) -> str:
        """Its state in one word."""
        return str(self.status["state"])

    @property
    def resumable(self) -> bool:
        """Whether it can go on, or at least begin."""
        return self.state in ("stopped", "failed")

    @property
    def usable(self) -> bool:
        """Whether there is a checkpoint to take."""
        return self.state in ENDED and (self.folder / "checkpoint" / checkpoints.CONFIG).is_file()


class Register:
    """All runs in one folder, and the processes that train them.

    Args:
        folder: of the runs; made when the first one starts.
        conduct: whether a thread of its own starts what waits and notices what ends; without it, call `conduct`.
    """

    def __init__(self, folder: Path, *, conduct: bool = True) -> None:
        self.folder = folder
        self._workers: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.RLock()
        self._sizes: dict[str, tuple[object, int]] = {}
        self._pruned = 0.0
        self._listed: tuple[float, list[Run]] = (0.0, [])
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
            for run in self._read():
                if run.state in ACTIVE and not self._alive(run):
                    # Its own last word, if it came in the meantime, counts more.
                    if (status := read_status(run.folder)).get("state") in ACTIVE:
                        write_status(run.folder, status | {"state": "stopped", "sentence": KILLED})
            there = self._read()
            waiting = [run for run in there if run.place == 1]
            if waiting and not any(run.state in ACTIVE for run in there):
                self._launch(waiting[0])
            if time.monotonic() - self._pruned > 10:
                self._pruned = time.monotonic()
                self.prune()

    def _launch(self, run: Run) -> None:
        write_status(run.folder, run.status | {"state": "preparing", "sentence": "Starting.", "changed": time.time()})
        threads = str(max(1, (os.cpu_count() or 2) - 1))
        with (run.folder / LOG).open("ab") as output:
            self._workers[run.name] = subprocess.Popen(
                [sys.executable, "-m", "genimg.training.worker", str(run.folder)],
                cwd=Path(__file__).parents[2],
                env=os.environ | {"OMP_NUM_THREADS": threads},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the server's terminal is not meant for it: it ends by its input
            )

    def _alive(self, run: Run) -> bool:
        """Say whether a process trains this run, ours or that of another server."""
        worker = self._workers.get(run.name)
        if worker is not None:
            if worker.poll() is None:
                return True
            with contextlib.suppress(OSError):
                worker.stdin.close()  # type: ignore[union-attr]
            del self._workers[run.name]
        elif run.state == "preparing" and time.time() - run.status.get("changed", 0) < STARTUP:
            return True  # of another server, perhaps, and has not come to its lock yet
        lock = FileLock(run.folder / LOCK)
        try:
            with lock.acquire(timeout=0):
                return False
        except Timeout:
            return True

    def runs(self) -> list[Run]:
        """Return all runs: the one that trains, those that wait, in their order, and the others, newest first.

        The folder is looked at a few times a second, however many watch.
        """
        read, there = self._listed
        if time.monotonic() - read > 0.15:
            self._listed = time.monotonic(), self._read()
            there = self._listed[1]
        return there

    def _changed(self) -> None:
        self._listed = (0.0, [])

    def _read(self) -> list[Run]:
        found = []
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            try:
                spec = json.loads((folder / SPEC).read_text())
                spec["title"], spec["data"]  # noqa: B018  # a folder without them is none of ours, or not ready
            except (OSError, ValueError, KeyError, TypeError):
                continue
            status = read_status(folder)
            if status.get("state") not in ("queued", *ACTIVE, *ENDED):
                status = {"state": "stopped", "sentence": DAMAGED, "steps": 0, "metrics": {}}
            kept = (folder / KEPT).exists()
            found.append(Run(folder.name, folder, spec, status, None, self._bytes(folder, status), kept))
        queue = sorted((run for run in found if run.state == "queued"), key=lambda run: run.status.get("queued", 0))
        waiting = [Run(**(vars(run) | {"place": i})) for i, run in enumerate(queue, 1)]
        busy = [run for run in found if run.state in ACTIVE]
        others = [run for run in found if run.state in ENDED]
        return busy + waiting + sorted(others, key=lambda run: run.name, reverse=True)

    def _bytes(self, folder: Path, status: dict[str, Any]) -> int:
        # While it trains the size is looked at every five seconds; afterwards it stays.
        key = time.monotonic() // 5 if status["state"] in ACTIVE else (status["state"], status.get("changed"))
        known, size = self._sizes.get(folder.name, (None, 0))
        if known != key:
            size = 0
            for path in folder.rglob("*"):
                with contextlib.suppress(OSError):  # it was replaced just now
                    size += path.stat().st_size
            self._sizes[folder.name] = key, size
        return size

    def find(self, name: object) -> Run:
        """Return the run of this name.

        Raises:
            UserError: if there is none.
        """
        for run in self.runs():
            if run.name == name:
                return run
        raise UserError("That run is no longer here; choose another.")

    def start(self, spec: dict[str, Any], files: Sequence[Path] = ()) -> str:
        """Put a run into the queue; return its name. It begins at once if nothing else trains.

        Args:
            spec: from `genimg.studio.train.plan`.
            files: pictures and zips, for data "own".

        Raises:
            UserError: if too many wait, the disk is nearly full, or the pictures will not do.
        """
        with self._lock:
            self._check_queue()
            self.folder.mkdir(parents=True, exist_ok=True)
            self._check_disk()
            folder = self._fresh(spec)
        try:
            if spec["data"] == "own":
                taken = collect(files, folder / "data", size=spec["size"])
                learned = len(folder_part(folder / "data", "train"))  # the rest is held out
                spec = spec | {"batch_size": min(spec["batch_size"], learned), "note": taken.sentence()}
            write_status(folder, {"state": "queued", "sentence": "", "queued": time.time(), "steps": 0, "metrics": {}})
            checkpoints.replace_file(folder / SPEC, json.dumps(spec, indent=2).encode())  # with it, it is a run
            self._changed()
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError):
                raise UserError("The disk is full, or cannot be written to; delete runs that nobody needs.") from error
            raise
        return folder.name

    def _fresh(self, spec: dict[str, Any]) -> Path:
        stamp = time.strftime("%Y%m%d-%H%M%S")
        for i in range(100):
            folder = self.folder / f"{stamp}-{i:02d}-{spec['kind']}"
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                return folder
        raise UserError("Too many runs are started at this moment; wait a second.")

    def _check_queue(self) -> None:
        if sum(run.state == "queued" for run in self.runs()) >= MAX_QUEUE:
            raise UserError(f"{MAX_QUEUE} runs wait already; stop one of them, or come back later.")

    def _check_disk(self) -> None:
        self.prune()
        if sum(run.bytes for run in self.runs()) > room():
            raise UserError(f"The runs take more than their {room() / 1e9:g} GB; delete one that nobody needs.")
        if shutil.disk_usage(self.folder).free < FREE:
            raise UserError(f"Less than {FREE // 10**6} MB are free on the disk of this server; make room first.")

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
                self._changed()
                return
            worker = self._workers.get(run.name)
            if run.state not in ACTIVE or worker is None or worker.poll() is not None or worker.stdin is None:
                if run.state in ACTIVE and self._alive(run):
                    raise UserError("That run belongs to another server on this machine.")
                raise UserError(f"That run does not train at the moment; it is {run.state}.")
            try:
                worker.stdin.write(f"{word}\n".encode())
                worker.stdin.flush()
            except OSError:
                raise UserError("That run has just ended.") from None

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
            self._check_disk()
            write_status(run.folder, run.status | {"state": "queued", "sentence": "", "queued": time.time()})
            self._changed()

    def delete(self, name: object) -> None:
        """Delete a run with all that it made; one that trains is ended first.

        Raises:
            UserError: if there is none, or another server trains it.
        """
        with self._lock:
            run = self.find(name)
            worker = self._workers.get(run.name)
            if worker is not None:
                worker.kill()
                worker.wait()
            if self._alive(run):
                raise UserError("That run belongs to another server on this machine; stop it there.")
            # Without its specification it is no run any more, whatever becomes of the rest.
            (run.folder / SPEC).unlink(missing_ok=True)
            shutil.rmtree(run.folder, ignore_errors=True)
            self._changed()

    def prune(self) -> list[str]:
        """Delete ended runs while all take more than their room: the oldest first, kept ones last; return which."""
        gone = []
        with self._lock:
            total = sum(run.bytes for run in self.runs())
            for run in self._leaving():
                if total <= room():
                    break
                log.warning("the run %s is deleted to keep within %s bytes", run.name, room())
                self.delete(run.name)
                gone.append(run.name)
                total -= run.bytes
            for folder in self.folder.iterdir() if self.folder.is_dir() else ():
                # An upload that was cut off by the end of its server. Other folders, such as the runs of the command
                # line, are none of ours.
                half = re.match(OWN, folder.name) and folder.is_dir() and not (folder / SPEC).exists()
                if half and time.time() - folder.stat().st_mtime > 3600:
                    shutil.rmtree(folder, ignore_errors=True)
        return gone

    def _leaving(self) -> list[Run]:
        ended = [run for run in self.runs() if run.state in ENDED]
        return sorted(ended, key=lambda run: (run.kept, run.name))

    def warning(self) -> str:
        """Return what is going to be deleted when there is little room left; empty while there is enough."""
        total, leaving = sum(run.bytes for run in self.runs()), self._leaving()
        if total <= WARN * room() or not leaving:
            return ""
        return (
            f"The runs take {total / 1e6:.0f} of their {room() / 1e6:.0f} MB. When these are used up, "
            f"“{leaving[0].spec['title']}” of {when(leaving[0])} is deleted first; use or download what you need."
        )

    def use(self, name: object, called: object) -> str:
        """Copy the result of a run into the folder of checkpoints, under a name of its own; return the name.

        Raises:
            UserError: if there is no result, or the name is taken or none.
        """
        run = self._with_result(name)
        called = called.strip() if isinstance(called, str) else called
        if not isinstance(called, str) or not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,39}", called):
            raise UserError(
                f"A name has 2 to 40 small letters, digits and dashes, such as my-faces; got {str(called)[:40]!r}."
            )
        target = checkpoints.root() / called
        if checkpoints.taken(called):
            raise UserError(f"There is a checkpoint named {called} already; choose another name.")
        try:
            checkpoints.root().mkdir(parents=True, exist_ok=True)
            part = run.folder / f"{called}.part"
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(run.folder / "checkpoint", part)
            try:
                part.rename(target)  # all at once, so that no list ever sees half of it
            except OSError:  # another disk
                shutil.move(part, target)
        except OSError as error:
            raise UserError(f"The checkpoint could not be written to {target.parent}: {error.strerror}.") from error
        (run.folder / KEPT).touch()
        self._changed()
        return called

    def archive(self, name: object) -> bytes:
        """Return the checkpoint of a run as a zip.

        Raises:
            UserError: if it has none yet.
        """
        run = self._with_result(name)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:  # weights do not compress
            for path in sorted((run.folder / "checkpoint").iterdir()):
                archive.write(path, f"{run.name}/{path.name}")
        (run.folder / KEPT).touch()
        self._changed()
        return buffer.getvalue()

    def _with_result(self, name: object) -> Run:
        run = self.find(name)
        if not run.usable:
            raise UserError("There is no checkpoint yet: let the run finish, or stop it.")
        return run

    def live(self, name: object) -> dict[str, Any] | None:
        """Return what a run shows of itself, see `genimg.training.live`; None before its first step.

        It is the same object until there is something new, so that it can be rendered once for all who watch.
        """
        path = self.find(name).folder / LIVE
        try:
            return _read(path, path.stat().st_mtime_ns)
        except (OSError, ValueError):
            return None

    def frame(self, name: object, place: object) -> tuple[str, int]:
        """Return a frame of a run's film, as an address for the page, and its number of steps.

        Args:
            name: of the run.
            place: 0, the first, to 1, the last.

        Raises:
            UserError: if there is no film yet.
        """
        there = self._film(name)
        path = there[round(number("Place", place, 0.0, 1.0) * (len(there) - 1))]
        return f"data:image/{path.suffix[1:]};base64,{base64.b64encode(path.read_bytes()).decode()}", int(path.stem)

    def film(self, name: object, kind: object) -> bytes:
        """Return the film of a run, "gif" or "mp4": the same latents at every step that was kept.

        Raises:
            UserError: if there is no film yet.
        """
        kind = choice("The format", kind, ("gif", "mp4"))
        there = self._film(name)
        pictures = []
        for path in there:
            with Image.open(path) as opened:
                times = max(1, FILM_SIDE // opened.width)
                size = (opened.width * times, opened.height * times)
                pictures.append(opened.convert("RGB").resize(size, Image.Resampling.NEAREST))
        pictures += pictures[-1:] * 10  # the end stays a while
        return encode_gif(pictures) if kind == "gif" else encode_mp4(pictures, fps=12)

    def _film(self, name: object) -> list[Path]:
        there = frames(self.find(name).folder)
        if not there:
            raise UserError("There is no film yet: it begins with the first steps of a run.")
        return there

    def close(self) -> None:
        """Let all trainings save and end, as they do when the server is gone."""
        with self._lock:
            for worker in self._workers.values():
                with contextlib.suppress(OSError):
                    worker.stdin.close()  # type: ignore[union-attr]
            for worker in self._workers.values():
                worker.wait()


@lru_cache(maxsize=8)
def _read(path: Path, _modified: int) -> dict[str, Any]:
    return json.loads(path.read_text())


def when(run: Run) -> str:
    """Return day and time of a run's start, from its name."""
    name = run.name
    return f"{name[:4]}-{name[4:6]}-{name[6:8]} {name[9:11]}:{name[11:13]}"


def register() -> Register:
    """Return the register of this server."""
    with _first:  # lru_cache alone would make two for two who ask at once, and each would mind the other's runs
        return _register()


_first = threading.Lock()


@lru_cache
def _register() -> Register:
    return Register(root())
