"""Sets that are drawn once for a machine: kept in a folder of blocks, each a file of arrays."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genimg.core import places
from genimg.data.workers import spread


def load(
    folder: Path,
    draw: Callable[[str, int, int, int, int], None],
    count: int,
    *,
    start: int,
    block: int,
    size: int,
    seed: int,
    title: str,
    progress: bool,
) -> dict[str, NDArray[np.uint8]]:
    """Return numbers ``start .. start + count - 1`` of a set, drawing on all cores the blocks that are missing.

    Args:
        folder: of the blocks.
        draw: a function of a module of ours that is given a file, the first number in it, how many there are, the size
            and the seed, and writes them by `save`.
        count: how many.
        start: the first.
        block: how many are in a file.
        size: of pictures, for `draw`.
        seed: for `draw`.
        title: of the bar.
        progress: whether to show it.

    Returns:
        Arrays by their names, ``(count, ...)`` each.

    Raises:
        UserError: for a folder that cannot be written to, or if drawing fails.
    """
    needed = range(start // block, (start + count - 1) // block + 1)
    files = {number: folder / f"{number:05d}.npz" for number in needed}
    missing = [number for number, file in files.items() if not file.is_file()]
    if missing:
        places.make(folder)
        calls = [(str(files[number]), number * block, block, size, seed) for number in missing]
        spread(draw, calls, title=title, progress=progress)
    loaded = [np.load(file) for file in files.values()]
    skip = start - needed[0] * block
    return {name: np.concatenate([one[name] for one in loaded])[skip : skip + count] for name in loaded[0].files}


def save(place: str, **arrays: object) -> None:
    """Write a block, whole or not at all."""
    path = Path(place)
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    part.replace(path)
