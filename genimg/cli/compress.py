"""Compression from the shell."""

from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from genimg.cli.shared import PICTURES, Name, Out, each, format_of, known, say, write, write_bytes

app = typer.Typer()


@app.command()
def compress(
    picture: Annotated[Path, typer.Argument(help="a picture, its central square is used; or a folder of them")],
    out: Annotated[
        Path, typer.Option(help="file to write, ending in .gimg; - writes it to stdout. Of a folder a folder")
    ],
    rate: Annotated[float, typer.Option(help="0 to 1: from the fewest bytes to the best picture")] = 0.5,
    refine: Annotated[bool, typer.Option("--refine", help="search for the latent that fits this picture best")] = False,
    model: Annotated[str, typer.Option(help="a checkpoint of a VAE, or its folder", callback=known)] = "avatars-vae",
) -> None:
    """Turn a picture into a few dozen bytes, through a VAE."""
    from genimg.core.images import open_image
    from genimg.studio import compress as studio

    formats = {".gimg": "gimg"}

    def compressed(path: Path) -> studio.Compressed:
        return studio.compress(open_image(path), rate=rate, refine=refine, model=model)

    if picture.is_dir():
        studio.compress(Image.new("RGB", (64, 64)), rate=rate, model=model)  # a wrong option is a sentence at once
        how = {"rate": rate, "refine": refine, "model": model}
        each(picture, out, lambda path, _: compressed(path).file, formats, compress=how)
        return
    format_of(out, formats)
    made = compressed(picture)
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
