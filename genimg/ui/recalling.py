"""Bring back: a picture that carries a recipe opens the tab that made it, as it was then.

`PLACES` says where on the page each operation is at home. `answer` makes of a file what the page's script
(``web/recalling.js``) needs: which tab, the values of its controls, and the files of what the picture was made of. The
script puts these into the tab's own boxes, as if a person had chosen them there, so the picture is made by the same
events, from the same pixels.
"""

import base64
import html
import json
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from genimg import checkpoints
from genimg.core import recipes
from genimg.core.decoding import open_image
from genimg.core.errors import UserError
from genimg.core.recipes import Recipe
from genimg.studio import again, cutout, generate, sampler, steering, strokes
from genimg.studio.collector import Collector
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.parts.canvas import Answer, answered, each, plain
from genimg.ui.parts.component import Panel
from genimg.ui.parts.panel import Values
from genimg.ui.shell.gradio_internals import english, uploaded

SECONDS = 30.0  # to make again what a picture was made of
_LANE = Collector(each, batch=1, nice=4, patience=60.0)


def _as_named(recipe: Recipe) -> Values:
    return dict(recipe.parameters)


@dataclass(frozen=True)
class Place:
    """Where on the page a picture is made.

    Attributes:
        tab: its key.
        uploads: elem_ids of the boxes for what it is made of, by the names of the service's parameters, and the boxes'
            labels.
        values: makes of a recipe the values of the controls, by their names.
        prefix: of the panels, if that is not the tab's key.
        event: of the panel, that makes the picture where nothing was put into a box.
        press: elem_id of a button that makes it.
        part: elem_id of the part of the tab, where it has parts.
    """

    tab: str
    uploads: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    values: Callable[[Recipe], Values] = _as_named
    prefix: str = ""
    event: str = "input"
    press: str = ""
    part: str = ""


def _art(recipe: Recipe) -> Values:
    values = dict(recipe.parameters)
    method, given = values.get("method"), values.pop("parameters", None) or {}
    if values.get("height") is None:
        values["height"] = values.get("width")
    return values | {f"{method}.{name}": value for name, value in dict(given).items()}


def _enlarge(recipe: Recipe) -> Values:
    return {name: str(value) for name, value in recipe.parameters.items()}


def _edit(recipe: Recipe) -> Values:
    return {"operations": recipe.parameters["operations"]}


def _restore(recipe: Recipe) -> Values:
    values = dict(recipe.parameters)
    return {"kind-of-all": values.pop("method", "denoise")} | values


def _repair(recipe: Recipe) -> Values:
    values, painted = dict(recipe.parameters), recipe.parameters.get("strokes")
    strokes.read(painted, ("damage", "keep", "avoid"))
    values["strokes"] = painted if isinstance(painted, str) else json.dumps(painted or [])
    return values


def _imagine(recipe: Recipe) -> Values:
    return _repair(recipe) | {"method": "imagine"}


def _cutout(recipe: Recipe) -> Values:
    values, painted = dict(recipe.parameters), recipe.parameters.get("strokes")
    strokes.read(painted, cutout.KINDS)
    values["strokes"] = painted if isinstance(painted, str) else json.dumps(painted or [])
    return values | ({"first": "cutout-person"} if values.get("person") is True else {})


_PHOTO, _PICTURE, _SAMPLE = t("Photo"), t("Your picture"), t("Your sample")
_STYLE = {"content": ("style-photo", _PHOTO), "style": ("style-painting", t("Style picture")),
          "second": ("style-second", t("Second style picture"))}  # fmt: skip
_REPAIR = {"picture": ("repair-photo", _PICTURE)}
# The tab of each operation; one that is missing here is made by the shell alone. See also `_canvas`.
PLACES = {
    "art": Place("art", values=_art),
    "stylize": Place("style", _STYLE),
    "refine": Place("style", _STYLE, press="style-refine"),
    "edit": Place("edit", {"image": ("edit-source", t("Your photo"))}, _edit, event="operations"),
    "enlarge": Place("enlarge", {"picture": ("enlarge-photo", _PICTURE)}, _enlarge, press="enlarge-go"),
    "remix": Place("remix", {"photo": ("remix-photo", _PICTURE), "layout": ("remix-layout", t("Layout"))}),
    "quilt": Place("texture", {"exemplar": ("texture-source", _SAMPLE)}, part="texture-quilting"),
    "texture": Place("texture", {"exemplar": ("texture-neural-source", _SAMPLE)}, prefix="texture-neural",
                     press="texture-neural-go", part="texture-neural"),
    "cutout": Place("cutout", {"photo": ("cutout-photo", t("Your photo")),
                               "picture": ("cutout-picture", t("Background picture"))}, _cutout, event="shown"),
    "restore": Place("repair", _REPAIR, _restore, press="repair-restore"),
    "repair": Place("repair", _REPAIR, _repair, press="repair-mend"),
    "imagine": Place("repair", _REPAIR, _imagine, press="repair-mend"),
}  # fmt: skip
CANVASES = ("generate", "sheet")  # what the live canvases make, of Generate and of the VAE


