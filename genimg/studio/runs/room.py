"""The room that runs may take on the disk, and which of them go when it is used up."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from genimg.core.errors import UserError
from genimg.studio.runs.run import Run, when
from genimg.training.spec import ENDED

FREE = 300_000_000  # bytes that must be left on the disk before a run is started
WARN = 0.8  # of the room, from where on the page says what will go


def room() -> int:
    """Return the bytes that all runs together may take: `GENIMG_RUNS_GB` gigabytes, 2 by default."""
    try:
        return int(float(os.environ.get("GENIMG_RUNS_GB") or 2) * 1e9)
    except ValueError:
        return 2_000_000_000


def taken(runs: Sequence[Run]) -> int:
    """Return the bytes that the runs take together."""
    return sum(run.bytes for run in runs)


def leaving(runs: Sequence[Run]) -> list[Run]:
    """Return the ended runs in the order in which they would go: the oldest first, kept ones last."""
    return sorted((run for run in runs if run.state in ENDED), key=lambda run: (run.kept, run.name))


def excess(runs: Sequence[Run]) -> list[Run]:
    """Return the runs that must go so that the others keep within the room, as far as that can be."""
    gone, total = [], taken(runs)
    for run in leaving(runs):
        if total <= room():
            break
        gone.append(run)
        total -= run.bytes
    return gone


def warning(runs: Sequence[Run]) -> str:
    """Return what is going to be deleted when there is little room left; empty while there is enough."""
    total, first = taken(runs), next(iter(leaving(runs)), None)
    if total <= WARN * room() or first is None:
        return ""
    return (
        f"The runs take {total / 1e6:.0f} of their {room() / 1e6:.0f} MB. When these are used up, "
        f"“{first.spec['title']}” of {when(first)} is deleted first; use or download what you need."
    )


def check(runs: Sequence[Run], folder: Path) -> None:
    """Make sure that there is room for one more run.

    Raises:
        UserError: if not.
    """
    if taken(runs) > room():
        raise UserError(f"The runs take more than their {room() / 1e9:g} GB; delete one that nobody needs.")
    if shutil.disk_usage(folder).free < FREE:
        raise UserError(f"Less than {FREE // 10**6} MB are free on the disk of this server; make room first.")
