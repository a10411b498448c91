"""Commands on models and photos: sample, train, evaluate, style, edit and their like."""

import json
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image

from genimg.cli.shared import (
    PICTURES,
    STDOUT,
    Classes,
    Enlarge,
    Film,
    Folder,
    Guidance,
    Hub,
    Name,
    Notes,
    Out,
    Outs,
    Prompt,
    Solver,
    Steps,
    Truncation,
    columns,
    each,
    fetch,
    films,
    folder,
    follow,
    format_of,
    is_main,
    known,
    pair,
    say,
    setting,
    write,
    write_bytes,
)
from genimg.core.errors import UserError, choice, integer, number

app = typer.Typer()


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False) -> None:
    """List the checkpoints, the best of a kind first, each with what it draws."""
    from genimg import checkpoints

    found = checkpoints.available()
    if as_json:
        known = [{"name": c.name, "architecture": c.architecture, "line": c.line(), **c.config} for c in found]
        typer.echo(json.dumps(known))
    elif found:
        typer.echo(columns([(c.name, c.architecture, c.line()) for c in found]))
    for c in checkpoints.broken():
        typer.echo(f"{c.name} cannot be used: {c.problem}", err=True)


@app.command("app")
def app_() -> None:
    """Start the studio in the browser; GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say where it listens."""
    from genimg.core import places

    port = os.environ.get("GRADIO_SERVER_PORT", "7860")
    integer("GRADIO_SERVER_PORT", int(port) if port.isdecimal() else port, 1, 65_535)
    if places.warning():
        typer.echo(places.warning(), err=True)
    from genimg.ui.app import launch

    launch()


@app.command()
def sample(
    name: Name,
    out: Annotated[
        Path, typer.Option(help="a file, or - for stdout, for a grid of at most 64; or a folder for any number")
    ],
    seed: Annotated[int, typer.Option(help="picture i has seed + i")] = 0,
    count: Annotated[int, typer.Option(help="how many pictures")] = 1,
    truncation: Truncation = None,
    asked: Classes = None,
    prompt: Prompt = None,
    steps: Steps = None,
    guidance: Guidance = None,
    solver: Solver = None,
    way: Annotated[
        bool, typer.Option("--way", help="of a flow: from noise to the picture, in a row, or as a .gif or .mp4")
    ] = False,
    large: Enlarge = False,
    hub: Hub = False,
) -> None:
    """Draw pictures from a trained model, in the model's own size or enlarged.

    Into a folder, the work is spread over the processes of `accelerate launch`, and the same command resumes it.
    """
    from genimg.core.images import grid
    from genimg.studio import bulk, steering, ways
    from genimg.studio.enlarge import enlarge, filmed

    one, moving = bool(out.suffix) or out == STDOUT or way, way and out.suffix.lower() in films()
    encode: Any = format_of(out, {**PICTURES, **films()} if way else PICTURES) if one else folder(out)
    if way and count != 1:
        raise UserError("--way shows one picture; leave out --count.")
    kind, chosen = _asked(name, hub, truncation, asked, prompt, steps, guidance, solver)
    if moving:
        frames = filmed(ways.way(name, kind, seed=seed, frames=ways.FRAMES, **chosen), enlarged=large)
        write_bytes(encode(ways.held(frames, ways.FPS), fps=ways.FPS), out)
    elif way:
        images = ways.way(name, kind, seed=seed, **chosen)
        write(grid(enlarge(images) if large else images, columns=len(images), gap=0), out)
    elif one and count == 1:
        write(steering.picture(model=name, seed=seed, enlarged=large, **chosen), out)
    elif one:
        write(steering.contact_sheet(model=name, seed=seed, count=count, enlarged=large, framed=False, **chosen), out)
    else:
        follow(bulk.sample(name, kind, folder=out, seed=seed, count=count, large=large, **chosen))


@app.command()
def mix(
    name: Name,
    out: Out,
    seed: Annotated[int, typer.Option(help="of the picture")] = 0,
    styles: Annotated[int, typer.Option(help="the seed whose styles some of its layers take")] = 1,
    layers: Annotated[
        str, typer.Option(help="which: 1-4 for pose and shape, 5-8 for features, 9- for colours, or so")
    ] = "5-",
    truncation: Annotated[float, typer.Option(help="0 to 1.5; below 1 more typical, above it more unusual")] = 1.0,
    noise: Annotated[int | None, typer.Option(help="a seed for details that are left to chance")] = None,
) -> None:
    """Mix two pictures of a StyleGAN2: the layers of one, some in the style of another."""
    from genimg.studio import mixing

    first, dash, last = layers.partition("-")
    if not dash or not first.isdecimal() or not (last.isdecimal() or not last):
        raise UserError(f"--layers must be like 5-8, or 5- for the rest; got {layers[:40]!r}.")
    numbers = {"first": int(first), "last": int(last) if last else None}
    write(mixing.mix(name, seed=seed, styles=styles, truncation=truncation, noise=noise, **numbers), out)


