"""Drawing avatars, and sketches of them, ahead of their use: one process at a time, with word of how far it is.

``python -m genimg.data.drawing SIZE COUNT`` does so in the background.
"""

import os
import sys
from collections.abc import Callable

from filelock import FileLock

from genimg.core import places
from genimg.data import avatars, sketches


def draw(count: int, size: int, report: Callable[[int], bool] = lambda done: True, *, sketched: bool = False) -> None:
    """Draw the first `count` avatars into the cache, those that are not there yet.

    Who asks for the same faces at the same time waits instead of drawing them too.

    Args:
        count: how many.
        size: side in pixels.
        report: called with the number there are, before each piece; what it returns says whether to go on.
        sketched: whether to draw pairs of faces and sketches.
    """
    one, pictures = (sketches, sketches.pairs) if sketched else (avatars, avatars.avatars)
    folder = places.kept("")
    places.make(folder)
    piece = one.BLOCK * (os.cpu_count() or 1)  # a block for each core
    with FileLock(folder / f"{'sketching' if sketched else 'drawing'}-{size}px.lock"):
        for start in range(0, count, piece):
            if not report(start):
                break
            pictures(min(piece, count - start), size=size, start=start, progress=False)


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(10)
    draw(int(sys.argv[2]), int(sys.argv[1]))
