"""Drawing avatars ahead of their use: one process at a time, with word of how far it is.

``python -m genimg.data.drawing SIZE COUNT`` does so in the background.
"""

import os
import sys
from collections.abc import Callable

from filelock import FileLock

from genimg.core import places
from genimg.data.avatars import BLOCK, avatars


def draw(count: int, size: int, report: Callable[[int], bool] = lambda done: True) -> None:
    """Draw the first `count` avatars into the cache, those that are not there yet.

    Who asks for the same faces at the same time waits instead of drawing them too.

    Args:
        count: how many.
        size: side in pixels.
        report: called with the number there are, before each piece; what it returns says whether to go on.
    """
    folder = places.kept("")
    places.make(folder)
    piece = BLOCK * (os.cpu_count() or 1)  # a block for each core
    with FileLock(folder / f"drawing-{size}px.lock"):
        for start in range(0, count, piece):
            if not report(start):
                break
            avatars(min(piece, count - start), size=size, start=start, progress=False)


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(10)
    draw(int(sys.argv[2]), int(sys.argv[1]))
