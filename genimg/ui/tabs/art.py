"""The Art tab: pictures without a model, by a method, a seed and a palette."""

import time
from collections.abc import Mapping
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import integer
from genimg.studio import art as studio
from genimg.studio.art_methods import METHODS, Field
from genimg.studio.sampler import png_with_facts
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.locale import say

TITLE = t("Art")
PREVIEW = 512  # pixels of the longer side while controls are moved
_START = "reaction"
_MOST = max(len(method.fields) for method in METHODS.values())


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Lay out the tab and wire its events."""
    # Texts of sliders change with the method; all of them are to be met while the page is built.
    words = {f: (t(f.label), t(f.info)) for m in METHODS.values() for f in m.fields.values()}
    method = gr.State(_START)
    with ui.page():
        with ui.result("art-save"):
            result = ui.SafeImage(
                show_label=False, height=520, interactive=False, alt_text=t("the random picture"), format="webp",
                elem_id="art-result", elem_classes="gi-stage", buttons=["fullscreen"],
            )  # fmt: skip
            line = ui.status_line()
            with gr.Row(elem_classes="gi-buttons gi-ends"):
                seed = ui.seed_box("art-seed", 1)
                save = gr.Button(t("Download"), variant="primary", min_width=100, elem_id="art-save")
        with ui.controls():
            wall = gr.Gallery(
                columns=6, height=None, allow_preview=False, interactive=False, show_label=False, object_fit="cover",
                buttons=[], elem_classes="gi-thumbs gi-wall", elem_id="art-methods", format="jpeg",
            )  # fmt: skip
            heading = gr.Markdown(_heading(_START), elem_id="art-heading")
            sliders = [_slider(place, words) for place in range(_MOST)]
            gr.HTML(f"<style>{_swatches()}</style>", padding=False, elem_classes="gi-hidden")
            palette = gr.Radio(
                [(t("Own" if name == studio.OWN else name), name) for name in studio.PALETTES],
                value=studio.OWN, label=t("Palette"), elem_id="art-palette",
            )  # fmt: skip
            with gr.Row(elem_classes="gi-buttons"):
                tile = gr.Checkbox(
                    label=t("Tileable"), min_width=150, elem_id="art-tile",
                    info=t("Left meets right, top meets bottom."),
                )  # fmt: skip
                twice = gr.Checkbox(
                    label=t("Show 2 × 2"), min_width=150, elem_id="art-twice",
                    info=t("Four copies, to see that they fit."),
                )  # fmt: skip
            with gr.Row(elem_classes="gi-buttons"):
                width, height = (
                    gr.Slider(256, studio.SIDES[1], value=1024, step=64, label=label, min_width=150, buttons=[],
                              info=t("Pixels of the download."), elem_id=f"art-{key}")
                    for key, label in (("width", t("Width")), ("height", t("Height")))
                )  # fmt: skip
            ui.how_it_works(
                "Chance and arithmetic alone: the seed fixes every random number, so the same seed is the same picture "
                "at any size. Noise sums ever finer bumps, cells ask which of many points is nearest, Gray-Scott lets "
                "two chemicals react and spread, formulas and networks turn a place into a colour. No method knows "
                "what it draws, so a good picture is one that you choose; a few seeds of a formula are plain.",
                formula=r"n(x) = \sum_{o} g^o\,\mathrm{noise}(2^o x), \qquad \partial_t u = D_u \nabla^2 u - u v^2"
                r" + F(1-u),\;\; \partial_t v = D_v \nabla^2 v + u v^2 - (F + k)\,v",
                paper="K. Perlin, 1985, An image synthesizer, and 2002, Improving noise (clouds, marble, wood); "
                "S. Worley, 1996, A cellular texture basis function (glass); C. Smith, 1987, The tiling patterns of "
                "Sebastien Truchet; J. Pearson, 1993, Complex patterns in a simple system (Gray-Scott); K. Sims, 1991, "
                "Artificial evolution for computer graphics (formulas); K. Stanley, 2007, Compositional pattern "
                "producing networks; P. Haeberli, 1990, and A. Hertzmann, 1998 (brush strokes).",
            )
    with ui.unseen():
        asked_method, asked_palette = gr.Textbox(label="Method"), gr.Textbox(studio.OWN, label="Palette")
        asked_seed, asked_size = gr.Number(label="Seed"), gr.Number(label="Size")
        asked_tile, asked_parameters = gr.Checkbox(label="Tile"), gr.JSON(label="Parameters")

    chosen = [method, seed, palette, tile, width, height, *sliders]

    def shown(name: str, one: Any, colors: Any, fit: Any, wide: Any, high: Any, *rest: Any) -> Any:
        if one is None:  # the number box is being typed into
            return gr.skip()
        *amounts, four = rest
        began = time.perf_counter()
        image = _make(name, one, colors, fit, *_preview(wide, high), amounts)
        spent = time.perf_counter() - began
        if four is True:
            image = _four(image)
        label = say(METHODS[name].label)
        shown = gr.Image(image, alt_text=f"{label}, {say('seed {}', one)}")
        return shown, ui.status(spent, seed=one, extra=label)

    def picked(event: gr.SelectData) -> Any:
        name = ui.chosen(list(METHODS), event)
        fields = [*METHODS[name].fields.values()]
        moved = [_updated(fields[i], words) if i < len(fields) else gr.Slider(visible=False) for i in range(_MOST)]
        return name, _heading(name), *moved

    def saved(name: str, one: Any, colors: Any, fit: Any, wide: Any, high: Any, *amounts: Any) -> Any:
        image = _make(name, one, colors, fit, wide, high, amounts)
        facts = {"art": name, "seed": one, "palette": colors, "tile": fit, "parameters": _parameters(name, amounts)}
        return ui.handed(png_with_facts(image, facts), f"{name}-{one}.png")

    quick = ui.LIVE | ui.PRIVATE
    inputs, outputs = [*chosen, twice], [result, line]
    follows = {"fn": ui.guard(shown), "inputs": inputs, "outputs": outputs, **ui.LIVE, **ui.PRIVATE}
    live: list[Any] = [seed, palette, tile, twice, width, height, *sliders]
    gr.on([control.input for control in live], **follows)
    wall.select(ui.guard(picked), None, [method, heading, *sliders], **(quick | ui.PICK)).success(**follows)
    first(**follows).then(
        lambda: (_heading(_START), [(studio.thumbnail(name), say(METHODS[name].label)) for name in METHODS]),
        None,
        [heading, wall],
        **quick,
    )
    save.click(ui.guard(saved), chosen, ui.delivery(), **quick)
    asked = [asked_method, asked_seed, asked_size, asked_palette, asked_tile, asked_parameters]
    ui.endpoint(_called, asked, ui.answer(), "art", ui.FAST)


def _called(method: Any, seed: Any, size: Any, palette: Any, tile: Any, parameters: Any) -> Image.Image:
    return studio.make(method, seed=seed, width=size, palette=palette, tile=tile, parameters=parameters)


def _make(
    name: str, seed: Any, palette: Any, tile: Any, width: Any, height: Any, amounts: Any
) -> Image.Image:  # fmt: skip
    parameters = _parameters(name, amounts)
    return studio.make(
        name, seed=seed, width=width, height=height, palette=palette, tile=tile, parameters=parameters
    )  # fmt: skip


def _parameters(name: str, amounts: Any) -> Mapping[str, Any]:
    return dict(zip(METHODS[name].fields, amounts, strict=False))


def _preview(width: Any, height: Any) -> tuple[int, int]:
    wide, high = (integer(label, v, *studio.SIDES) for label, v in (("Width", width), ("Height", height)))
    scale = PREVIEW / max(wide, high)
    return max(64, round(wide * scale)), max(64, round(high * scale))


def _four(image: Image.Image) -> Image.Image:
    sheet = Image.new("RGB", (2 * image.width, 2 * image.height))
    for i in range(4):
        sheet.paste(image, (i % 2 * image.width, i // 2 * image.height))
    return sheet


def _heading(name: str) -> str:
    method = METHODS[name]
    return f"**{say(method.label)}** · {say(method.note)}"


def _slider(place: int, words: Mapping[Field, Any]) -> gr.Slider:
    fields = [*METHODS[_START].fields.values()]
    field = fields[min(place, len(fields) - 1)]
    return gr.Slider(**_look(field, words), visible=place < len(fields), buttons=[], elem_id=f"art-slider-{place}")


def _updated(field: Field, words: Mapping[Field, Any]) -> gr.Slider:
    return gr.Slider(**_look(field, words), visible=True)


def _look(field: Field, words: Mapping[Field, Any]) -> dict[str, Any]:
    label, info = words[field]
    return {
        "minimum": field.low, "maximum": field.high, "value": field.default, "step": field.step, "label": label,
        "info": info,
    }  # fmt: skip


def _swatches() -> str:
    """Return the style sheet of the wall of methods, and of the palettes with their colours over their names."""
    rules = [
        ".gi-hidden { display: none !important; }",
        ".gi-thumbs.gi-wall .grid-wrap { max-height: none !important; }",
        ".gi-wall .caption-label { inset: auto 0 0 0 !important; max-width: none; width: 100%; padding: 1px 2px; "
        "border-radius: 0; border: 0; white-space: normal; overflow: visible; text-align: center; line-height: 1.15; "
        "font-size: 0.68rem; background: color-mix(in srgb, var(--block-background-fill) 82%, transparent); }",
        "#art-palette label span { margin-left: 2px; font-size: 0.85rem; }",
        "#art-palette .wrap { display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 6px; }",
        "#art-palette label { flex-wrap: wrap; padding: 5px 7px; gap: 4px; }",
        "#art-palette label::before { content: ''; width: 100%; height: 14px; border-radius: 3px; }",
    ]
    for place, name in enumerate(studio.PALETTES, 1):
        colors = studio.swatch(name)
        share = 100 / len(colors)
        stops = ", ".join(f"#{color} {share * i:.1f}% {share * (i + 1):.1f}%" for i, color in enumerate(colors))
        rules.append(
            f"#art-palette label:nth-child({place})::before {{ background: linear-gradient(90deg, {stops}); }}"
        )
    return "\n".join(rules)
