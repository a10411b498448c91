"""The register of trainings: each a folder and a process of its own, belonging to the server and not to a tab.

A run is a folder below `root`: spec.json says what to do, status.json how far it is (see `genimg.training.spec`), and
the rest is written by `genimg.training.worker`. One run trains at a time; the others wait in line. What a server finds
when it starts is what the one before it left: a run whose process is gone is stopped, and can be resumed.
"""

import os
import threading
from functools import lru_cache
from pathlib import Path

from genimg.core import places
from genimg.studio.runs.queue import Register
from genimg.studio.runs.run import Run, when
from genimg.training.spec import ACTIVE, ENDED

__all__ = ["ACTIVE", "ENDED", "Register", "Run", "register", "root", "when"]


def root() -> Path:
    """Return the folder of the runs: `GENIMG_RUNS`, else ``runs/`` in the repository, else the person's own."""
    return Path(os.environ.get("GENIMG_RUNS") or places.home("runs")).absolute()


def register() -> Register:
    """Return the register of this server."""
    with _first:  # lru_cache alone would make two for two who ask at once, and each would mind the other's runs
        return _register()


_first = threading.Lock()


@lru_cache
def _register() -> Register:
    return Register(root())
