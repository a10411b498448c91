"""Random art from the shell."""

from pathlib import Path
from typing import Annotated

import typer

from genimg.cli.shared import PICTURES, format_of, setting, write
from genimg.core.errors import UserError

app = typer.Typer()


@app.command()
def art(
    method: Annotated[str | None, typer.Argument(help="how to make it; without one, all are listed")] = None,
    out: Annotated[Path | None, typer.Option(help="file to write; its ending chooses the format")] = None,
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
    """Make a picture of nothing but a seed; a PNG remembers what made it."""
    from genimg.studio import art as studio
    from genimg.studio.sampler import png_with_facts

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
    if out.suffix.lower() == ".png":
        facts = {"art": method, "seed": seed, "palette": palette, "tile": tile, "parameters": parameters}
        out.write_bytes(png_with_facts(image, facts))
    else:
        write(image, out)


def _list() -> None:
    from genimg.studio import art as studio
    from genimg.studio.art_methods import METHODS

    for name, method in METHODS.items():
        typer.echo(f"{name:12}{method.label[0]}: {method.note}")
        for field in method.fields.values():
            span = f"{field.low:g} to {field.high:g}"
            typer.echo(f"    {field.name:14}{span:14}default {field.default:<8g}{field.info[0]}")
    typer.echo(f"palettes: {', '.join(studio.PALETTES)}")
