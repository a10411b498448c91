"""Trainings that are killed, stopped, damaged and starved of disk; long jobs whose client goes away.

    python -m tests.faults                      # one round, about twenty minutes on two cores
    python -m tests.faults --minutes 60         # round after round, with other chance
    python -m tests.faults --only disk --recipe vae

Each trial is a line; what went wrong is said at the end, with exit code 1. `disk` mounts a small tmpfs where it may
(root, Linux), and elsewhere limits the size of files. The quick forms of all this are in the suite.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.connections import closed
from tests.faults.trainings import RECIPES, Wrong, corrupt, disk, kill, pictures, stop

TRAININGS = {"stop": stop, "kill": kill, "corrupt": corrupt, "disk": disk}


def main() -> int:
    """Run the trials that were asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=0.0, help="begin another round while this is not over")
    parser.add_argument("--only", choices=[*TRAININGS, "connection"], help="one kind of trial")
    parser.add_argument("--recipe", choices=RECIPES, help="one recipe")
    parser.add_argument("--seed", type=int, default=0, help="of the first round's chance")
    asked = parser.parse_args()
    end, wrong, count, seed = time.monotonic() + 60 * asked.minutes, [], 0, asked.seed
    with tempfile.TemporaryDirectory() as kept:
        data = pictures(Path(kept) / "pictures")
        while count == 0 or time.monotonic() < end:
            for title, trial in _trials(asked, data, random.Random(seed)):
                began = time.monotonic()
                try:
                    said = trial()
                except Wrong as error:
                    said = f"WRONG: {error}"
                    wrong.append(f"{title}, seed {seed}: {error}")
                count += 1
                print(f"{title}, seed {seed}: {said} ({time.monotonic() - began:.0f} s)", flush=True)
            seed += 1
    print(f"{count} trials, {len(wrong)} went wrong", *wrong, sep="\n")
    return 1 if wrong else 0


def _trials(asked, data, chance):
    """Return the title and the function of each trial of one round."""
    found = []
    for name, trial in TRAININGS.items():
        if asked.only in (None, name):
            found += [
                (f"{name} {recipe}", lambda trial=trial, recipe=recipe: trial(recipe, data, chance))
                for recipe in RECIPES
                if asked.recipe in (None, recipe)
            ]
    if asked.only in (None, "connection") and not asked.recipe:
        found.append(("connection", closed))
    return found


if __name__ == "__main__":
    sys.exit(main())
