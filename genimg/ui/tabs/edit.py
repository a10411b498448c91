"""The Edit tab: crop, turn, light, colour and detail, previewed live, undone at will, saved at full size."""

import json
import time
from dataclasses import replace
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import UserError, integer
from genimg.studio import edit as studio
from genimg.studio import examples
from genimg.studio.history import History
from genimg.ui import adjustments
from genimg.ui import controls as ui
from genimg.ui.adjustments import BOX, RATIOS
from genimg.ui.i18n import t
from genimg.ui.locale import translated
from genimg.ui.parts import panel
from genimg.ui.parts.component import Panel, named
from genimg.ui.parts.panel import Values
from genimg.ui.sheet import STEPS, Sheet, box, framed, reshaped, show, size_of

TITLE = t("Edit")
TAKES = "edit-source"


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Lay out the tab and wire its events."""
    sheet = gr.State(Sheet(), time_to_live=3600)
    with ui.page():
        with ui.result("edit-save"):
            result = ui.SafeImage(
                label=t("Result"), format="jpeg", interactive=False, height=520, elem_id="edit-result",
                elem_classes="gi-stage",
                alt_text=t("the edited picture"), show_label=False, buttons=["fullscreen"],
            )  # fmt: skip
            both = gr.ImageSlider(
                visible=False, height=520, interactive=False, format="jpeg", buttons=["fullscreen"],
                show_label=False, max_height=520, elem_id="edit-both",
                elem_classes="gi-stage",
            )  # fmt: skip
            line = ui.status_line()
            saving = Panel("edit", adjustments.SAVING, plain=True)
        with ui.controls():
            source = ui.SafeImage(
                label=t("Your photo"), height=152, alt_text=t("the photo to edit"), elem_id="edit-source",
                buttons=[], format="png", show_label=False, elem_classes="gi-photo", alpha=True,
            )  # fmt: skip
            board = Panel("edit", [
                panel.shelf("examples", t("Examples"), examples.photos),
                panel.tabs("page", t("What to change"), *adjustments.PAGES),
                panel.given("operations", adjustments.listed),
                panel.fold(
                    t("List of operations"), panel.note(name="list", code=True),
                    panel.note(t("The same list works from Python, the shell and the API endpoint `edit`.")),
                ),
            ])  # fmt: skip
            ui.how_it_works(
                "Nothing is changed in your photo: the page keeps a list of operations and shows them on a small copy. "
                "Each one is a function of the pixels, for instance gamma, which bends the curve from dark to light, "
                "and the whole list runs in order at full size when you download. "
                "Sharpening adds back, enlarged, what a Gaussian blur would take away.",
                formula=r"\text{gamma: } y = x^{1/\gamma} \qquad \text{sharpen: } y = x + a\,(x - G_\sigma * x)",
                paper="A. R. Smith, 1978, Color Gamut Transform Pairs (SIGGRAPH), for the hue.",
            )
    ui.public(studio.edit, "picture", "edit", ui.HEAVY, image=source)

    quick = ui.LIVE | ui.PRIVATE
    now = [sheet, saving, board]
    everything = [sheet, result, both, line, board]
    source.input(ui.guard(_opened), [source, saving], everything, **quick)
    board.on("examples")(ui.guard(_picked), [saving, board], [source, *everything], **quick)
    first(ui.guard(_begun), saving, [source, *everything], **quick)
    board.input(ui.guard(_moved), now, everything, **quick)
    saving.click(ui.guard(_stepped), [sheet, saving, saving, board], everything, **(quick | ui.PICK))
    board.click(ui.guard(_stepped), [sheet, saving, board, board], everything, **(quick | ui.PICK))
    saving.input(ui.guard(_compared), [sheet, saving], [result, both, line], **quick)
    framing = [result, line, board]
    board.on("operations")(ui.guard(_told), [source, saving, board], everything, **quick)
    board.on("drawn")(ui.guard(_drew), [sheet, board], framing, **quick)
    board.on("shape")(ui.guard(_reshaped), [sheet, board], framing, **quick)
    board.on("wide")(ui.guard(_wide), [sheet, board], board, **quick)
    board.on("high")(ui.guard(_high), [sheet, board], board, **quick)
    saving.on("save")(ui.guard(_saved), [source, sheet, saving], [ui.delivery(), line], **ui.HEAVY, **ui.PRIVATE)


def _begun(saving: Values) -> list[Any]:
    picture = next(iter(examples.photos().values()))
    return [picture, *_opened(picture, saving)]


def _picked(saving: Values, board: Values) -> list[Any]:
    return [board["examples"], *_opened(board["examples"], saving)]


def _opened(image: Image.Image | None, saving: Values) -> list[Any]:
    return _all_of(Sheet(image), saving)


def _told(image: Image.Image | None, saving: Values, board: Values) -> list[Any]:
    """Begin with a whole list of operations, in place of all that was done."""
    history = History(tuple(board["operations"] or ()))
    try:
        studio.sizes(image.size if image else (1, 1), history.present)
    except UserError:  # they were made for another picture: the controls are shown, and wait for that
        image = None
    return _all_of(Sheet(image, history), saving)


def _all_of(now: Sheet, saving: Values) -> list[Any]:
    """Return a new state of things, and all that shows it."""
    told: Values = dict.fromkeys(BOX, 0) | _listed(now) | adjustments.shown(now.history)
    if now.photo is not None:
        told |= _whole(now)
    return [now, *show(now, saving), told]


def _whole(now: Sheet) -> Values:
    """Return the numbers of a box around all of the picture, and of its size."""
    columns, rows = now.size
    return {"left": 0, "top": 0, "width": columns, "height": rows, "columns": columns, "rows": rows}


def _listed(now: Sheet) -> Values:
    return {"list": json.dumps(now.history.present, indent=1)}


def _moved(now: Sheet, saving: Values, board: Values) -> list[Any]:
    """Follow the controls: those that stand for operations, or the numbers of the box while that is seen."""
    after = replace(now, history=adjustments.moved(board, now.history))
    told = _listed(after) | (_whole(after) if now.photo is not None and after.size != now.size else {})
    if board["page"] == "crop" and now.photo is not None:
        picture, line = framed(after, board | told)
        return [after, picture, gr.skip(), line, told]
    if after.history != now.history:
        studio.sizes(now.picture.size, after.history.present)
    return [after, *show(after, saving), told]


def _stepped(now: Sheet, saving: Values, pressed: Values, board: Values) -> list[Any]:
    """Do what a button says."""
    history = named(pressed, STEPS)(now.history, board)
    studio.sizes(now.picture.size, history.present)  # a box outside the picture must not enter the history
    return _all_of(replace(now, history=history), saving)


def _drew(now: Sheet, board: Values) -> list[Any]:
    start, end = board["drawn"] or ((0, 0), (1, 1))
    frame = studio.fit_box(now.size, start, end, _ratio(now, board))
    told = dict(zip(BOX, frame, strict=True))
    return [*framed(now, told), told]


def _reshaped(now: Sheet, board: Values) -> list[Any]:
    """Return the box with a new shape locked, as large as it goes from its corner."""
    told = reshaped(now.size, box(board), _ratio(now, board))
    return [*framed(now, told), told]


def _ratio(now: Sheet, board: Values) -> float | None:
    columns, rows = now.size
    return columns / rows if board["aspect"] == "original" else RATIOS.get(board["aspect"])


def _wide(now: Sheet, board: Values) -> Any:
    return _follow(now, board, "columns", "rows")


def _high(now: Sheet, board: Values) -> Any:
    return _follow(now, board, "rows", "columns")


def _follow(now: Sheet, board: Values, one: str, other: str) -> Any:
    if now.photo is None or not board["lock"]:
        return gr.skip()
    size = dict(zip(("columns", "rows"), now.size, strict=True))
    value = integer("size", board[one], 1, 2 * studio.MAX_SIDE)
    return {other: max(1, round(value * size[other] / size[one]))}


def _compared(now: Sheet, saving: Values) -> list[Any]:
    comparing = saving["comparing"] and now.photo is not None
    picture, pair, words = show(now, saving)
    shown = {"value": pair} if comparing else {"value": picture}
    return [
        gr.update(visible=not comparing, **({} if comparing else shown)),
        gr.update(visible=comparing, **(shown if comparing else {})),
        words,
    ]


def _saved(image: Image.Image | None, now: Sheet, saving: Values) -> list[Any]:
    began = time.perf_counter()
    kind, full = saving["format"], studio.edit(image, now.history.present)
    content, ending = studio.save(full, kind, saving["quality"], notes=saving["notes"])
    facts = [kind, f"{full.width} × {full.height}", size_of(len(content)), translated(studio.laid_on_white(full, kind))]
    status = ui.status(time.perf_counter() - began, extra=" · ".join(filter(None, facts)))
    return [ui.handed(content, f"edited.{ending}", of=image), status]