@app.command()
def project(
    name: Name,
    image: Annotated[Path, typer.Argument(help="a picture; its central square is used")],
    out: Out,
    prompt: Prompt = None,
    seconds: Annotated[float, typer.Option(help="1 to 60, to search for; a flow takes its own time")] = 10.0,
    seed: Annotated[int, typer.Option(help="of the starts")] = 0,
) -> None:
    """Find a picture of your own in a model's latent space, and draw it from there, changed in words or as it is."""
    from genimg.core.images import open_image
    from genimg.studio import projecting

    changed = _in_words(name, prompt)
    found = projecting.found(name, open_image(image), seconds=seconds, seed=seed)
    write(projecting.drawn(name, found, changed), out)
    say(f"PSNR {found.psnr:.1f} dB", out)
    if projecting.strange(name, found):
        say("This model knows no such pictures: it found another one in its place.", out)


def _asked(
    name: str,
    hub: bool,
    truncation: float | None,
    asked: list[str] | None,
    prompt: str | None,
    steps: int | None,
    guidance: float | None,
    solver: str | None,
) -> tuple[str, dict[str, Any]]:
    """Return the kind of a model that draws from seeds, and what it is asked with besides them."""
    from genimg import checkpoints
    from genimg.studio.handles import Autoencoder, Generator, load

    model = load(name, hub=hub)
    if not isinstance(model, Generator | Autoencoder):
        raise UserError(f"{name} draws no pictures from a seed.")
    kind = "vae" if isinstance(model, Autoencoder) else checkpoints.find(name).architecture
    return kind, {
        "truncation": (0.8 if kind == "vae" else 1.0) if truncation is None else truncation,
        "classes": _in_words(name, prompt) | dict(pair(text) for text in asked or ()) or None,
        "steps": steps,
        "guidance": guidance,
        "solver": solver,
    }


def _in_words(name: str, prompt: str | None) -> dict[str, Any]:
    """Return the classes that a line asks for, and say which of its words mean nothing to the model."""
    from genimg import checkpoints
    from genimg.studio.words import understand

    if prompt is None:
        return {}
    known = checkpoints.classes(name)
    if not known:
        raise UserError(f"{name} draws nothing by words; a conditional model does.")
    words = understand(prompt, known)
    if words.unknown:
        typer.echo(f"Not understood: {', '.join(words.unknown)}.", err=True)
    return dict(words.classes)


@app.command()
def reconstruct(
    name: Name,
    picture: Annotated[Path, typer.Argument(help="any picture; its central square is used")],
    out: Out,
    as_json: Annotated[bool, typer.Option("--json", help="print the PSNR for programs")] = False,
    large: Enlarge = False,
    hub: Hub = False,
) -> None:
    """Send a picture through a VAE."""
    from genimg.core.images import open_image
    from genimg.studio import vae
    from genimg.studio.enlarge import enlarge

    format_of(out)
    fetch(name, hub)
    made = vae.reconstruct(name, open_image(picture))
    write(enlarge([made.reconstruction])[0] if large else made.reconstruction, out)
    say(json.dumps({"psnr": made.psnr}) if as_json else f"PSNR {made.psnr:.2f} dB", out)


