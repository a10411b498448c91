"""What other programs may call: functions with names and defaults of their own, and no components of their own.

Gradio makes a parameter of each component that an event is given, and takes its default from there. Here all functions
share one component for values and one for pictures, each as often as it is needed; what their signatures say comes into
the description that clients read by `SafeBlocks.get_api_info`.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, get_args, get_type_hints

import gradio as gr
from PIL import Image

from genimg.ui.parts.upload import SafeImage
from genimg.ui.shell.safety import guard, here

_KINDS: dict[str, Callable[..., Any]] = {
    "picture": lambda: SafeImage(format="png"),
    "gallery": lambda: gr.Gallery(format="png"),
    "status": gr.HTML,
    "file": gr.File,
    "value": gr.JSON,
    "call": lambda: gr.Button("call"),
}
# The default of a parameter that a client must give although it comes after one that may be left out.
MUST: Any = object()
_TYPES = {int: "number", float: "number", bool: "boolean", str: "string"}


def shared(kind: str) -> Any:
    """Return the page's one component of a kind: "picture", "gallery", "status", "file" or "value"."""
    page = here()
    page.unseen = page.unseen or gr.Group(visible=False)
    if kind not in page.shared:
        with page.unseen:
            page.shared[kind] = _KINDS[kind]()
    return page.shared[kind]


def public(
    fn: Callable[..., Any],
    returns: str,
    name: str,
    pool: dict[str, Any],
    *,
    values: Mapping[str, Any] | None = None,
    **own: gr.components.Component,
) -> None:
    """Let API clients call a function, with its parameters, their order and their defaults.

    Args:
        fn: is guarded here. What is annotated as a picture is one; all other values come as they were sent, so `fn`
            checks them.
        returns: what the function returns, in words: each is a kind, or ``name:kind``; see `shared`.
        name: of the endpoint, without a slash.
        pool: in which it runs.
        values: what `fn` takes besides as ``**values``, with its defaults, such as what a service has.
        own: for a parameter, the component of the page that checks it, and has its default.
    """
    hints = get_type_hints(fn) | {one: type(usual) for one, usual in (values or {}).items()}
    asked = [one for one in inspect.signature(fn).parameters.values() if one.kind is not one.VAR_KEYWORD]
    asked += [inspect.Parameter(one, asked[0].kind, default=usual) for one, usual in (values or {}).items()]
    pictures = [Image.Image in (hints.get(one.name), *get_args(hints.get(one.name))) for one in asked]
    inputs = [
        own[one.name] if one.name in own else shared("picture" if picture else "value")
        for one, picture in zip(asked, pictures, strict=True)
    ]
    words = [word.rpartition(":") for word in returns.split()]
    outputs = [shared(kind) for _, _, kind in words]
    shared("call").click(guard(_by_name(fn, asked) if values else fn), inputs, outputs, api_name=name, **pool)
    here().public[f"/{name}"] = (
        {one.name: _described(one, hints.get(one.name)) for one in asked if one.name not in own},
        [word or kind for word, _, kind in words],
    )


def _by_name(fn: Callable[..., Any], asked: Sequence[inspect.Parameter]) -> Callable[..., Any]:
    """Return a function of positional parameters, which Gradio wants, that hands them on by their names."""
    names = [one.name for one in asked]

    def stream(*sent: Any) -> Iterator[Any]:
        yield from fn(**dict(zip(names, sent, strict=True)))

    def call(*sent: Any) -> Any:
        return fn(**dict(zip(names, sent, strict=True)))

    made: Any = stream if inspect.isgeneratorfunction(fn) else call
    made.__name__, made.__signature__ = fn.__name__, inspect.Signature(asked)
    return made  # type: ignore[no-any-return]


def _described(parameter: inspect.Parameter, hint: Any) -> dict[str, Any]:
    """Return what a client reads of a parameter, over what Gradio says of the component behind it."""
    told: dict[str, Any] = {"label": parameter.name}
    if parameter.default is MUST:
        told |= {"parameter_has_default": False, "parameter_default": None}
    elif parameter.default is not parameter.empty:
        told |= {"parameter_has_default": True, "parameter_default": parameter.default}
    if kind := _TYPES.get(hint):
        told |= {"type": {"type": kind}, "python_type": {"type": hint.__name__, "description": ""}}
    return told
