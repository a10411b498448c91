"""The files that a stranger sends, those in zips among them, read one by one in memory.

The paths in an archive are labels at most: nothing is ever extracted by name, so it does not matter where they point
to.
"""

import contextlib
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from genimg.core.decoding import MAX_BYTES
from genimg.core.errors import UserError

MAX_ENTRIES = 50_000  # of an archive
MAX_FILE = MAX_BYTES  # bytes of one file, unpacked


@dataclass(frozen=True)
class File:
    """A file of an upload.

    Attributes:
        path: with the names of its zip, without the ending, and of the folders in that.
        read: returns what is in it.
    """

    path: PurePosixPath
    read: Callable[[], bytes]


def sent(files: Sequence[Path], opened: contextlib.ExitStack) -> Iterator[File]:
    """Yield the files of an upload, of a zip those in it; zips stay open as long as `opened` does.

    Raises:
        UserError: for no files, and for zips that cannot or should not be unpacked.
    """
    if not files:
        raise UserError("Choose some pictures first, or a zip of pictures.")
    for path in files:
        if zipfile.is_zipfile(path):
            yield from _entries(path, opened)
        else:
            yield File(PurePosixPath(path.name), partial(_content, path))


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.stat().st_size <= MAX_FILE else b""


def _entries(path: Path, opened: contextlib.ExitStack) -> Iterator[File]:
    name = short(path.name)
    with _readable(name):
        archive = opened.enter_context(zipfile.ZipFile(path))
        entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _hidden(entry.filename)]
    if not entries:
        raise UserError(f"{name} is empty.")
    if len(entries) > MAX_ENTRIES:
        raise UserError(f"{name} has {len(entries):,} files; at most {MAX_ENTRIES:,} are looked at.")
    if any(entry.flag_bits & 1 for entry in entries):
        raise UserError(f"{name} is locked with a password; send it without one.")
    for entry in entries:
        where = PurePosixPath(path.stem, entry.filename.replace("\\", "/").lstrip("/"))
        yield File(where, partial(_unpacked, archive, entry, name))


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    with _readable(name), archive.open(entry) as stream:
        content = stream.read(MAX_FILE + 1)  # whatever size the entry claims
    if len(content) > MAX_FILE:
        raise UserError(f"{short(entry.filename)} in {name} unpacks to more than {MAX_FILE // 10**6} MB.")
    return content


@contextlib.contextmanager
def _readable(archive: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError) as error:
        raise UserError(f"{archive} is damaged, or no zip that can be read here ({error}).") from error


def _hidden(name: str) -> bool:
    """Tell what the systems of the people who pack archives add on their own."""
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or parts[-1:] == ("Thumbs.db",) or (bool(parts) and parts[-1].startswith("."))


def short(name: str) -> str:
    """Return the last part of a path, as it is put into a sentence."""
    last = PurePosixPath(name.replace("\\", "/")).name or name
    return last if len(last) <= 40 else last[:37] + "..."
