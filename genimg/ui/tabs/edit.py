"""The Edit tab: crop, turn, light, colour and detail, previewed live, undone at will, saved at full size."""

import json
import time
from collections.abc import Sequence
from typing import Any

import gradio as gr
from PIL import Image, ImageDraw

from genimg.core.errors import UserError, integer
from genimg.core.images import FORMATS, checkerboard, laid_over, shrink
from genimg.studio import edit as studio
from genimg.studio import examples
from genimg.studio.history import History
from genimg.ui import controls as ui
from genimg.ui.adjustments import STANDING, Adjustments
from genimg.ui.i18n import t
from genimg.ui.locale import say, translated

TITLE = t("Edit")
TAKES = "edit-source"
RATIOS = {"1:1": 1.0, "4:3": 4 / 3, "3:2": 3 / 2, "16:9": 16 / 9}


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Lay out the tab and wire its events."""
    photo, history = gr.State(None, time_to_live=3600), gr.State(History(), time_to_live=3600)
    adjust = Adjustments()
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
            with gr.Row(elem_classes="gi-buttons"):
                undo = gr.Button(t("Undo"), size="sm", min_width=60)
                redo = gr.Button(t("Redo"), size="sm", min_width=60)
                reset = gr.Button(t("Reset"), size="sm", min_width=60)
                compare = gr.Checkbox(label=t("Before and after"), container=False, min_width=150)
            save = gr.Button(t("Download at full size"), variant="primary", elem_id="edit-save")
            with gr.Row(elem_classes="gi-buttons"):
                format = gr.Radio(FORMATS, value="PNG", label=t("Format"), min_width=180)
                quality = gr.Slider(
                    1, 100, value=92, step=1, label=t("Quality"), min_width=180,
                    info=t("For JPEG and WebP: less gives a smaller file."),
                )  # fmt: skip
            notes = gr.Checkbox(
                True, label=t("Keep date, camera and copyright"), elem_id="edit-notes",
                info=t("As the photo's file says them; never the place."),
            )  # fmt: skip
        with ui.controls():
            with gr.Row(elem_classes="gi-buttons"):
                source = ui.SafeImage(
                    label=t("Your photo"), height=152, alt_text=t("the photo to edit"), elem_id="edit-source",
                    buttons=[], format="png", min_width=140, show_label=False, elem_classes="gi-photo", alpha=True,
                )  # fmt: skip
                shelf = gr.Gallery(
                    columns=2, height=152, allow_preview=False, interactive=False, show_label=False, min_width=140,
                    object_fit="cover", buttons=[], elem_classes=["gi-examples", "gi-shelf"], elem_id="edit-examples",
                    format="jpeg",
                )  # fmt: skip
            with ui.parts():
                with gr.Tab(t("Light")) as light_tab:
                    adjust.slider("brightness", "factor", t("Brightness"), high=2)
                    adjust.slider("contrast", "factor", t("Contrast"), high=2)
                    adjust.slider(
                        "gamma", "value", t("Gamma"),
                        t("Above 1 lifts the shadows, black and white stay."), high=4,
                    )  # fmt: skip
                    stretch = gr.Checkbox(
                        label=t("Auto contrast"),
                        info=t("Uses the whole range from dark to light."),
                    )
                    adjust.take("auto_contrast", "", stretch)
                with gr.Tab(t("Colour")) as colour_tab:
                    adjust.slider("saturation", "factor", t("Saturation"), high=3)
                    adjust.slider("hue", "degrees", t("Hue"), t("Turns the colour wheel."))
                    adjust.slider("balance", "red", t("Red"), high=2)
                    adjust.slider("balance", "green", t("Green"), high=2)
                    adjust.slider("balance", "blue", t("Blue"), high=2)
                    adjust.take("grayscale", "", gr.Checkbox(label=t("Black and white")))
                with gr.Tab(t("Detail")) as detail_tab:
                    adjust.slider("sharpen", "amount", t("Sharpen"), high=3)
                    adjust.slider(
                        "sharpen", "radius", t("Sharpening radius"),
                        t("Small for fine texture, large for edges."),
                    )  # fmt: skip
                    adjust.slider("blur", "radius", t("Blur"), t("Pixels at full size."))
                with gr.Tab(t("Crop")) as crop_tab:
                    with gr.Column(elem_id="edit-crop", elem_classes="gi-tight"):
                        gr.Markdown(t("Drag over the picture, or type the numbers."))
                        aspect = gr.Radio(
                            [(t("Free"), "free"), *((name, name) for name in RATIOS),
                             (t("Original"), "original")],
                            value="free", label=t("Shape"),
                        )  # fmt: skip
                        with gr.Row(elem_classes="gi-numbers"):
                            box = [
                                gr.Number(0, label=label, precision=0, minimum=0, min_width=70)
                                for label in (t("Left"), t("Top"), t("Width"), t("Height"))
                            ]
                        crop = gr.Button(t("Crop to this box"))
                    drawn = gr.Textbox(visible="hidden", elem_id="edit-drawn", container=False)
                with gr.Tab(t("Turn")) as turn_tab:
                    adjust.slider("rotate", "angle", t("Angle"), t("Degrees, clockwise."))
                    fit = gr.Radio(
                        [(t("Show everything"), "expand"), (t("Keep the size"), "keep"),
                         (t("No empty corners"), "crop")],
                        value="expand", label=t("Corners"),
                    )  # fmt: skip
                    adjust.take("rotate", "fit", fit)
                    fill = gr.ColorPicker(
                        "#ffffff", label=t("Corner colour"),
                        info=t("A see-through picture has see-through corners."),
                    )  # fmt: skip
                    adjust.take("rotate", "fill", fill)
                    with gr.Row(elem_classes="gi-buttons"):
                        left = gr.Button(t("Quarter left"), size="sm", min_width=90)
                        right = gr.Button(t("Quarter right"), size="sm", min_width=90)
                        mirror = gr.Button(t("Flip sideways"), size="sm", min_width=90)
                        upside = gr.Button(t("Flip upside down"), size="sm", min_width=90)
                with gr.Tab(t("Size")) as size_tab:
                    with gr.Row(elem_classes="gi-numbers"):
                        width = gr.Number(0, label=t("New width"), precision=0, minimum=1, min_width=100)
                        height = gr.Number(0, label=t("New height"), precision=0, minimum=1, min_width=100)
                    lock = gr.Checkbox(True, label=t("Keep the proportions"))
                    scale = gr.Button(t("Resize"))
            with gr.Accordion(t("List of operations"), open=False):
                listing = gr.JSON([], show_label=False, max_height=260)
                gr.Markdown(
                    t(
                        "The same list works from Python, the shell and the API endpoint `edit`.",
                    )
                )
            ui.how_it_works(
                "Nothing is changed in your photo: the page keeps a list of operations and shows them on a small copy. "
                "Each one is a function of the pixels, for instance gamma, which bends the curve from dark to light, "
                "and the whole list runs in order at full size when you download. "
                "Sharpening adds back, enlarged, what a Gaussian blur would take away.",
                formula=r"\text{gamma: } y = x^{1/\gamma} \qquad \text{sharpen: } y = x + a\,(x - G_\sigma * x)",
                paper="A. R. Smith, 1978, Color Gamut Transform Pairs (SIGGRAPH), for the hue.",
            )
    with ui.unseen():
        asked = gr.JSON(label="operations")
    ui.endpoint(studio.edit, [source, asked], ui.answer(), "edit", ui.HEAVY)

    frames = [result, both, line]
    everything = [history, *frames, listing, *adjust.components, *box, width, height]

    def show(image: Any, now: History, comparing: Any, extra: str = "") -> list[Any]:
        began = time.perf_counter()
        if image is None:
            return [None, None, ui.status()]
        after = _visible(image, now.present)
        # Both sides must have one shape, so before means: all that reshapes, and nothing else.
        bones = [op for op in now.present if op["op"] in studio.RESHAPING]
        before = (_visible(image, bones), after) if comparing is True else None
        columns, rows = studio.sizes(image.size, now.present)[-1]
        words = extra or f"{columns} × {rows}"
        seconds = time.perf_counter() - began
        return [gr.skip() if before else after, before or gr.skip(), ui.status(seconds, extra=words)]

    def all_of(image: Any, now: History, comparing: Any) -> list[Any]:
        picture = show(image, now, comparing)
        columns, rows = studio.sizes(image.size, now.present)[-1] if image else (0, 0)
        return [now, *picture, list(now.present), *adjust.shown(now), 0, 0, columns, rows, columns, rows]

    def opened(image: Any, comparing: Any) -> list[Any]:
        return [image, *all_of(image, History(), comparing)]

    def moved(image: Any, now: History, comparing: Any, *values: Any) -> list[Any]:
        if image is None:
            raise UserError("Choose a picture first.")
        shown = dict(zip(adjust.keys, adjust.shown(now), strict=True))
        given = dict(zip(adjust.keys, values, strict=True))
        changed = {op for (op, key), value in given.items() if value != shown[op, key]}
        wanted, size = adjust.wanted(values), studio.sizes(image.size, now.present)[-1]
        for name in STANDING:
            if name in changed:
                now = now.put(name, wanted[name])
        turned = studio.sizes(image.size, now.present)[-1]
        numbers = [gr.skip()] * 6 if turned == size else [0, 0, *turned, *turned]
        return [now, *show(image, now, comparing), list(now.present), *numbers]

    def stepped(event: gr.EventData, image: Any, now: History, comparing: Any, *numbers: Any) -> list[Any]:
        if image is None:
            raise UserError("Choose a picture first.")
        return all_of(image, steps[event.target](image, now, *numbers), comparing)

    def shape(image: Any, now: History, name: Any) -> float | None:
        columns, rows = studio.sizes(image.size, now.present)[-1]
        return columns / rows if name == "original" else RATIOS.get(name)

    def framed(image: Any, now: History, *numbers: Any) -> list[Any]:
        """Return the preview with everything outside the crop box dimmed."""
        if image is None:
            return [gr.skip(), gr.skip()]
        size = studio.sizes(image.size, now.present)[-1]
        frame = list(_box(*numbers).values())
        whole = frame == [0, 0, *size]
        words = say("{} × {} of {} × {}", *frame[2:], *size)
        picture = _visible(image, now.present)
        return [picture if whole else _dim(picture, size, frame), ui.status(extra=words)]

    def drew(image: Any, now: History, name: Any, corners: Any) -> list[Any]:
        try:
            first, last, _ = json.loads(corners)
            (x0, y0), (x1, y1) = first, last
        except (ValueError, TypeError):
            raise UserError("That box could not be read; draw it again.") from None
        if image is None:
            raise UserError("Choose a picture first.")
        size = studio.sizes(image.size, now.present)[-1]
        frame = studio.fit_box(size, (x0, y0), (x1, y1), shape(image, now, name))
        return [*frame, *framed(image, now, *frame)]

    def reshaped(image: Any, now: History, name: Any, *numbers: Any) -> list[Any]:
        """Return the box with a new shape locked, as large as it goes from its corner."""
        if image is None:
            return [*numbers, gr.skip(), gr.skip()]
        size, ratio = studio.sizes(image.size, now.present)[-1], shape(image, now, name)
        frame = list(_box(*numbers).values())
        if ratio is not None:
            x, y = min(frame[0], size[0] - 1), min(frame[1], size[1] - 1)
            columns = min(frame[2] or size[0], (size[0] - x), (size[1] - y) * ratio)
            frame = [x, y, max(1, round(columns)), max(1, min(size[1] - y, round(columns / ratio)))]
        return [*frame, *framed(image, now, *frame)]

    def cropped(image: Any, now: History, *numbers: Any) -> History:
        after = now.add("crop", **_box(*numbers[:4]))
        studio.sizes(image.size, after.present)  # a box outside the picture must not enter the history
        return after

    def scaled(image: Any, now: History, *numbers: Any) -> History:
        columns, rows = numbers[4:]
        after = now.add("resize", width=columns, height=rows)
        studio.sizes(image.size, after.present)
        return after

    def follow(other: int) -> Any:
        def handler(image: Any, now: History, locked: Any, value: Any) -> Any:
            if image is None or locked is not True:
                return gr.skip()
            size = studio.sizes(image.size, now.present)[-1]
            value = integer("size", value, 1, studio.MAX_SIDE)
            return max(1, round(value * size[other] / size[1 - other]))

        return handler

    def compared(image: Any, now: History, comparing: Any) -> list[Any]:
        picture, pair, words = show(image, now, comparing)
        if image is None or comparing is not True:
            return [gr.update(visible=True, value=picture), gr.update(visible=False), words]
        return [gr.update(visible=False), gr.update(visible=True, value=pair), words]

    def saved(image: Any, now: History, kind: Any, level: Any, kept: Any) -> list[Any]:
        began = time.perf_counter()
        full = studio.edit(image, now.present)
        content, ending = studio.save(full, kind, level, notes=kept)
        facts = [
            str(kind),
            f"{full.width} × {full.height}",
            _bytes(len(content)),
            translated(studio.laid_on_white(full, kind)),
        ]
        words = " · ".join(filter(None, facts))
        status = ui.status(time.perf_counter() - began, extra=words)
        return [ui.handed(content, f"edited.{ending}", of=image), status]

    quick = ui.LIVE | ui.PRIVATE
    now, every = [photo, history, compare], [photo, *everything]
    source.input(ui.guard(opened), [source, compare], every, **quick)
    for listen, choose, how in ((first, _first, quick), (shelf.select, _picked, quick | ui.PICK)):
        start = listen(ui.guard(choose), None, source, **how)
        start.success(ui.guard(opened), [source, compare], every, **quick)
    first(_thumbnails, None, shelf, **quick)
    gr.on(
        [c.input for c in adjust.components],  # type: ignore[attr-defined]
        ui.guard(moved), [*now, *adjust.components], [history, *frames, listing, *box, width, height], **quick,
    )  # fmt: skip
    steps: dict[Any, Any] = {
        undo: lambda image, now, *_: now.undo(),
        redo: lambda image, now, *_: now.redo(),
        reset: lambda image, now, *_: now.reset(),
        left: lambda image, now, *_: now.add("rotate", angle=-90),
        right: lambda image, now, *_: now.add("rotate", angle=90),
        mirror: lambda image, now, *_: now.add("flip", axis="horizontal"),
        upside: lambda image, now, *_: now.add("flip", axis="vertical"),
        crop: cropped,
        scale: scaled,
    }
    pressed = quick | ui.PICK
    gr.on([step.click for step in steps], ui.guard(stepped), [*now, *box, width, height], everything, **pressed)
    compare.input(ui.guard(compared), now, frames, **quick)
    # change, because a textbox reports input only for keys.
    drawn.change(ui.guard(drew), [photo, history, aspect, drawn], [*box, result, line], **quick)
    gr.on([n.input for n in box], ui.guard(framed), [photo, history, *box], [result, line], **quick)
    aspect.input(ui.guard(reshaped), [photo, history, aspect, *box], [*box, result, line], **quick)
    width.input(ui.guard(follow(1)), [photo, history, lock, width], height, **quick)
    height.input(ui.guard(follow(0)), [photo, history, lock, height], width, **quick)
    crop_tab.select(ui.guard(framed), [photo, history, *box], [result, line], **quick)
    others = (light_tab, colour_tab, detail_tab, turn_tab, size_tab)
    gr.on([tab.select for tab in others], ui.guard(show), now, frames, **quick)  # type: ignore[attr-defined]
    full = [source, history, format, quality, notes]
    save.click(ui.guard(saved), full, [ui.delivery(), line], **ui.HEAVY, **ui.PRIVATE)


def _thumbnails() -> list[tuple[Image.Image, str]]:
    return [(shrink(photo, 160), say(name)) for name, photo in examples.photos().items()]


def _first() -> Image.Image:
    return next(iter(examples.photos().values()))


def _picked(event: gr.SelectData) -> Image.Image:
    return ui.chosen(list(examples.photos().values()), event)


def _visible(image: Any, operations: Sequence[studio.Operation]) -> Image.Image:
    """Return the preview, over a checkerboard where it is see-through."""
    picture = studio.preview(image, operations)
    return laid_over(picture, checkerboard(picture.size))


def _box(*numbers: Any) -> dict[str, int]:
    names = ("left", "top", "width", "height")
    return {name: integer(name, value, 0, 2 * studio.MAX_SIDE) for name, value in zip(names, numbers, strict=True)}


def _dim(picture: Image.Image, size: tuple[int, int], frame: list[int]) -> Image.Image:
    x, y = picture.width / size[0], picture.height / size[1]
    left, top, right, bottom = (
        round(v) for v in (frame[0] * x, frame[1] * y, (frame[0] + frame[2]) * x, (frame[1] + frame[3]) * y)
    )
    dark = Image.eval(picture, lambda v: v // 3)
    if right > left and bottom > top:
        dark.paste(picture.crop((left, top, right, bottom)), (left, top))
        ImageDraw.Draw(dark).rectangle((left, top, right - 1, bottom - 1), outline="white")
    return dark


def _bytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"
