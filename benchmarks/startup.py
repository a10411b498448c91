"""From the command to the first answer over HTTP.

Ours is `python app.py`; beside it stands a script that imports torch, torchvision and gradio, and launches an empty
page. Both have been started once before, so their files are in memory.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from benchmarks.measure import Row, interleave
from benchmarks.servers import serving

GOAL = 1.25
BARE = """
import torch, torchvision, gradio
with gradio.Blocks() as demo:
    pass
demo.launch(ssr_mode=False)
"""


def run(quick: bool) -> list[Row]:
    """Return the line of the table."""
    pair = interleave(partial(_start, "app.py"), partial(_start, "-c", BARE), 1 if quick else 5)
    return [Row("start until it answers", *pair, GOAL)]


@contextmanager
def _start(*arguments: str) -> Iterator[Callable[[], float]]:
    def sample() -> float:
        with serving(*arguments) as (_, seconds):
            return seconds

    sample()
    yield sample
