"""The Compare tab: several generators under the same seed, a card each."""

import base64
import html
import time
from collections.abc import Sequence
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.images import encode
from genimg.studio import compare as studio
from genimg.studio import vae
from genimg.studio.again import told
from genimg.ui import controls as ui
from genimg.ui import faces
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.parts import panel
from genimg.ui.parts.component import Panel
from genimg.ui.parts.panel import Values

TITLE = t("Compare")
TAKES = "compare-source"
Picture = Image.Image | None


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Make the tab."""
    with ui.page():
        with ui.result():
            cards = gr.HTML(elem_id="compare-cards", padding=False)
            line = ui.status_line()
            acts = Panel("compare", _ACTS, plain=True)
        with ui.controls():
            names = gr.Dropdown(
                studio.models(), value=studio.first_of_each(), multiselect=True, max_choices=studio.MAX_MODELS,
                label=t("Models"), filterable=False, elem_id="compare-models", elem_classes=ui.MODELS,
                info=t("Two to six, a card each."),
            )  # fmt: skip
            ui.follow(names, studio.models)
            source = faces.upload(t("To reconstruct"), TAKES)
            board = Panel("compare", _CONTROLS)
            _explain()
    made = gr.State([])

    asked, outputs, quick = [names, board, source], [cards, line, made], ui.LIVE | ui.PRIVATE
    board.on("go")(ui.guard(_compared), asked, outputs, **quick)
    gr.on([names.input, board.input, source.input], ui.guard(_followed), asked, outputs, **quick)
    board.on("source-examples")(ui.guard(_picked), asked, [source, *outputs], **quick)
    first(ui.guard(_begun), asked, [source, *outputs], **quick)
    acts.on("save")(ui.guard(_saved), [made, board, source], ui.delivery(), **quick)


_ACTS = [
    panel.note(
        t("M: million learned numbers. ms: a picture, measured just now. NFD: distance from pictures never "
          "seen, less is better. min: training. dB: how close the reconstruction is, more is better.")
    ),
    panel.button("save", t("Download sheet")),
]  # fmt: skip
_CONTROLS = [
    faces.faces(),
    panel.slider("count", t("Pictures of each"), 1, studio.MAX_COUNT, 8, step=1),
    panel.seed(),
    panel.button("go", TITLE, primary=True),
]


def _compared(models: list[str], board: Values, image: Picture) -> tuple[str, str, list[studio.Entry]]:
    began, seed = time.perf_counter(), board["seed"]
    entries = studio.compare(models, seed=seed, count=board["count"], image=image)
    return _cards(entries), ui.status(time.perf_counter() - began, seed=int(seed)), entries


def _followed(models: list[str], board: Values, image: Picture) -> Any:
    return gr.skip() if len(models or ()) < studio.MIN_MODELS else _compared(models, board, image)  # still being chosen


def _picked(models: list[str], board: Values, _: Picture) -> tuple[Any, ...]:
    return board["source-examples"], *_compared(models, board, board["source-examples"])


def _begun(models: list[str], board: Values, _: Picture) -> tuple[Any, ...]:
    return _picked(models, board | {"source-examples": vae.examples()[4]}, None)


def _saved(entries: Sequence[studio.Entry], board: Values, image: Picture) -> dict[str, Any]:
    names = [entry.name for entry in entries]
    asked = {"names": names, "seed": board["seed"], "count": board["count"], "image": image}
    return ui.handed(encode(told(studio.sheet(entries), "comparison", asked)), "comparison.png")


def _cards(entries: Sequence[studio.Entry]) -> str:
    return f'<div class="gi-cards">{"".join(_card(entry) for entry in entries)}</div>'


def _card(entry: studio.Entry) -> str:
    facts = "".join(f"<li>{html.escape(fact)}</li>" for fact in entry.facts())
    pictures = "".join(
        _picture(image, say("picture {} of {}", i + 1, entry.name)) for i, image in enumerate(entry.images)
    )
    again = ""
    if entry.reconstruction:
        pair = (
            (entry.reconstruction.original, say("your picture")),
            (entry.reconstruction.reconstruction, say("reconstruction")),
        )
        facts += f"<li>{entry.reconstruction.psnr:.1f} dB</li>"
        again = f'<div class="gi-again">{"→".join(_picture(image, alt) for image, alt in pair)}</div>'
    return (
        f"<section><h3>{html.escape(entry.name)}</h3><ul>{facts}</ul>"
        f'<div class="gi-shots">{pictures}</div>{again}<p>{html.escape(entry.summary.replace("`", ""))}</p></section>'
    )


def _picture(image: Image.Image, alt: str) -> str:
    content = base64.b64encode(encode(image, "WEBP", quality=90)).decode()
    return f'<img src="data:image/webp;base64,{content}" alt="{html.escape(alt)}">'


def _explain() -> None:
    ui.how_it_works(
        "Every model gets latents drawn with the same seed, but each has learned a code of its own, so the same seed "
        "is another picture in each. The time is that of the warm network on this machine, the least of three "
        "measurements. NFD compares the Gaussians of network features of made pictures and of pictures that never "
        "trained; 0 is the same distribution.",
        formula=r"\mathrm{NFD} = \frac{\lVert \mu_r - \mu_g \rVert^2 + \mathrm{tr}\big(\Sigma_r + \Sigma_g "
        r"- 2(\Sigma_r\Sigma_g)^{1/2}\big)}{\mathrm{tr}\,\Sigma_r}",
        paper="M. Heusel et al., 2017, arXiv 1706.08500 (the Frechet distance of features).",
    )
