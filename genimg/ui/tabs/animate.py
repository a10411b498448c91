"""The Animate tab: a face comes alive, and a film leads from face to face."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from genimg.algorithms.interpolation import METHODS
from genimg.core.errors import UserError
from genimg.core.images import crop_square, encode_gif, encode_mp4, shrink
from genimg.core.runtime import MAX_SEED
from genimg.studio import animate as studio
from genimg.studio import generate, sampler, vae
from genimg.studio.enlarge import still
from genimg.ui import controls as ui
from genimg.ui.faces import example, picker
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.parts.films import Saves, clicked

TITLE = t("Animate")
TAKES = "animate-source"
NOTHING = studio.Film([], 12)
STRIP = 10  # frames of the strip below a film


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Make the tab and its two parts."""
    with ui.parts():
        with gr.Tab(t("Come alive"), elem_id="animate-alive"):
            _alive(first)
        with gr.Tab(t("Face to face"), elem_id="animate-keyframes"):
            _keyframes(ui.opening())


@dataclass(frozen=True)
class _Player:
    """Where a film plays and is saved, and one frame of it at rest; `made` is its state."""

    film: gr.Image
    frame: ui.SafeImage
    line: gr.HTML
    strip: ui.SafeImage
    play: gr.Button
    made: gr.State
    saves: Saves

    @property
    def outputs(self) -> list[Any]:
        return [self.film, self.frame, self.play, self.line, self.strip, self.made]

    def shown(self, made: studio.Film, began: float, seed: int | None = None) -> tuple[Any, ...]:
        """Return the values of `outputs`."""
        path = ui.download(encode_gif(made.enlarged(studio.PLAYED_SIDE), fps=made.fps), f"{self.saves.name}.gif")
        words = ui.status(time.perf_counter() - began, seed=seed, extra=say("{} frames", len(made.frames)))
        playing = gr.Image(path, visible=True), gr.Image(visible=False), gr.Button(visible=False)
        return *playing, words, vae.filmstrip(made.frames, STRIP), made

    def wire(self) -> None:
        """Let the film be saved, stand still where the strip is clicked, and go on."""

        def rests(made: studio.Film, event: gr.SelectData) -> tuple[Any, ...]:
            at = clicked(vae.filmstrip(made.frames, STRIP), event)
            frame = still(made.frames[round(at * (len(made.frames) - 1))])
            return gr.Image(visible=False), gr.Image(frame, visible=True), gr.Button(visible=True)

        def plays() -> tuple[Any, ...]:
            return gr.Image(visible=True), gr.Image(visible=False), gr.Button(visible=False)

        stage, quick = [self.film, self.frame, self.play], ui.LIVE | ui.PRIVATE
        self.strip.select(ui.guard(rests), self.made, stage, **(quick | ui.PICK))
        self.play.click(plays, None, stage, **quick)
        self.saves.wire(self.made, lambda made: made.frames, lambda made: made.fps)


def _player(name: str) -> _Player:
    with ui.result():
        film = gr.Image(  # an animation of ours; SafeImage would show its first frame alone
            show_label=False, height=340, interactive=False, format="gif", type="filepath",
            alt_text=str(t("the film, playing")), elem_id=f"{name}-film", elem_classes="gi-stage", buttons=[],
        )  # fmt: skip
        frame = ui.SafeImage(
            show_label=False, height=340, interactive=False, visible=False,
            alt_text=t("one frame of the film, enlarged"), elem_id=f"{name}-frame", elem_classes="gi-stage",
            buttons=["download", "fullscreen"],
        )  # fmt: skip
        line = ui.status_line()
        strip = ui.SafeImage(
            show_label=False, interactive=False, alt_text=t("frames side by side"), elem_id=f"{name}-strip", buttons=[]
        )
        gr.Markdown(t("Click the strip to look at a frame."), elem_classes="gi-note")
        play = gr.Button(t("Play"), size="md", visible=False, elem_id=f"{name}-play")
        saves = Saves(name, name)
    return _Player(film, frame, line, strip, play, gr.State(NOTHING), saves)