def answer(page: Any, recipe: Recipe) -> Answer:
    """Return what the page's script does about a recipe, and the words that it says then.

    Args:
        page: the `gr.Blocks`, whose panels know which values they can have.
        recipe: any.

    Raises:
        UserError: if no tab makes such pictures, or a control cannot have such a value.
    """
    again.service(recipe)
    if recipe.operation in CANVASES:
        return _canvas(recipe)
    if recipe.operation not in PLACES:
        raise UserError(f"The page cannot bring back {recipe.operation} yet; the shell's command again does.")
    place = PLACES[recipe.operation]
    if strange := recipe.sources.keys() - place.uploads.keys():
        raise UserError(f"No box of the page takes the {min(strange)} of this picture; the shell's command again does.")
    prefix = place.prefix or place.tab
    try:
        wanted = place.values(recipe)
    except UserError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UserError("This picture's recipe is damaged.") from None
    (values, moved), words = _held(page, prefix, wanted), list[str]()
    found, missing = again.files(recipe, seconds=SECONDS)
    files = {place.uploads[name][0]: _file(content, recipe.sources[name].name) for name, content in found.items()}
    wanting = {}
    for name, one in missing.items():
        box = say(english(place.uploads[name][1]))
        asked = (say("Put “{}” into the box “{}”: it was made of that picture.", one.name, box) if one.name
                 else say("Put the picture that it was made of into the box “{}”.", box))  # fmt: skip
        wanting[place.uploads[name][0]] = {"name": one.name, "said": html.escape(asked, quote=False)}
    if recipe.operation in again.BY_THE_CLOCK:
        words.append(say("It works by the clock, so the picture will be like that one, not the same."))
    return {
        "tab": place.tab, "part": place.part, "prefix": prefix, "values": values, "moved": moved,
        "first": wanted.get("first"), "strokes": wanted.get("strokes"), "event": place.event, "press": place.press,
        "files": files, "missing": wanting,
        # What stands in a box that this picture had no use for would be used.
        "emptied": [box for name, (box, _) in place.uploads.items() if name not in recipe.sources],
        "said": " ".join(words),
    }  # fmt: skip


def _held(page: Any, prefix: str, wanted: Values) -> tuple[Values, list[str]]:
    """Return those values that controls of the panels of this prefix can have, checked, and which are not as usual."""
    held, moved = Values(), list[str]()
    for one in page.blocks.values():
        if isinstance(one, Panel) and one.called == prefix:
            for name in (name for name in one.controls if name in wanted):
                item = one.controls[name]
                if item.pictures and wanted[name] not in item.pictures():
                    raise UserError("This picture's recipe is damaged.")
                if item.check and wanted[name] is not None:
                    item.check(say(english(item.label)), wanted[name])
                    held[name] = wanted[name]
                    moved += [name] if wanted[name] != item.usual else []
    return held, moved


def _canvas(recipe: Recipe) -> Answer:
    known = dict(recipe.parameters)
    count = known.pop("count", None)
    for name in ("enlarged", "framed"):
        known.pop(name, None)
    asked = steering.parse(known)
    steering.told(asked, *steering.KINDS)  # says what is wrong
    sampler.check_draw(asked.seed, 16 if count is None else count, asked.truncation)
    tab = "generate" if sampler.is_of(asked.model, *generate.KINDS) else "vae"
    state = {name: value for name, value in known.items() if name not in ("model", "seed", "classes", "solver")}
    return {
        "tab": tab, "part": "" if tab == "generate" else "vae-sample", "said": "",
        "canvas": {"model": asked.model, "seed": int(asked.seed), "count": count, "classes": known.get("classes"),
                   "state": state},
    }  # fmt: skip


def _file(content: bytes, name: str) -> dict[str, str]:
    kind = {b"\x89PNG": "png", b"\xff\xd8\xff\xe0": "jpeg", b"\xff\xd8\xff\xe1": "jpeg"}.get(content[:4], "webp")
    coded = base64.b64encode(content).decode()
    return {"file": f"data:image/{kind};base64,{coded}", "name": f"{name or 'picture'}.{kind}"}


def _read(page: Any, path: object) -> Answer:
    picture = open_image(uploaded(path, "picture"), alpha=True, tell=lambda _: None)
    known = picture.info.get(recipes.SOURCE)
    if not known:
        raise UserError("This picture does not say how it was made; put it into the box of a tab to work on it.")
    recipe = recipes.parse(known)
    made = answer(page, recipe)
    changed = recipe.size != picture.size
    for name, weights in recipe.weights.items():
        if checkpoints.fingerprint(name) != weights:
            made["said"] += " " + say("{} was trained on since, so it makes another picture now.", name)
    if changed:
        made["said"] += " " + say("The file was resized since; this is how the picture was made before.")
    return made | {"said": html.escape(made["said"].strip(), quote=False)}


def recalling(page: Any) -> Callable[..., Any]:
    """Return what the page's script asks with a file that it has uploaded."""

    async def recall(data: Any) -> Answer:
        """Tell how the picture in a file comes back."""

        async def work(who: str) -> Answer:
            read = partial(copy_context().run, _read, page, data.get("path"))  # which knows the reader's language
            return dict(await _LANE.ask(who, "recall", read))

        return await answered(data, work)

    return plain(recall)
