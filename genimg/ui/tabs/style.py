"""The Style tab: a photo painted like a painting, at once and live; better in seconds with Refine."""

import html
import inspect
import math
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import UserError, number
from genimg.core.images import encode, to_pil
from genimg.core.steps import Step
from genimg.studio import examples, vgg19
from genimg.studio import style as studio
from genimg.ui import charts
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.locale import say

TITLE = t("Style")
TAKES = ["style-photo", ("style-painting", t("Painting"))]
# The defaults live in the service's signature.
DEFAULTS = {name: p.default for name, p in inspect.signature(studio.refine).parameters.items()}
_RESTING = 8  # seconds of a refinement that begins by itself: the first real strokes
_SHOWN_EVERY = 0.4  # seconds between pictures of a refinement; encoding more of them would cost steps


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Lay out the tab and wire its events."""
    turn = gr.State(ui.Turn(), time_to_live=3600)
    kept = gr.State(None, time_to_live=3600)  # (photo, painting) of the last picture, for comparing and saving
    with ui.page():
        with ui.result("style-save"):
            result = ui.SafeImage(
                label=t("Result"), format="webp", interactive=False, height=520, elem_id="style-result",
                alt_text=t("the photo painted in the style"), show_label=False, buttons=["fullscreen"],
            )  # fmt: skip
            both = gr.ImageSlider(
                label="Before and after", visible=False, height=520, interactive=False, format="jpeg",
                buttons=["fullscreen"], show_label=False, max_height=520, elem_id="style-both",
            )  # fmt: skip
            line = ui.status_line()
            line.elem_id = "style-status"
            with gr.Row(elem_classes="gi-buttons"):
                refine = gr.Button(t("Refine"), variant="primary", elem_id="style-refine", min_width=110)
                rest = ui.rest_button("style-rest")
                stop = ui.stop_button("style-stop")
                save = gr.Button(t("Download PNG"), min_width=110, elem_id="style-save")
                compare = gr.Checkbox(label=t("Before and after"), container=False, min_width=130)
            curve = gr.HTML(padding=False)
        with ui.controls():
            with gr.Row(elem_classes="gi-buttons"):
                content = _upload(t("Photo"), t("the photo"), "style-photo")
                style = _upload(t("Style picture"), t("the style picture"), "style-painting")
            photos, styles = _thumbnails("style-photos", rows=1), _thumbnails("style-paintings", rows=2)
            strength = gr.Slider(
                0, 1, value=DEFAULTS["strength"], step=0.01, label=t("Strength"), elem_id="style-strength",
                info=t("From the photo's own look to the painting's."),
            )  # fmt: skip
            brush = gr.Slider(
                *studio.BRUSH, value=DEFAULTS["brush"], step=0.05, label=t("Brush size"),
                info=t("Small keeps details, large paints with broad strokes."),
            )  # fmt: skip
            only = gr.Radio(
                [(t("Everything"), "all"), (t("The person"), "person"), (t("What is behind"), "background")],
                value=DEFAULTS["only"], label=t("What is painted"), elem_id="style-only",
            )  # fmt: skip
            with gr.Row(elem_classes="gi-buttons"):
                size = gr.Slider(
                    *studio.SIZES, value=DEFAULTS["size"], step=64, label=t("Result size"), min_width=180,
                    info=t("Pixels along the longer side."),
                )  # fmt: skip
                keep = gr.Checkbox(
                    label=t("Keep the photo's colours"), min_width=180,
                    info=t("Takes only light and texture from the painting."),
                )  # fmt: skip
            with gr.Accordion(t("Second style"), open=False):
                second = _upload(t("Second style picture"), t("the second style picture"), "style-second")
                others = _thumbnails("style-others", rows=2)
                blend = gr.Slider(
                    0, 1, value=DEFAULTS["blend"], step=0.01, label=t("Blend"),
                    info=t("0 is the first style alone, 1 the second."),
                )  # fmt: skip
                place = gr.Radio(
                    [(t("Mixed in"), "mixed"), (t("The person"), "person"), (t("What is behind"), "background")],
                    value=DEFAULTS["second_on"], label=t("What it paints"), elem_id="style-place",
                )  # fmt: skip
            with gr.Accordion(t("How to refine"), open=False):
                seconds = gr.Slider(
                    *studio.SECONDS, value=DEFAULTS["seconds"], step=1,
                    label=t("Spend at most, in seconds"),
                    info=t("The number of steps is planned from the speed of this machine."),
                )  # fmt: skip
                content_weight = _weight("content_weight", t("Content weight"), t("Keeps shapes and faces."))
                style_weight = _weight("style_weight", t("Style weight"), t("More colour and texture."))
                smoothness = _weight("smoothness", t("Smoothness"), t("Fewer specks, softer edges."))
                network = gr.Radio(
                    [("VGG16", "vgg16"), ("VGG19", "vgg19")], value=DEFAULTS["network"],
                    label=t("Feature network"), elem_id="style-network",
                    info=t("What the picture is looked at with. VGG19 is downloaded once, 548 MB."),
                )  # fmt: skip
            ui.how_it_works(
                "One network reads 100 numbers from the painting, another paints the photo with them in one pass. "
                "Refine then changes the pixels themselves, step by step, until deep features of the picture match the "
                "photo's and the Gram matrices, which tell how features occur together, match the painting's. "
                "It begins small, where a step costs little, and ends at full size.",
                formula=r"\min_x\; w_c\,S(F_x - F_c) + w_s \sum_l w_l\,S(G^l_x - G^l_s) + w_t\,\mathrm{TV}(x),"
                r"\quad G = \tfrac{1}{HW} F F^\top,\; S(d) = \tfrac{\sum d^2}{\sum |d|}",
                paper="Ghiasi et al., 2017, Exploring the structure of a real-time, arbitrary neural artistic "
                "stylization network (BMVC); Gatys, Ecker, Bethge, 2016, Image Style Transfer Using Convolutional "
                "Neural Networks (CVPR).",
            )

    shared = [turn, content, style, second, blend, strength, brush, keep, size]
    extra = [content_weight, style_weight, smoothness, network, seconds]
    quick = ui.LIVE | ui.PRIVATE

    asked, made = [*shared, *extra, only, place], [result, line, curve, kept]
    refining = refine.click(ui.guard(_refine), asked, made, api_name="refine", show_progress="hidden", **ui.HEAVY)
    bettering = rest.click(ui.guard(_better), asked, made, show_progress="hidden", **(ui.IDLE | ui.PRIVATE))
    painted = {"fn": ui.guard(_stylize), "inputs": [*shared, only, place], "outputs": made}
    # A refinement of what is no longer asked for is stopped.
    gr.on(
        [c.input for c in (content, style, second, blend, strength, brush, keep, size, only, place)],
        **painted, api_name="stylize", cancels=[refining, bettering], **ui.LIVE,
    )  # fmt: skip
    for gallery, target, names in ((photos, content, "photo"), (styles, style, "style"), (others, second, "style")):
        picked = gallery.select(
            ui.guard(_pick(names)), None, target, cancels=[refining, bettering], **(quick | ui.PICK)
        )
        picked.success(**painted, **quick)
    first(_first, None, [content, style], **quick).success(**painted, **quick).then(
        lambda: [_labelled(examples.photos()), *[_labelled(examples.styles())] * 2],
        None, [photos, styles, others], **quick,
    )  # fmt: skip
    stop.click(ui.guard(_stopped), [turn, kept], line, cancels=[refining, bettering], **quick)
    compare.input(ui.guard(_compare), [compare, kept], [result, both], **quick)
    kept.change(ui.guard(_follow), [compare, kept], both, **quick)
    network.input(
        ui.guard(_choose_network), network, [network, line],
        **(ui.HEAVY | ui.PRIVATE | {"show_progress": "hidden", "trigger_mode": "always_last"}),
    )  # fmt: skip
    save.click(ui.guard(_save), kept, ui.delivery(), **quick)


def _upload(label: Any, alt: Any, elem_id: str) -> ui.SafeImage:
    return ui.SafeImage(
        label=label,
        height=150,
        alt_text=alt,
        elem_id=elem_id,
        buttons=[],
        format="jpeg",
        min_width=140,
        interactive=True,
    )


def _thumbnails(elem_id: str, *, rows: int) -> gr.Gallery:
    return gr.Gallery(
        columns=7, height=12 + 64 * rows, elem_id=elem_id, allow_preview=False, interactive=False, show_label=False,
        object_fit="cover", min_width=140, buttons=[], elem_classes="gi-examples", format="jpeg",
    )  # fmt: skip


def _weight(name: str, label: Any, info: Any) -> gr.Slider:
    return gr.Slider(0, 10, value=DEFAULTS[name], step=0.05, label=label, info=info)


def _labelled(pictures: dict[str, Image.Image]) -> list[tuple[Image.Image, str]]:
    return [(picture, say(name)) for name, picture in pictures.items()]


def _first() -> tuple[Image.Image, Image.Image]:
    return examples.photo("Astronaut"), examples.style("Stained glass")


def _pick(kind: str) -> Any:
    def handler(event: gr.SelectData) -> Image.Image:
        pictures = examples.photos() if kind == "photo" else examples.styles()
        return ui.chosen(list(pictures.values()), event)

    return handler


def _stylize(
    turn: ui.Turn,
    content: Image.Image | None,
    style: Image.Image | None,
    second: Image.Image | None,
    blend: Any,
    strength: Any,
    brush: Any,
    keep_colors: Any,
    size: Any,
    only: Any,
    place: Any,
) -> tuple[Any, ...]:
    turn.end()
    began = time.perf_counter()
    picture = studio.stylize(
        content, style, second=second, blend=blend, strength=strength, brush=brush, keep_colors=keep_colors, size=size,
        only=only, second_on=place,
    )  # fmt: skip
    words = f"{picture.width} × {picture.height}"
    return picture, ui.status(time.perf_counter() - began, extra=words, fresh=True), "", (content, picture)


def _refine(
    turn: ui.Turn,
    content: Image.Image | None,
    style: Image.Image | None,
    second: Image.Image | None,
    blend: Any,
    strength: Any,
    brush: Any,
    keep_colors: Any,
    size: Any,
    content_weight: Any,
    style_weight: Any,
    smoothness: Any,
    network: Any,
    seconds: Any,
    only: Any,
    place: Any,
    *,
    asked: bool = True,
) -> Iterator[tuple[Any, ...]]:
    steps = studio.refine(
        content, style, second=second, blend=blend, strength=strength, brush=brush, keep_colors=keep_colors, size=size,
        content_weight=content_weight, style_weight=style_weight, smoothness=smoothness, network=network,
        seconds=seconds, only=only, second_on=place, asked=asked,
    )  # fmt: skip
    losses, shown, last = [], -math.inf, None
    with turn.taken(alone=asked) as mine:
        for step in steps:
            if not mine():
                yield (gr.skip(),) * 4  # a generator that yields nothing would empty its outputs
                return
            if step.image is None:
                yield gr.skip(), _downloading(step), gr.skip(), gr.skip()
                continue
            last = step
            losses.append((step.metrics["size"], step.metrics["loss"]))
            if time.perf_counter() - shown >= _SHOWN_EVERY:
                yield _update(step, ui.progress(step), losses, content, running=True)
                shown = time.perf_counter()
        yield (
            (gr.skip(),) * 4 if last is None else _update(last, say("refined in {} steps", last.index), losses, content)
        )


def _better(*shown: Any) -> Iterator[tuple[Any, ...]]:
    """Refine what rests, for some seconds, unless something is refined already."""
    values = list(shown)
    # The network, which must not be downloaded unasked, and the seconds.
    values[-4:-2] = ["vgg16", min(number("seconds", values[-3], *studio.SECONDS), _RESTING)]
    yield from partial(_refine, asked=False)(*values)


def _update(
    step: Step, words: str, losses: Sequence[tuple[float, float]], content: object, *, running: bool = False
) -> tuple[Any, ...]:
    picture = to_pil(step.image)[0] if step.image is not None else None
    line = ui.status(step.metrics["seconds"], extra=words, running=running)
    return picture, line, loss_curve(losses), (content, picture)


def _stopped(turn: ui.Turn, kept: Any) -> Any:
    turn.end(ui.STOPPING)
    if kept is None:
        return gr.skip()
    return ui.status(extra=f"{say('stopped; the best so far')} · {kept[1].width} × {kept[1].height}")


def _compare(comparing: Any, kept: Any) -> list[Any]:
    if kept is None:
        return [gr.skip(), gr.skip()]
    if comparing is not True:
        return [gr.update(visible=True), gr.update(visible=False)]
    return [gr.update(visible=False), gr.update(visible=True, value=_pair(kept))]


def _follow(comparing: Any, kept: Any) -> Any:
    return _pair(kept) if comparing is True and kept is not None else gr.skip()


def _pair(kept: tuple[Image.Image, Image.Image]) -> tuple[Image.Image, Image.Image]:
    photo, painted = kept
    return photo.resize(painted.size, Image.Resampling.LANCZOS), painted


def _choose_network(name: Any) -> Iterator[tuple[Any, Any]]:
    """Get VGG19 when it is chosen; if that fails, say why and go back to VGG16."""
    if name == "vgg19":
        try:
            for step in vgg19.fetch():
                yield gr.skip(), _downloading(step)
        except UserError as problem:
            gr.Warning(html.escape(str(problem), quote=False), title="VGG19")
            yield "vgg16", ui.status()
            return
        yield "vgg19", ui.status(extra=say("VGG19 is ready"))


def _downloading(step: Step) -> str:
    return ui.status(extra=say("Downloading VGG19: {} of {} MB", step.index, step.total), running=True)


def _save(kept: Any) -> dict[str, Any]:
    if kept is None:
        raise UserError("There is no picture to save yet.")
    return ui.handed(encode(kept[1], "PNG"), "styled.png", of=kept[0])


def loss_curve(losses: Sequence[tuple[float, float]]) -> str:
    """Draw the loss over the steps as SVG, on a logarithmic scale: a curve for each size that was painted at.

    Args:
        losses: (size of the stage in pixels, loss) of each step.
    """
    rows = [{"step": i, f"loss at {size:.0f} px": loss} for i, (size, loss) in enumerate(losses, 1)]
    names = list(dict.fromkeys(name for row in rows for name in row if name != "step"))
    return charts.lines(rows, names, log=True) if len(rows) > 1 else ""
