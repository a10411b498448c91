"""Pictures that remember how they were made, and are made again from that.

A service that is marked `remembered` gives its picture a recipe; `again` calls the service as the recipe says.
"""

import importlib
import inspect
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar, cast

from PIL import Image

from genimg import checkpoints
from genimg.core import recipes
from genimg.core.errors import UserError
from genimg.core.images import encode, finished, open_image, to_rgb
from genimg.core.recipes import Recipe, Source
from genimg.core.steps import Step

# What a recipe may name, and where it is done: a file of somebody else's calls nothing else.
OPERATIONS = {
    "art": "art:make",
    "comparison": "compare:comparison",
    "cutout": "cutout:cutout",
    "draw": "draw:drawing",
    "edit": "edit:edit",
    "enlarge": "enlarge:magnify",
    "generate": "steering:picture",
    "grid": "grids:grid",
    "sheet": "steering:contact_sheet",
    "imagine": "repair:imagine",
    "life": "texture:life",
    "mix": "mixing:mix",
    "quilt": "texture:quilt",
    "refine": "style:refine",
    "remix": "remix:remix",
    "repair": "repair:fill",
    "restore": "restore:restore",
    "stylize": "style:stylize",
    "texture": "texture:synthesize",
    "variations": "vae:sheet",
}
_FILE = "genimg:file"  # of ``info``, for a moment: the file that a source had, which is not a PNG
# So many steps as the seconds allow, or figures that were measured: another run is a little otherwise.
BY_THE_CLOCK = ("comparison", "imagine", "refine", "texture")
Function = TypeVar("Function", bound=Callable[..., Any])


def remembered(operation: str, *, model: str = "") -> Callable[[Function], Function]:
    """Mark a service whose picture shall remember how it was made.

    The pictures among its arguments become the recipe's sources, all others its parameters. The service returns a
    picture, a tuple that begins with one, or an iterator of `Step` that ends with one.

    Args:
        operation: one of `OPERATIONS`.
        model: the parameter that names the checkpoint.
    """

    def mark(service: Function) -> Function:
        signature = inspect.signature(service)

        @wraps(service)
        def call(*given: Any, **named: Any) -> Any:
            made = service(*given, **named)
            bound = signature.bind(*given, **named)
            bound.apply_defaults()
            return told(made, operation, bound.arguments, bound.arguments.get(model))

        return cast(Function, call)

    return mark


def told(made: Any, operation: str, arguments: Mapping[str, Any], model: object = None) -> Any:
    """Let what a service made remember that; for whoever calls the parts of it and not the whole.

    Args:
        made: what a service that is `remembered` returns.
        operation: one of `OPERATIONS`.
        arguments: of the service that makes it again.
        model: the checkpoint's name, if the picture is of one.
    """
    if isinstance(made, tuple):
        return told(made[0], operation, arguments, model), *made[1:]
    pictures = {key: value for key, value in arguments.items() if isinstance(value, Image.Image)}
    recipe = Recipe(
        operation,
        {key: value for key, value in arguments.items() if key not in pictures},
        (0, 0),
        {key: recipes.source(picture) for key, picture in pictures.items()},
        {model: checkpoints.fingerprint(model)} if isinstance(model, str) and model else {},
    )
    if isinstance(made, Image.Image):
        return recipes.attach(made, replace(recipe, size=made.size))
    return _last(made, recipe)


def _last(steps: Iterator[Step], recipe: Recipe) -> Iterator[Step]:
    with closing(cast(Any, steps)):
        for step in steps:
            if step.image is None or step.index < step.total:
                yield step
            else:
                rows, columns = step.image.shape[-2:]
                yield replace(step, recipe=replace(recipe, size=(columns, rows)))


def service(recipe: Recipe) -> Callable[..., Any]:
    """Return what makes a recipe's picture; nothing is called yet.

    Raises:
        UserError: if nothing here is called so, or the recipe names what that does not know, or says too little.
    """
    if recipe.operation not in OPERATIONS:
        raise UserError(f"Nothing here is called {recipe.operation[:40]!r}; a recipe may name {', '.join(OPERATIONS)}.")
    module, function = OPERATIONS[recipe.operation].split(":")
    found: Callable[..., Any] = getattr(importlib.import_module(f"genimg.studio.{module}"), function)
    asked = inspect.signature(found)
    strange = (set(recipe.parameters) | set(recipe.sources)) - set(asked.parameters)
    if strange and not any(one.kind is one.VAR_KEYWORD for one in asked.parameters.values()):
        raise UserError(f"This recipe names {sorted(strange)[0][:40]!r}, which {recipe.operation} does not know.")
    try:
        asked.bind(**{**recipe.parameters, **recipe.sources})
    except TypeError as problem:
        raise UserError(f"This recipe says too little: {problem}.") from None
    return found


