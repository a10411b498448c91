"""The Animate tab: a face comes alive, and a film leads from face to face."""

import time
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.images import encode_gif, encode_mp4
from genimg.studio import animate as studio
from genimg.studio import vae
from genimg.ui import controls as ui
from genimg.ui import faces
from genimg.ui.endpoints import FILMS
from genimg.ui.i18n import t
from genimg.ui.keyframes import keyframes
from genimg.ui.parts import panel
from genimg.ui.parts.component import Panel
from genimg.ui.parts.panel import Values
from genimg.ui.parts.player import player, shown

TITLE = t("Animate")
TAKES = "animate-source"
Picture = Image.Image | None


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Make the tab and its two parts."""
    with ui.parts():
        with gr.Tab(t("Come alive"), elem_id="animate-alive"):
            _alive(first)
        with gr.Tab(t("Face to face"), elem_id="animate-keyframes"):
            keyframes(ui.opening())


_CONTROLS = [
    *faces.warning(),
    faces.faces(),
    panel.slider("seconds", t("Seconds"), studio.MIN_SECONDS, studio.MAX_SECONDS, 6, step=1),
    panel.slider("temperature", t("Temperature"), 0, studio.MAX_TEMPERATURE, 1.0, step=0.05,
                 info=t("Low: the likeliest moves. High: livelier, even odd.")),
    panel.seed(),
    panel.button("go", TITLE, primary=True),
]  # fmt: skip


def _alive(opened: ui.Listener) -> None:
    model = ui.model_menu(studio.models, alone=False)
    with ui.page():
        stage = player("animate")
        with ui.controls():
            source = faces.upload(t("A face"), TAKES)
            board = Panel("animate", _CONTROLS)
            _explain()
    asked, outputs, quick = [model, source, board], [*stage.outputs, board], ui.LIVE | ui.PRIVATE
    gr.on([model.input, source.input, board.input], ui.guard(_followed), asked, outputs, **quick)
    board.on("go")(ui.guard(_animated), asked, outputs, **quick)
    board.on("source-examples")(ui.guard(_picked), asked, [source, *outputs], **quick)
    opened(ui.guard(_begun), asked, [source, *outputs], **quick)
    ui.public(_animate, FILMS, "animate", ui.FAST, model=model)


def _animated(model: str, source: Picture, board: Values) -> tuple[Any, ...]:
    began, seed = time.perf_counter(), board["seed"]
    film = studio.animate(model, source, seconds=board["seconds"], temperature=board["temperature"], seed=seed)
    strange = vae.strange(studio.encoder(model), source)
    return *shown(film, "animate", began, int(seed)), {"source-unlike": strange}


def _followed(model: str, source: Picture, board: Values) -> Any:
    return gr.skip() if source is None else _animated(model, source, board)  # the box has just been emptied


def _picked(model: str, _: Picture, board: Values) -> tuple[Any, ...]:
    face = board["source-examples"]
    return face, *_animated(model, face, board)


def _begun(model: str, _: Picture, board: Values) -> tuple[Any, ...]:
    return _picked(model, None, board | {"source-examples": vae.examples()[4]})


def _animate(
    model: str, image: Picture, seconds: float = 6, temperature: float = 1.0, seed: int = 0
) -> tuple[str, str]:
    made = studio.animate(model, image, seconds=seconds, temperature=temperature, seed=seed)
    frames = made.enlarged()
    gif, mp4 = encode_gif(frames, fps=made.fps), encode_mp4(frames, fps=made.fps)
    return ui.download(gif, "animation.gif"), ui.download(mp4, "animation.mp4")


def _explain() -> None:
    ui.how_it_works(
        "The encoder of the VAE turns the face into latent numbers. A recurrent network has watched hundreds of drawn "
        "people act, seen through the same encoder; frame by frame it says how likely every next move of the latent "
        "is, as a mixture of Gaussians, and one is drawn by chance. It can move only along the few directions in which "
        "acting moves latents at all, so the person stays the same.",
        formula=r"p(m_{t+1} \mid m_{\le t}, z_0) = \sum_k \pi_k\,\mathcal N\big(\mu_k, \tau\sigma_k^2\big), "
        r"\qquad z_t = z_0 + B^\top m_t",
        paper="D. Ha, J. Schmidhuber, 2018, arXiv 1803.10122 (World Models); C. M. Bishop, 1994, Mixture Density "
        "Networks, Aston University.",
    )
