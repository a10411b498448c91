"""The shell's door to the studio: `python -m genimg ...`. Errors go to stderr, with exit code 2."""

import sys
from types import ModuleType

import typer

from genimg.cli import art, compress, models, texture, workshop
from genimg.core.errors import UserError

# Each module has an `app` of commands. A new group of commands is one line here.
GROUPS: list[ModuleType] = [models, art, texture, workshop, compress]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
for group in GROUPS:
    app.add_typer(group.app)


def main() -> None:
    """Run the command line."""
    try:
        app()
    except (UserError, OSError) as error:  # a full disk, a folder that may not be written, a port that is taken
        typer.echo(f"genimg: {error}", err=True)
        sys.exit(2)