def again(recipe: Recipe, pictures: Sequence[Image.Image] = (), *, until: float = math.inf) -> Image.Image:
    """Make a picture again, and what it was made of before it, where that has a recipe too or came with genimg.

    Args:
        recipe: as `genimg.core.recipes.read` returns it.
        pictures: what it was made of, as far as that has none; in any order.
        until: by the monotonic clock, when to give up.

    Raises:
        UserError: if one of them is missing, a model is missing or was trained on since, nothing here is called so, or
            it takes too long.
    """
    service(recipe)
    for name, weights in recipe.weights.items():
        if checkpoints.fingerprint(name) != weights:
            raise UserError(f"{name} has other weights than when this picture was made, so it would be another one.")
    picture = made(recipe, sources(recipe, pictures, until), until)
    # As it was told, for a name that a source had then may be another one now.
    return recipes.attach(picture, recipe) if picture.size == recipe.size else picture


def sources(recipe: Recipe, pictures: Sequence[Image.Image], until: float) -> dict[str, Image.Image]:
    """Return what a picture was made of, by the names of the parameters; see `again`.

    Raises:
        UserError: if one of them is missing, or cannot be made again in time.
    """
    return {name: _source(one, pictures, until) for name, one in recipe.sources.items()}


def made(recipe: Recipe, sources: Mapping[str, Image.Image], until: float) -> Image.Image:
    """Call the service that a recipe names, whatever weights the model has now.

    Raises:
        UserError: if nothing here is called so, a value is out of range, or it takes too long.
    """
    make = service(recipe)
    _look_at(until)
    result = make(**recipe.parameters, **sources)
    if isinstance(result, tuple):
        result = result[0]
    return result if isinstance(result, Image.Image) else finished(_end(result, until))


def files(recipe: Recipe, *, seconds: float) -> tuple[dict[str, bytes], dict[str, Source]]:
    """Return the files of those pictures that a recipe's was made of, by their parameters, and those that are missing.

    Args:
        recipe: any.
        seconds: that it may take to make them again.
    """
    until, found, missing = time.monotonic() + seconds, dict[str, bytes](), dict[str, Source]()
    for name, one in recipe.sources.items():
        try:
            picture = _source(one, (), until)
            found[name] = picture.info.pop(_FILE, None) or encode(picture)
        except UserError:
            missing[name] = one
    return found, missing


def _end(steps: Iterator[Step], until: float) -> Step:
    last = Step(0, 0)
    with closing(cast(Any, steps)):
        for step in steps:
            last = step
            _look_at(until)
    return last


def _look_at(until: float) -> None:
    if time.monotonic() > until:
        raise UserError("It takes too long to make this picture again here; give it, as it was.")


def _source(asked: Source, pictures: Sequence[Image.Image], until: float) -> Image.Image:
    from genimg.studio.shipped import shipped  # which knows many services, each of which is marked here

    for picture in pictures:
        if (same := _alike(picture, asked.pixels)) is not None:
            return same
    if (found := shipped(asked.pixels)) is not None:
        return found
    called = f"{asked.name!r}" if asked.name else "a picture"
    if asked.recipe is None:
        raise UserError(f"It was made of {called}, which has no recipe: give that picture, as it was.")
    if asked.recipe.operation in BY_THE_CLOCK:
        raise UserError(f"It was made of {called}, which was made by the clock: give that picture, as it was.")
    made, content = again(asked.recipe, pictures, until=until), None
    if asked.recipe.format:  # what such a file loses is part of the picture
        content = encode(made, asked.recipe.format, quality=asked.recipe.quality or 92)
        made = open_image(content, alpha=True)
    if (same := _alike(made, asked.pixels)) is None:
        raise UserError("What it was made of has come out otherwise than before: give that picture, as it was.")
    if content:
        same.info[_FILE] = content
    return same


def _alike(picture: Image.Image, pixels: str) -> Image.Image | None:
    """Return a picture as it is, or before white, whichever has these pixels."""
    return next((one for one in (picture, to_rgb(picture)) if recipes.fingerprint(one) == pixels), None)
