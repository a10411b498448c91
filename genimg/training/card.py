"""Model cards: what is known of a checkpoint in training.json, and the README.md made from it.

A card says what is known and nothing else: what was not told is left out, the licence among it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCard

from genimg import checkpoints
from genimg.checkpoints import FACTS, replace_file
from genimg.core.errors import UserError
from genimg.models.flow import Flow
from genimg.models.latent_rnn import LatentRNN
from genimg.models.pix2pix import Pix2Pix
from genimg.nn.generator import Generator
from genimg.nn.hub import HubModel, card_head

SAMPLES = "samples.webp"


@dataclass(frozen=True)
class _Set:
    about: str
    licence: str | None = None


_SETS = {
    "avatars": _Set(
        "`avatars`, faces drawn by seed with the `python_avatars` package (MIT), rendered by genimg. "
        "No real person is in it.",
        "mit",
    ),
    "fashion-mnist": _Set(
        "[Fashion-MNIST](https://github.com/zalandoresearch/fashion-mnist) (Zalando, MIT licence).", "mit"
    ),
    "mnist": _Set("MNIST, handwritten digits (LeCun, Cortes and Burges)."),
    "cifar10": _Set("CIFAR-10, small photographs of ten kinds (Krizhevsky 2009)."),
}
_FIGURES = {
    "nfd": ("NFD of samples, lower is better", "{:.3f}"),
    "psnr": ("PSNR of reconstructions, dB", "{:.2f}"),
    "ssim": ("SSIM of reconstructions", "{:.3f}"),
    "unevenness": ("standard deviation of flat corners, of 255", "{:.2f}"),
    "kl_bits": ("KL divergence, bits a picture", "{:.0f}"),
    "accuracy": ("the value asked for is recognised by a classifier of real pictures", "{:.1%}"),
    "accuracy_worst": ("the same for the attribute that is least often recognised", "{:.1%}"),
    "accuracy_real": ("the same classifier on held-out real pictures", "{:.1%}"),
    "painted_psnr": ("PSNR of what is painted, dB", "{:.2f}"),
    "painted_error": ("mean absolute error of what is painted, of 255", "{:.1f}"),
    "nll": ("negative log likelihood of a frame, nats, lower is better", "{:.1f}"),
    "nll_still": ("the same for a Gaussian round the frame before", "{:.1f}"),
}
# What `genimg.load` offers for a kind of network; the others are loaded as they are.
_USES: dict[type, str] = {
    Generator: "sample(16, seed=7)",
    Flow: "sample(16, seed=7)",
    LatentRNN: "animate(face, seconds=6, seed=7)",
    Pix2Pix: "draw(sketch)",
}


def write_card(folder: Path, facts: dict[str, Any]) -> None:
    """Write training.json and the model card README.md into `folder`, which holds a checkpoint.

    Args:
        folder: the checkpoint.
        facts: ``summary``, ``line``, ``line_zh`` and ``teaches`` (see `genimg.checkpoints.Checkpoint`), ``data`` (a
            name of `genimg.data.datasets`, or a few words), ``size``, ``command``, ``hardware``, ``minutes``,
            ``images``, ``unit`` (of what was seen: pictures), ``licence``, ``notes``, ``figures``, ``measured`` (the
            data set that they were measured on, if not `data`), ``courses`` (what
            `genimg.training.evaluate.compare_courses` found), ``more`` (Markdown for the end); what is missing is left
            out of the card.

    Raises:
        UserError: if there is no checkpoint in `folder`.
    """
    found = checkpoints.read(folder)
    if found.problem:
        raise UserError(f"{folder} is not a usable checkpoint: {found.problem}.")
    kind = checkpoints.ARCHITECTURES[found.architecture]
    body = _body(folder.name, kind, facts)
    if (folder / SAMPLES).is_file():
        painted = "held-out sources, what is painted after them, and their targets"
        seen = painted if kind is Pix2Pix else "64 samples on the left, 64 held-out pictures on the right"
        body += ["## Samples", f"![{seen}]({SAMPLES})", ""]
    save_card(folder, facts, head_of(folder.name, kind, facts) + "\n".join(body))


def save_card(folder: Path, facts: dict[str, Any], card: str) -> None:
    """Write training.json and README.md into `folder`."""
    replace_file(folder / FACTS, (json.dumps(facts, indent=2) + "\n").encode())
    replace_file(folder / "README.md", str(ModelCard(card)).encode())


def head_of(name: str, kind: type[HubModel], facts: dict[str, Any], *, tags: Sequence[str] = ()) -> str:
    """Return the head of the card of a checkpoint, by its name, its kind of network and what is known of it."""
    data = facts.get("data")
    results = [
        EvalResult(
            task_type=kind.task,
            dataset_type=str(facts.get("measured") or data),
            dataset_name=f"{facts.get('measured') or data}, held-out pictures",
            metric_type=key,
            metric_name=_FIGURES[key][0],
            metric_value=round(value, 5),
        )
        for key, value in facts.get("figures", {}).items()
        if key in _FIGURES
    ]
    known = _SETS[data].licence if data in _SETS else None
    results_of = {"model_name": name, "eval_results": results} if results else {}
    return card_head(kind, licence=facts.get("licence", known), tags=tags, **results_of)


def _body(name: str, kind: type[HubModel], facts: dict[str, Any]) -> list[str]:
    uses = [f'load("{name}").{use}' for of, use in _USES.items() if issubclass(kind, of)]
    use = uses[0] if uses else f'checkpoints.load("{name}")'
    lines = [f"# {name}", ""]
    if summary := facts.get("summary"):
        lines += [summary, ""]
    lines += ["```python", "import genimg", f"genimg.{use}", "```", ""]
    if data := facts.get("data"):
        about = _SETS[data].about if data in _SETS else _unknown(data)
        size = f" {facts['size']} px." if "size" in facts else ""
        held = "The last 10% never trained." if data in _SETS else "A tenth of it never trained."
        lines += ["## Data", f"{about}{size} {held}", ""]
    if command := facts.get("command"):
        made = f"{_effort(facts)}The weights are the exponential moving average, in float16."
        lines += ["## Recipe", "```", command, "```", made, ""]
    if figures := facts.get("figures"):
        rows = [f"| {_FIGURES[k][0]} | {_FIGURES[k][1].format(v)} |" for k, v in figures.items() if k in _FIGURES]
        on = f" of `{facts['measured']}`" if "measured" in facts else ""
        lines += [f"## Measured on held-out pictures{on}", "| figure | value |", "| --- | --- |", *rows, ""]
        lines += [*_sliders(figures), "Made by `python -m genimg evaluate`, whose source says what NFD is.", ""]
    if courses := facts.get("courses"):
        lines += [*_courses(**courses), ""]
    if notes := facts.get("notes"):
        lines += ["## What to expect", notes, ""]
    return [*lines, facts["more"], ""] if "more" in facts else lines


def _sliders(figures: dict[str, float]) -> list[str]:
    """Return the table of the sliders, if there are any."""
    names = [key.removeprefix("slider/") for key in figures if key.startswith("slider/") and key.count("/") == 1]
    if not names:
        return []
    parts = ("", "/other", "/skin", "/background")
    rows = [" | ".join([name, *(f"{figures[f'slider/{name}{part}']:.0%}" for part in parts)]) for name in names]
    return [
        "What its attribute sliders do at their ends to 100 faces, by the eyes of a classifier of real pictures: in "
        "what part of them the attribute came or went, and in what part something else changed.",
        "",
        "| slider | its own attribute | the worst of the others | skin | background |",
        "| --- | --- | --- | --- | --- |",
        *(f"| {row} |" for row in rows),
        "",
    ]


def _courses(count: int, nfd_real: float, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the table of a flow's figures by the way it is followed."""
    shown = [key for key in ("accuracy", "accuracy_worst") if key in rows[0]]
    named = {"accuracy": "recognised", "accuracy_worst": "the worst attribute"}
    lines = [
        "## Steps, guidance and solver",
        f"{count:,} pictures each, from the same noise; as many real training pictures have an NFD of {nfd_real:.3f}.",
        "",
        f"| steps | guidance | solver | the network is asked | NFD |{''.join(f' {named[key]} |' for key in shown)}",
        "| --- " * (5 + len(shown)) + "|",
    ]
    for row in rows:
        figures = [f"{row['nfd']:.3f}", *(f"{row[key]:.1%}" for key in shown)]
        cells = [row["steps"], f"{row['guidance']:g}", row["solver"], f"{row['calls']} times", *figures]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def _unknown(data: str) -> str:
    where = f"`{data}`" if data.startswith(("folder:", "paired:")) else data[:1].upper() + data[1:]
    return f"{where}. Whose pictures they are and what may be done with them is not known here."


def _effort(facts: dict[str, Any]) -> str:
    """Return how long it took, what was seen and where, as far as that is known."""
    parts = []
    if (minutes := facts.get("minutes")) is not None:
        parts.append(
            f"{minutes:.0f} minute{'s' if round(minutes) > 1 else ''}" if minutes >= 1 else "less than a minute"
        )
    if "images" in facts:
        parts.append(f"{facts['images']:,} {facts.get('unit', 'pictures')} seen")
    where = [f"on {facts['hardware']}"] if "hardware" in facts else []
    text = ", ".join([" and ".join(parts)] * bool(parts) + where)
    return f"{text[:1].upper()}{text[1:]}. " if text else ""
