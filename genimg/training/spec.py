"""What the page and the process that trains tell each other: the files of a run's folder, and the words between them.

The page writes spec.json once and says words on the process's standard input. The process writes status.json and
live.json, always whole, and the page reads them as often as it likes.
"""

import json
import sys
from pathlib import Path
from typing import Any, TypedDict

from genimg import checkpoints
from genimg.core.errors import UserError

SPEC, STATUS, LIVE, LOCK, LOG = "spec.json", "status.json", "live.json", "lock", "log.txt"
ACTIVE = ("preparing", "running", "paused", "finishing")
ENDED = ("finished", "stopped", "failed")
COMMANDS = ("play", "pause", "generator", "discriminator", "slow", "fast", "stop")
DAMAGED = "What was known of how far it is got lost; it can be resumed from where it was saved."


class Spec(TypedDict):
    """What a run is to do, as `genimg.studio.train.plan` checked it.

    Attributes:
        title: what a person calls it.
        preset: where it comes from, or "".
        kind: the recipe as the page offers it.
        recipe: a key of `genimg.training.recipes.RECIPES`.
        data: "avatars", "fashion-mnist", or "own" for the pictures in the run's folder.
        size: of the pictures, in pixels.
        count: pictures of the set that are used; None for all.
        minutes: of training.
        batch_size: pictures in a step.
        seed: of everything that is drawn.
        warm: the checkpoint that it starts from, or None.
        settings: of the recipe.
        note: what is to be said of the pictures that a person sent, or "".
    """

    title: str
    preset: str
    kind: str
    recipe: str
    data: str
    size: int
    count: int | None
    minutes: float
    batch_size: int
    seed: int
    warm: str | None
    settings: dict[str, Any]
    note: str


class Status(TypedDict):
    """How far a run is.

    Attributes:
        state: "queued", one of `ACTIVE`, or one of `ENDED`.
        sentence: what there is to say of it, or "".
        steps: taken so far.
        metrics: numbers of the last step: seconds, eta, images_per_second, and the recipe's own.
        slow: whether it trains in slow motion.
        queued: Unix time at which it got into the queue.
        changed: Unix time of the last change; 0 before it was started.
    """

    state: str
    sentence: str
    steps: int
    metrics: dict[str, float]
    slow: bool
    queued: float
    changed: float


class Logits(TypedDict):
    """Histograms of the discriminator's logits.

    Attributes:
        low: where the first bin begins.
        high: where the last one ends.
        real: counts on real pictures.
        fake: counts on generated ones.
    """

    low: float
    high: float
    real: list[int]
    fake: list[int]


class View(TypedDict):
    """What a run shows of itself.

    Attributes:
        step: at which it was seen.
        pictures: addresses that a page shows at once: preview and, of a GAN, real, fake and gradient.
        logits: None without a discriminator, or when they are not finite.
        curves: points in order, each with step, seconds and the recipe's numbers.
    """

    step: int
    pictures: dict[str, str]
    logits: Logits | None
    curves: list[dict[str, float]]


_OPTIONAL = {"preset": "", "warm": None, "note": ""}  # what specifications of earlier versions may lack
_LOST: Status = {
    "state": "stopped", "sentence": DAMAGED, "steps": 0, "metrics": {}, "slow": False, "queued": 0.0, "changed": 0.0,
}  # fmt: skip


def read_spec(folder: Path) -> Spec:
    """Return what the run in a folder is to do.

    Raises:
        UserError: if the folder has no specification, or a damaged one.
    """
    try:
        spec = _OPTIONAL | json.loads((folder / SPEC).read_text())
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise UserError(f"{folder / SPEC} cannot be read: {error}") from error
    if missing := Spec.__required_keys__ - spec.keys():
        raise UserError(f"{folder / SPEC} does not say {', '.join(sorted(missing))}.")
    return spec


def write_spec(folder: Path, spec: Spec) -> None:
    """Write spec.json: with it, a folder is a run.

    Raises:
        OSError: if the disk is full.
    """
    checkpoints.replace_file(folder / SPEC, json.dumps(spec, indent=2).encode())


def read_status(folder: Path) -> Status:
    """Return how far the run in a folder is; stopped, with a sentence, where that is damaged."""
    try:
        status = _LOST | json.loads((folder / STATUS).read_text())
    except (OSError, ValueError, TypeError, RecursionError):
        return _LOST.copy()
    return status if status["state"] in ("queued", *ACTIVE, *ENDED) else _LOST.copy()


def write_status(folder: Path, status: Status) -> None:
    """Write status.json; on a full disk the live view makes room for it."""
    content = json.dumps(status).encode()
    try:
        checkpoints.replace_file(folder / STATUS, content)
    except OSError:
        (folder / LIVE).unlink(missing_ok=True)
        try:
            checkpoints.replace_file(folder / STATUS, content)
        except OSError:
            print(status, file=sys.stderr)
