"""Whatever a request holds and whatever happens to it, a person reads a sentence and the log has a line."""

import contextlib
import html
import inspect
import logging
import math
from collections.abc import Callable, Collection, Iterator, Sequence
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

import gradio as gr

from genimg.core.errors import UserError
from genimg.ui.locale import LANGUAGE, spoken, translated
from genimg.ui.shell.acts import Acts
from genimg.ui.shell.gradio_internals import CACHE, english, picked, sets_something
from genimg.ui.shell.reductions import about, stepwise

log = logging.getLogger(__name__)

LONGEST = 280  # characters of a sentence; a choice among many models has some two hundred
SORRY = "Something went wrong here; your work is safe. Try again, and if it stays so, tell us what you did."
UNUSABLE = "That request has a value this app cannot use; check its kind and range."

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


# The panels whose values a request holds, by their ids, as they were sent. Each has in it the number of the hand's last
# move, which the answer tells back so that it takes nothing away that was done since, and when the panel was told what
# it had been told last: see `genimg.ui.shell.acts`.
SENT: ContextVar[dict[object, dict[str, Any]]] = ContextVar("sent")


def error(message: str) -> gr.Error:
    """Return the exception that shows `message` in the page and hands it to API clients; nothing is logged.

    Args:
        message: plain text; what is too long for a person to read is cut.
    """
    return _Sentence(
        html.escape(brief(translated(message)), quote=False), title=_SORRY[LANGUAGE.get()], print_exception=False
    )


_SORRY = {"en": "Sorry", "zh-CN": "抱歉"}


class _Sentence(gr.Error):
    """A message that is fit to be shown."""


def brief(text: object, longest: int = LONGEST) -> str:
    """Return a text that can be shown, logged and sent: on one line, not too long, and of characters that exist."""
    plain = str(text)[: 2 * longest].encode(errors="replace").decode()
    line = " ".join("".join(c if c.isprintable() else " " for c in plain).split())
    return line if len(line) <= longest else line[: longest - 3] + "..."


def language_of(request: Any) -> str:
    """Return the language of a request's sender; English for one that does not say."""
    headers = getattr(request, "headers", None) or {}
    return spoken(str(headers.get("accept-language") or "")) if hasattr(headers, "get") else "en"


def guard(fn: F) -> F:
    """Wrap an event handler, plain or generator, so that a person always reads a sentence.

    A `UserError` is shown as it is. Anything else is logged with its traceback and shown as an apology.
    """
    if inspect.isgeneratorfunction(fn):

        @wraps(fn)
        def stream(*args: Any, **kwargs: Any) -> Iterator[Any]:
            with _sentences(fn.__name__):
                yield from stepwise(args, fn(*args, **kwargs))

        return stream  # type: ignore[return-value]

    @wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        with _sentences(fn.__name__), about(args):
            return fn(*args, **kwargs)

    return call  # type: ignore[return-value]


@contextlib.contextmanager
def _sentences(name: str) -> Iterator[None]:
    try:
        yield
    except _Sentence:
        raise
    except gr.Error as problem:  # Gradio's own words, which repeat what was sent
        log.warning("refused a request for %s: %s", name, brief(problem.message))
        raise error(str(problem.message)) from None
    except UserError as problem:
        raise error(str(problem)) from None
    except Exception as problem:
        log.exception("event %s failed", name)
        raise error(SORRY) from problem


def chosen(items: Sequence[T], event: gr.SelectData) -> T:
    """Return the one of `items` that was picked in a gallery of them.

    Raises:
        UserError: if there are not so many, as when the gallery has been filled anew.
    """
    if not event.index < len(items):
        raise UserError("That picture is not there any more; pick another one.")
    return items[event.index]


