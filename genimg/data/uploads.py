"""Pictures that a stranger sends to learn from: many files or zips, made into small squares.

An archive is read entry by entry in memory, through the same door as any upload. The paths in it are labels at most:
nothing is ever extracted by name, so it does not matter where they point to.
"""

import logging
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image

from genimg.core.decoding import MAX_BYTES as MAX_UPLOAD
from genimg.core.errors import UserError, integer
from genimg.core.images import crop_square, encode, open_image

log = logging.getLogger(__name__)
MIN_PICTURES = 10  # fewer than a batch, and nothing would be held out
MAX_PICTURES = 10_000
MAX_ENTRIES = 50_000  # of an archive
MAX_FILE = MAX_UPLOAD  # bytes of one picture, unpacked
MAX_BYTES = 1_000_000_000  # of all together, unpacked
MAX_PIXELS = 2_000_000_000  # of all together, before they are made small: about a minute of decoding
NAMED = 3  # so many of the files that could not be read are named


@dataclass(frozen=True)
class Collected:
    """What became of an upload.

    Attributes:
        count: pictures that were kept.
        left_out: names of the files that could not be read as pictures.
        cut: whether pictures beyond the limits were not looked at.
    """

    count: int
    left_out: list[str]
    cut: bool

    def sentence(self) -> str:
        """Return what a person should know: how many were kept, and which were not."""
        words = [f"{self.count:,} pictures"]
        if self.left_out:
            names = ", ".join(self.left_out[:NAMED]) + (", ..." if len(self.left_out) > NAMED else "")
            words.append(f"{len(self.left_out):,} could not be read and are left out ({names})")
        if self.cut:
            words.append(f"the rest is left out: {MAX_PICTURES:,} pictures of {MAX_BYTES // 10**6} MB are the most")
        return "; ".join(words) + "."


def collect(files: Sequence[Path], folder: Path, *, size: int) -> Collected:
    """Write the pictures in `files`, zips among them, into `folder` as PNGs of ``size x size`` pixels, 00000.png on.

    Each is cropped to its central square; modes, orientations and sizes may differ.

    Args:
        files: pictures and zips, told apart by what is in them and not by their names.
        folder: where to write; made here, and removed again if this fails.
        size: side in pixels, 8 to 256.

    Raises:
        UserError: for fewer than `MIN_PICTURES` readable pictures, an empty, damaged or locked zip, or one that
            unpacks to far more than it says or than fits.
    """
    size = integer("Size", size, 8, 256)
    folder.mkdir(parents=True)
    count, pixels, cut, left_out = 0, 0, False, []
    try:
        for name, content in _contents(files):
            if count >= MAX_PICTURES or pixels >= MAX_PIXELS:
                cut = True
                break
            try:
                picture = open_image(content, tell=log.debug)
            except UserError:
                left_out.append(_short(name))
                continue
            pixels += picture.width * picture.height
            square = crop_square(picture)[0].resize((size, size), Image.Resampling.LANCZOS)
            (folder / f"{count:05d}.png").write_bytes(encode(square))
            count += 1
        if count < MIN_PICTURES:
            raise UserError(_too_few(count, left_out))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Collected(count, left_out, cut)


def _too_few(count: int, left_out: Sequence[str]) -> str:
    there = "one picture" if count == 1 else f"{count} pictures" if count else "no picture that can be read"
    text = f"A network needs at least {MIN_PICTURES} pictures to learn from, better hundreds; there is {there}"
    text = text.replace("there is", "there are") if count > 1 else text
    return text + (f" ({', '.join(left_out[:NAMED])} could not be read)." if left_out else ".")


def _contents(files: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each file, and of each entry of each zip.

    Raises:
        UserError: for no files, and for zips that cannot or should not be unpacked.
    """
    if not files:
        raise UserError("Choose some pictures first, or a zip of pictures.")
    unpacked = 0
    for path in files:
        if not zipfile.is_zipfile(path):
            yield path.name, path.read_bytes() if path.stat().st_size <= MAX_FILE else b""
            continue
        for name, content in _entries(path):
            unpacked += len(content)
            if unpacked > MAX_BYTES:
                raise UserError(f"{_short(path.name)} unpacks to more than {MAX_BYTES // 10**6} MB; make it smaller.")
            yield name, content


def _entries(path: Path) -> Iterator[tuple[str, bytes]]:
    archive = _short(path.name)
    try:
        with zipfile.ZipFile(path) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir() and not _hidden(entry.filename)]
            if not entries:
                raise UserError(f"{archive} is empty.")
            if len(entries) > MAX_ENTRIES:
                raise UserError(f"{archive} has {len(entries):,} files; at most {MAX_ENTRIES:,} are looked at.")
            if any(entry.flag_bits & 1 for entry in entries):
                raise UserError(f"{archive} is locked with a password; send it without one.")
            for entry in entries:
                with opened.open(entry) as stream:
                    content = stream.read(MAX_FILE + 1)  # whatever size the entry claims
                if len(content) > MAX_FILE:
                    raise UserError(
                        f"{_short(entry.filename)} in {archive} unpacks to more than {MAX_FILE // 10**6} MB."
                    )
                yield entry.filename, content
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError) as error:
        raise UserError(f"{archive} is damaged, or no zip that can be read here ({error}).") from error


def _hidden(name: str) -> bool:
    """Tell what the systems of the people who pack archives add on their own."""
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or parts[-1:] == ("Thumbs.db",) or (bool(parts) and parts[-1].startswith("."))


def _short(name: str) -> str:
    last = PurePosixPath(name.replace("\\", "/")).name or name
    return last if len(last) <= 40 else last[:37] + "..."
