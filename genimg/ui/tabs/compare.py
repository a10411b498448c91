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
from genimg.studio import sampler, vae
from genimg.ui import controls as ui
from genimg.ui.faces import example, picker
from genimg.ui.i18n import t
from genimg.ui.locale import say

TITLE = t("Compare")
TAKES = "compare-source"


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Make the tab."""
    with ui.page():
        with ui.result():
            cards = gr.HTML(elem_id="compare-cards", padding=False)
            line = ui.status_line()
            gr.Markdown(
                t(
                    "M: million learned numbers. ms: a picture, measured just now. NFD: distance from pictures never "
                    "seen, less is better. min: training. dB: how close the reconstruction is, more is better.",
                ),
                elem_classes="gi-note",
            )
            with gr.Row(elem_classes="gi-buttons"):
                save = gr.Button(t("Download sheet"), size="md", min_width=120, elem_id="compare-save")
        with ui.controls():
            names = gr.Dropdown(
                studio.models(), value=studio.first_of_each(), multiselect=True, max_choices=studio.MAX_MODELS,
                label=t("Models"), filterable=False, elem_id="compare-models", elem_classes=ui.MODELS,
                info=t("Two to six, a card each."),
            )  # fmt: skip
            ui.follow(names, studio.models)
            seed = ui.seed_box("compare-seed")
            count = gr.Slider(
                1, studio.MAX_COUNT, value=8, step=1, label=t("Pictures of each"), buttons=[],
                elem_id="compare-count",
            )  # fmt: skip
            source, examples = picker(t("To reconstruct"), "compare-source")
            go = gr.Button(TITLE, variant="primary", elem_id="compare-go")
            _explain()
    made = gr.State([])

    def compared(
        models: list[str], seed: int, count: int, image: Image.Image | None
    ) -> tuple[str, str, list[studio.Entry]]:
        began = time.perf_counter()
        entries = studio.compare(models, seed=seed, count=count, image=image)
        return _cards(entries), ui.status(time.perf_counter() - began, seed=int(seed)), entries

    def followed(*asked: Any) -> Any:
        incomplete = len(asked[0] or ()) < studio.MIN_MODELS or asked[1] is None  # still being chosen or typed
        return gr.skip() if incomplete else compared(*asked)

    def saved(entries: Sequence[studio.Entry], one: int) -> dict[str, Any]:
        facts = {"models": [entry.name for entry in entries], "seed": one}
        return ui.handed(sampler.png_with_facts(studio.sheet(entries), facts), "comparison.png")

    asked: list[Any] = [names, seed, count, source]
    outputs = [cards, line, made]
    quick = ui.LIVE | ui.PRIVATE
    go.click(ui.guard(compared), asked, outputs, **quick)
    gr.on([item.input for item in asked], ui.guard(followed), asked, outputs, **ui.LIVE, **ui.PRIVATE)
    for event in (
        examples.select(ui.guard(example), None, source, **(quick | ui.PICK)),
        first(lambda: vae.examples()[4], None, source, **quick),
    ):
        event.success(ui.guard(compared), asked, outputs, **quick)
    save.click(ui.guard(saved), [made, seed], ui.delivery(), **quick)


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