def _alive(opened: ui.Listener) -> None:
    model = ui.model_menu(studio.models, alone=False)
    with ui.page():
        player = _player("animate")
        with ui.controls():
            source, faces = picker(t("A face"), "animate-source", model, studio.encoder)
            seconds = gr.Slider(
                studio.MIN_SECONDS, studio.MAX_SECONDS, value=6, step=1, label=t("Seconds"), buttons=[],
                elem_id="animate-seconds",
            )  # fmt: skip
            temperature = gr.Slider(
                0, studio.MAX_TEMPERATURE, value=1.0, step=0.05, label=t("Temperature"), buttons=[],
                elem_id="animate-temperature",
                info=t("Low: the likeliest moves. High: livelier, even odd."),
            )  # fmt: skip
            seed = ui.seed_box("animate-seed")
            go = gr.Button(TITLE, variant="primary", elem_id="animate-go")
            _explain()
    player.wire()

    def animated(*asked: Any) -> tuple[Any, ...]:
        began = time.perf_counter()
        name, face, length, heat, one = asked
        made = studio.animate(name, face, seconds=length, temperature=heat, seed=one)
        return player.shown(made, began, seed=int(one))

    def followed(*asked: Any) -> Any:
        return gr.skip() if asked[1] is None or asked[4] is None else animated(*asked)  # a box has just been emptied

    def animate(
        model: str, image: Image.Image | None, seconds: float, temperature: float, seed: int
    ) -> tuple[str, str]:
        made = studio.animate(model, image, seconds=seconds, temperature=temperature, seed=seed)
        frames = made.enlarged()
        gif, mp4 = encode_gif(frames, fps=made.fps), encode_mp4(frames, fps=made.fps)
        return ui.download(gif, "animation.gif"), ui.download(mp4, "animation.mp4")

    asked: list[Any] = [model, source, seconds, temperature, seed]
    quick = ui.LIVE | ui.PRIVATE
    go.click(ui.guard(animated), asked, player.outputs, **quick)
    ui.endpoint(animate, asked, ui.films(), "animate", ui.FAST)
    gr.on([item.input for item in asked], ui.guard(followed), asked, player.outputs, **ui.LIVE, **ui.PRIVATE)
    for event in (
        faces.select(ui.guard(example), None, source, **(quick | ui.PICK)),
        opened(lambda: vae.examples()[4], None, source, **quick),
    ):
        event.success(ui.guard(animated), asked, player.outputs, **quick)


Faces = list[Image.Image]


def _painters() -> list[str]:
    return sampler.names(*vae.KINDS, *generate.KINDS)


