"""The VAE tab: reconstruct a picture, morph one into another, sample new ones and steer them, vary one."""

import time
from collections.abc import Sequence
from typing import Any

import gradio as gr
from PIL import Image

from genimg.algorithms.interpolation import METHODS
from genimg.core.errors import UserError
from genimg.core.images import encode_gif, encode_mp4, grid
from genimg.studio import vae as studio
from genimg.studio.enlarge import filmed, still
from genimg.studio.sampler import large, png_with_facts
from genimg.studio.ways import there_and_back
from genimg.ui import controls as ui
from genimg.ui.explore import explore
from genimg.ui.faces import example, picker
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.parts.films import Saves, clicked

TITLE = t("VAE")
TAKES = "vae-source"
FILM_SIDE = 256  # pixels of a frame in the page and in a download


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Make the tab and its four parts."""
    model = ui.model_menu(studio.models, alone=False)
    with ui.parts():
        with gr.Tab(t("Reconstruct"), elem_id="vae-reconstruct"):
            _reconstruct(first, model)
        with gr.Tab(t("Morph"), elem_id="vae-morph"):
            _morph(ui.opening(), model)
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
            source, examples = picker(t("Your picture"), "vae-source", model)
            gain = gr.Slider(
                1, 20, value=4, step=0.5, label=t("Error gain"), buttons=[],
                info=t("How strongly the error picture is brightened."),
            )  # fmt: skip
            again = gr.Button(t("Reconstruct"), variant="primary", elem_id="vae-reconstruct-go")
            _explain()

    def reconstructed(model: str, image: Image.Image | None, gain: float) -> tuple[Any, ...]:
        began = time.perf_counter()
        made = studio.reconstruct(model, image, gain=gain)
        far = f" ({say('unlike all that this model knows')})" if made.psnr < studio.STRANGE else ""
        words = ui.status(time.perf_counter() - began, extra=f"PSNR {made.psnr:.1f} dB{far}")
        pictures = [large(one, FILM_SIDE) for one in (made.original, made.reconstruction, made.error)]
        return *pictures, words, made.framed if made.cut else None

    def followed(name: str, image: Image.Image | None, times: float) -> Any:
        return gr.skip() if image is None else reconstructed(name, image, times)  # the box has just been emptied

    asked, outputs = [model, source, gain], [original, reconstruction, error, line, framed]
    again.click(ui.guard(reconstructed), asked, outputs, api_name="reconstruct", **ui.FAST, show_progress="hidden")
    quick = ui.LIVE | ui.PRIVATE
    gr.on([source.input, gain.input, model.input], ui.guard(followed), asked, outputs, **ui.LIVE, **ui.PRIVATE)
    for event in (
        examples.select(ui.guard(example), None, source, **(quick | ui.PICK)),
        opened(lambda: studio.examples()[0], None, source, **quick),
    ):
        event.success(ui.guard(reconstructed), asked, outputs, **quick)


def _morph(opened: ui.Listener, model: gr.Dropdown) -> None:
    with ui.page():
        with ui.result():
            frame = ui.SafeImage(
                show_label=False, height=340, interactive=False, visible=False, alt_text=t("one frame of the morph"),
                elem_id="vae-frame", elem_classes="gi-stage", buttons=[],
            )  # fmt: skip
            film = gr.Image(  # an animation of ours; SafeImage would show its first frame alone
                show_label=False, height=340, interactive=False, format="gif", type="filepath",
                alt_text=str(t("the morph, playing")), elem_id="vae-film", elem_classes="gi-stage", buttons=[],
            )  # fmt: skip
            line = ui.status_line()
            strip = ui.SafeImage(
                show_label=False, interactive=False, alt_text=t("frames side by side"), elem_id="vae-strip", buttons=[]
            )
            place = gr.Slider(
                0, 1, value=0, step=0.005, label=t("Scrub"), buttons=[], elem_id="vae-scrub",
                info=t("Drag along the film, or click the strip above."),
            )  # fmt: skip
            play = gr.Button(t("Play"), size="md", elem_id="vae-play")
            saves = Saves("morph", "vae")
        with ui.controls():
            first, first_examples = picker(t("From"), "vae-first", model)
            second, second_examples = picker(t("To"), "vae-second", model)
            frames = gr.Slider(studio.MIN_FRAMES, studio.MAX_FRAMES, value=24, step=1, label=t("Frames"), buttons=[])
            method = gr.Radio(
                [(t("spherical"), "spherical"), (t("linear"), "linear")],  # type: ignore[list-item]
                value=METHODS[1], label=t("Way"),
                info=t("Along the sphere keeps faces typical on the way."),
            )  # fmt: skip
            go = gr.Button(t("Morph"), variant="primary", elem_id="vae-morph-go")
    made_frames = gr.State([])  # of the model's own size, so that a session stays small

    def moving(made: Sequence[Image.Image], at: float) -> tuple[Any, Any]:
        shown = large(made[round(at * (len(made) - 1))], FILM_SIDE) if made else None
        return gr.Image(shown, visible=True), gr.Image(visible=False)

    def enlarged(made: Sequence[Image.Image], at: float) -> Any:
        return still(made[round(at * (len(made) - 1))]) if made else None

    def resting(made: Sequence[Image.Image], at: float) -> tuple[Any, Any]:
        return gr.Image(enlarged(made, at), visible=True), gr.Image(visible=False)

    def morphed(*asked: Any, plays: bool = True) -> tuple[Any, ...]:
        began = time.perf_counter()
        name, start, end, count, way = asked
        made = studio.morph(name, start, end, frames=count, method=way)
        words = ui.status(time.perf_counter() - began, extra=say("{} frames", len(made)))
        stage = played(made) if plays else resting(made, 0.0)
        return *stage, studio.filmstrip(made), words, made, 0.0

    def followed(*asked: Any) -> Any:
        return morphed(*asked, plays=False) if asked[1] and asked[2] else gr.skip()  # a box has just been emptied

    def picked(made: Sequence[Image.Image], event: gr.SelectData) -> tuple[Any, ...]:
        at = clicked(studio.filmstrip(made), event) if made else 0.0
        return *resting(made, at), at

    def played(made: Sequence[Image.Image]) -> Any:
        if not made:
            raise UserError("Make a film first.")
        path = ui.download(encode_gif(there_and_back(filmed(made))), "morph.gif")
        return gr.Image(visible=False), gr.Image(path, visible=True)

    def interpolate(
        model: str, first: Image.Image | None, second: Image.Image | None, frames: int, method: str
    ) -> tuple[str, str]:
        film = there_and_back(filmed(studio.morph(model, first, second, frames=frames, method=method)))
        return ui.download(encode_gif(film), "morph.gif"), ui.download(encode_mp4(film), "morph.mp4")

    asked = [model, first, second, frames, method]
    outputs = [frame, film, strip, line, made_frames, place]
    quick = ui.LIVE | ui.PRIVATE
    go.click(ui.guard(morphed), asked, outputs, **quick)
    ui.endpoint(interpolate, asked, ui.films(), "interpolate", ui.FAST)
    gr.on(
        [first.input, second.input, frames.input, method.input, model.input],
        ui.guard(followed), asked, outputs, **ui.LIVE, **ui.PRIVATE,
    )  # fmt: skip
    dragged = place.input(ui.guard(moving), [made_frames, place], [frame, film], **ui.LIVE, **ui.PRIVATE)
    # It may be late: by then the film may play, and goes on.
    dragged.success(ui.guard(enlarged), [made_frames, place], frame, **ui.LIVE, **ui.PRIVATE)
    strip.select(ui.guard(picked), made_frames, [frame, film, place], **(quick | ui.PICK))
    play.click(ui.guard(played), made_frames, [frame, film], **quick)
    saves.wire(made_frames, there_and_back)
    for event in (
        first_examples.select(ui.guard(example), None, first, **(quick | ui.PICK)),
        second_examples.select(ui.guard(example), None, second, **(quick | ui.PICK)),
        opened(lambda: (studio.examples()[1], studio.examples()[2]), None, [first, second], **quick),
    ):
        event.success(ui.guard(morphed), asked, outputs, **quick)


def _vary(opened: ui.Listener, model: gr.Dropdown) -> None:
    with ui.page():
        with ui.result():
            gallery = gr.Gallery(
                show_label=False, columns=4, height="auto",
                allow_preview=False, interactive=False, object_fit="contain", buttons=[], format="png",
                elem_id="vae-variants", elem_classes="gi-variants",
            )  # fmt: skip
            line = ui.status_line()
            gr.Markdown(t("Click one to go on from it."), elem_classes="gi-note")
            with gr.Row(elem_classes="gi-buttons"):
                save = gr.Button(t("Download all"), size="md", min_width=120, elem_id="vae-variants-save")
        with ui.controls():
            source, examples = picker(t("Your picture"), "vae-vary", model)
            strength = gr.Slider(
                0, 1, value=0.5, step=0.01, label=t("Strength"), buttons=[], elem_id="vae-strength",
                info=t("From the picture itself to another of its kind."),
            )  # fmt: skip
            seed = ui.seed_box("vae-vary-seed")
            count = gr.Slider(1, 24, value=12, step=1, label=t("How many"), buttons=[], elem_id="vae-vary-count")
            go = gr.Button(t("Vary"), variant="primary", elem_id="vae-vary-go")
    made = gr.State([])  # of the model's own size

    def varied(
        model: str, image: Image.Image | None, strength: float, seed: int, count: int
    ) -> tuple[list[Image.Image], str, list[Image.Image]]:
        began = time.perf_counter()
        found = studio.variations(model, image, strength=strength, seed=seed, count=count)
        return [large(one, 128) for one in found], ui.status(time.perf_counter() - began, seed=int(seed)), found

    def followed(*asked: Any) -> Any:
        return gr.skip() if asked[1] is None or asked[3] is None else varied(*asked)  # a box has just been emptied

    def picked(found: Sequence[Image.Image], event: gr.SelectData) -> Image.Image:
        return ui.chosen(found, event)

    def saved(found: Sequence[Image.Image], name: str, far: float, one: int, of: Image.Image | None) -> dict[str, Any]:
        if not found:
            raise UserError("Make variations first.")
        facts = {"model": name, "seed": one, "strength": far, "count": len(found)}
        sheet = grid([large(image, 128) for image in found], columns=4)
        return ui.handed(png_with_facts(sheet, facts), "variations.png", of=of)

    asked: list[Any] = [model, source, strength, seed, count]
    outputs = [gallery, line, made]
    quick = ui.LIVE | ui.PRIVATE
    go.click(ui.guard(varied), asked, outputs, api_name="vary", **ui.FAST, show_progress="hidden")
    gr.on([item.input for item in asked], ui.guard(followed), asked, outputs, **ui.LIVE, **ui.PRIVATE)
    for event in (
        gallery.select(ui.guard(picked), made, source, **(quick | ui.PICK)),
        examples.select(ui.guard(example), None, source, **(quick | ui.PICK)),
        opened(lambda: studio.examples()[4], None, source, **quick),
    ):
        event.success(ui.guard(varied), asked, outputs, **quick)
    save.click(ui.guard(saved), [made, model, strength, seed, source], ui.delivery(), **quick)


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
