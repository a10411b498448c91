"""Compression from the shell."""

from pathlib import Path
from typing import Annotated

import typer

from genimg.cli.shared import PICTURES, Name, Out, format_of, known, say, write, write_bytes

app = typer.Typer()


@app.command()
def compress(
    picture: Annotated[Path, typer.Argument(help="the picture; its central square is used")],
    out: Annotated[Path, typer.Option(help="the file to write, ending in .gimg; - writes it to stdout")],
    rate: Annotated[float, typer.Option(help="0 to 1: from the fewest bytes to the best picture")] = 0.5,
    refine: Annotated[bool, typer.Option("--refine", help="search for the latent that fits this picture best")] = False,
    model: Annotated[str, typer.Option(help="a checkpoint of a VAE, or its folder", callback=known)] = "avatars-vae",
) -> None:
    """Turn a picture into a few dozen bytes, through a VAE."""
    from genimg.core.images import open_image
    from genimg.studio import compress as studio

    format_of(out, {".gimg": "gimg"})
    made = studio.compress(open_image(picture), rate=rate, refine=refine, model=model)
    write_bytes(made.file, out)
    say(f"{len(made.file)} bytes, {made.bpp:.3f} bits a pixel, PSNR {made.psnr:.2f} dB, SSIM {made.ssim:.3f}", out)


@app.command()
def decompress(
    file: Annotated[Path, typer.Argument(help="a .gimg file")],
    out: Out,
) -> None:
    """Turn a file of `compress` back into a picture."""
    from genimg.studio import compress as studio

    format_of(out, PICTURES)
    with file.open("rb") as opened:
        content = opened.read(studio.MAX_FILE + 1)
    write(studio.decompress(content), out)


@app.command()
def codec(model: Name = "avatars-vae") -> None:
    """Write the table beside a VAE's weights that compressing needs; a minute."""
    from genimg.studio import compress as studio

    typer.echo(str(studio.build(model)))
