"""Commands that change a photo: cut a thing out, fill what is missing, restore, remix or enlarge the whole."""

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image

from genimg.cli.shared import (
    PICTURES,
    Notes,
    Out,
    Outs,
    each,
    follow,
    format_of,
    known,
    read_text,
    say,
    write,
    write_bytes,
)
from genimg.core.errors import UserError
from genimg.core.steps import Step

app = typer.Typer()

Picture = Annotated[Path, typer.Argument(help="a photo")]
Pictures = Annotated[Path, typer.Argument(help="a picture, or a folder of them")]
Strokes = Annotated[
    Path | None,
    typer.Option(help='JSON file such as [{"kind": "...", "width": 0.03, "points": [[0.2, 0.4], [0.3, 0.5]]}]'),
]


@app.command()
def cutout(
    picture: Pictures,
    out: Outs,
    strokes: Strokes = None,
    person: Annotated[bool, typer.Option("--person", help="cut out the person in it; strokes correct that")] = False,
    softness: Annotated[float, typer.Option(help="0 to 0.1, how wide a border is searched for hair")] = 0.02,
    background: Annotated[str, typer.Option(help="transparent (PNG, WebP), colour, blur or picture")] = "transparent",
    colour: Annotated[str, typer.Option(help="of the background, such as #ffffff")] = "#ffffff",
    behind: Annotated[Path | None, typer.Option(help="picture for the background of this name")] = None,
) -> None:
    """Cut a thing out of a photo. Kinds of strokes: keep, remove, box; without any, a person or a large box."""
    from genimg.core.images import encode, open_image
    from genimg.studio import cutout as studio

    lines, clear = _read(strokes), background == "transparent"

    def cut(photo: Image.Image, person: bool = person, wait: bool = True) -> Image.Image:
        made = studio.cut(photo, lines, softness=softness, person=person, wait=wait)
        scene = None if behind is None else open_image(behind)
        return studio.full(photo, made, background=background, colour=colour, picture=scene)

    if picture.is_dir():
        cut(_tried(), person=False, wait=False)
        formats = {ending: format for ending, format in PICTURES.items() if not (clear and format == "JPEG")}
        facts = {"strokes": lines, "softness": softness, "person": person, "background": background, "colour": colour}
        facts |= {"behind": str(behind)}
        each(picture, out, lambda path, format: encode(cut(open_image(path)), format), formats, cutout=facts)
        return
    if format_of(out) == "JPEG" and clear:
        raise UserError("JPEG has no transparency; write a .png or .webp, or choose a background.")
    write(cut(open_image(picture)), out)


@app.command()
def repair(
    picture: Picture,
    out: Out,
    strokes: Strokes = None,
    mask: Annotated[Path | None, typer.Option(help="a picture, light where something is to be filled")] = None,
    scratches: Annotated[bool, typer.Option("--scratches", help="look for scratches and dust, and fill them")] = False,
    method: Annotated[str, typer.Option(help="patchmatch, biharmonic, telea or imagine")] = "patchmatch",
    model: Annotated[str | None, typer.Option(help="imagine: a model of faces, or its folder", callback=known)] = None,
    seconds: Annotated[float, typer.Option(help="imagine: time to spend, 1 to 60")] = 12,
    seed: Annotated[int, typer.Option(help="of the search")] = 0,
) -> None:
    """Fill what is missing or in the way. Kinds of strokes: damage, keep, avoid."""
    from genimg.core.images import open_image, to_pil
    from genimg.studio import repair as studio

    format_of(out)
    photo, lines = open_image(picture), _read(strokes)
    proposal = studio.propose(photo) if scratches else None
    if method == "imagine":
        name = model or next(iter(studio.models()), None)
        last = follow(studio.imagine(name, photo, lines, proposal=proposal, seconds=seconds, seed=seed))
        assert last is not None and last.image is not None
        write(to_pil(last.image)[0], out)
        if studio.strange(last):
            say(f"{picture.name} is unlike all that {name} knows.", out)
        return
    light = None if mask is None else open_image(mask)
    write(studio.fill(photo, lines, method=method, proposal=proposal, mask=light, seed=seed), out)


