"""A photo that was made smaller while it was decoded says so in the status line, for as long as it is in use.

The door knows it, the handler makes the line, and between them lies Gradio: the size travels with the picture, and what
the line says while a handler runs is kept here.
"""

import contextlib
from collections.abc import Generator, Iterator, Sequence
from contextvars import ContextVar
from typing import Any

from PIL import Image

from genimg.core.decoding import reduced

_END = object()
_words: ContextVar[tuple[str, ...]] = ContextVar("reductions", default=())


def words() -> tuple[str, ...]:
    """Return what the status line says of the pictures that the running handler was given; often nothing."""
    return _words.get()


@contextlib.contextmanager
def about(given: Sequence[Any]) -> Iterator[None]:
    """Let `words` speak of the pictures among a handler's arguments."""
    said = dict.fromkeys(reduced(one) for one in given if isinstance(one, Image.Image))
    token = _words.set(tuple(filter(None, said)))
    try:
        yield
    finally:
        _words.reset(token)


def stepwise(given: Sequence[Any], steps: Generator[Any, None, None]) -> Iterator[Any]:
    """Yield what a generator yields, with `about` at each of its steps: each runs in a thread of its own."""
    with contextlib.closing(steps):
        while True:
            with about(given):
                value = next(steps, _END)
            if value is _END:
                return
            yield value
