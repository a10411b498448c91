"""One page for every model with a latent space: draw by seed, pick a picture, steer it, keep it."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.runtime import MAX_SEED
from genimg.studio import sampler as studio
from genimg.studio.words import understand
from genimg.ui import controls as ui
from genimg.ui.classes import ClassPanel
from genimg.ui.i18n import t
from genimg.ui.latents import Edits, LatentPanel, moves


def explore(
    first: ui.Listener,
    *,
    kinds: Sequence[str],
    prefix: str,
    api_name: str,
    action: Any,
    truncation: float,
    explain: Callable[[], None],
    model: gr.Dropdown | None = None,
    by_class: bool = False,
    stages: Callable[[str, int, float], Sequence[Image.Image]] = lambda *_: (),
) -> None:
    """Build the page.

    Args:
        first: listens for the page being opened the first time.
        kinds: architectures of the models in the menu.
        prefix: of element ids.
        api_name: under which clients draw.
        action: label of the primary button.
        truncation: at the start.
        explain: builds the accordion "How it works".
        model: a menu made elsewhere, if the page shares one.
        by_class: whether some models draw by class, so that clients need an endpoint that takes classes.
        stages: ``stages(model, seed, truncation)`` gives one picture in all sizes, for models that grew; else nothing.
    """
    with ui.page():
        with ui.result():
            picture = ui.SafeImage(
                show_label=False, height=400, interactive=False, alt_text="the picture that was drawn",
                elem_id=f"{prefix}-picture", elem_classes="gi-stage", buttons=["fullscreen"],
                format="jpeg",  # coded in 0.3 ms, as PNG in 40: it has to follow a slider; downloads are PNG
            )  # fmt: skip
            line = ui.status_line()
            gallery = gr.Gallery(
                show_label=False, columns=8, height="auto",
                allow_preview=False, interactive=False, object_fit="contain", buttons=[], format="png",
                elem_id=f"{prefix}-gallery", elem_classes="gi-thumbs",
            )  # fmt: skip
            strip = gr.Gallery(
                label=t("One latent at every stage of the growing", "同一潜变量在各生长阶段"), columns=5, height="auto",
                allow_preview=False, interactive=False, object_fit="contain", buttons=[], format="png", visible=False,
                elem_id=f"{prefix}-stages", elem_classes="gi-thumbs",
            )  # fmt: skip
            gr.Markdown(t("Click a picture to make it the large one.", "点击任意一张放大。"), elem_classes="gi-note")
            with gr.Row(elem_classes="gi-buttons"):
                save = gr.Button(t("Download picture", "下载图像"), size="md", min_width=120, elem_id=f"{prefix}-save")
                save_all = gr.Button(t("Download all", "下载全部"), size="md", min_width=120)
                file = ui.download_button(visible="hidden", elem_id=f"{prefix}-file")
        with ui.controls():
            if model is None:
                model = ui.model_menu(lambda: studio.names(*kinds), elem_id=f"{prefix}-model")
            asked_for = ClassPanel(prefix)
            with gr.Row(elem_classes="gi-buttons gi-seed"):
                seed = gr.Number(  # without a precision, which would turn true into 1 and 2.7 into 3
                    0, label=t("Seed"), step=1, minimum=0, maximum=MAX_SEED, min_width=90,
                    elem_id=f"{prefix}-seed",
                )  # fmt: skip
                dice = gr.Button(t("Dice", "掷骰子"), size="md", min_width=60, elem_id=f"{prefix}-dice")
                reuse = gr.Button(t("Reuse seed", "沿用种子"), size="md", min_width=100, elem_id=f"{prefix}-reuse")
            cut = gr.Slider(
                0, 1.5, value=truncation, step=0.05, label=t("Truncation", "截断"), buttons=[],
                elem_id=f"{prefix}-truncation",
                info=t("Lower: more typical. Higher: more unusual.", "越低越典型，越高越独特。"),
            )  # fmt: skip
            count = gr.Slider(
                1, studio.MAX_COUNT, value=16, step=1, label=t("How many", "数量"), buttons=[],
                elem_id=f"{prefix}-count",
            )  # fmt: skip
            go = gr.Button(action, variant="primary", elem_id=f"{prefix}-go")
            panel = LatentPanel(prefix)
            explain()
    start = gr.State(0)  # the seed of the gallery's first picture; the number box may have moved on
    chosen = gr.State(0)  # the seed of the large picture

    def steered(
        name: str, one: int, spread: float, classes: Any, edits: Edits, amounts: Sequence[float]
    ) -> tuple[Image.Image, str]:
        began = time.perf_counter()
        image = studio.steer(
            name, *kinds, seed=one, truncation=spread, numbers=edits, classes=classes, **moves(amounts)
        )
        return studio.large(image), ui.status(time.perf_counter() - began, seed=one)

    new_panel = panel.wire(
        model=model, seed=chosen, truncation=cut, classes=asked_for.chosen, kinds=kinds, draw=steered,
        outputs=[picture, line],
    )  # fmt: skip
    asked_for.wire(model, kinds)

    def fresh(name: str, one: int, spread: float) -> list[Any]:
        grown = [image.resize((128, 128), Image.Resampling.NEAREST) for image in stages(name, one, spread)]
        return [*new_panel(name, one, spread), gr.Gallery(grown, visible=bool(grown))]

    def shown(made: studio.Draw, began: float, place: int = 0) -> tuple[Any, ...]:
        one = (made.seed + place) % (MAX_SEED + 1)
        words = ui.status(time.perf_counter() - began, seed=one)
        return studio.large(made.images[place]), made.images, words, made.seed, one

    def drawn(model: str, seed: int, count: int, truncation: float, classes: Any = None) -> tuple[Any, ...]:
        began = time.perf_counter()
        made = studio.draw(model, *kinds, seed=seed, count=count, truncation=truncation, classes=classes)
        return shown(made, began)

    def described(model: str, text: str, seed: int, count: int, truncation: float) -> tuple[Any, ...]:
        words = understand(text, studio.sampler(model, *kinds).classes)
        said = {"understood": [chip.text for chip in words.chips], "unknown": list(words.unknown)}
        return *drawn(model, seed, count, truncation, words.classes), said

    def followed(name: str, new: int | None, how_many: int, spread: float, classes: Any, first: int, one: int) -> Any:
        if new is None:  # the number box is being typed into
            return gr.skip()
        began, place = time.perf_counter(), (one - first) % (MAX_SEED + 1)  # the picked picture stays the large one
        made = studio.draw(name, *kinds, seed=new, count=how_many, truncation=spread, classes=classes)
        return shown(made, began, place if new == first and place < how_many else 0)

    def rolled(name: str, how_many: int, spread: float, classes: Any) -> tuple[Any, ...]:
        new = studio.new_seed()
        return new, *drawn(name, new, how_many, spread, classes)

    def picked(name: str, first: int, spread: float, classes: Any, event: gr.SelectData) -> tuple[Any, ...]:
        one = (first + ui.chosen(range(studio.MAX_COUNT), event)) % (MAX_SEED + 1)
        return one, *fresh(name, one, spread), *steered(name, one, spread, classes, {}, ())

    def saved(name: str, one: int, spread: float, classes: Any, edits: Edits, *amounts: float) -> str:
        asked = {"truncation": spread, "classes": classes, **moves(amounts)}
        image = studio.steer(name, *kinds, seed=one, numbers=edits, **asked)
        facts = {"model": name, "seed": one, "latents": edits, **asked}
        return ui.download(studio.png_with_facts(studio.large(image), facts), f"{name}-{one}.png")

    def saved_all(name: str, first: int, how_many: int, spread: float, classes: Any) -> str:
        asked = {"count": how_many, "truncation": spread, "classes": classes}
        made = studio.draw(name, *kinds, seed=first, **asked)
        facts = {"model": name, "seed": made.seed, **asked}
        return ui.download(studio.png_with_facts(studio.sheet(made), facts), f"{name}-{made.seed}-all.png")

    quick = ui.LIVE | ui.PRIVATE
    classes = asked_for.chosen
    asked, made = [model, seed, count, cut, classes], [picture, gallery, line, start, chosen]
    source, panels = [model, chosen, cut], [*panel.all, strip]
    follows = {"fn": ui.guard(followed), "inputs": [*asked, start, chosen], "outputs": made, **ui.LIVE, **ui.PRIVATE}
    switched = model.input(
        ui.guard(lambda name: asked_for.fresh(name, kinds)), model, asked_for.all, **ui.LIVE, **ui.PRIVATE
    )
    with gr.Group(visible=False):  # what only API clients use
        call, call_by_class, call_by_words = gr.Button("draw"), gr.Button("draw by class"), gr.Button("draw by words")
        text, said = gr.Textbox("", label="words"), gr.JSON(label="understood")
    call.click(ui.guard(drawn), asked[:-1], made, api_name=api_name, **ui.FAST)
    if by_class:
        call_by_class.click(ui.guard(drawn), asked, made, api_name=f"{api_name}_by_class", **ui.FAST)
        call_by_words.click(
            ui.guard(described), [model, text, seed, count, cut], [*made, said], api_name="draw", **ui.FAST
        )
    for event in (
        go.click(ui.guard(drawn), asked, made, **quick),
        dice.click(ui.guard(rolled), [model, count, cut, classes], [seed, *made], **quick),
        gr.on([seed.input, count.input, cut.input, classes.change], **follows),
        switched.success(**follows),
        first(ui.guard(drawn), asked, made, **quick),
    ):
        event.success(ui.guard(fresh), source, panels, **quick)
    gallery.select(
        ui.guard(picked), [model, start, cut, classes], [chosen, *panels, picture, line], **(quick | ui.PICK)
    )
    reuse.click(lambda one: one, chosen, seed, **quick)
    for ready in (
        save.click(ui.guard(saved), [*source, classes, panel.edits, *panel.sliders], file, **quick),
        save_all.click(ui.guard(saved_all), [model, start, count, cut, classes], file, **quick),
    ):
        ui.deliver(ready, file)
