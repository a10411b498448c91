"""The Grid tab: a picture that was made here, again and again, with two or three of its controls varied."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core import recipes
from genimg.core.errors import UserError
from genimg.core.images import encode
from genimg.core.recipes import Recipe
from genimg.studio import grids, sampler, steering
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.parts import panel, results
from genimg.ui.parts.component import Panel
from genimg.ui.parts.panel import Values

TITLE = t("Grid")
TAKES = "grid-picture"
_PAUSE = 0.7  # seconds between two views of a grid that is being made, at least
_LONGEST = 300.0  # seconds that a grid may take here
_NONE = ""  # of an axis that is not used
_SEED, _SECOND = 3, ("truncation", "0.4, 0.7, 1")  # of the first grid
_ACTS = [
    panel.row(
        panel.button("go", t("Make the grid"), primary=True), panel.stop(), panel.button("save", t("Download PNG"))
    )
]
# Of each axis what varies, the values that are typed, and what these values were suggested for.
_AXES = {"x": t("From left to right"), "y": t("From top to bottom"), "z": t("Block after block")}
_CONTROLS = [
    *(
        panel.row(
            panel.via("axis", panel.menu(letter, label, {_NONE: t("nothing")}, _NONE, among="names")),
            panel.via("", panel.text(f"{letter}-values", t("Values"))),
            panel.word(f"{letter}-of"),
        )
        for letter, label in _AXES.items()
    ),
    panel.words("names"),
    panel.note(t("Press a picture of the grid, and its tab opens with it.")),
]


@dataclass(frozen=True)
class Made:
    """A sheet that is shown, and the pictures in it."""

    sheet: Image.Image
    layout: grids.Layout
    cells: tuple[grids.Cell, ...]


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Lay out the tab and wire its events."""
    kept, turn = gr.State(None, time_to_live=3600), gr.State(ui.Turn(), time_to_live=3600)
    with ui.page():
        with ui.result("grid-save"):
            result, line = results.picture("grid", t("the pictures of the grid; press one, and its tab opens with it"))
            acts = Panel("grid", _ACTS, plain=True)
        with ui.controls():
            picture = ui.SafeImage(
                label=t("A picture made here"), height=152, alt_text=t("the picture that is varied"), alpha=True,
                elem_id="grid-picture", buttons=[], format="png", interactive=True,
            )  # fmt: skip
            board = Panel("grid", _CONTROLS)
            ui.how_it_works(
                "Every picture that is made here remembers how: the operation, all of its controls, and what it was "
                "made of. A grid makes it again with other values, all else as it was, so that what a control does is "
                "seen beside what another one does. Values are a list, 1, 2, 5, or a range: 1..5 is all whole numbers, "
                "0..1 [5] five numbers from 0 to 1, and 0..10 (+2.5) goes up by 2.5. Each picture remembers its own "
                "values, so a press on one opens its tab with them.",
                formula=r"P_{xyz} = f(\theta;\ \theta_a = x,\ \theta_b = y,\ \theta_c = z)",
                paper="E. Tufte, 1990, Envisioning Information (Graphics Press), on small multiples.",
            )

    quick: dict[str, Any] = ui.LIVE | ui.PRIVATE
    quiet = ui.PRIVATE | {"show_progress": "hidden"}
    outputs = [result, line, kept]
    running = [
        acts.on("go")(ui.guard(_grid), [turn, picture, board], outputs, **(ui.HEAVY | quiet)),
        first(ui.guard(_begun), turn, [picture, board, *outputs], **(ui.BRISK | quiet)),
    ]
    picture.input(ui.guard(_read), picture, [board, line], **quick)
    board.on("axis")(ui.guard(_suggested), [picture, board], board, **quick)
    acts.on("stop")(ui.guard(results.stopped), turn, line, cancels=running, **quick)
    acts.on("save")(ui.guard(_save), kept, ui.delivery(), **ui.BRISK, **ui.PRIVATE)
    result.select(ui.guard(_cell), kept, ui.delivery(), **(quick | ui.PICK))


