"""Where things lie: the repository, if the package is used from it, and the folders of the person who runs it."""

import os
import stat
import tempfile
from functools import cache
from pathlib import Path

import platformdirs

from genimg.core.errors import UserError

PACKAGE = Path(__file__).parents[1]


def checkout() -> Path | None:
    """Return the folder of the repository, or None where the package was installed without it."""
    folder = PACKAGE.parent
    return folder if (folder / "app.py").is_file() and (folder / "checkpoints").is_dir() else None


def shipped() -> Path:
    """Return the folder of the checkpoints that came with the package; a wheel carries them inside it."""
    folder = checkout()
    return folder / "checkpoints" if folder else PACKAGE / "shipped"


def own(part: str) -> Path:
    """Return the person's own folder for `part`, "checkpoints" or "runs", which need not be there yet."""
    return platformdirs.user_data_path("genimg") / part


def home(part: str) -> Path:
    """Return where new `part` go: into the repository if it is here and can be written to, else `own`."""
    folder = checkout()
    return folder / part if folder and writable(folder / part) else own(part)


def writable(folder: Path) -> bool:
    """Say whether files can be made in `folder`, which need not be there yet."""
    if not folder.is_absolute():  # "~/.cache" of somebody without a home
        return False
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def kept(part: str) -> Path:
    """Return the folder of the person's cache for `part`; it need not be there yet."""
    return platformdirs.user_cache_path("genimg") / part


def make(folder: Path) -> None:
    """Make a folder of the cache, if it is not there.

    Raises:
        UserError: if files cannot be made in it, naming the variable that says where the cache is.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        variable = "LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME"
        raise UserError(
            f"{folder} cannot be written to ({error.strerror}); name another folder for the cache with {variable}."
        ) from error


@cache
def temporary() -> Path:
    """Return a temporary folder that is nobody else's: the same one for each process of a person.

    Raises:
        UserError: if there is no place for one.
    """
    try:
        folder = Path(tempfile.gettempdir()) / f"genimg-{getattr(os, 'getuid', int)()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        about = folder.lstat()
        if stat.S_ISDIR(about.st_mode) and about.st_uid == getattr(os, "getuid", int)() and writable(folder):
            return folder
        return Path(tempfile.mkdtemp(prefix="genimg-"))  # somebody has taken the name
    except OSError as error:
        raise UserError(f"There is no temporary folder to write to ({error}); name one with TMPDIR.") from error


def prepare() -> None:
    """Let a person without a home that can be written to, such as a service's, keep things in a temporary folder.

    Called when the package is imported: numba, the Hub's library and others look for such folders when they are.
    """
    for variable, folder in (
        ("XDG_CACHE_HOME", platformdirs.user_cache_path("genimg")),
        ("XDG_DATA_HOME", platformdirs.user_data_path("genimg")),
    ):
        if not writable(folder):
            os.environ[variable] = str(temporary() / variable.split("_")[1].lower())
            _moved.append(variable)


_moved: list[str] = []


def warning() -> str:
    """Return what to tell whoever starts the studio about things that may not last; empty if all is well."""
    if not _moved:
        return ""
    return (
        f"Your home folder cannot be written to, so what is yours is kept in {temporary()}, which may be emptied. "
        f"Name a folder that lasts with {' and '.join(_moved)}."
    )


def uploads() -> None:
    """Give the page a folder of its own for what is uploaded and made, unless GRADIO_TEMP_DIR names one.

    Gradio's own choice, one folder for all on a machine, belongs to whoever came first; nobody else could send it
    anything.

    Raises:
        UserError: if the one that GRADIO_TEMP_DIR names cannot be written to.
    """
    folder = Path(os.environ.get("GRADIO_TEMP_DIR") or temporary() / "uploads").absolute()
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UserError(
            f"GRADIO_TEMP_DIR is {folder}, which cannot be written to ({error.strerror}); name another folder."
        ) from error
