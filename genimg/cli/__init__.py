"""The shell's door to the studio: `python -m genimg ...`. Errors go to stderr, with exit code 2."""

import sys
from types import ModuleType
from typing import Annotated

import typer

from genimg import __version__
from genimg.cli import art, compress, memory, models, texture, workshop
from genimg.core.errors import UserError

# Each module has an `app` of commands. A new group of commands is one line here.
GROUPS: list[ModuleType] = [models, art, texture, workshop, compress, memory]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
for group in GROUPS:
    app.add_typer(group.app)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"genimg {__version__}")
        raise typer.Exit


@app.callback()
def _all(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="say which version this is")
    ] = False,
) -> None:
    pass


def main(*arguments: str) -> None:
    """Run the command line.

    Args:
        arguments: instead of those that the shell gave.
    """
    try:
        app(list(arguments) or None)
    except (UserError, OSError) as error:  # a full disk, a folder that may not be written, a port that is taken
        typer.echo(f"genimg: {_sentence(error)}", err=True)
        sys.exit(2)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        text = f"{error.filename}: {error.strerror}."
    else:
        text = str(error)
    return text.encode(errors="backslashreplace").decode()  # file names may hold bytes that are no text
