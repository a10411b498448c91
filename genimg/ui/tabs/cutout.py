"""The Cut-out tab: paint on what stays and on what goes, and the cut-out follows each stroke."""

import json
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import UserError
from genimg.core.images import encode
from genimg.studio import cutout as studio
from genimg.studio import examples
from genimg.studio.again import told
from genimg.ui import controls as ui
from genimg.ui import cutting
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.painting import Canvas
from genimg.ui.parts import panel
from genimg.ui.parts.component import Panel
from genimg.ui.parts.panel import Values

TITLE = t("Cut-out")
TAKES = ["cutout-photo", ("cutout-picture", t("Background"))]
Photo = tuple[int, Image.Image | None, bool]


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Lay out the tab and wire its events."""
    # A number beside the photo tells photos apart, so that nothing is cut twice when one act fires two events; last
    # stands whether the person in it was asked for.
    photo = gr.State((0, None, False), time_to_live=3600)
    kept = gr.State((None, None), time_to_live=3600)  # (what was asked, the cut-out)
    canvas = Canvas(
        "cutout",
        [(t("Keep"), "keep", "#16a34a"), (t("Remove"), "remove", "#e11d48"),
         (t("Box around it"), "box", "#2563eb")],
        alt=t("the photo with what is cut away dimmed, or the cut-out itself"),
    )  # fmt: skip
    with ui.page():
        with ui.result("cutout-save"):
            canvas.stage()
            both = gr.ImageSlider(
                visible=False, height=520, interactive=False, format="jpeg", buttons=["fullscreen"],
                show_label=False, max_height=520, elem_id="cutout-both", elem_classes="gi-stage",
            )  # fmt: skip
            line = ui.status_line()
            line.elem_id = "cutout-status"
            seen = Panel("cutout", cutting.SEEN, plain=True)
        with ui.controls():
            source = ui.SafeImage(
                label=t("Your photo"), height=152, alt_text=t("the photo to cut from"), elem_id="cutout-photo",
                buttons=[], format="jpeg", interactive=True,
            )  # fmt: skip
            board = Panel("cutout", cutting.controls(canvas.brush()))
            # There, so that a picture can be sent to it; seen with a picture as the background: see web/panel.css.
            picture = ui.SafeImage(
                label=t("Background picture"), height=150, alt_text=t("the picture behind the cut-out"),
                elem_id="cutout-picture", buttons=[], format="jpeg", interactive=True,
            )  # fmt: skip
            scenes = Panel("cutout", [panel.shelf("scenes", t("Background picture"), examples.styles)], plain=True)
            ui.how_it_works(
                "Each pixel leans to the stroke that it is near to and coloured like, and to what a small network "
                "takes for a person. That teaches two colour models, of the thing and of what is around it, and a "
                "graph cut draws the border where it costs least (GrabCut). In a band along that border, wider where "
                "the photo is soft there, the opacity is then solved for each pixel, as if in every small window it "
                "were a linear function of colour, and the thing's own colours are separated from what shone through. "
                "All of it is done on a copy of 768 pixels and carried to the full size along the photo's edges; a "
                "thing coloured like its surroundings needs more strokes, and glass is beyond it.",
                formula=r"\min_\alpha\; \alpha^\top L\,\alpha \;\text{(painted values fixed)}, "
                r"\quad I = \alpha F + (1-\alpha) B",
                paper="Rother, Kolmogorov, Blake, 2004, GrabCut (SIGGRAPH), by OpenCV; Levin, Lischinski, Weiss, 2006, "
                "A Closed-Form Solution to Natural Image Matting (CVPR), and Germer et al., 2020, Fast Multi-Level "
                "Foreground Estimation (ICPR), by pymatting; He and Sun, 2015, Fast Guided Filter; "
                "MediaPipe's selfie segmentation.",
            )
    ui.public(cutting.answer, "picture", "cutout", ui.HEAVY)

    frames, views = [canvas.picture, both], [kept, seen, board, picture]
    quick: dict[str, Any] = ui.LIVE | ui.PRIVATE
    following = ui.BRISK | ui.PRIVATE | {"show_progress": "minimal"}
    show: dict[str, Any] = {"fn": ui.guard(_show), "inputs": views, "outputs": frames}
    # Cutting takes a second or two; what is shown then is asked for afterwards, for the view may have changed.
    gr.on([canvas.strokes.change, board.input], ui.guard(_cut), [photo, canvas.strokes, board, kept], [kept, line],
          **following).success(**show, **quick)  # fmt: skip
    begun = [photo, source, canvas.strokes, kept, line, *frames]
    controls = [board, seen, picture]
    for event, work in ((first, _begun), (board.on("examples"), _picked), (board.on("person"), _found)):
        event(ui.guard(work), [photo, *controls], begun, **following)
    source.input(ui.guard(_opened), [photo, source, *controls], begun, **following)
    board.on("shown")(ui.guard(_behind), views, [seen, *frames], **quick)
    scenes.on("scenes")(ui.guard(_scene), [*views, scenes], [picture, *frames], **quick)
    # A picture sent here from another tab is meant to be seen.
    picture.input(ui.guard(_sent), views, [board, seen, *frames], **quick)
    seen.input(**show, **quick)
    seen.on("save")(ui.guard(_save), [photo, kept, board, picture], [ui.delivery(), line], **ui.BRISK, **ui.PRIVATE)


def _opened(photo: Photo, picture: Image.Image | None, *views: Any) -> Iterator[tuple[Any, ...]]:
    yield from _fresh((photo[0] + 1, picture, False), gr.skip(), "", *views)


def _found(photo: Photo, *views: Any) -> Iterator[tuple[Any, ...]]:
    yield from _fresh((photo[0] + 1, photo[1], True), gr.skip(), "", *views)


def _begun(photo: Photo, *views: Any) -> Iterator[tuple[Any, ...]]:
    yield from _example(next(iter(studio.EXAMPLES)), photo, *views)


def _picked(photo: Photo, board: Values, *views: Any) -> Iterator[tuple[Any, ...]]:
    if (name := board["examples"]) is None:
        raise UserError("That picture is not there any more; pick another one.")
    yield from _example(name, photo, board, *views)


def _example(name: str, photo: Photo, *views: Any) -> Iterator[tuple[Any, ...]]:
    picture = examples.photo(name)
    yield from _fresh((photo[0] + 1, picture, False), picture, json.dumps(studio.EXAMPLES[name]), *views)


def _fresh(
    photo: Photo, shown: Any, strokes: str, board: Values, seen: Values, behind: Any
) -> Iterator[tuple[Any, ...]]:
    """Give another photo and what is to be seen of it in its box; then its strokes and what is cut out by them.

    Strokes that change are an event too, which then finds that it is all cut already.
    """
    yield photo, shown, *[gr.skip()] * 5
    kept, words = _cut(photo, strokes, board, (None, None))
    yield photo, shown, strokes, kept, words, *_show(kept, seen, board, behind)


def _cut(photo: Photo, strokes: Any, board: Values, kept: tuple[Any, Any]) -> tuple[Any, str]:
    (number, picture, person), softness = photo, board["softness"]
    if picture is None:
        return (None, None), ui.status()
    asked = (number, strokes, softness)
    if kept[0] == asked and kept[1].soft:
        return kept, gr.skip()
    began = time.perf_counter()
    made = studio.cut(picture, strokes, softness=softness, wait=False, person=person)
    words = f"{picture.width} × {picture.height}"
    if not made.soft:
        words += " · " + say(
            "Cut hard: the soft border is being compiled, once after the installation, for some seconds"
        )
    return (asked, made), ui.status(time.perf_counter() - began, extra=words)


def _show(kept: tuple[Any, Any], seen: Values, board: Values, picture: Any) -> tuple[Any, Any]:
    made, view, background, colour = kept[1], seen["view"], board["background"], board["colour"]
    if made is None:
        return gr.update(visible=True, value=None), gr.update(visible=False)
    if view == "mask":
        return gr.update(visible=True, value=studio.mask_view(made)), gr.update(visible=False)
    if background == "picture" and picture is None:
        background = "transparent"  # until one is chosen
    after = studio.result_view(made, background, colour=colour, picture=picture)
    if view == "result":
        return gr.update(visible=True, value=after), gr.update(visible=False)
    before = studio.photo_view(made)
    return gr.update(visible=False), gr.update(visible=True, value=(before, after))


def _behind(kept: tuple[Any, Any], seen: Values, board: Values, picture: Any) -> tuple[Any, ...]:
    """Show what stands behind: a background is chosen to be seen."""
    view = "result" if board["background"] != "transparent" else seen["view"]
    return {"view": view}, *_show(kept, {"view": view}, board, picture)


def _scene(kept: tuple[Any, Any], seen: Values, board: Values, _: Any, scenes: Values) -> tuple[Any, ...]:
    return scenes["scenes"], *_show(kept, seen, board, scenes["scenes"])


def _sent(kept: tuple[Any, Any], _: Values, board: Values, picture: Any) -> tuple[Any, ...]:
    told, view = {"background": "picture"}, {"view": "result"}
    return told, view, *_show(kept, view, board | told, picture)


def _save(photo: Photo, kept: tuple[Any, Any], board: Values, picture: Any) -> tuple[Any, str]:
    if kept[1] is None:
        raise UserError("There is nothing cut out yet.")
    began = time.perf_counter()
    behind = {"background": board["background"], "colour": board["colour"]}
    behind |= {"picture": picture if behind["background"] == "picture" else None}
    made = studio.full(photo[1], kept[1], **behind)
    if kept[1].soft:  # otherwise it would come out better than it is
        (_, strokes, softness), person = kept[0], photo[2]
        told(made, "cutout", {"photo": photo[1], "strokes": strokes, "softness": softness, "person": person, **behind})
    words = ui.status(time.perf_counter() - began, extra=f"PNG · {made.width} × {made.height}")
    return ui.handed(encode(made, "PNG"), "cutout.png", of=photo[1]), words
