"""What the commands share: arguments that several take, progress bars, and files in the format of their ending."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from PIL import Image
from tqdm import tqdm

from genimg.checkpoints import replace_file
from genimg.core.errors import UserError
from genimg.core.steps import Step

PICTURES: Mapping[str, Any] = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
STDOUT = Path("-")
MAX_TEXT = 10_000_000  # bytes of a text file
T = TypeVar("T")


def folder(out: Path | None) -> Path | None:
    """Return a folder to write into, which need not be there yet; asked before the work, as `format_of` does."""
    if out is None:
        return None
    if out == STDOUT:
        raise UserError("This writes many files, which cannot go to the standard output; name a folder with --out.")
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file; name a folder.")
    _writable(next(parent for parent in (out, *out.absolute().parents) if parent.exists()))
    return out


Out = Annotated[Path, typer.Option(help="file to write, its ending chooses the format; - writes a PNG to stdout")]
Outs = Annotated[
    Path,
    typer.Option(
        help="file to write, its ending chooses the format; - writes a PNG to stdout. Of a folder of pictures a folder"
    ),
]
Notes = Annotated[bool, typer.Option(help="keep the photo's date, camera and copyright; never the place")]
Film = Annotated[Path, typer.Option(help="a .gif or .mp4 to write; - writes a GIF to stdout")]
Folder = Annotated[Path, typer.Option(callback=folder, help="folder of the run; a run that is there is continued")]


def known(name: str | None) -> str | None:
    """Let a checkpoint in any folder, as a training leaves it, go by its path."""
    from genimg import checkpoints

    if name and (Path(name) / checkpoints.CONFIG).is_file():
        checkpoints.add(name, Path(name))
    return name


Name = Annotated[str, typer.Argument(help="a checkpoint that `list` shows, or the folder of one", callback=known)]
Truncation = Annotated[float | None, typer.Option(help="0 to 1.5; lower is more typical")]
Classes = Annotated[
    list[str] | None, typer.Option("--class", help="of a conditional model, as attribute=value: class=Coat")
]
Prompt = Annotated[str | None, typer.Option(help='of a conditional model, in words: "an old man with round glasses"')]
Steps = Annotated[int | None, typer.Option(help="of a flow, 4 to 30: from noise to a picture")]
Guidance = Annotated[float | None, typer.Option(help="of a flow, 1 to 4: more obeys better and varies less")]
Solver = Annotated[str | None, typer.Option(help="of a flow: euler, or heun, which takes twice as long")]
Enlarge = Annotated[bool, typer.Option("--enlarge", help="draw each picture four times larger, for drawings")]
Hub = Annotated[bool, typer.Option("--hub", help="fetch the checkpoint user/name from the Hugging Face Hub")]


def fetch(name: str, hub: bool) -> None:
    """Fetch a checkpoint from the Hub if that was asked for."""
    if hub:
        from genimg.hub import fetch

        fetch(name)


def films() -> Mapping[str, Any]:
    """Return what encodes a film, by the ending of its file."""
    from genimg.core.images import encode_gif, encode_mp4

    return {".gif": encode_gif, ".mp4": encode_mp4}


def pair(text: str) -> tuple[str, str]:
    """Read ``attribute=value``."""
    name, separator, value = text.partition("=")
    if not separator:
        raise UserError(f"Write attribute=value; got {text!r}.")
    return name, value


def setting(text: str) -> tuple[str, Any]:
    """Read ``name=value``, the value as JSON where it is that."""
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except (json.JSONDecodeError, RecursionError):  # the latter of brackets in brackets in brackets
        return name, value


def read_text(path: Path) -> str:
    """Return what a text file says."""
    with path.open("rb") as opened:
        content = opened.read(MAX_TEXT + 1)
    if len(content) > MAX_TEXT:
        raise UserError(f"{path} is larger than {MAX_TEXT // 1_000_000} MB.")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise UserError(f"{path} is not a text file.") from None


def write(image: Image.Image, out: Path, quality: int = 92) -> None:
    """Write a picture in the format that the file's ending names."""
    from genimg.core.images import encode

    write_bytes(encode(image, format_of(out), quality=quality), out)


def write_bytes(content: bytes, out: Path) -> None:
    """Write a file whole or not at all, so that a full disk spoils no older one; "-" is the standard output."""
    if out == STDOUT:
        typer.echo(content, nl=False)
        return
    out = out.resolve()  # what a link points to is written, and the link stays
    try:
        if out.exists() and not out.is_file():
            out.write_bytes(content)  # a device
        else:
            replace_file(out, content)
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror}.") from error


def say(text: str, out: Path) -> None:
    """Tell a person what came out, beside the file; on stderr if the file itself goes to the standard output."""
    typer.echo(text, err=out == STDOUT)


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows of words in columns as wide as their longest word."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def format_of(out: Path, formats: Mapping[str, T] = PICTURES) -> T:
    """Return what the file's ending stands for; asked before the work, so that a wrong name costs no time.

    "-" is the standard output, which takes the first of the formats.
    """
    if out == STDOUT:
        if sys.stdout.isatty():
            raise UserError("A picture cannot be shown in a terminal; send it on with > or |, or name a file.")
        return next(iter(formats.values()))
    if out.suffix.lower() not in formats:
        raise UserError(f"The file to write must end in {', '.join(formats)}; got {out.name!r}.")
    if not out.parent.is_dir():
        raise UserError(f"There is no folder {out.parent}.")
    if out.is_dir():
        raise UserError(f"{out} is a folder; name a file.")
    _writable(out.parent)
    return formats[out.suffix.lower()]


def _writable(folder: Path) -> None:
    if not folder.is_dir():
        raise UserError(f"{folder} is no folder.")
    if not os.access(folder, os.W_OK):
        raise UserError(f"Nothing can be written into {folder.absolute()}.")


def each(pictures: Path, out: Path, make: Callable[[Path, T], bytes], formats: Mapping[str, T], **facts: Any) -> None:
    """Make a file of every picture of a folder, over the processes of `accelerate launch`; done ones are kept.

    Args:
        pictures: the folder.
        out: the folder of the files.
        make: given a picture and a format, returns the file.
        formats: by the endings of files; the first is for pictures with another ending.
        facts: the command's options: a folder of files made with others is not gone on with.
    """
    from genimg.studio import bulk

    folder(out)
    follow(bulk.each(pictures, lambda a, b: make(a, formats[b]), folder=out, facts=facts, endings=[*formats]))


def is_main() -> bool:
    """Say whether this is the one process of `accelerate launch` that speaks for all."""
    return os.environ.get("RANK", "0") == "0"


def follow(steps: Iterator[Step]) -> Step | None:
    """Show long work as a progress bar; return its last step, or None if there was nothing to do."""
    step = None
    with tqdm(unit="step", miniters=1, mininterval=0.1 if sys.stderr.isatty() else 30, disable=not is_main()) as bar:
        for step in steps:
            bar.total = step.total
            shown = {k.split("/")[-1]: f"{v:.3g}" for k, v in step.metrics.items() if k not in ("seconds", "eta")}
            bar.set_postfix(shown, refresh=False)
            bar.update(step.index - bar.n)
    return step