class SafeBlocks(gr.Blocks):
    """Blocks whose events answer whatever is sent with a result or a sentence, where Gradio may send nothing at all.

    Attributes:
        acts: what people do on the page; see `genimg.ui.shell.acts`.
        menus: of checkpoints, with what makes each anew; this and the following are kept for `genimg.ui.controls`.
        delivery: where files are handed over.
        unseen: holds what only API clients use.
        shared: those components, by their kind; see `genimg.ui.parts.endpoint`.
        public: by endpoint, what clients are told of its parameters, by their names, and how its answers are called.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.acts = Acts(self)
        self.menus: dict[gr.Dropdown, Callable[[], gr.Dropdown]] = {}
        self.delivery: gr.HTML | None = None
        self.unseen: gr.Group | None = None
        self.shared: dict[str, Any] = {}
        self.public: dict[str, tuple[dict[str, dict[str, Any]], list[str]]] = {}
        CACHE.forget = self._forget

    def _forget(self, paths: Collection[str]) -> None:
        """Let Gradio know that files have gone from the cache."""
        for files in self.temp_file_sets:
            files.difference_update(paths)

    def get_api_info(self, *args: Any, **kwargs: Any) -> Any:
        """Describe the endpoints to clients, as Gradio does, with what their functions say themselves."""
        info = super().get_api_info(*args, **kwargs)
        for name, (parameters, returns) in self.public.items():
            told = info["named_endpoints"].get(name, {"parameters": (), "returns": ()})
            for one in told["parameters"]:
                one.update(parameters.get(one["parameter_name"], {}))
            for one, label in zip(told["returns"], returns, strict=False):
                one["label"] = label
        return info

    async def process_api(self, block_fn: Any, inputs: list[Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Answer a request, as Gradio does.

        Raises:
            gr.Error: with a sentence, whatever was wrong.
        """
        fn = self.fns[block_fn] if isinstance(block_fn, int) else block_fn
        LANGUAGE.set(language_of(kwargs.get("request")))
        SENT.set({one._id: sent for one, sent in zip(fn.inputs, inputs, strict=False) if isinstance(sent, dict)})
        with _sentences(str(fn.name)):
            if fn.collects_event_data and kwargs.get("iterator") is None:
                kwargs["event_data"] = picked(self, fn, kwargs.get("event_data"))
            try:
                return await super().process_api(fn, inputs, *args, **kwargs)
            except BaseException:  # such as of an upload that cannot be opened
                who = getattr(kwargs.get("request"), "session_hash", None)
                self.acts.answer(fn, who, kwargs.get("event_id"), None).failed()
                raise

    async def call_function(
        self,
        block_fn: Any,
        processed_input: list[Any],
        iterator: Any = None,
        requests: Any = None,
        event_id: str | None = None,
        event_data: Any = None,
        *rest: Any,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Run a handler, as Gradio does; of its answer, what a person has overtaken is left out."""
        who = getattr(requests, "session_hash", None)
        trigger = getattr(getattr(event_data, "target", None), "_id", None)
        seen = SENT.get({}).get(trigger, {}).get("seen")
        answer = self.acts.answer(block_fn, who, event_id, trigger, seen)
        outputs = answer.outputs
        if outputs and not any(map(answer.wanted(), outputs)):
            if iterator is not None:
                await iterator.aclose()
            skips = [self._left(one, gr.skip()) for one in outputs]
            answer.given(skips)
            prediction = skips if len(outputs) > 1 else skips[0]
            return {"prediction": prediction, "duration": 0.0, "is_generating": False, "iterator": None}
        try:
            made = await super().call_function(
                block_fn, processed_input, iterator, requests, event_id, event_data, *rest, **kwargs
            )
        except BaseException:
            answer.failed()
            raise
        values = [made["prediction"]] if len(outputs) == 1 else made["prediction"]
        if outputs and isinstance(values, dict) and not sets_something(values):  # one skip for all of them
            values = [values] * len(outputs)
        ended = iterator is not None and not made["is_generating"]  # what it gives then are no values
        if ended or not isinstance(values, list | tuple) or len(values) != len(outputs):  # or one skip for all of them
            answer.given([gr.skip()] * len(outputs))
            return made
        wanted = answer.wanted()
        values = [
            self._left(one, value if wanted(one) else gr.skip()) for one, value in zip(outputs, values, strict=True)
        ]
        answer.given(values)
        return made | {"prediction": values if len(outputs) > 1 else values[0]}

    def _left(self, one: int, value: Any) -> Any:
        """Return what leaves a panel as it is by itself: of what is skipped Gradio makes a copy for the session."""
        return {} if one in self.acts.panels and not sets_something(value) else value

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Turn a request's values into the handler's arguments, as Gradio does.

        Raises:
            gr.Error: with a sentence, whatever is wrong with the values.
        """
        try:
            for block, value in zip(block_fn.inputs, inputs, strict=False):
                _check(block, value)
            return await super().preprocess_data(block_fn, inputs, *args, **kwargs)
        except (gr.Error, UserError):
            raise
        except Exception as problem:
            log.warning("refused a request for %s: %s", block_fn.name, brief(problem))
            raise error(UNUSABLE) from problem


def here() -> SafeBlocks:
    """Return the page that is being built."""
    page = gr.context.Context.root_block
    assert isinstance(page, SafeBlocks)
    return page


def _check(block: Any, value: object) -> None:
    """Refuse numbers that are none: Gradio compares them with the ends of a slider, and NaN is on no side of them."""
    if isinstance(block, gr.Slider | gr.Number) and not (value is None and isinstance(block, gr.Number)):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value if isinstance(value, float) else 0):
            raise UserError(f"{english(block.label)} must be a number, got {brief(repr(value), 40)}.")
