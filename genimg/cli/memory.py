"""What a picture remembers of how it was made, from the shell."""

import json
import math
from pathlib import Path
from typing import Annotated

import typer

from genimg.cli.shared import PICTURES, Out, format_of, say, write
from genimg.core.recipes import Recipe

app = typer.Typer()
Made = Annotated[Path, typer.Argument(help="a picture that was made here")]
Of = Annotated[
    list[Path] | None, typer.Option(help="what it was made of, where that has no recipe; several if need be")
]


@app.command()
def info(
    picture: Made,
    whole: Annotated[bool, typer.Option("--json", help="the whole recipe, as it lies in the file")] = False,
) -> None:
    """Tell how a picture was made: the operation, its parameters, the model, and what it was made of."""
    from genimg.core import recipes

    recipe = recipes.read(picture)
    if whole:
        typer.echo(json.dumps(json.loads(recipes.text(recipe)), indent=2, ensure_ascii=False))
        return
    typer.echo("\n".join(_lines(recipe)))


def _lines(recipe: Recipe, margin: str = "") -> list[str]:
    width, height = recipe.size
    lines = [f"{margin}{recipe.operation}, {width} x {height}"]
    lines += [
        f"{margin}  {name}: {json.dumps(value, ensure_ascii=False)}"
        for name, value in recipe.parameters.items()
        if value not in (None, [], {})
    ]
    for name, one in recipe.sources.items():
        lines.append(f"{margin}  {name}: {one.name or 'a picture'}, pixels {one.pixels}")
        lines += _lines(one.recipe, margin + "    ") if one.recipe else []
    return lines


@app.command()
def again(
    picture: Made,
    out: Out,
    of: Of = None,
) -> None:
    """Make a picture again as its file says, from what it was made of: the same bytes, by the same version."""
    from genimg.core import recipes
    from genimg.core.images import open_image
    from genimg.studio.again import BY_THE_CLOCK
    from genimg.studio.again import again as remade

    format_of(out, PICTURES)
    recipe = recipes.read(picture)
    if recipe.operation in BY_THE_CLOCK:
        say(f"{recipe.operation} works by the clock, so the picture will be like that one, not the same.", out)
    made = remade(recipe, [open_image(one, alpha=True) for one in of or []])
    write(made, out, recipe.quality or 92)


@app.command()
def grid(
    picture: Made,
    out: Out,
    x: Annotated[str, typer.Option(help="what varies from left to right, as in seed=1..5 or guidance=1,2,4")] = "",
    y: Annotated[str, typer.Option(help="what varies from top to bottom, as in 'truncation=0.4..1 [4]'")] = "",
    z: Annotated[str, typer.Option(help="what varies from block to block")] = "",
    of: Of = None,
) -> None:
    """Make a picture again and again with one to three of its parameters varied, as one labelled sheet."""
    from genimg.core import recipes
    from genimg.core.images import open_image
    from genimg.studio import grids

    format_of(out, PICTURES)
    recipe = recipes.read(picture)
    axes = [grids.axis(text) for text in (x, y, z) if text]
    made: list[grids.Cell] = []
    total = math.prod(len(one.values) for one in axes)
    for cell in grids.cells(recipe, axes, [open_image(one, alpha=True) for one in of or []]):
        made.append(grids.kept(cell))
        if cell.problem:
            say(f"{len(made)} of {total}: {cell.problem}", out)
    write(grids.sheet(recipe, axes, made)[0], out, 92)