def _keyframes(opened: ui.Listener) -> None:
    model = ui.model_menu(vae.models, alone=False)
    with ui.page():
        player = _player("keyframes")
        with ui.controls():
            gr.Markdown(
                t("The faces, in order; click one to move or remove it."),
                elem_classes="gi-note",
            )
            cast = gr.Gallery(
                show_label=False, columns=6, height="auto", allow_preview=False, interactive=False,
                object_fit="cover", buttons=[], elem_classes="gi-thumbs", format="png", elem_id="keyframes-cast",
            )  # fmt: skip
            with gr.Row(elem_classes="gi-buttons"):
                sooner = gr.Button(t("Sooner"), size="md", min_width=70, elem_id="keyframes-sooner")
                later = gr.Button(t("Later"), size="md", min_width=70, elem_id="keyframes-later")
                remove = gr.Button(t("Remove"), size="md", min_width=70, elem_id="keyframes-remove")
            source, faces = picker(t("Add a picture"), "keyframes-source", model)
            with gr.Row(elem_classes="gi-buttons gi-seed"):
                drawn_by = gr.Dropdown(
                    _painters(), label=t("Drawn by"), filterable=False,
                    min_width=140, elem_id="keyframes-model", elem_classes=ui.MODELS,
                )  # fmt: skip
                seed = gr.Number(
                    0, label=t("Seed"), step=1, minimum=0, maximum=MAX_SEED, min_width=80, elem_id="keyframes-seed"
                )
                ui.follow(drawn_by, _painters)
                add = gr.Button(t("Add"), size="md", min_width=60, elem_id="keyframes-add")
            between = gr.Slider(
                1, studio.MAX_BETWEEN, value=10, step=1, label=t("Frames between"), buttons=[],
                elem_id="keyframes-between",
            )  # fmt: skip
            method = gr.Radio(
                [(t("spherical"), "spherical"), (t("linear"), "linear")],  # type: ignore[list-item]
                value=METHODS[1], label=t("Way"), elem_id="keyframes-way",
                info=t("Along the sphere keeps faces typical on the way."),
            )  # fmt: skip
            loop = gr.Checkbox(True, label=t("Back to the first face"), elem_id="keyframes-loop")
    chosen = gr.State(0)
    kept = gr.State([])  # small squares
    player.wire()

    def filmed(*asked: Any) -> tuple[Any, ...]:
        began = time.perf_counter()
        name, faces, steps, way, looped = asked
        return player.shown(studio.keyframes(name, faces, between=steps, method=way, loop=looped), began)

    def changed(faces: Faces, at: int) -> tuple[Any, ...]:
        """Return the values of `order`."""
        return faces, gr.Gallery(faces, selected_index=at), at

    def added(faces: Faces, face: Image.Image | None) -> tuple[Any, ...]:
        if face is None:
            raise UserError("Choose a picture first: upload one, or click one of the examples.")
        if len(faces) >= studio.MAX_FACES:
            raise UserError(f"There are {studio.MAX_FACES} faces already; remove one first.")
        return changed([*faces, shrink(crop_square(face)[0], studio.SIDE)], len(faces))

    def clicked(faces: Faces, event: gr.SelectData) -> tuple[Any, ...]:
        return added(faces, ui.chosen(vae.examples(), event))

    def seeded(faces: Faces, name: str, one: int) -> tuple[Any, ...]:
        return added(faces, sampler.draw(name, *vae.KINDS, *generate.KINDS, seed=one, count=1).images[0])

    def mover(by: int) -> Any:
        def moved(faces: Faces, at: int) -> tuple[Any, ...]:
            if not faces:
                raise UserError("There is no face to move yet; add one.")
            to = min(max(at + by, 0), len(faces) - 1)
            others = [*faces[:at], *faces[at + 1 :]]
            return changed([*others[:to], faces[at], *others[to:]], to)

        return ui.guard(moved)

    def removed(faces: Faces, at: int) -> tuple[Any, ...]:
        if len(faces) <= studio.MIN_FACES:
            raise UserError(f"A film needs {studio.MIN_FACES} faces; add one before you remove one.")
        return changed([*faces[:at], *faces[at + 1 :]], min(at, len(faces) - 2))

    def uploaded(faces: Faces, face: Image.Image | None) -> tuple[Any, ...]:
        return None, *added(faces, face)

    def begin() -> tuple[Any, ...]:
        return changed([vae.examples()[place] for place in (4, 1, 7)], 0)

    def picked(faces: Faces, event: gr.SelectData) -> int:
        return ui.chosen(range(len(faces)), event)

    asked, order = [model, kept, between, method, loop], [kept, cast, chosen]
    quick = ui.LIVE | ui.PRIVATE
    cast.select(ui.guard(picked), kept, chosen, **(quick | ui.PICK))
    for event in (
        opened(begin, None, order, **quick),
        faces.select(ui.guard(clicked), kept, order, **(quick | ui.PICK)),
        source.upload(ui.guard(uploaded), [kept, source], [source, *order], **quick),
        add.click(ui.guard(seeded), [kept, drawn_by, seed], order, **quick),
        sooner.click(mover(-1), [kept, chosen], order, **quick),
        later.click(mover(1), [kept, chosen], order, **quick),
        remove.click(ui.guard(removed), [kept, chosen], order, **quick),
    ):
        event.success(ui.guard(filmed), asked, player.outputs, **quick)
    controls: Sequence[Any] = (model, between, method, loop)
    gr.on([item.input for item in controls], ui.guard(filmed), asked, player.outputs, **ui.LIVE, **ui.PRIVATE)


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
