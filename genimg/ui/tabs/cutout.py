"""The Cut-out tab: paint on what stays and on what goes, and the cut-out follows each stroke."""

import inspect
import json
import time
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import UserError, choice
from genimg.core.images import encode, shrink
from genimg.studio import cutout as studio
from genimg.studio import examples
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.painting import Canvas, strokes_asked

TITLE = t("Cut-out")
TAKES = ["cutout-photo", ("cutout-picture", t("Background"))]
DEFAULTS = {name: p.default for name, p in inspect.signature(studio.cut).parameters.items()}
VIEWS = ("mask", "result", "compare")
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
            view = gr.Radio(
                [(t("Paint"), "mask"), (t("Cut-out"), "result"),
                 (t("Before and after"), "compare")],
                value="mask", show_label=False, container=False, elem_id="cutout-view",
            )  # fmt: skip
            save = gr.Button(t("Download PNG"), variant="primary", elem_id="cutout-save")
        with ui.controls():
            with gr.Row(elem_classes="gi-buttons"):
                source = ui.SafeImage(
                    label=t("Your photo"), height=152, alt_text=t("the photo to cut from"),
                    elem_id="cutout-photo", buttons=[], format="jpeg", min_width=140, interactive=True,
                )  # fmt: skip
                shelf = gr.Gallery(
                    columns=2, height=152, allow_preview=False, interactive=False, show_label=False, min_width=140,
                    object_fit="cover", buttons=[], elem_classes=["gi-examples", "gi-shelf"],
                    elem_id="cutout-examples", format="jpeg",
                )  # fmt: skip
            find = gr.Button(t("Find the person"), size="sm", elem_id="cutout-person")
            canvas.brush()
            softness = gr.Slider(
                *studio.SOFTNESS, value=DEFAULTS["softness"], step=0.005, label=t("Softness"),
                elem_id="cutout-softness",
                info=t("How wide a border is searched for hair and blur; 0 cuts hard."),
            )  # fmt: skip
            background = gr.Radio(
                [(t("Transparent"), "transparent"), (t("Colour"), "colour"),
                 (t("Its own, blurred"), "blur"), (t("A picture"), "picture")],
                value="transparent", label=t("Background"), elem_id="cutout-background",
            )  # fmt: skip
            colour = gr.ColorPicker("#2a9d8f", label=t("Background colour"), visible=False)
            with gr.Group(visible="hidden") as pictures:  # there, so that a picture can be sent to it
                picture = ui.SafeImage(
                    label=t("Background picture"), height=150, alt_text=t("the picture behind the cut-out"),
                    elem_id="cutout-picture", buttons=[], format="jpeg", interactive=True,
                )  # fmt: skip
                scenes = gr.Gallery(
                    columns=6, height=140, allow_preview=False, interactive=False, show_label=False,
                    object_fit="cover", buttons=[], elem_classes="gi-examples", format="jpeg", elem_id="cutout-scenes",
                )  # fmt: skip
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
    with ui.unseen():
        person = gr.Checkbox(label="person")
    asked = [source, strokes_asked(), softness, background, colour, picture, person]
    ui.endpoint(_answer, asked, ui.answer(), "cutout", ui.HEAVY)

    shown = [view, background, colour, picture]
    frames = [canvas.picture, both]
    quick = ui.LIVE | ui.PRIVATE
    following = ui.BRISK | ui.PRIVATE | {"show_progress": "minimal"}
    # Cutting takes a second or two; what is shown then is asked for afterwards, for the view may have changed.
    cut: dict[str, Any] = {
        "fn": ui.guard(_cut), "inputs": [photo, canvas.strokes, softness, kept], "outputs": [kept, line],
    }  # fmt: skip
    show: dict[str, Any] = {"fn": ui.guard(_show), "inputs": [kept, *shown], "outputs": frames}
    opened = first(ui.guard(_example(0)), photo, [photo, source, canvas.strokes], **quick)
    chosen = shelf.select(ui.guard(_picked), photo, [photo, source, canvas.strokes], **(quick | ui.PICK))
    sent = source.input(ui.guard(_opened), [photo, source], [photo, canvas.strokes], **quick)
    gr.on([canvas.strokes.change, softness.input], **cut, **following).success(**show, **quick)
    found = find.click(ui.guard(_found), photo, [photo, canvas.strokes], **quick)
    for event in (opened, chosen, sent, found):
        event.success(**cut, **following).success(**show, **quick)
    opened.success(
        lambda: [[(shrink(examples.photo(name), 160), say(name)) for name in studio.EXAMPLES],
                 [(shrink(style, 160), say(name)) for name, style in examples.styles().items()]],
        None, [shelf, scenes], **quick,
    )  # fmt: skip
    background.input(
        lambda kind: [gr.update(visible=kind == "colour"), gr.update(visible=kind == "picture" or "hidden"),
                      *(["result"] if kind != "transparent" else [gr.skip()])],
        background, [colour, pictures, view], **quick,
    ).success(**show, **quick)  # fmt: skip
    scenes.select(ui.guard(_scene), None, picture, **(quick | ui.PICK)).success(**show, **quick)
    # A picture sent here from another tab is meant to be seen.
    picture.input(
        lambda: ["picture", "result", gr.update(visible=True), gr.update(visible=False)],
        None, [background, view, pictures, colour], **quick,
    ).success(**show, **quick)  # fmt: skip
    gr.on([view.input, colour.input], **show, **quick)
    full = [photo, kept, background, colour, picture]
    save.click(ui.guard(_save), full, [ui.delivery(), line], **ui.BRISK, **ui.PRIVATE)


def _opened(photo: Photo, picture: Image.Image | None) -> tuple[Photo, str]:
    return (photo[0] + 1, picture, False), ""


def _found(photo: Photo) -> tuple[Photo, str]:
    return (photo[0] + 1, photo[1], True), ""


def _example(index: int) -> Any:
    def handler(photo: Photo) -> tuple[Any, Image.Image, str]:
        name, strokes = list(studio.EXAMPLES.items())[index]
        picture = examples.photo(name)
        return (photo[0] + 1, picture, False), picture, json.dumps(strokes)

    return handler


def _picked(photo: Photo, event: gr.SelectData) -> tuple[Any, Image.Image, str]:
    return _example(ui.chosen(range(len(studio.EXAMPLES)), event))(photo)  # type: ignore[no-any-return]


def _scene(event: gr.SelectData) -> Image.Image:
    return ui.chosen(list(examples.styles().values()), event)


def _cut(photo: Photo, strokes: Any, softness: Any, kept: tuple[Any, Any]) -> tuple[Any, str]:
    number, picture, person = photo
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


def _show(kept: tuple[Any, Any], view: Any, background: Any, colour: Any, picture: Any) -> tuple[Any, Any]:
    made = kept[1]
    view = choice("The view", view, VIEWS)
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


def _save(photo: Photo, kept: tuple[Any, Any], background: Any, colour: Any, picture: Any) -> tuple[Any, str]:
    if kept[1] is None:
        raise UserError("There is nothing cut out yet.")
    began = time.perf_counter()
    made = studio.full(photo[1], kept[1], background=background, colour=colour, picture=picture)
    words = f"PNG · {made.width} × {made.height}"
    return ui.handed(encode(made, "PNG"), "cutout.png", of=photo[1]), ui.status(
        time.perf_counter() - began, extra=words
    )


def _answer(
    photo: Any, strokes: Any, softness: Any, background: Any, colour: Any, picture: Any, person: Any
) -> Image.Image:
    made = studio.cut(photo, strokes, softness=softness, person=person)
    return studio.full(photo, made, background=background, colour=colour, picture=picture)
