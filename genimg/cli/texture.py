"""Commands on textures: a larger one from a sample, and training of an automaton that grows one."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from genimg.cli.shared import Folder, Out, follow, format_of, write
from genimg.core.errors import choice, integer, number

app = typer.Typer()
METHODS = ("quilt", "neural")


@app.command()
def texture(
    picture: Annotated[Path, typer.Argument(help="a sample of the texture")],
    out: Out,
    method: Annotated[str, typer.Option(help="quilt sews patches, neural optimises deep features")] = "quilt",
    size: Annotated[int, typer.Option(help="side in pixels: 128 to 2048, neural to 1024")] = 512,
    sample: Annotated[int, typer.Option(help="48 to 384, longer side of the sample in pixels of the result")] = 192,
    block: Annotated[int, typer.Option(help="quilt: 12 to 128 pixels")] = 48,
    overlap: Annotated[float, typer.Option(help="quilt: 0.1 to 0.45 of a block")] = 0.25,
    statistic: Annotated[str, typer.Option(help="neural: wasserstein or gram")] = "wasserstein",
    start: Annotated[str, typer.Option(help="neural: quilt or noise")] = "quilt",
    tile: Annotated[bool, typer.Option("--tile", help="repeats without a seam")] = False,
    seed: Annotated[int, typer.Option(help="the same seed makes the same texture")] = 0,
    seconds: Annotated[float, typer.Option(help="neural: time to spend, 2 to 300")] = 30,
) -> None:
    """Make a larger texture from a sample of it."""
    from genimg.core.images import finished, open_image
    from genimg.studio import texture as studio

    format_of(out)
    choice("--method", method, METHODS)
    common: dict[str, Any] = {"sample": sample, "tile": tile, "seed": seed}
    if method == "quilt":
        work = studio.quilt(open_image(picture), width=size, height=size, block=block, overlap=overlap, **common)
    else:
        work = studio.synthesize(
            open_image(picture), size=size, statistic=statistic, start=start, seconds=seconds, **common
        )
    last = follow(work)
    assert last is not None
    write(finished(last), out)


@app.command("texture-grow")
def grow(
    picture: Annotated[Path, typer.Argument(help="a sample of the texture; its central square is used")],
    out: Folder,
    minutes: Annotated[float, typer.Option(help="time budget of the run")] = 3.0,
    seed: Annotated[int, typer.Option(help="of first weights and chance")] = 0,
    pool: Annotated[int, typer.Option(help="1 to 256 states that live on from step to step")] = 8,
    reseed: Annotated[int, typer.Option(help="4 to 1000: late steps between two new states")] = 32,
) -> None:
    """Train a cellular automaton that grows a texture; the same command goes on where it stopped."""
    from genimg.core.images import open_image
    from genimg.core.runtime import MAX_SEED, device_name
    from genimg.training import nca

    minutes, seed = number("--minutes", minutes, 0.01, 1e5), integer("--seed", seed, 0, MAX_SEED)
    pool, reseed = integer("--pool", pool, 1, 256), integer("--reseed", reseed, 4, 1000)
    last = follow(nca.grow(open_image(picture), out, minutes=minutes, seed=seed, pool=pool, reseed=reseed))
    if last is not None:
        command = "python -m genimg " + shlex.join(sys.argv[1:])
        nca.write_card(out / "checkpoint", command=command, hardware=device_name(), minutes=minutes, steps=last.index)
    typer.echo(f"The checkpoint is in {out / 'checkpoint'}.")
