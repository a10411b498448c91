"""The VAE tab: reconstruct a picture, morph one into another, sample new ones and steer them, vary one."""

import time
from collections.abc import Sequence
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import UserError
from genimg.core.images import encode
from genimg.studio import vae as studio
from genimg.studio.sampler import large
from genimg.ui import controls as ui
from genimg.ui import faces
from genimg.ui.explore import explore
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.morphing import FILM_SIDE, morph
from genimg.ui.parts import panel
from genimg.ui.parts.component import Panel
from genimg.ui.parts.panel import Values

TITLE = t("VAE")
TAKES = "vae-source"
_QUICK: dict[str, Any] = ui.LIVE | ui.PRIVATE
Picture = Image.Image | None


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Make the tab and its four parts."""
    model = ui.model_menu(studio.models, alone=False)
    with ui.parts():
        with gr.Tab(t("Reconstruct"), elem_id="vae-reconstruct"):
            _reconstruct(first, model)
        with gr.Tab(t("Morph"), elem_id="vae-morph"):
            morph(ui.opening(), model)
        with gr.Tab(t("Sample"), elem_id="vae-sample"):
            explore(
                ui.opening(),
                kinds=studio.KINDS,
                prefix="vae",
                truncation=0.8,
                explain=_explain,
                model=model,
            )
        with gr.Tab(t("Variations"), elem_id="vae-variations"):
            _vary(ui.opening(), model)


_RECONSTRUCTING = [
    *faces.warning(),
    faces.faces(),
    panel.slider("gain", t("Error gain"), 1, 20, 4, step=0.5, info=t("How strongly the error picture is brightened.")),
    panel.button("reconstruct-go", t("Reconstruct"), primary=True),
]
_VARYING = [
    *faces.warning(),
    faces.faces("examples"),
    panel.slider("strength", t("Strength"), 0, 1, 0.5, step=0.01,
                 info=t("From the picture itself to another of its kind.")),
    panel.slider("count", t("How many"), 1, 24, 12, step=1),
    panel.seed(),
    panel.button("go", t("Vary"), primary=True),
]  # fmt: skip


def _reconstruct(opened: ui.Listener, model: gr.Dropdown) -> None:
    with ui.page():
        with ui.result():
            with gr.Row(elem_classes="gi-three"):
                original, reconstruction, error = (
                    ui.SafeImage(label=label, interactive=False, alt_text=alt, min_width=80, buttons=[])
                    for label, alt in (
                        (t("Input"), t("what the model saw")),
                        (t("Reconstruction"), t("what came out of the bottleneck")),
                        (t("Error"), t("the amplified difference of the two")),
                    )
                )
            line = ui.status_line()
            framed = ui.SafeImage(
                label=t("The square that was used"), height=180, interactive=False,
                alt_text=t("the upload with the part that was used"), elem_id="vae-square", buttons=[],
            )  # fmt: skip
        with ui.controls():
            source = faces.upload(t("Your picture"), TAKES)
            board = Panel("vae", _RECONSTRUCTING)
            _explain()

    asked, outputs = [model, source, board], [original, reconstruction, error, line, framed, board]
    board.on("reconstruct-go")(ui.guard(_reconstructed), asked, outputs, **_QUICK)
    gr.on([source.input, board.input, model.input], ui.guard(_reconstruct_live), asked, outputs, **_QUICK)
    board.on("source-examples")(ui.guard(_reconstruct_example), asked, [source, *outputs], **_QUICK)
    opened(ui.guard(_reconstruct_first), asked, [source, *outputs], **_QUICK)
    returns = "original:picture reconstruction:picture error:picture status square:picture"
    ui.public(_reconstruction, returns, "reconstruct", ui.FAST, model=model)


def _reconstructed(model: str, image: Picture, board: Values) -> tuple[Any, ...]:
    began = time.perf_counter()
    made = studio.reconstruct(model, image, gain=board["gain"])
    unlike = made.psnr < studio.STRANGE
    far = f" ({say('unlike all that this model knows')})" if unlike else ""
    words = ui.status(time.perf_counter() - began, extra=f"PSNR {made.psnr:.1f} dB{far}")
    pictures = [large(one, FILM_SIDE) for one in (made.original, made.reconstruction, made.error)]
    return *pictures, words, made.framed if made.cut else None, {"source-unlike": unlike}


def _reconstruct_live(model: str, image: Picture, board: Values) -> Any:
    return gr.skip() if image is None else _reconstructed(model, image, board)  # the box has just been emptied


def _reconstruct_example(model: str, _: Picture, board: Values) -> tuple[Any, ...]:
    return board["source-examples"], *_reconstructed(model, board["source-examples"], board)


def _reconstruct_first(model: str, _: Picture, board: Values) -> tuple[Any, ...]:
    return _reconstruct_example(model, None, board | {"source-examples": studio.examples()[0]})


def _reconstruction(model: str, image: Picture, gain: float = 4) -> tuple[Any, ...]:
    return _reconstructed(model, image, {"gain": gain})[:-1]


def _vary(opened: ui.Listener, model: gr.Dropdown) -> None:
    with ui.page():
        with ui.result():
            gallery = gr.Gallery(
                show_label=False, columns=4, height="auto",
                allow_preview=False, interactive=False, object_fit="contain", buttons=[], format="png",
                elem_id="vae-variants", elem_classes="gi-variants",
            )  # fmt: skip
            line = ui.status_line()
            save = Panel("vae-variants", [
                panel.note(t("Click one to go on from it.")), panel.button("save", t("Download all")),
            ], plain=True)  # fmt: skip
        with ui.controls():
            source = faces.upload(t("Your picture"), "vae-vary")
            board = Panel("vae-vary", _VARYING)
    made = gr.State([])  # of the model's own size

    asked, outputs = [model, source, board], [gallery, line, made, board]
    board.on("go")(ui.guard(_varied), asked, outputs, **_QUICK)
    gr.on([model.input, source.input, board.input], ui.guard(_vary_live), asked, outputs, **_QUICK)
    gallery.select(ui.guard(_vary_further), [made, model, board], [source, *outputs], **(_QUICK | ui.PICK))
    board.on("examples")(ui.guard(_vary_example), asked, [source, *outputs], **_QUICK)
    opened(ui.guard(_vary_first), asked, [source, *outputs], **_QUICK)
    save.on("save")(ui.guard(_saved), [made, *asked], ui.delivery(), **_QUICK)
    ui.public(_variations, "gallery status", "vary", ui.FAST, model=model)


def _varied(model: str, image: Picture, board: Values) -> tuple[Any, ...]:
    began = time.perf_counter()
    asked = {name: board[name] for name in ("strength", "seed", "count")}
    found = studio.variations(model, image, **asked)
    words = ui.status(time.perf_counter() - began, seed=int(board["seed"]))
    return [large(one, 128) for one in found], words, found, {"source-unlike": studio.strange(model, image)}


def _vary_live(model: str, image: Picture, board: Values) -> Any:
    return gr.skip() if image is None else _varied(model, image, board)  # the box has just been emptied


def _vary_further(found: Sequence[Image.Image], model: str, board: Values, event: gr.SelectData) -> tuple[Any, ...]:
    picked = ui.chosen(found, event)
    return picked, *_varied(model, picked, board)


def _vary_example(model: str, _: Picture, board: Values) -> tuple[Any, ...]:
    return board["examples"], *_varied(model, board["examples"], board)


def _vary_first(model: str, _: Picture, board: Values) -> tuple[Any, ...]:
    return _vary_example(model, None, board | {"examples": studio.examples()[4]})


def _variations(model: str, image: Picture, strength: float = 0.5, seed: int = 0, count: int = 12) -> tuple[Any, ...]:
    return _varied(model, image, {"strength": strength, "seed": seed, "count": count})[:2]


def _saved(found: Sequence[Image.Image], model: str, image: Picture, board: Values) -> dict[str, Any]:
    if not found:
        raise UserError("Make variations first.")
    asked = {name: board[name] for name in ("strength", "seed", "count")}
    return ui.handed(encode(studio.sheet(model, image, **asked)), "variations.png", of=image)


def _explain() -> None:
    ui.how_it_works(
        "An encoder squeezes a picture into a small cloud of latent numbers, and a decoder draws it again from there; "
        "what cannot be said in so few numbers is lost, as the error picture shows. Training keeps the clouds close "
        "together, so the numbers between two pictures make pictures too, which is a morph. New faces are decoded "
        "from latents that a second small network, a flow, makes of noise.",
        formula=r"\mathcal L = \lVert x - D(z) \rVert^2 + \beta\,\mathrm{KL}\big(\mathcal N(\mu, \sigma^2)"
        r"\,\Vert\,\mathcal N(0, I)\big), \qquad z = \mu + \sigma\,\varepsilon",
        paper="D. P. Kingma, M. Welling, 2013, arXiv 1312.6114; T. White, 2016, arXiv 1609.04468 (spherical way).",
    )