@app.command()
def interpolate(
    name: Name,
    out: Film,
    first: Annotated[Path | None, typer.Argument(help="a picture where the morph starts")] = None,
    second: Annotated[Path | None, typer.Argument(help="a picture where it ends")] = None,
    seeds: Annotated[
        tuple[int, int] | None, typer.Option(help="instead of pictures: from one seed's picture to another's")
    ] = None,
    frames: Annotated[int, typer.Option(help="2 to 120, both ends included")] = 24,
    method: Annotated[str, typer.Option(help="spherical or linear")] = "spherical",
    fps: Annotated[int, typer.Option(help="frames a second")] = 12,
    truncation: Truncation = None,
    asked: Classes = None,
    prompt: Prompt = None,
    steps: Steps = None,
    guidance: Guidance = None,
    solver: Solver = None,
    large: Enlarge = False,
    hub: Hub = False,
) -> None:
    """Morph one picture into another through a VAE, or with --seeds a model's own pictures, there and back."""
    from genimg.core.images import open_image
    from genimg.studio import vae, ways
    from genimg.studio.enlarge import filmed

    encode = format_of(out, films())
    fps = integer("--fps", fps, 1, 60)
    if seeds:
        if first is not None:
            raise UserError("Name two pictures, or two seeds with --seeds, not both.")
        kind, chosen = _asked(name, hub, truncation, asked, prompt, steps, guidance, solver)
        made = ways.between(name, kind, first=seeds[0], second=seeds[1], frames=frames, method=method, **chosen)
    elif first is not None and second is not None:
        if any(one not in (None, []) for one in (truncation, asked, prompt, steps, guidance, solver)):
            raise UserError("How to draw is asked for with --seeds; a morph of pictures draws what it finds in them.")
        fetch(name, hub)
        made = vae.morph(name, open_image(first), open_image(second), frames=frames, method=method)
    else:
        raise UserError("Name two pictures, or two seeds with --seeds 3 9.")
    shown = filmed(made, enlarged=large)
    write_bytes(encode(ways.there_and_back(shown) if seeds else shown, fps=fps), out)


@app.command()
def style(
    photo: Annotated[Path, typer.Argument(help="what to paint: a picture, or a folder of them with --instant")],
    painting: Annotated[Path, typer.Argument(help="how to paint it")],
    out: Annotated[Path, typer.Option(help="as elsewhere, a file to write or -; for a folder of photos a folder")],
    instant: Annotated[bool, typer.Option("--instant", help="the picture of a fraction of a second")] = False,
    seconds: Annotated[float, typer.Option(help="time to spend on refining it, 2 to 300")] = 20,
    size: Annotated[int, typer.Option(help="longer side of the result, 256 to 2048")] = 512,
    strength: Annotated[float, typer.Option(help="0 to 1")] = 1.0,
    brush: Annotated[float, typer.Option(help="0.5 to 2, width of the strokes")] = 1.0,
    keep_colors: Annotated[bool, typer.Option("--keep-colors", help="paint with the photo's colours")] = False,
    only: Annotated[str, typer.Option(help="of one photo: all, person or background")] = "all",
) -> None:
    """Paint a photo in the style of a painting, or with --instant a whole folder into another one.

    A folder is spread over the processes of `accelerate launch`, and the same command resumes it.
    """
    from genimg.core.images import finished, open_image
    from genimg.studio import bulk
    from genimg.studio import style as studio

    how: dict[str, Any] = {"size": size, "strength": strength, "brush": brush, "keep_colors": keep_colors}
    if photo.is_dir():
        if not instant:
            raise UserError("A folder is painted with --instant.")
        if only != "all":
            raise UserError("A folder of photos is painted whole; leave --only out.")
        folder(out)
        follow(bulk.stylize(photo, open_image(painting), folder=out, **how))
        return
    format_of(out)
    content, model = open_image(photo), open_image(painting)
    if instant:
        made = studio.stylize(content, model, only=only, **how)
    else:
        work = studio.refine(content, model, seconds=seconds, only=only, **how)
        last = follow(work)
        assert last is not None
        made = finished(last)
    write(made, out)


@app.command()
def edit(
    picture: Annotated[Path, typer.Argument(help="what to edit: a picture, or a folder of them")],
    out: Outs,
    operation: Annotated[
        list[str] | None,
        typer.Option("--op", help="in this order; e.g. --op brightness:factor=1.2 --op rotate:angle=10,fit=crop"),
    ] = None,
    quality: Annotated[int, typer.Option(help="1 to 100, of JPEG and WebP")] = 92,
    notes: Notes = True,
) -> None:
    """Crop, turn, resize and colour a picture at full size; what is see-through stays so in PNG and WebP."""
    from genimg.core.images import open_image
    from genimg.studio import edit as studio

    quality = integer("--quality", quality, 1, 100)
    operations = [_operation(text) for text in operation or []]

    def edited(path: Path) -> Image.Image:
        return studio.edit(open_image(path, alpha=True), operations)

    if picture.is_dir():
        studio.check(operations)
        how = {"operations": operations, "quality": quality, "notes": notes}
        each(
            picture, out, lambda path, format: studio.save(edited(path), format, quality, notes=notes)[0], PICTURES,
            edit=how,
        )  # fmt: skip
        return
    format: str = format_of(out)
    made = edited(picture)
    write_bytes(studio.save(made, format, quality, notes=notes)[0], out)
    if words := studio.laid_on_white(made, format):
        say(f"{out.name}: {words}.", out)


