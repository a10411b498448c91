"""Model cards: what is known of a checkpoint in training.json, and the README.md made from it."""

import json
from pathlib import Path
from typing import Any

from genimg.checkpoints import replace_file

FACTS = "training.json"

_SETS = {
    "avatars": "`avatars`, faces drawn by seed with the `python_avatars` package (MIT), rendered by genimg. "
    "No real person is in it.",
    "fashion-mnist": "[Fashion-MNIST](https://github.com/zalandoresearch/fashion-mnist) (Zalando, MIT licence).",
}
_FIGURES = {
    "nfd": ("NFD of samples, lower is better", "{:.3f}"),
    "psnr": ("PSNR of reconstructions, dB", "{:.2f}"),
    "ssim": ("SSIM of reconstructions", "{:.3f}"),
    "kl_bits": ("KL divergence, bits a picture", "{:.0f}"),
    "accuracy": ("the value asked for is recognised by a classifier of real pictures", "{:.1%}"),
    "accuracy_real": ("the same classifier on held-out real pictures", "{:.1%}"),
    "nll": ("negative log likelihood of a frame, nats, lower is better", "{:.1f}"),
    "nll_still": ("the same for a Gaussian round the frame before", "{:.1f}"),
}


def read_facts(folder: Path) -> dict[str, Any]:
    """Return what training.json in `folder` says; empty without it, or when it is damaged."""
    try:
        found = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def write_card(folder: Path, facts: dict[str, Any]) -> None:
    """Write training.json and the model card README.md into `folder`.

    Args:
        folder: the checkpoint.
        facts: ``summary``, ``data``, ``size``, ``command``, ``hardware``, ``minutes``, ``images``, ``notes``,
            ``figures``, ``usage`` (the call in the card's example), ``unit`` (of what was seen: pictures);
            what is missing is left out of the card.
    """
    replace_file(folder / FACTS, (json.dumps(facts, indent=2) + "\n").encode())
    replace_file(folder / "README.md", _card(folder.name, facts).encode())


def _card(name: str, facts: dict[str, Any]) -> str:
    tags = ["image-generation", "genimg"]
    head = ["---", "license: mit", "library_name: genimg", "tags:", *(f"- {tag}" for tag in tags), "---"]
    body = [f"# {name}", ""]
    if "summary" in facts:
        body += [facts["summary"], ""]
    data = facts.get("data", "")
    body += [
        "```python",
        "import genimg",
        f'genimg.load("{name}").{facts.get("usage", "sample(16, seed=7)")}',
        "```",
        "",
        "## Data",
        f"{_SETS.get(data, f'`{data}`')} {facts.get('size', '')} px. The last 10% never trained.",
        "",
        "## Recipe",
        "```",
        facts.get("command", ""),
        "```",
        f"{facts.get('minutes', 0):.0f} minutes and {facts.get('images', 0):,} {facts.get('unit', 'pictures')} seen, "
        f"on {facts.get('hardware', 'unknown hardware')}. The weights are the exponential moving average, in float16.",
        "",
    ]
    if figures := facts.get("figures"):
        rows = [f"| {_FIGURES[k][0]} | {_FIGURES[k][1].format(v)} |" for k, v in figures.items() if k in _FIGURES]
        body += ["## Measured on held-out pictures", "| figure | value |", "| --- | --- |", *rows, ""]
        body += ["Made by `python -m genimg evaluate`, whose source says what NFD is.", ""]
    if "notes" in facts:
        body += ["## What to expect", facts["notes"], ""]
    return "\n".join([*head, *body])
