"""The shell's door to the studio: `python -m genimg ...`. Errors go to stderr, with exit code 2."""

import json
import shlex
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from tqdm import tqdm

from genimg.core.errors import UserError
from genimg.core.steps import Step

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False) -> None:
    """List the checkpoints."""
    from genimg import checkpoints

    found = checkpoints.available()
    if as_json:
        typer.echo(json.dumps([{"name": c.name, "architecture": c.architecture, **c.config} for c in found]))
    else:
        for c in found:
            typer.echo(f"{c.name:24}{c.architecture}")
    for c in checkpoints.broken():
        typer.echo(f"{c.name} cannot be used: {c.problem}", err=True)


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(help="gan or vae")],
    out: Annotated[Path, typer.Option(help="folder of the run; a run that is there is continued")],
    data: Annotated[str, typer.Option(help="avatars, fashion-mnist, mnist, cifar10 or folder:PATH")] = "avatars",
    size: Annotated[int, typer.Option(help="side of the pictures in pixels")] = 64,
    minutes: Annotated[float | None, typer.Option(help="time budget of the run")] = None,
    steps: Annotated[int | None, typer.Option(help="steps of the run, instead of or beside minutes")] = None,
    batch_size: Annotated[int, typer.Option(help="pictures in a step, over all processes")] = 64,
    count: Annotated[int | None, typer.Option(help="pictures of the set to use, held-out ones included")] = None,
    seed: Annotated[int, typer.Option(help="of weights, batches and noise")] = 0,
    warm_start: Annotated[Path | None, typer.Option(help="folder of a run to take fitting weights from")] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("--set", help="an argument of the recipe, as name=value: gamma=0.5, widths=[256,128,64]"),
    ] = None,
) -> None:
    """Train a model; Ctrl-C stops cleanly, the same command goes on where it stopped."""
    from accelerate.utils import set_seed

    from genimg.core.runtime import device_name
    from genimg.data.datasets import load_dataset
    from genimg.training import loop
    from genimg.training.card import read_facts, write_card
    from genimg.training.recipes import make_recipe

    dataset = load_dataset(data, size=size, count=count)
    set_seed(seed)
    maker = make_recipe(
        recipe, image_size=size, channels=dataset.images.shape[1], **dict(_setting(text) for text in option or [])
    )
    if warm_start is not None and not (out / loop.STATE).is_file():
        typer.echo(f"{len(loop.warm_start(maker, warm_start))} tensors taken from {warm_start}.")
    stopped: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: stopped.append(number))
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    last = _follow(
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
        typer.echo("The budget of this run is used up; it was exported again.")
        return
    facts = {
        "data": data,
        "size": size,
        "command": "python -m genimg " + shlex.join(sys.argv[1:]),
        "hardware": device_name(),
        "minutes": last.metrics["seconds"] / 60,
        "images": last.index * batch_size,
    }
    write_card(out / "checkpoint", read_facts(out / "checkpoint") | facts)
    typer.echo(f"The checkpoint is in {out / 'checkpoint'}.")


@app.command()
def evaluate(
    name: Annotated[str, typer.Argument(help="a checkpoint, or the folder of one")],
    count: Annotated[int, typer.Option(help="pictures to compare with as many held-out ones")] = 4000,
    data: Annotated[str | None, typer.Option(help="the data set, if the checkpoint does not say")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Measure a checkpoint on held-out pictures and write the figures into its model card."""
    from genimg.training.evaluate import evaluate as measure

    figures = measure(Path(name) if Path(name).is_dir() else name, count=count, data=data)
    typer.echo(json.dumps(figures) if as_json else "\n".join(f"{k:8}{v:.4f}" for k, v in figures.items()))


def _setting(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def _follow(steps: Iterator[Step]) -> Step | None:
    """Show long work as a progress bar; return its last step, or None if there was nothing to do."""
    step = None
    with tqdm(unit="step", mininterval=0.1 if sys.stderr.isatty() else 30) as bar:
        for step in steps:
            bar.total = step.total
            shown = {k.split("/")[-1]: f"{v:.3g}" for k, v in step.metrics.items() if k not in ("seconds", "eta")}
            bar.set_postfix(shown, refresh=False)
            bar.update(step.index - bar.n)
    return step


def main() -> None:
    """Run the command line."""
    try:
        app(standalone_mode=True)
    except UserError as error:
        typer.echo(f"genimg: {error}", err=True)
        sys.exit(2)
