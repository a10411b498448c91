"""The Compress tab: a picture in a few dozen bytes through the VAE, beside JPEG and WebP, and back from the file."""

import base64
import html
import inspect
import time
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import UserError
from genimg.core.images import encode, shrink
from genimg.studio import compress as studio
from genimg.studio import examples, rivals
from genimg.studio.rivals import Rival
from genimg.studio.sampler import large
from genimg.studio.vae import examples as faces
from genimg.studio.vae import strange
from genimg.ui import controls as ui
from genimg.ui.faces import example, picker
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.ratecurve import rate_curve
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
            rate = gr.Slider(
                0, 1, value=DEFAULTS["rate"], step=0.01, label=t("Rate"), elem_id="compress-rate", buttons=[],
                info=t("Left: the fewest bytes. Right: the best picture."),
            )  # fmt: skip
            refine = gr.Checkbox(
                label=t("Refine the latent"), elem_id="compress-refine",
                info=t("Searches for what fits this very picture; a second or two, once."),
            )  # fmt: skip
            with gr.Row(elem_classes="gi-buttons"):
                save = gr.Button(t("Download .gimg"), variant="primary", elem_id="compress-save", min_width=110)
                png = gr.Button(t("Download PNG"), elem_id="compress-png", min_width=110)
            alien = gr.HTML(
                t("This model knows only drawn faces, so of this picture it keeps little at any rate: its 128 numbers "
                  "have no words for it. JPEG and WebP are made for all pictures."),
                elem_classes="gi-note", elem_id="compress-alien", padding=False, visible=False,
            )  # fmt: skip
            beside = gr.HTML(elem_id="compress-rivals", padding=False)
            chart = gr.HTML(elem_id="compress-curve", padding=False)
        with ui.controls():
            source, shelf = picker(t("Your picture"), TAKES)
            photos = gr.Gallery(
                columns=4, height=78, allow_preview=False, interactive=False, show_label=False, object_fit="cover",
                buttons=[], elem_classes="gi-examples", format="jpeg", elem_id="compress-photos",
            )  # fmt: skip
            back = gr.File(
                label=t("Open a .gimg file"), file_types=[".gimg"], height=120,
                elem_id="compress-open",
            )  # fmt: skip
            opened = ui.SafeImage(
                label=t("From the file"), interactive=False, visible=False, height=200, buttons=[],
                alt_text=t("the picture that the uploaded file decodes to"), elem_id="compress-opened", format="png",
            )  # fmt: skip
            mean = gr.Button(t("Mean curve of 12 faces"), size="md", elem_id="compress-mean")
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
    with ui.unseen():
        answers = [gr.File(label="file"), ui.answer(), gr.JSON(label="figures")]
    ui.endpoint(_answer, [source, rate, refine], answers, "compress", ui.BRISK)
    ui.endpoint(_decoded, back, ui.answer(), "decompress", ui.FAST)

    asked, outputs = [source, rate, refine], [original, result, line, beside, alien, kept]
    quick = ui.LIVE | ui.PRIVATE
    brisk = ui.BRISK | ui.PRIVATE | {"show_progress": "hidden"}
    make: dict[str, Any] = {"fn": ui.guard(_compress), "inputs": asked, "outputs": outputs}
    draw: dict[str, Any] = {"fn": ui.guard(_curve), "inputs": kept, "outputs": chart}
    rate.input(**make, **ui.LIVE, **ui.PRIVATE).success(**draw, **brisk)
    gr.on([source.input, refine.input], **make, **brisk).success(**draw, **brisk)
    for event in (
        shelf.select(ui.guard(example), None, source, **(quick | ui.PICK)),
        photos.select(ui.guard(_photo), None, source, **(quick | ui.PICK)),
    ):
        event.success(**make, **brisk).success(**draw, **brisk)
    first(lambda: faces()[0], None, source, **quick).success(**make, **brisk).success(**draw, **brisk).then(
        lambda: [(shrink(picture, 160), say(name)) for name, picture in examples.photos().items()],
        None,
        photos,
        **quick,
    )
    gr.on([back.upload, back.clear], ui.guard(_open), back, [opened, line], **quick)
    mean.click(ui.guard(_means), refine, means, **(brisk | {"show_progress": "minimal"}))
    save.click(ui.guard(_save), [kept, source], ui.delivery(), **quick)
    png.click(ui.guard(_save_png), [kept, source], ui.delivery(), **quick)


def _photo(event: gr.SelectData) -> Image.Image:
    return ui.chosen(list(examples.photos().values()), event)


def _compress(image: Image.Image | None, rate: Any, refine: Any) -> Any:
    if image is None:
        return [gr.skip()] * 6  # the box has just been emptied
    began = time.perf_counter()
    made = studio.compress(image, rate=rate, refine=refine)
    words = (
        say("{} bytes ({} of them header)", len(made.file), len(made.file) - made.payload) + f" · {made.bpp:.3f} bpp"
    )
    words += f" · PSNR {made.psnr:.1f} dB · SSIM {made.ssim:.3f}"
    status = ui.status(time.perf_counter() - began, extra=words)
    pictures = [large(one, _SIDE) for one in (made.original, made.picture)]
    return *pictures, status, _beside(made), gr.HTML(visible=strange(studio.MODEL, image)), (made, refine is True)


def _beside(made: studio.Compressed) -> str:
    """Return JPEG and WebP at the same size and at the same quality, as HTML."""
    size = len(made.file)
    formats = ("JPEG", "WebP")
    small = [rivals.same_size(made.original, name, size) for name in formats]
    good = [rivals.same_quality(made.original, name, made.psnr) for name in formats]
    cells = [
        _figure(one, say("at the same bytes"), say("its smallest, {:.0f} × as large", one.size / size)) for one in small
    ]
    cells += [_figure(one, say("at the same PSNR"), say("its best")) for one in good]
    grid = "display:grid;grid-template-columns:repeat(auto-fit,minmax(136px,1fr));gap:10px"
    return f'<div style="{grid}">{"".join(cells)}</div>'


def _figure(one: Rival, title: str, missed: str) -> str:
    source = "data:image/png;base64," + base64.b64encode(encode(one.picture)).decode()
    inside = "scan" if one.format == "JPEG" else "VP8 data"
    words = say("{} bytes ({} {})", one.size, one.payload, say(inside))
    words += f" · {one.bpp:.2f} bpp<br>PSNR {one.psnr:.1f} · SSIM {one.ssim:.3f}"
    alt = html.escape(say("{}, {}: {} bytes, PSNR {:.1f} dB", one.format, title, one.size, one.psnr))
    return (
        f'<figure style="margin:0"><img src="{source}" alt="{alt}" style="width:100%;border-radius:6px">'
        f'<figcaption style="font-size:.82rem;line-height:1.35"><b>{one.format}</b> {title}'
        f"{'' if one.met else f' (<em>{missed}</em>)'}<br>{words}</figcaption></figure>"
    )


def _curve(kept: Any) -> Any:
    if kept is None:
        return gr.skip()
    made, refined = kept
    curves = {"ours": studio.curve(made.original, refine=refined), **rivals.curves(made.original)}
    return rate_curve(curves, say("bits a pixel, this picture"), (made.bpp, made.psnr))


def _means(refine: Any) -> str:
    return rate_curve(rivals.mean_curves(faces(), refine), say("bits a pixel, mean of 12 held-out faces"))


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


def _answer(image: Image.Image | None, rate: Any, refine: Any) -> tuple[str, Image.Image, dict[str, float]]:
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