def _begun(turn: ui.Turn) -> Iterator[tuple[Any, ...]]:
    """Show a face of a model that draws at once, and how it changes with two of its controls."""
    name = next(one for one in sampler.names(*steering.KINDS) if not steering.slow(one))
    picture = steering.picture(model=name, seed=_SEED)
    board = _offered(recipes.of(picture), {"x": ("seed", f"{_SEED}..{_SEED + 4}"), "y": _SECOND})
    yield from results.put(picture, ((board, *made) for made in _grid(turn, picture, board)))


def _recipe(picture: Image.Image | None) -> Recipe:
    if picture is None:
        raise UserError("Choose a picture first.")
    known = recipes.kept(picture)
    if not known:
        raise UserError("This picture does not say how it was made; a grid needs one that was made here.")
    return recipes.parse(known)


def _offered(recipe: Recipe | None, chosen: Mapping[str, tuple[str, str]]) -> Values:
    """Return what can be varied, and for each axis what varies there, with its values."""
    found: Values = {"names": list(grids.parameters(recipe)) if recipe else []}
    for letter in _AXES:
        name, values = chosen.get(letter, (_NONE, ""))
        found |= {letter: name, f"{letter}-values": values, f"{letter}-of": name}
    return found


def _read(picture: Image.Image | None) -> tuple[Values, str]:
    """Offer what can be varied in a picture, and take two of them to begin with."""
    if picture is None:
        return _offered(None, {}), ui.status()
    recipe = _recipe(picture)
    usual = grids.suggestions(recipe).items()
    first = ["seed", "strength", "truncation"]  # and then the settings of a method
    good = sorted((one for one in usual if one[1]), key=lambda one: (one[0] not in first, "parameters." not in one[0]))
    words = " · ".join([recipe.operation, *recipe.weights])
    return _offered(recipe, dict(zip("xy", good, strict=False))), ui.status(extra=words)


def _suggested(picture: Image.Image | None, board: Values) -> Values:
    """Suggest values for the axis that has just been chosen."""
    recipe, found = _recipe(picture), Values()
    for letter in _AXES:
        if (name := board[letter]) != board[f"{letter}-of"]:
            found |= {f"{letter}-of": name, f"{letter}-values": grids.suggested(recipe, name) if name else ""}
    return found


def _grid(turn: ui.Turn, picture: Image.Image | None, board: Values) -> Iterator[tuple[Any, ...]]:
    recipe = _recipe(picture)
    axes = [grids.Axis(board[one], grids.values(board[f"{one}-values"])) for one in _AXES if board[one] != _NONE]
    began = shown = time.perf_counter()
    total = math.prod(len(one.values) for one in axes)
    done: list[grids.Cell] = []
    with turn.taken() as mine:
        for cell in grids.cells(recipe, axes):
            if not mine():
                yield gr.skip(), gr.skip(), gr.skip()  # a generator that yields nothing would empty its outputs
                return
            done.append(grids.kept(cell))
            now = time.perf_counter()
            if len(done) == total or now - began > _LONGEST:
                break
            seen: Any = (gr.skip(), gr.skip())
            if now - shown > _PAUSE:
                seen, shown = _shown(recipe, axes, done), now
            words = say("picture {} of {}", len(done), total)
            yield seen[0], ui.status(now - began, extra=words, running=True), seen[1]
        page, kept = _shown(recipe, axes, done)
        wrong = [one.problem for one in done if one.problem]
        words = say("{} pictures", len(done) - len(wrong))
        if len(done) < total:
            words += " · " + say("stopped after {} s; the shell's command goes on", round(_LONGEST))
        if wrong:
            words += " · " + say("{} could not be made: {}", len(wrong), wrong[0])
        yield page, ui.status(time.perf_counter() - began, extra=words), kept


def _shown(recipe: Recipe, axes: Sequence[grids.Axis], done: Sequence[grids.Cell]) -> tuple[Image.Image, Made]:
    page, layout = grids.sheet(recipe, axes, done)
    return page, Made(page, layout, tuple(done))


def _save(made: Made | None) -> dict[str, Any]:
    return results.saver("grid.png")(made.sheet if made else None, None)


def _cell(made: Made | None, event: gr.SelectData) -> Any:
    """Hand over the picture that was pressed: the page's script opens its tab with it."""
    place = made.layout.place(*event.index) if made else None
    cell = next((one for one in made.cells if one.place == place), None) if made else None
    if cell is None or cell.picture is None:
        return gr.skip()
    return {"again": ui.handed(encode(cell.picture), "picture.png")}
