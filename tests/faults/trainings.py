"""Faults of one training: each function does one to a real process and returns what was seen, or raises `Wrong`."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import torch
from PIL import Image

from genimg.data.avatars import draw_attributes, render
from genimg.training.saving import PREVIOUS, STATE

ROOT = Path(__file__).parents[2]
# Small, so that a run of a few seconds sees every part of a training.
_WIDTHS = ["--set", "widths=[16,8]", "--set", "latent_dim=8"]
RECIPES = {
    "gan": _WIDTHS,
    "mlp": ["--set", "widths=[32,64]"],
    "progressive": ["--set", "widths=[16,8,8]", "--set", "latent_dim=8", "--set", "stage_images=[200,400]"],
    "cnn": _WIDTHS,
    "vae": _WIDTHS,
    "latent_rnn": ["--set", "people=4", "--set", "takes=2", "--set", "frames=12"],
}


class Wrong(Exception):
    """Something that must not happen happened."""


def pictures(folder: Path) -> Path:
    """Draw forty faces into a folder, and return it."""
    folder.mkdir()
    for index in range(40):
        render(draw_attributes(index), 16).save(folder / f"{index:02d}.png")
    return folder


def command(recipe: str, data: Path, out: Path, seconds: float) -> list[str]:
    """Return the command that trains for so long."""
    acts = recipe == "latent_rnn"
    source = ["--data", "avatars", "--count", "100"] if acts else ["--data", f"folder:{data}", "--size", "16"]
    rest = ["--minutes", str(seconds / 60), "--batch-size", "4", "--out", str(out)]
    return [sys.executable, "-m", "genimg", "train", recipe, *source, *rest, *RECIPES[recipe]]


def start(words: list[str], **more: object) -> "subprocess.Popen[str]":
    """Start a command of genimg."""
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(words, cwd=ROOT, env=env, **pipe, **more)  # type: ignore[call-overload]


def finish(words: list[str], code: int = 0, **more: object) -> str:
    """Run a command; return what it said.

    Raises:
        Wrong: for another exit code, or a traceback.
    """
    process = start(words, **more)
    said, _ = process.communicate(timeout=900)
    if process.returncode != code or "Traceback" in said:
        raise Wrong(f"{' '.join(words[3:6])} ended with {process.returncode}, not {code}: {said[-2000:]}")
    return said


def steps(out: Path) -> int:
    """Return the steps that the state of a run holds; 0 without one."""
    path = out / STATE
    return int(torch.load(path, weights_only=True)["steps"]) if path.is_file() else 0


def draws(recipe: str, out: Path) -> None:
    """Make something with the checkpoint of a run, by the command of its kind.

    Raises:
        Wrong: if that does not work.
    """
    with tempfile.TemporaryDirectory() as kept:
        root = Path(kept) / "checkpoints"
        root.mkdir()
        shutil.copytree(out / "checkpoint", root / "mine")
        face, made = Path(kept) / "face.png", Path(kept) / "made.gif"
        if recipe == "latent_rnn":
            shutil.copytree(ROOT / "checkpoints" / "avatars-vae", root / "avatars-vae")
            render(draw_attributes(7), 64).save(face)
            words = ["animate", str(face), "--model", "mine", "--seconds", "1", "--out", str(made)]
        else:
            made = made.with_suffix(".png")
            words = ["sample", "mine", "--count", "4", "--out", str(made)]
        before = os.environ.get("GENIMG_CHECKPOINTS")
        os.environ["GENIMG_CHECKPOINTS"] = str(root)
        try:
            finish([sys.executable, "-m", "genimg", *words])
        finally:
            os.environ.pop("GENIMG_CHECKPOINTS")
            if before is not None:
                os.environ["GENIMG_CHECKPOINTS"] = before
        with Image.open(made) as image:
            if min(image.size) < 4:
                raise Wrong(f"the picture has {image.size}")


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as kept:
        yield Path(kept) / "run"


def _begun(out: Path, process: "subprocess.Popen[str]") -> None:
    """Wait until a run has taken its first step."""
    deadline = time.monotonic() + 600
    while process.poll() is None and not (out / "previews").is_dir() and time.monotonic() < deadline:
        time.sleep(0.02)


def stop(recipe: str, data: Path, chance: Random) -> str:
    """Press Ctrl-C some seconds after the first step: it exports what it has, and the checkpoint draws."""
    with _folder() as out:
        process = start(command(recipe, data, out, 600))
        _begun(out, process)
        wait = chance.uniform(0, 5)
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=900)
        if process.returncode != 0 or "Traceback" in said:
            raise Wrong(f"Ctrl-C after {wait:.1f} s ended with {process.returncode}: {said[-2000:]}")
        draws(recipe, out)
        return f"Ctrl-C after {wait:.1f} s and {steps(out)} steps, and it draws"


def kill(recipe: str, data: Path, chance: Random) -> str:
    """Kill a short run again and again, a second later each time, and let the same command end it."""
    with _folder() as out:
        words, seen, kills = command(recipe, data, out, 6), 0, 0
        while True:
            process = start(words)
            try:
                process.wait(timeout=1 + kills + chance.random())
                break
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
            now = steps(out)
            if now < seen:
                raise Wrong(f"{seen} steps were saved, and after kill {kills} there are {now}")
            seen = now
        if process.returncode != 0:
            raise Wrong(f"after {kills} kills it ended with {process.returncode}: {process.communicate()[0][-2000:]}")
        left = [path.name for path in out.iterdir() if path.suffix == ".part" or path.name == PREVIOUS]
        if left:
            raise Wrong(f"{left} was left behind")
        draws(recipe, out)
        return f"killed {kills} times, {steps(out)} steps in the end, and it draws"


def corrupt(recipe: str, data: Path, chance: Random) -> str:
    """Damage the state of a run: without an earlier one it is a sentence, with one it goes on."""
    with _folder() as out:
        words = command(recipe, data, out, 2)
        finish(words)
        good = (out / STATE).read_bytes()
        how = chance.choice(["cut", "bytes", "empty", "text"])
        bad = {"cut": good[: chance.randrange(len(good))], "empty": b"", "text": b"no state at all"}.get(how)
        if bad is None:
            content = bytearray(good)
            place = chance.randrange(len(content) - 64)
            content[place : place + 64] = chance.randbytes(64)
            bad = bytes(content)
        (out / STATE).write_bytes(bad)
        said = finish(words, 2)
        if "delete state.pt there" not in said:
            raise Wrong(f"the sentence was {said[-300:]!r}")
        (out / PREVIOUS).write_bytes(good)
        finish(words)
        draws(recipe, out)
        return f"damaged ({how}), a sentence; with the state before it goes on, and it draws"


def disk(recipe: str, data: Path, chance: Random) -> str:
    """Let the disk run full at some place: a sentence; with room again the same command ends well."""
    with _folder() as out:
        words = command(recipe, data, out, 4)
        finish(words)
        need = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
        shutil.rmtree(out)
        room = chance.randrange(4096, need)
        out.mkdir()
        with _small(out, room) as (limit, widen):
            said = finish(words, 2, **limit)
            if "genimg: " not in said:
                raise Wrong(f"no sentence: {said[-500:]!r}")
            widen()
            finish(words)
            draws(recipe, out)
            return f"{room // 1024} of {need // 1024} kB: {said.strip().splitlines()[-1][:150]}; then it draws"


@contextlib.contextmanager
def _small(folder: Path, room: int) -> Iterator[tuple[dict[str, object], object]]:
    """Give a folder so many bytes; yield what a process is to be started with, and what gives it plenty."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={room}", "tmpfs", str(folder)]
    if shutil.which("mount") and subprocess.run(mount, capture_output=True).returncode == 0:
        more = ["mount", "-o", "remount,size=1g", str(folder)]
        try:
            yield {}, lambda: subprocess.run(more, check=True)
        finally:
            subprocess.run(["umount", str(folder)], check=True)
        return
    import resource

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))

    yield {"preexec_fn": limited}, lambda: None
