"""Pictures that a stranger sends to learn from, alone or in pairs: many files or zips, made into small squares.

What is in an archive goes through the same door as any upload (see `genimg.data.archives`).
"""

import contextlib
import logging
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image

from genimg.core.errors import UserError, integer
from genimg.core.images import crop_square, encode, open_image
from genimg.data.archives import File, sent, short
from genimg.data.pairs import SIDES

log = logging.getLogger(__name__)
MIN_PICTURES = 10  # or pairs: with fewer than a batch nothing would be held out
MAX_PICTURES = 10_000
MAX_BYTES = 1_000_000_000  # of all together, unpacked
MAX_PIXELS = 2_000_000_000  # of all together, before they are made small: about a minute of decoding
NAMED = 3  # so many of the files that could not be read are named


@dataclass(frozen=True)
class Collected:
    """What became of an upload.

    Attributes:
        count: pictures that were kept, or pairs.
        left_out: names of the files that could not be read as pictures, or could not be paired.
        cut: whether pictures beyond the limits were not looked at.
        paired: whether they are pairs.
    """

    count: int
    left_out: list[str]
    cut: bool
    paired: bool = False

    def sentence(self) -> str:
        """Return what a person should know: how many were kept, and which were not."""
        words = [f"{self.count:,} {'pairs' if self.paired else 'pictures'}"]
        if self.left_out:
            why = "could not be paired" if self.paired else "could not be read"
            words.append(f"{len(self.left_out):,} {why} and are left out ({_few(self.left_out)})")
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
    maker, count = _Maker(size), 0
    with contextlib.ExitStack() as opened, _whole(folder):
        for one in sent(files, opened):
            if maker.full():
                break
            if square := maker.square(one):
                (folder / f"{count:05d}.png").write_bytes(square)
                count += 1
        if count < MIN_PICTURES:
            raise UserError(_too_few(count, maker.left_out))
    return Collected(count, maker.left_out, maker.cut)


def collect_pairs(files: Sequence[Path], folder: Path, *, size: int) -> Collected:
    """Write the pairs in zips into ``folder/input`` and ``folder/target``, as `collect` writes pictures.

    What lies in a folder called input, at any depth, becomes what has the same name in one called target; endings may
    differ, and a zip may stand for the folder that it is called after.

    Args:
        files: zips.
        folder: where to write; made here, and removed again if this fails.
        size: side in pixels, 8 to 256.

    Raises:
        UserError: for fewer than `MIN_PICTURES` pairs, two pictures of one name on one side, and as `collect`.
    """
    maker, count = _Maker(size), 0
    with contextlib.ExitStack() as opened, _whole(folder):
        pairs, alone = _matched(sent(files, opened))
        for side in SIDES:
            (folder / side).mkdir()
        for both in pairs:
            if maker.full():
                break
            squares = [square for one in both if (square := maker.square(one))]
            if len(squares) < len(SIDES):
                continue
            for side, square in zip(SIDES, squares, strict=True):
                (folder / side / f"{count:05d}.png").write_bytes(square)
            count += 1
        left_out = maker.left_out + alone
        if count < MIN_PICTURES:
            raise UserError(_too_few_pairs(count, left_out))
    return Collected(count, left_out, maker.cut, paired=True)


def _matched(files: Iterable[File]) -> tuple[list[tuple[File, File]], list[str]]:
    """Return pairs of files, input and target, and the names of those that have no partner.

    Raises:
        UserError: if there is not one pair, or two pictures have one name on one side.
    """
    found: dict[str, dict[PurePosixPath, File]] = {side: {} for side in SIDES}
    alone = []
    for one in files:
        *folders, last = one.path.parts
        place = next((i for i in reversed(range(len(folders))) if folders[i].lower() in SIDES), None)
        if place is None:
            alone.append(short(last))
            continue
        named, name = found[folders[place].lower()], PurePosixPath(*folders[place + 1 :], last).with_suffix("")
        if name in named:
            raise UserError(f"There are two pictures named {short(name.name)} in {folders[place]}; keep one of them.")
        named[name] = one
    inputs, targets = found.values()
    for side in SIDES:
        if not found[side]:
            raise UserError(f"There is no file in a folder named {side}: send a zip of the folders input and target.")
    alone += [short(str(name)) for name in sorted(inputs.keys() ^ targets.keys())]
    pairs = [(inputs[name], targets[name]) for name in sorted(inputs.keys() & targets.keys())]
    if not pairs:
        raise UserError("No picture in the folder input has a partner of the same name in the folder target.")
    return pairs, alone


class _Maker:
    """Makes small squares of the pictures of an upload, within the limits.

    Attributes:
        left_out: names of the files that could not be read as pictures.
        cut: whether there was more than fits.
    """

    def __init__(self, size: int) -> None:
        self.size = integer("Size", size, 8, 256)
        self.left_out: list[str] = []
        self.cut = False
        self._count = self._pixels = self._bytes = 0

    def full(self) -> bool:
        """Say, before one more is made, whether it would be too much."""
        self.cut = self._count >= MAX_PICTURES or self._pixels >= MAX_PIXELS
        return self.cut

    def square(self, one: File) -> bytes | None:
        """Return a picture as a PNG, or None if it is none.

        Raises:
            UserError: if all together unpack to more than fits.
        """
        content = one.read()
        self._bytes += len(content)
        if self._bytes > MAX_BYTES:
            raise UserError(
                f"{short(one.path.parts[0])} unpacks to more than {MAX_BYTES // 10**6} MB; make it smaller."
            )
        try:
            picture = open_image(content, tell=log.debug)
        except UserError:
            self.left_out.append(short(one.path.name))
            return None
        self._count += 1
        self._pixels += picture.width * picture.height
        return encode(crop_square(picture)[0].resize((self.size, self.size), Image.Resampling.LANCZOS))


@contextlib.contextmanager
def _whole(folder: Path) -> Iterator[None]:
    """Make a folder, and remove it again if filling it fails."""
    folder.mkdir(parents=True)
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _too_few(count: int, left_out: Sequence[str]) -> str:
    there = "one picture" if count == 1 else f"{count} pictures" if count else "no picture that can be read"
    text = f"A network needs at least {MIN_PICTURES} pictures to learn from, better hundreds; there is {there}"
    text = text.replace("there is", "there are") if count > 1 else text
    return text + (f" ({', '.join(left_out[:NAMED])} could not be read)." if left_out else ".")


def _too_few_pairs(count: int, left_out: Sequence[str]) -> str:
    text = f"A network needs at least {MIN_PICTURES} pairs to learn from, better hundreds; it would have {count}"
    return text + (f" ({_few(left_out)} could not be paired)." if left_out else ".")


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")
