"""The Art tab: pictures without a model, by a method, a seed and a palette."""

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import integer
from genimg.core.images import encode
from genimg.studio import art as studio
from genimg.studio.art_methods import METHODS
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.parts import panel
from genimg.ui.parts.component import Panel
from genimg.ui.parts.panel import Values

TITLE = t("Art")
PREVIEW = 512  # pixels of the longer side while controls are moved
_START = "reaction"


def _thumbnails() -> dict[str, Image.Image]:
    return {name: studio.thumbnail(name) for name in METHODS}


def _titled(name: str) -> str:
    return say(METHODS[name].label)


def _methods() -> Iterator[panel.Item]:
    """Give the words and the sliders of each method, which are seen with it."""
    for name, method in METHODS.items():
        chosen = {"method": name}
        yield panel.note(t(method.note), title=t(method.label), when=chosen)
        for key, field in method.fields.items():
            yield panel.slider(f"{name}.{key}", t(field.label), field.low, field.high, field.default, step=field.step,
                               info=t(field.info), when=chosen)  # fmt: skip


def _swatch(name: str) -> str:
    colors = studio.swatch(name)
    share = 100 / len(colors)
    stops = (f"#{color} {share * i:.1f}% {share * (i + 1):.1f}%" for i, color in enumerate(colors))
    return f"linear-gradient(90deg, {', '.join(stops)})"


_SIDE: dict[str, Any] = {"step": 64, "info": t("Pixels of the download.")}
_LOOK = [
    panel.shelf("method", t("Method"), _thumbnails, event="input", titled=_titled, usual=_START),
    *_methods(),
    panel.choice("palette", t("Palette"), {name: t("Own" if name == studio.OWN else name) for name in studio.PALETTES},
                 studio.OWN, swatches={name: _swatch(name) for name in studio.PALETTES}),
    panel.check("tile", t("Tileable"), info=t("Left meets right, top meets bottom.")),
    panel.check("twice", t("Show 2 × 2"), info=t("Four copies, to see that they fit.")),
    panel.slider("width", t("Width"), 256, studio.SIDES[1], 1024, **_SIDE),
    panel.slider("height", t("Height"), 256, studio.SIDES[1], 1024, **_SIDE),
]  # fmt: skip


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Lay out the tab and wire its events."""
    with ui.page():
        with ui.result("art-save"):
            result = ui.SafeImage(
                show_label=False, height=520, interactive=False, alt_text=t("the random picture"), format="webp",
                elem_id="art-result", elem_classes="gi-stage", buttons=["fullscreen"],
            )  # fmt: skip
            line = ui.status_line()
            acts = Panel(
                "art", [panel.row(panel.seed(1), panel.button("save", t("Download"), primary=True))], plain=True
            )
        with ui.controls():
            look = Panel("art", _LOOK)
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
    quick: dict[str, Any] = ui.LIVE | ui.PRIVATE
    gr.on([acts.input, look.input], ui.guard(_shown), [acts, look], [result, line], **quick)
    first(ui.guard(_shown), [acts, look], [result, line], **quick)
    acts.on("save")(ui.guard(_saved), [acts, look], ui.delivery(), **quick)
    ui.public(_art, "picture", "art", ui.FAST)


def _shown(acts: Values, look: Values) -> tuple[Any, str]:
    began, seed = time.perf_counter(), acts["seed"]
    image = _make(seed, look, *_preview(look["width"], look["height"]))
    spent = time.perf_counter() - began
    if look["twice"]:
        image = _four(image)
    label = _titled(look["method"])
    shown = gr.Image(image, alt_text=f"{label}, {say('seed {}', seed)}")
    return shown, ui.status(spent, seed=seed, extra=label)


def _saved(acts: Values, look: Values) -> dict[str, Any]:
    seed, method = acts["seed"], look["method"]
    image = _make(seed, look, look["width"], look["height"])
    return ui.handed(encode(image), f"{method}-{seed}.png")


def _art(
    method: str, seed: int, size: int, palette: str = studio.OWN, tile: bool = False, parameters: Any = ui.MUST
) -> Image.Image:
    return studio.make(method, seed=seed, width=size, palette=palette, tile=tile, parameters=parameters)


def _make(seed: Any, look: Values, width: Any, height: Any) -> Image.Image:
    chosen = {"palette": look["palette"], "tile": look["tile"], "parameters": _parameters(look)}
    return studio.make(look["method"], seed=seed, width=width, height=height, **chosen)


def _parameters(look: Values) -> Values:
    method = look["method"]
    return {key: look[f"{method}.{key}"] for key in METHODS[method].fields}


def _preview(width: Any, height: Any) -> tuple[int, int]:
    wide, high = (integer(label, v, *studio.SIDES) for label, v in (("Width", width), ("Height", height)))
    scale = PREVIEW / max(wide, high)
    return max(64, round(wide * scale)), max(64, round(high * scale))


def _four(image: Image.Image) -> Image.Image:
    sheet = Image.new("RGB", (2 * image.width, 2 * image.height))
    for i in range(4):
        sheet.paste(image, (i % 2 * image.width, i // 2 * image.height))
    return sheet