@app.command("import-weights")
def import_weights(
    file: Annotated[Path, typer.Argument(help="weights from elsewhere: .pth, .pt, .ckpt, .safetensors, .pkl")],
    architecture: Annotated[str, typer.Option("--as", help="dcgan, mlp, vae, stylegan2, ...")],
    name: Annotated[str, typer.Option(help="name of the new checkpoint")],
    option: Annotated[
        list[str] | None,
        typer.Option("--set", help="what the shapes do not tell of the network, as name=value: activation=relu"),
    ] = None,
    key: Annotated[str | None, typer.Option(help="which part of the file, if several fit: netG, g_ema, ...")] = None,
) -> None:
    """Make a checkpoint of weights from elsewhere; nothing but tensors is read from the file."""
    from genimg import checkpoints
    from genimg.training.importing import import_state

    folder = import_state(file, architecture, name, dict(setting(text) for text in option or []), key=key)
    config = checkpoints.read(folder).config
    typer.echo(f"{architecture}: " + ", ".join(f"{name}={json.dumps(value)}" for name, value in config.items()))
    typer.echo(f"The checkpoint is in {folder}.")


@app.command()
def push(
    name: Name,
    repo: Annotated[str, typer.Argument(help="user/name on the Hugging Face Hub")],
    public: Annotated[bool, typer.Option("--public", help="for everybody to see")] = False,
) -> None:
    """Upload a checkpoint to the Hugging Face Hub, under the login of `hf auth login`."""
    from genimg import hub

    typer.echo(hub.push(name, repo, private=not public))


@app.command()
def train(
    recipe: Annotated[
        str, typer.Argument(help="gan, mlp, progressive, cnn, vae, autoencoder, flow, latent_rnn or pix2pix")
    ],
    out: Folder,
    data: Annotated[
        str, typer.Option(help="avatars, fashion-mnist, mnist, cifar10 or folder:PATH; paired:PATH")
    ] = "avatars",
    size: Annotated[int, typer.Option(help="side of the pictures in pixels")] = 64,
    minutes: Annotated[float | None, typer.Option(help="time budget of the run")] = None,
    steps: Annotated[int | None, typer.Option(help="steps of the run, instead of or beside minutes")] = None,
    batch_size: Annotated[int | None, typer.Option(help="pictures in a step, over all processes")] = None,
    count: Annotated[int | None, typer.Option(help="pictures of the set to use, held-out ones included")] = None,
    seed: Annotated[int, typer.Option(help="of weights, batches and noise")] = 0,
    warm_start: Annotated[Path | None, typer.Option(help="folder of a run or checkpoint to begin from")] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("--set", help="an argument of the recipe, as name=value: gamma=0.5, widths=[256,128,64]"),
    ] = None,
) -> None:
    """Train a model; Ctrl-C stops cleanly, the same command goes on where it stopped."""
    from accelerate.utils import set_seed

    from genimg.checkpoints import read_facts
    from genimg.core.runtime import MAX_SEED, device_name
    from genimg.training import loop, saving
    from genimg.training.card import write_card
    from genimg.training.recipes import RECIPES, load_data, recipe_for

    choice("The recipe", recipe, tuple(RECIPES))  # before a data set is drawn for it
    size = integer("--size", size, 8, 1024)
    batch_size = loop.BATCH_SIZE if batch_size is None else integer("--batch-size", batch_size, 1, 65_536)
    seed = integer("--seed", seed, 0, MAX_SEED)
    minutes = None if minutes is None else number("--minutes", minutes, 0, 1e6)
    steps = None if steps is None else integer("--steps", steps, 0, 10**9)
    count = None if count is None else integer("--count", count, 10, 10**8)
    dataset = load_data(recipe, data, size=size, count=count)
    set_seed(seed)
    maker = recipe_for(recipe, dataset, **dict(setting(text) for text in option or []))
    if warm_start is not None and not (out / saving.STATE).is_file():
        typer.echo(f"{len(saving.warm_start(maker, warm_start))} tensors taken from {warm_start}.")
    stopped: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: stopped.append(number))
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    last = follow(
        loop.train(
            maker,
            dataset,
            out=out,
            batch_size=batch_size,
            minutes=minutes,
            steps=steps,
            seed=seed,
            should_stop=lambda: bool(stopped),
        )
    )
    if last is None:
        why = "It was stopped before a step was taken" if stopped else "The budget of this run is used up"
        typer.echo(f"{why}; it was exported as it is.")
    facts = {
        "data": data,
        "size": size,
        "command": "python -m genimg " + shlex.join(sys.argv[1:]),
        "hardware": device_name(),
        "minutes": maker.seconds / 60,
        "images": maker.steps * batch_size,
    }
    if is_main():
        write_card(out / "checkpoint", read_facts(out / "checkpoint") | facts)
        typer.echo(f"The checkpoint is in {out / 'checkpoint'}; sample, evaluate and the others take this path.")


