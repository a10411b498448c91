"""What a run shows and leaves: its live view, its film, its checkpoint."""

import io
import json
import re
import shutil
import zipfile
from functools import lru_cache
from pathlib import Path

from PIL import Image

from genimg import checkpoints
from genimg.core.errors import UserError, choice, number
from genimg.core.images import encode_gif, encode_mp4
from genimg.studio.runs.run import KEPT, Run
from genimg.training.live import address, frames
from genimg.training.spec import LIVE, View

FILM_SIDE = 512


def live(run: Run) -> View | None:
    """Return what a run shows of itself; None before its first step.

    It is the same object until there is something new, so that it can be rendered once for all who watch.
    """
    path = run.folder / LIVE
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=8)
def _read(path: Path, _modified: int) -> View:
    return json.loads(path.read_text())


def frame(run: Run, place: object) -> tuple[str, int]:
    """Return a frame of a run's film, as an address for the page, and its number of steps.

    Args:
        run: whose film.
        place: 0, the first, to 1, the last.

    Raises:
        UserError: if there is no film yet, or no such place.
    """
    there = _film(run)
    path = there[round(number("Place", place, 0.0, 1.0) * (len(there) - 1))]
    return address(path.read_bytes(), path.suffix[1:]), int(path.stem)


def film(run: Run, kind: object) -> bytes:
    """Return the film of a run, "gif" or "mp4": the same latents at every step that was kept.

    Raises:
        UserError: if there is no film yet, or no such kind.
    """
    kind = choice("The format", kind, ("gif", "mp4"))
    pictures = []
    for path in _film(run):
        with Image.open(path) as opened:
            times = max(1, FILM_SIDE // opened.width)
            size = (opened.width * times, opened.height * times)
            pictures.append(opened.convert("RGB").resize(size, Image.Resampling.NEAREST))
    pictures += pictures[-1:] * 10  # the end stays a while
    return encode_gif(pictures) if kind == "gif" else encode_mp4(pictures, fps=12)


def _film(run: Run) -> list[Path]:
    there = frames(run.folder)
    if not there:
        raise UserError("There is no film yet: it begins with the first steps of a run.")
    return there


def use(run: Run, called: object) -> str:
    """Copy the result of a run into the folder of checkpoints, under a name of its own; return the name.

    Raises:
        UserError: if there is no result, or the name is taken or none.
    """
    result = _checkpoint(run)
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
        shutil.copytree(result, part)
        try:
            part.rename(target)  # all at once, so that no list ever sees half of it
        except OSError:  # another disk
            shutil.move(part, target)
    except OSError as error:
        raise UserError(f"The checkpoint could not be written to {target.parent}: {error.strerror}.") from error
    (run.folder / KEPT).touch()
    return called


def archive(run: Run) -> bytes:
    """Return the checkpoint of a run as a zip.

    Raises:
        UserError: if it has none yet.
    """
    result, buffer = _checkpoint(run), io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:  # weights do not compress
        for path in sorted(result.iterdir()):
            packed.write(path, f"{run.name}/{path.name}")
    (run.folder / KEPT).touch()
    return buffer.getvalue()


def _checkpoint(run: Run) -> Path:
    if not run.usable:
        raise UserError("There is no checkpoint yet: let the run finish, or stop it.")
    return run.folder / "checkpoint"
