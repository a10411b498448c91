"""What the commands share: arguments that several take, progress bars, and files in the format of their ending."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from PIL import Image
from tqdm import tqdm

from genimg.core.errors import UserError
from genimg.core.steps import Step

PICTURES: Mapping[str, Any] = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
T = TypeVar("T")

Out = Annotated[Path, typer.Option(help="file to write; its ending chooses the format")]
Name = Annotated[str, typer.Argument(help="a checkpoint; `list` shows them")]


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
    except json.JSONDecodeError:
        return name, value


def write(image: Image.Image, out: Path, quality: int = 92) -> None:
    """Write a picture in the format that the file's ending names."""
    from genimg.core.images import encode

    out.write_bytes(encode(image, format_of(out), quality=quality))


def format_of(out: Path, formats: Mapping[str, T] = PICTURES) -> T:
    """Return what the file's ending stands for; asked before the work, so that a wrong name costs no time."""
    if out.suffix.lower() not in formats:
        raise UserError(f"The file to write must end in {', '.join(formats)}; got {out.name!r}.")
    if not out.parent.is_dir():
        raise UserError(f"There is no folder {out.parent}.")
    return formats[out.suffix.lower()]


def is_main() -> bool:
    """Say whether this is the one process of `accelerate launch` that speaks for all."""
    return os.environ.get("RANK", "0") == "0"


def follow(steps: Iterator[Step]) -> Step | None:
    """Show long work as a progress bar; return its last step, or None if there was nothing to do."""
    step = None
    with tqdm(unit="step", mininterval=0.1 if sys.stderr.isatty() else 30, disable=not is_main()) as bar:
        for step in steps:
            bar.total = step.total
            shown = {k.split("/")[-1]: f"{v:.3g}" for k, v in step.metrics.items() if k not in ("seconds", "eta")}
            bar.set_postfix(shown, refresh=False)
            bar.update(step.index - bar.n)
    return step