@app.command()
def evaluate(
    name: Name,
    count: Annotated[int, typer.Option(help="pictures to compare with as many held-out ones")] = 4000,
    data: Annotated[str | None, typer.Option(help="the data set, if the checkpoint does not say")] = None,
    steps: Steps = None,
    guidance: Guidance = None,
    solver: Solver = None,
    courses: Annotated[
        bool, typer.Option("--courses", help="of a flow: a table of figures by steps, guidance and solver")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Measure a checkpoint on held-out pictures and write the figures into its model card.

    With steps, guidance or solver they are told and not written: a card speaks of what one gets without asking.
    """
    from genimg.training import evaluate as measuring

    count = integer("--count", count, 10, 10**8)
    if courses:
        for row in measuring.compare_courses(name, count=count, data=data):
            known = (f"{k} {v:.4f}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items())
            typer.echo(json.dumps(row) if as_json else "  ".join(known))
        return
    figures = measuring.evaluate(name, count=count, data=data, steps=steps, guidance=guidance, solver=solver)
    typer.echo(json.dumps(figures) if as_json else columns([(k, f"{v:.4f}") for k, v in figures.items()]))


@app.command()
def sliders(
    name: Name,
    steps: Annotated[int | None, typer.Option(help="of learning, for each end of each slider")] = None,
) -> None:
    """Learn a model's attribute sliders from a classifier, and keep those that do what they say; half an hour."""
    from genimg.training.evaluate import make_sliders
    from genimg.training.sliders import keeps_its_word

    table = make_sliders(name, **({} if steps is None else {"steps": steps}))
    rows = [("slider", *next(iter(table.values())), "")]
    rows += [
        (slider, *(f"{share:.2f}" for share in row.values()), "kept" if keeps_its_word(slider, row) else "left out")
        for slider, row in table.items()
    ]
    typer.echo(columns(rows))


@app.command()
def animate(
    face: Annotated[Path, typer.Argument(help="a picture of a face; its central square is used")],
    out: Film,
    seconds: Annotated[float, typer.Option(help="1 to 20")] = 6.0,
    temperature: Annotated[float, typer.Option(help="0 to 1.5; higher is livelier")] = 1.0,
    seed: Annotated[int, typer.Option(help="the same seed makes the same film")] = 0,
    model: Annotated[str | None, typer.Option(help="a checkpoint, or the folder of one", callback=known)] = None,
    large: Enlarge = False,
) -> None:
    """Let a face blink, talk and change its mood."""
    from genimg.core.images import open_image
    from genimg.studio import animate as studio
    from genimg.studio.enlarge import filmed

    encode = format_of(out, films())
    name = model or next(iter(studio.models()), None)
    film = studio.animate(name, open_image(face), seconds=seconds, temperature=temperature, seed=seed)
    write_bytes(encode(filmed(film.frames, enlarged=large), fps=film.fps), out)


@app.command()
def vary(
    name: Name,
    picture: Annotated[Path, typer.Argument(help="any picture; its central square is used")],
    out: Out,
    strength: Annotated[float, typer.Option(help="0 to 1, how far from the picture")] = 0.5,
    seed: Annotated[int, typer.Option(help="variation i has seed + i")] = 0,
    count: Annotated[int, typer.Option(help="1 to 64 variations, as one grid")] = 12,
    large: Enlarge = False,
    hub: Hub = False,
) -> None:
    """Make variations of a picture through a VAE."""
    from genimg.core.images import grid, open_image
    from genimg.studio import vae
    from genimg.studio.enlarge import enlarge

    format_of(out)
    fetch(name, hub)
    made = vae.variations(name, open_image(picture), strength=strength, seed=seed, count=count)
    write(grid(enlarge(made) if large else made, gap=0), out)


def _operation(text: str) -> dict[str, Any]:
    """Read ``name:key=value,key=value`` as an operation of the Edit tab."""
    name, _, arguments = text.partition(":")
    return {"op": name} | dict(setting(part) for part in arguments.split(",") if part)
