"""A training in a process of its own: ``python -m genimg.training.worker RUN_FOLDER``.

The folder holds spec.json, what to do, written by `genimg.studio.runs`; everything else there is written here. Commands
are words on standard input, one a line (see `genimg.training.spec`). When it is closed, because the server that started
this process is gone, the run is saved and left, and can be resumed.
"""

import contextlib
import json
import os
import queue
import shlex
import signal
import sys
import threading
import time
import traceback
from collections.abc import Generator, Iterator
from pathlib import Path

import torch
from filelock import FileLock, Timeout
from safetensors.torch import load_file

from genimg import checkpoints
from genimg.core.errors import UserError
from genimg.core.runtime import device, device_name, process_stands_back
from genimg.core.steps import Step
from genimg.data.datasets import Pictures
from genimg.data.drawing import draw
from genimg.training.card import write_card
from genimg.training.live import Live
from genimg.training.loop import train
from genimg.training.recipe import Recipe
from genimg.training.recipes import PAIRED, folder_name, load_data, recipe_for
from genimg.training.saving import STATE
from genimg.training.spec import LOCK, read_spec, read_status, write_status

LEAVE = "leave"  # standard input is closed
VIEW_EVERY = 0.3  # seconds between two looks, at the least
VIEW_SHARE = 0.25  # of the time, at the most, goes into looking
SLOW = 0.7  # seconds that a step lasts in slow motion
FULL = "The disk is full, or cannot be written to: make room, then resume; the last saved state is whole."


class _EndedEarly(Exception):
    """Somebody stopped the run while its data was being made."""


