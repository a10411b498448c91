"""Pictures made of nothing but a seed, or of a sketch, from the shell."""

from pathlib import Path
from typing import Annotated

import typer

from genimg.cli.shared import PICTURES, Enlarge, Out, columns, format_of, known, setting, write
from genimg.core.errors import UserError

app = typer.Typer()


@app.command()
def art(
    method: Annotated[str | None, typer.Argument(help="how to make it; without one, all are listed")] = None,
    out: Annotated[Path | None, typer.Option(help="file to write, or - for stdout, as elsewhere")] = None,
    seed: Annotated[int, typer.Option(help="the same seed is the same picture")] = 0,
    size: Annotated[int, typer.Option(help="width, and height unless given; up to 2048")] = 1024,
    height: Annotated[int | None, typer.Option(help="if it is not to be square")] = None,
    palette: Annotated[str, typer.Option(help="own, or one of those that the list shows")] = "own",
    tile: Annotated[bool, typer.Option("--tile", help="make its edges fit together")] = False,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", help="a parameter of the method, as name=value: octaves=6")
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="list the methods, their parameters and the palettes")] = False,
) -> None:
    """Make a picture of nothing but a seed; it remembers what made it: `info` and `again`."""
    from genimg.studio import art as studio

    if method is None or show:
        _list()
        return
    if out is None:
        raise UserError("Say with --out which file to write, for example --out art.png.")
    format_of(out, PICTURES)
    parameters = dict(setting(text) for text in assignments or [])
    image = studio.make(
        method, seed=seed, width=size, height=height, palette=palette, tile=tile, parameters=parameters
    )  # fmt: skip
    write(image, out)


def _list() -> None:
    from genimg.studio import art as studio
    from genimg.studio.art_methods import METHODS

    for name, method in METHODS.items():
        typer.echo(f"{name}: {method.label}: {method.note}")
        rows = [
            ("   ", field.name, f"{field.low:g} to {field.high:g}", f"default {field.default:g}", field.info[0])
            for field in method.fields.values()
        ]
        if rows:
            typer.echo(columns(rows))
    typer.echo(f"palettes: {', '.join(studio.PALETTES)}")


@app.command()
def draw(
    sketch: Annotated[
        Path, typer.Argument(help="a few lines, patches of colour, or both, on white; all of it is used")
    ],
    out: Out,
    model: Annotated[str | None, typer.Option(help="a checkpoint, or the folder of one", callback=known)] = None,
    large: Enlarge = False,
) -> None:
    """Draw the face that a sketch of it may mean."""
    from genimg.core.images import open_image
    from genimg.studio import draw as studio

    format_of(out)
    own, shown = studio.draw(open_image(sketch), name=model)
    write(shown if large else own, out)
