"""The Compress tab: a picture in a few dozen bytes through the VAE, beside JPEG and WebP, and back from the file."""

import inspect
import time
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import UserError
from genimg.core.images import encode
from genimg.studio import compress as studio
from genimg.studio import examples, rivals
from genimg.studio.sampler import large
from genimg.studio.vae import examples as studio_faces
from genimg.studio.vae import strange
from genimg.ui import controls as ui
from genimg.ui import faces
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.parts import panel
from genimg.ui.parts.component import Panel
from genimg.ui.parts.panel import Values
from genimg.ui.ratecurve import beside, rate_curve
from genimg.ui.shell.gradio_internals import uploaded

TITLE = t("Compress")
TAKES = "compress-photo"
DEFAULTS = {name: p.default for name, p in inspect.signature(studio.compress).parameters.items()}
_SIDE = 256  # pixels of a picture in the page


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Lay out the tab and wire its events."""
    kept = gr.State(None, time_to_live=3600)  # (what was made, whether refined)
    with ui.page():
        with ui.result("compress-png"):
            with gr.Row(elem_classes="gi-three"):
                original = ui.SafeImage(
                    label=t("Original, 64 px"), interactive=False, min_width=80, buttons=[],
                    alt_text=t("the square that went in, at the model's size"), elem_id="compress-original",
                    format="png",
                )  # fmt: skip
                result = ui.SafeImage(
                    label=t("Decoded from the bytes"), interactive=False, min_width=80, buttons=[],
                    alt_text=t("the picture that the file decodes to"), elem_id="compress-result", format="png",
                )  # fmt: skip
            line = ui.status_line()
            line.elem_id = "compress-status"
            acts = Panel("compress", _ACTS, plain=True)
            beside = gr.HTML(elem_id="compress-rivals", padding=False)
            chart = gr.HTML(elem_id="compress-curve", padding=False)
        with ui.controls():
            source = faces.upload(t("Your picture"), TAKES)
            shelf = Panel("compress", _EXAMPLES)
            back = gr.File(
                label=t("Open a .gimg file"), file_types=[".gimg"], height=120,
                elem_id="compress-open",
            )  # fmt: skip
            opened = ui.SafeImage(
                label=t("From the file"), interactive=False, visible=False, height=200, buttons=[],
                alt_text=t("the picture that the uploaded file decodes to"), elem_id="compress-opened", format="png",
            )  # fmt: skip
            mean = Panel("compress", [panel.button("mean", t("Mean curve of 12 faces"))], plain=True)
            means = gr.HTML(elem_id="compress-means", padding=False)
            ui.how_it_works(
                "The encoder turns the picture into 128 numbers. A fixed basis, found from the mixture of the latents "
                "of all training faces and from the decoder's Jacobian, makes them independent and equally important; "
                "they are divided by a step, rounded, and written by a range coder that spends few bits on what is "
                "likely. Both sides know the network of 8 MB, so the file holds only what makes this face differ from "
                "other faces: a header of 8 bytes and some 10 to 40 more. The limits: 64 pixels, and only drawn faces. "
                "Of a photo it keeps little at any rate, for its 128 numbers have no words for it, while JPEG and WebP "
                "are made for all pictures. Most of a JPEG this small is its header, so its scan is counted too.",
                formula=r"\min_{\hat y}\; R + \lambda D = -\log_2 p(\hat y) + \lambda \lVert x - D(z) \rVert^2,"
                r"\quad z = m_k + B_k\,\Delta\,\hat y",
                paper="Balle, Laparra, Simoncelli, 2017, End-to-end Optimized Image Compression (ICLR); Balle et al., "
                "2018, Variational image compression with a scale hyperprior (ICLR); Theis et al., 2017, Lossy Image "
                "Compression with Compressive Autoencoders (ICLR); Bamler, 2022, Understanding Entropy Coding With "
                "Asymmetric Numeral Systems, arXiv 2201.01741 (constriction).",
            )
    ui.public(_answer, "file picture figures:value", "compress", ui.BRISK)
    ui.public(_decoded, "picture", "decompress", ui.FAST, path=back)

    asked, outputs = [source, acts], [original, result, line, beside, kept, acts]
    quick = ui.LIVE | ui.PRIVATE
    brisk = ui.BRISK | ui.PRIVATE | {"show_progress": "hidden"}
    made = [
        acts.on("rate")(ui.guard(_compress), asked, outputs, **quick),
        gr.on([source.input, acts.input], ui.guard(_compress), asked, outputs, **brisk),
        shelf.on("pick")(ui.guard(_picked), [shelf, acts], [source, *outputs], **brisk),
        first(ui.guard(_begun), acts, [source, *outputs], **brisk),
    ]
    for one in made:
        one.success(ui.guard(_curve), kept, chart, **brisk)
    gr.on([back.upload, back.clear], ui.guard(_open), back, [opened, line], **quick)
    mean.on("mean")(ui.guard(_means), acts, means, **(brisk | {"show_progress": "minimal"}))
    acts.on("save")(ui.guard(_save), [kept, source], ui.delivery(), **quick)
    acts.on("png")(ui.guard(_save_png), [kept, source], ui.delivery(), **quick)


_ACTS = [
    panel.via("rate", panel.slider("rate", t("Rate"), 0, 1, DEFAULTS["rate"], step=0.01,
                                   info=t("Left: the fewest bytes. Right: the best picture."))),
    panel.check("refine", t("Refine the latent"),
                info=t("Searches for what fits this very picture; a second or two, once.")),
    panel.row(panel.button("save", t("Download .gimg"), primary=True), panel.button("png", t("Download PNG"))),
    panel.hidden("unlike"),
    panel.note(
        t("This model knows only drawn faces, so of this picture it keeps little at any rate: its 128 numbers "
          "have no words for it. JPEG and WebP are made for all pictures."),
        name="alien", when={"unlike": True},
    ),
]  # fmt: skip
_EXAMPLES = [
    faces.faces("photo-examples", event="pick"),
    panel.shelf("photos", t("Photos"), examples.photos, event="pick"),
]


def _picked(shelf: Values, acts: Values) -> tuple[Any, ...]:
    picture = shelf[shelf["pressed"]] if shelf["pressed"] else None
    return picture, *_compress(picture, acts)


def _begun(acts: Values) -> tuple[Any, ...]:
    return studio_faces()[0], *_compress(studio_faces()[0], acts)


def _compress(image: Image.Image | None, acts: Values) -> tuple[Any, ...]:
    if image is None:
        return (gr.skip(),) * 6  # the box has just been emptied
    began = time.perf_counter()
    made = studio.compress(image, rate=acts["rate"], refine=acts["refine"])
    words = (
        say("{} bytes ({} of them header)", len(made.file), len(made.file) - made.payload) + f" · {made.bpp:.3f} bpp"
    )
    words += f" · PSNR {made.psnr:.1f} dB · SSIM {made.ssim:.3f}"
    status = ui.status(time.perf_counter() - began, extra=words)
    pictures = [large(one, _SIDE) for one in (made.original, made.picture)]
    unlike = {"unlike": strange(studio.MODEL, image)}
    return *pictures, status, beside(made), (made, acts["refine"]), unlike


def _curve(kept: Any) -> Any:
    if kept is None:
        return gr.skip()
    made, refined = kept
    curves = {"ours": studio.curve(made.original, refine=refined), **rivals.curves(made.original)}
    return rate_curve(curves, say("bits a pixel, this picture"), (made.bpp, made.psnr))


def _means(acts: Values) -> str:
    return rate_curve(
        rivals.mean_curves(studio_faces(), acts["refine"]), say("bits a pixel, mean of 12 held-out faces")
    )


def _uploaded(path: Any) -> bytes:
    if not path:
        raise UserError("Choose a .gimg file first.")
    with uploaded(path).open("rb") as opened:
        return opened.read(studio.MAX_FILE + 1)


def _decoded(path: Any) -> Image.Image:
    return studio.decompress(_uploaded(path))


def _open(path: Any) -> tuple[Any, Any]:
    if not path:
        return gr.update(visible=False, value=None), gr.skip()
    began, content = time.perf_counter(), _uploaded(path)
    picture = studio.decompress(content)
    words = say("{} bytes decoded to {} × {}", len(content), *picture.size)
    shown = gr.update(visible=True, value=large(picture, _SIDE))
    return shown, ui.status(time.perf_counter() - began, extra=words)


def _answer(
    image: Image.Image | None, rate: float = DEFAULTS["rate"], refine: bool = False
) -> tuple[str, Image.Image, dict[str, float]]:
    made = studio.compress(image, rate=rate, refine=refine)
    figures = {"bytes": len(made.file), "bpp": made.bpp, "psnr": made.psnr, "ssim": made.ssim}
    return ui.download(made.file, "picture.gimg"), made.picture, figures


def _save(kept: Any, source: Image.Image | None) -> dict[str, Any]:
    return ui.handed(_made(kept).file, "compressed.gimg", of=source)


def _save_png(kept: Any, source: Image.Image | None) -> dict[str, Any]:
    return ui.handed(encode(_made(kept).picture, "PNG"), "decoded.png", of=source)


def _made(kept: Any) -> studio.Compressed:
    if kept is None:
        raise UserError("There is no picture to save yet.")
    return kept[0]  # type: ignore[no-any-return]