class Worker:
    """One session of one run.

    Args:
        folder: of the run.
        commands: where words of `spec.COMMANDS` arrive.
    """

    def __init__(self, folder: Path, commands: "queue.Queue[str]") -> None:
        self.folder, self.commands = folder, commands
        self.spec, self.metrics = read_spec(folder), read_status(folder)["metrics"]
        self.stopped = self.left = self.paused = self.slow = False
        self.alone: list[str] = []  # networks that are to take one step each

    def work(self) -> None:
        """Train until the budget is used up or somebody stops it; what happens stands in status.json."""
        try:
            recipe, data, note = self._prepare()
            with contextlib.closing(self._train(recipe, data)) as steps:  # closing it saves
                self._follow(steps, recipe)
            if self.left:
                self._say("stopped", "The server went away; the run was saved and can be resumed.")
                return
            if (self.folder / "checkpoint").is_dir():
                self._card(recipe)
            self._say("stopped" if self.stopped else "finished", note)
        except _EndedEarly:
            self._say("stopped", "It was stopped before the first step.")
        except UserError as error:
            self._say("failed", str(error))
        except OSError:
            traceback.print_exc()
            self._say("failed", FULL)
        except Exception as error:
            traceback.print_exc()
            self._say("failed", f"Something went wrong in the training ({type(error).__name__}); log.txt says what.")

    def _prepare(self) -> tuple[Recipe, Pictures, str]:
        spec = self.spec
        data = self._data()
        torch.manual_seed(spec["seed"])
        settings = dict(spec["settings"])
        if settings.get("loss", "relativistic") != "relativistic":
            settings.pop("gamma", None)  # which runs of earlier versions have for every loss
        recipe = recipe_for(spec["recipe"], data, **settings)
        note = ""
        if spec["warm"] and not (self.folder / STATE).is_file():
            taken, all_there = take_over(recipe, checkpoints.find(spec["warm"]).path)
            note = f"{taken} of {all_there} tensors were taken from {spec['warm']}."
        return recipe, data, note

    def _data(self) -> Pictures:
        recipe, name = self.spec["recipe"], self.spec["data"]
        size, count = self.spec["size"], self.spec["count"]
        if name == "own":
            self._say("preparing", "Reading the pictures.")
            return load_data(recipe, folder_name(recipe, self.folder / "data"), size=size)
        if name == "avatars" and count is not None:
            total = count - count // 10  # what load_data will ask for

            def report(done: int) -> bool:
                self._say("preparing", f"Drawing the faces, once for this machine: {done:,} of {total:,}.")
                return not self._asked_to_end()

            draw(total, size, report, sketched=recipe in PAIRED)
        if self._asked_to_end():
            raise _EndedEarly
        self._say("preparing", "Reading the pictures.")
        return load_data(recipe, name, size=size, count=count)

    def _train(self, recipe: Recipe, data: Pictures) -> Generator[Step, None, None]:
        seconds = 60 * self.spec["minutes"]
        return train(  # type: ignore[return-value]  # it is a generator, though it promises no more than an iterator
            recipe,
            data,
            out=self.folder,
            batch_size=self.spec["batch_size"],
            minutes=self.spec["minutes"],
            seed=self.spec["seed"],
            save_every=min(60.0, max(5.0, seconds / 20)),
            preview_every=max(10.0, seconds / 50),
            should_stop=lambda: self.stopped,
        )

    def _follow(self, steps: Iterator[Step], recipe: Recipe) -> None:
        live: Live | None = None
        looked, cost, said = 0.0, 0.0, ""
        while not self.left:
            self._obey(wait=self.paused and not self.alone and not self.stopped)
            state = "finishing" if self.stopped else "paused" if self.paused else "running"
            if self.paused and not self.alone and not self.stopped:
                if said != state:
                    if live:  # the step at which it paused may have gone by unseen
                        live.write(recipe, self.metrics)
                    self._say(state, step=recipe.steps)
                    said = state
                continue
            if self.stopped:
                self._say("finishing", "Saving, and writing the checkpoint.")
            began = time.monotonic()
            recipe.only = self.alone.pop(0) if self.alone else None
            step = next(steps, None)
            recipe.only = None
            if step is None:
                break
            self.metrics = dict(step.metrics)
            live = live or Live(self.folder, step.index - 1)
            live.note(step.metrics)
            last = step.metrics["eta"] <= 0
            now = time.monotonic()
            if self.slow or self.paused or last or now - looked >= max(VIEW_EVERY, cost / VIEW_SHARE):
                live.write(recipe, step.metrics)
                self._say("finishing" if last else state, step=step.index)
                said, looked = state, time.monotonic()
                cost = looked - now
            if self.slow and not self.paused:
                self._obey(wait=True, seconds=max(0.0, SLOW - (time.monotonic() - began)))

    def _obey(self, *, wait: bool, seconds: float = 1.0) -> None:
        """Take what was asked for; if there is nothing, wait for it at most so many seconds."""
        try:
            while True:
                word = self.commands.get(block=wait, timeout=seconds)
                wait = False
                if word == "pause" or word in ("generator", "discriminator"):
                    self.paused = True
                    self.alone += [word] if word != "pause" else []
                elif word in ("slow", "fast"):
                    self.slow = word == "slow"
                elif word == "play":
                    self.paused = False
                elif word == "stop":
                    self.stopped = True
                elif word == LEAVE:
                    self.left = True
        except queue.Empty:
            pass

    def _asked_to_end(self) -> bool:
        self._obey(wait=False)
        return self.stopped or self.left

    def _say(self, state: str, sentence: str = "", step: int | None = None) -> None:
        status = read_status(self.folder)
        steps = status["steps"] if step is None else step
        status |= {"state": state, "sentence": sentence, "steps": steps, "metrics": self.metrics, "slow": self.slow}
        write_status(self.folder, status | {"changed": time.time()})

    def _card(self, recipe: Recipe) -> None:
        spec = self.spec
        words = ["python", "-m", "genimg", "train", spec["recipe"], "--out", f"runs/{self.folder.name}"]
        own = folder_name(spec["recipe"], f"runs/{self.folder.name}/data")
        data = own if spec["data"] == "own" else spec["data"]
        words += ["--data", data, "--size", str(spec["size"]), "--minutes", f"{spec['minutes']:g}"]
        words += ["--batch-size", str(spec["batch_size"]), "--seed", str(spec["seed"])]
        words += ["--count", str(spec["count"])] if spec["count"] else []
        for name, value in spec["settings"].items():
            words += ["--set", f"{name}={value if isinstance(value, str) else json.dumps(value)}"]
        facts = {
            "summary": f"Trained in the studio: {spec['title']}.",
            "data": "a person's own pictures" if spec["data"] == "own" else spec["data"],
            "size": spec["size"],
            "command": shlex.join(words),
            "hardware": device_name(),
            "minutes": self.metrics.get("seconds", 0.0) / 60,
            "images": recipe.steps * spec["batch_size"],
        }
        write_card(self.folder / "checkpoint", facts)


def take_over(recipe: Recipe, checkpoint: Path) -> tuple[int, int]:
    """Take every tensor of a checkpoint that fits into the recipe's model; return how many did, and of how many."""
    mine, theirs = recipe.model.state_dict(), load_file(checkpoint / checkpoints.WEIGHTS)
    fitting = {name: value for name, value in theirs.items() if name in mine and mine[name].shape == value.shape}
    recipe.model.load_state_dict(fitting, strict=False)
    return len(fitting), len(mine)


def _listen(commands: "queue.Queue[str]") -> None:
    """Hand on the lines of standard input; without Python's buffer, which a dying thread would keep locked."""
    rest = b""
    while part := os.read(0, 4096):
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            commands.put(line.decode(errors="replace").strip())
    commands.put(LEAVE)


def main() -> int:
    """Train what the folder in the first argument says; return 1 if somebody does so already."""
    folder = Path(sys.argv[1])
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return 1
    if device().type == "cpu":
        process_stands_back(10)  # sliders and styles come first
        torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    commands: queue.Queue[str] = queue.Queue()
    signal.signal(signal.SIGTERM, lambda *_: commands.put(LEAVE))
    threading.Thread(target=_listen, args=(commands,), daemon=True).start()
    try:
        Worker(folder, commands).work()
    finally:
        lock.release()
    return 0


if __name__ == "__main__":
    sys.exit(main())
