"""The folder of uploads and results: how much of the disk it may take, and what goes first."""

import os
import re
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

from genimg.core.errors import UserError

MAX_FILES = 20_000
_YOUNG = 60.0  # seconds for which a file is kept, whatever comes
_AGAIN = 60.0  # seconds after which the folder is looked through again
_PAUSE = 1.0  # seconds in which it is not looked through twice, however full it is
# Folders named after what is in them are Gradio's, and so are uploads under way, but in the folder of all programs.
_OURS, _ANY = re.compile(r"[0-9a-f]{64}|genimg-.*|tmp\w{8}"), re.compile(r".*", re.DOTALL)


def quota() -> int:
    """Return how many bytes of uploads and results are kept: GENIMG_CACHE_GB, or 2 GB.

    Raises:
        UserError: if the variable is no number above 0.
    """
    text = os.environ.get("GENIMG_CACHE_GB") or "2"
    try:
        size = float(text) * 1e9
    except ValueError:
        size = 0
    if not 1 <= size < 1e18:
        raise UserError(f"GENIMG_CACHE_GB must be a number of gigabytes above 0, got {text[:40]!r}.")
    return int(size)


class Cache:
    """Keeps a folder within its bounds: what nobody has used for longest goes first.

    Args:
        folder: says where it is.
        forget: is told of files that have gone.
    """

    def __init__(self, folder: Callable[[], Path], forget: Callable[[Collection[str]], None] = lambda _: None) -> None:
        self.folder, self.forget = folder, forget
        self._lock = threading.Lock()
        self._bytes = self._files = 0
        self._looked = -_AGAIN

    def make_room(self, size: int, files: int = 1) -> None:
        """Make room for a file, or several, that are about to be written.

        Args:
            size: their bytes.
            files: how many they are.

        Raises:
            UserError: if all that is there is too young to go.
        """
        most = quota()
        with self._lock:
            ago = time.monotonic() - self._looked
            full = self._bytes + size > most or self._files + files > MAX_FILES
            if ago > _AGAIN or (full and ago > _PAUSE):
                self._look(most - size, MAX_FILES - files)
            if self._bytes + size > most or self._files + files > MAX_FILES:
                raise UserError("The studio has no room for more pictures right now; try again in a minute.")
            self._bytes, self._files = self._bytes + size, self._files + files

    def touch(self, path: Path) -> None:
        """Note that a file was used just now."""
        try:
            os.utime(path)
        except OSError:
            pass

    def _look(self, most: int, files: int) -> None:
        """Count what there is; if it is too much, take the oldest away until a fifth is free."""
        found = sorted(_files(self.folder()))
        self._bytes, self._files, self._looked = sum(size for _, size, _ in found), len(found), time.monotonic()
        if self._bytes <= most and self._files <= files:
            return
        gone, young = list[str](), time.time() - _YOUNG
        for used, size, path in found:
            if used > young or (self._bytes <= 0.8 * most and self._files <= 0.8 * files):
                break
            try:
                os.unlink(path)
            except OSError:
                continue  # somebody else's, or gone
            gone.append(path)
            self._bytes, self._files = self._bytes - size, self._files - 1
            try:
                os.rmdir(os.path.dirname(path))  # each file has a folder of its own
            except OSError:
                pass
        self.forget(gone)


def _files(root: Path) -> list[tuple[float, int, str]]:
    """Return (when it was last used, bytes, path) of our files in a folder, and of nothing else that may lie there."""
    found, folders = list[tuple[float, int, str]](), [(str(root), _OURS)]
    while folders:
        folder, ours = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if not ours.fullmatch(entry.name):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append((entry.path, _ANY))
                    else:
                        about = entry.stat(follow_symlinks=False)
                        found.append((max(about.st_mtime, about.st_atime), about.st_size, entry.path))
        except OSError:  # it has just gone
            continue
    return found