@app.command()
def restore(
    picture: Pictures,
    out: Outs,
    method: Annotated[str, typer.Option(help="denoise, deblur or jpeg")] = "denoise",
    strength: Annotated[float, typer.Option(help="0.2 to 3; 1 for what seems right")] = 1.0,
    blur: Annotated[float, typer.Option(help="deblur: radius in pixels, up to 8; 0: measured")] = 0,
    quality: Annotated[int, typer.Option(help="jpeg: quality of the compression, up to 95; 0: measured")] = 0,
) -> None:
    """Make a whole picture better: less noise, less blur, fewer traces of JPEG. What is wrong with it is measured."""
    from genimg.core.images import encode, open_image
    from genimg.studio.restore import restore as restored

    how: dict[str, Any] = {"method": method, "strength": strength, "blur": blur, "quality": quality}
    if picture.is_dir():
        restored(_tried(), **how)
        each(
            picture, out, lambda path, format: encode(restored(open_image(path), **how)[0], format), PICTURES,
            restore=how,
        )  # fmt: skip
        return
    format_of(out)
    made, said = restored(open_image(picture), **how)
    write(made, out)
    say(said, out)


@app.command()
def remix(
    picture: Picture,
    out: Out,
    mode: Annotated[str, typer.Option(help="vary, reshape or layout")] = "vary",
    layout: Annotated[Path | None, typer.Option(help="layout: a picture that says what is where")] = None,
    freedom: Annotated[float, typer.Option(help="vary: 0 to 1, how far from the photo")] = 0.2,
    shape: Annotated[float, typer.Option(help="reshape: 0.3 to 3.5, width by height")] = 2.0,
    kept: Annotated[float, typer.Option(help="layout: 0 to 1, how fine the details are that stay")] = 0.7,
    size: Annotated[int, typer.Option(help="128 to 1024, the longer side in pixels")] = 512,
    tile: Annotated[bool, typer.Option("--tile", help="repeats without a seam; not for reshape")] = False,
    seed: Annotated[int, typer.Option(help="the same seed makes the same picture")] = 0,
) -> None:
    """Make another picture of a photo's patches: one like it, of another shape, or after another layout."""
    from genimg.core.images import finished, open_image
    from genimg.studio import remix as studio

    format_of(out)
    other = None if layout is None else open_image(layout)
    last = follow(
        studio.remix(
            open_image(picture), mode=mode, layout=other, freedom=freedom, shape=shape, kept=kept, size=size, tile=tile,
            seed=seed,
        )
    )  # fmt: skip
    assert last is not None
    write(finished(last), out)


@app.command()
def enlarge(
    picture: Pictures,
    out: Outs,
    times: Annotated[int, typer.Option(help="2, 3 or 4; the longer side may have 4096 pixels then")] = 2,
    kind: Annotated[str, typer.Option(help="auto, drawing or photo")] = "auto",
    notes: Notes = True,
) -> None:
    """Make a picture two, three or four times as wide and as high; what is see-through stays so in PNG and WebP."""
    from genimg.core.images import open_image
    from genimg.studio import enlarge as studio
    from genimg.studio.edit import save

    def larger(path: Path, format: str, take: Callable[[Iterator[Step]], Step | None]) -> bytes:
        source = open_image(path, alpha=True)
        last = take(studio.magnify(source, times=times, kind=kind))
        assert last is not None
        return save(studio.finished(last, source), format, notes=notes)[0]

    if picture.is_dir():
        studio.magnify(_tried(), times=times, kind=kind)
        each(
            picture, out, lambda path, format: larger(path, format, lambda steps: deque(steps, 1).pop()), PICTURES,
            enlarge={"times": times, "kind": kind} | ({} if notes else {"notes": False}),
        )  # fmt: skip
        return
    format: str = format_of(out)
    write_bytes(larger(picture, format, follow), out)


def _tried() -> Image.Image:
    """Return a small picture to try options on, so that a wrong one is a sentence before a folder is begun."""
    return Image.linear_gradient("L").resize((32, 32)).convert("RGB")


def _read(strokes: Path | None) -> str | None:
    return None if strokes is None else read_text(strokes)
