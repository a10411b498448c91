"""The Repair tab: paint over what is damaged or in the way, and have it filled; or restore the whole picture."""

import inspect
import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import UserError, choice
from genimg.core.images import encode, shrink, to_pil
from genimg.core.runtime import MAX_SEED
from genimg.core.steps import Step
from genimg.studio import repair as studio
from genimg.studio import restore as whole
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.locale import say, translated
from genimg.ui.painting import Canvas, strokes_asked

TITLE = t("Repair")
TAKES = "repair-photo"
DEFAULTS = {name: p.default for name, p in inspect.signature(studio.imagine).parameters.items()}
VIEWS = ("mask", "compare")
IMAGINE = "imagine"
_KEPT = 40_000_000  # bytes of earlier pictures that a session keeps for Undo


class Work:
    """What a session works on: pictures, the newest last, what was proposed, and the answers to choose from.

    Args:
        picture: what it begins with.
    """

    def __init__(self, picture: Image.Image | None = None) -> None:
        self.pictures = [] if picture is None else [picture]
        self.painted: list[str] = []  # what each step after the first was made with
        self.first = picture
        self.proposal: Any = None
        self.candidates: list[Image.Image] = []
        self.turn = ui.Turn()

    @property
    def now(self) -> Image.Image:
        """The picture as it is; a `UserError` without one."""
        if not self.pictures:
            raise UserError("Choose a picture first: upload one or click an example.")
        return self.pictures[-1]

    def put(self, picture: Image.Image, painted: str = "") -> None:
        """Take a step; old ones are forgotten when they fill the memory."""
        self.pictures.append(picture)
        self.painted.append(painted)
        self.proposal, self.candidates = None, []
        most = max(2, _KEPT // (3 * picture.width * picture.height))
        del self.pictures[: len(self.pictures) - most]
        del self.painted[: len(self.painted) - len(self.pictures) + 1]

    def back(self) -> str:
        """Take a step back, if there is one, and return what had been painted for it."""
        self.proposal, self.candidates = None, []
        if len(self.pictures) < 2:
            return ""
        self.pictures.pop()
        return self.painted.pop()

    def offer(self, answers: list[Image.Image]) -> None:
        """Show answers to choose from; the first is taken for now."""
        self.pictures[-1], self.candidates = answers[0], answers


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Lay out the tab and wire its events."""
    work = gr.State(Work(), time_to_live=3600)
    canvas = Canvas(
        "repair",
        [(t("Damaged"), "damage", "#e11d48"), (t("Not this"), "keep", "#f5f5f4"),
         (t("Do not copy"), "avoid", "#2563eb")],
        alt=t("the picture that is being repaired"), width=5,
    )  # fmt: skip
    with ui.page():
        with ui.result("repair-save"):
            canvas.stage()
            both = gr.ImageSlider(
                visible=False, height=520, interactive=False, format="jpeg", buttons=["fullscreen"],
                show_label=False, max_height=520, elem_id="repair-both", elem_classes="gi-stage",
            )  # fmt: skip
            line = ui.status_line()
            line.elem_id = "repair-status"
            answers = gr.Gallery(
                columns=4, height=130, allow_preview=False, interactive=False, visible=False, buttons=[],
                label=t("Choose an answer"), object_fit="contain", elem_id="repair-answers",
                format="jpeg",
            )  # fmt: skip
            view = gr.Radio(
                [(t("Paint"), "mask"), (t("Before and after"), "compare")],
                value="mask", show_label=False, container=False, elem_id="repair-view",
            )  # fmt: skip
            with gr.Row(elem_classes="gi-buttons"):
                mend = gr.Button(t("Repair"), variant="primary", elem_id="repair-mend", min_width=120)
                stop = ui.stop_button("repair-stop")
                back = gr.Button(t("Undo"), elem_id="repair-back", min_width=70)
                save = gr.Button(t("Download PNG"), elem_id="repair-save", min_width=110)
        with ui.controls():
            with gr.Row(elem_classes="gi-buttons"):
                source = ui.SafeImage(
                    label=t("Your picture"), height=152, alt_text=t("the picture to repair"),
                    elem_id="repair-photo", buttons=[], format="jpeg", min_width=140, interactive=True,
                )  # fmt: skip
                shelf = gr.Gallery(
                    columns=2, height=152, allow_preview=False, interactive=False, show_label=False, min_width=140,
                    object_fit="cover", buttons=[], elem_classes=["gi-examples", "gi-shelf"],
                    elem_id="repair-examples", format="jpeg",
                )  # fmt: skip
            canvas.brush()
            method = gr.Radio(
                [(t("Objects, large holes"), "patchmatch"),
                 (t("Small smooth holes"), "biharmonic"),
                 (t("Scratches and dust"), "telea"), (t("Imagine a face"), IMAGINE)],
                value="patchmatch", label=t("Fill with"), elem_id="repair-method",
                info=t("Copies patches, continues surfaces, carries colours inwards, or asks a generator."),
            )  # fmt: skip
            with gr.Row(elem_classes="gi-buttons", visible=False) as finding:
                find = gr.Button(t("Find scratches and dust"), elem_id="repair-find", min_width=150)
                sensitivity = gr.Slider(
                    0, 1, value=0.6, step=0.05, label=t("Sensitivity"), min_width=160,
                    info=t("More finds fainter ones."),
                )  # fmt: skip
            with gr.Group(visible=False) as imagining:
                model = ui.model_menu(studio.models, elem_id="repair-model")
                with gr.Row(elem_classes="gi-buttons"):
                    seconds = gr.Slider(
                        *studio.SECONDS, value=DEFAULTS["seconds"], step=1, min_width=160,
                        label=t("Spend at most, in seconds"),
                    )  # fmt: skip
                    seed = gr.Number(  # without a precision, which would turn true into 1 and 2.7 into 3
                        DEFAULTS["seed"], label=t("Seed"), step=1, minimum=0, maximum=MAX_SEED, min_width=90,
                    )  # fmt: skip
            with gr.Accordion(t("The whole picture"), open=False):
                kind = gr.Radio(
                    [(t("Less noise"), "denoise"), (t("Less blur"), "deblur"),
                     (t("Less JPEG"), "jpeg")],
                    value="denoise", label=t("Restore"), elem_id="repair-kind-of-all",
                )  # fmt: skip
                strength = gr.Slider(
                    0.2, 3, value=1, step=0.1, label=t("Amount"),
                    info=t("1 is what the picture seems to need."),
                )  # fmt: skip
                blur = gr.Slider(
                    0, whole.MAX_BLUR, value=0, step=0.1, label=t("Radius of the blur"), visible=False,
                    info=t("In pixels; 0 measures it in the picture."), elem_id="repair-blur",
                )  # fmt: skip
                quality = gr.Slider(
                    0, whole.MAX_QUALITY, value=0, step=1, label=t("Quality of the JPEG"), visible=False,
                    info=t("0 measures it in the picture."), elem_id="repair-quality",
                )  # fmt: skip
                restore = gr.Button(t("Restore"), elem_id="repair-restore")
            ui.how_it_works(
                "PatchMatch fills a hole with patches of the rest of the picture that fit together, from coarse to "
                "fine; the biharmonic surface is the smoothest that continues the border, and Telea's method walks "
                "inwards front by front. "
                "To imagine a face, the latent of a generator is searched whose picture agrees with what is left, from "
                "four starts that give four answers; it knows only faces like those that it was trained on. "
                "What PatchMatch copies must be somewhere in the picture, and pictures above 3 million pixels are made "
                "smaller first.",
                formula=r"\min_z\; \lVert m \odot (G(z) - x) \rVert_1 - \lambda \log p(z), \qquad \Delta^2 u = 0",
                paper="Barnes et al., 2009, PatchMatch (SIGGRAPH), by pypatchmatch; Damelin and Hoang, 2018, by "
                "scikit-image; Telea, 2004, by OpenCV; Yeh et al., 2017, Semantic Image Inpainting with Deep "
                "Generative Models (CVPR); Buades et al., 2005, by scikit-image; Krishnan and Fergus, 2009, Fast Image "
                "Deconvolution using Hyper-Laplacian Priors (NIPS); Fan and de Queiroz, 2003, and Zakhor, 1992, on "
                "JPEG; Perez et al., 2003, Poisson Image Editing (SIGGRAPH).",
            )
    with ui.unseen():
        holes = ui.SafeImage(label="mask")
    asked = [source, strokes_asked(), holes, method, model, seconds, seed]
    ui.endpoint(_answer, asked, ui.answer(), "repair", ui.HEAVY)
    ui.endpoint(_restored, [source, kind, strength, blur, quality], ui.answer(), "restore", ui.HEAVY)

    frames = [canvas.picture, both, line]
    all_of = [work, canvas.strokes, view, *frames, answers]
    quick = ui.LIVE | ui.PRIVATE
    slow: dict[str, Any] = ui.BRISK | ui.PRIVATE | {"show_progress": "minimal"}
    mending = mend.click(
        ui.guard(_mend), [work, canvas.strokes, method, model, seconds, seed], all_of, **ui.HEAVY, **ui.PRIVATE,
        show_progress="hidden",
    )  # fmt: skip
    source.input(ui.guard(_opened), source, all_of, cancels=[mending], **quick)
    shown = [work, source, canvas.strokes, view, *frames, answers, method, finding, imagining]
    first(ui.guard(_example(0)), None, shown, **slow).then(
        lambda: [(shrink(picture, 160), say(name)) for name, picture in studio.example_pictures().items()],
        None, shelf, **quick,
    )  # fmt: skip
    picked = shelf.select(ui.guard(_picked), None, shown, cancels=[mending], **(slow | ui.PICK))
    acting = picked.success(
        ui.guard(_imagine_example), [work, canvas.strokes, method, model, seconds, seed], all_of,
        **ui.HEAVY, **ui.PRIVATE, show_progress="hidden",
    )  # fmt: skip
    stop.click(ui.guard(_stopped), work, all_of, cancels=[mending, acting], **quick)
    method.input(_choose, method, [finding, imagining], **quick)
    gr.on(
        [find.click, sensitivity.input], ui.guard(_find), [work, sensitivity], [work, view, *frames], **slow,
    )  # fmt: skip
    kind.input(_choose_kind, kind, [blur, quality], **quick)
    restore.click(ui.guard(_restore), [work, kind, strength, blur, quality], all_of, **slow)
    back.click(ui.guard(_back), work, all_of, cancels=[mending, acting], **quick)
    answers.select(ui.guard(_choose_answer), [work, view], [work, *frames], **(quick | ui.PICK))
    view.input(ui.guard(_show), [work, view], frames, **quick)
    save.click(ui.guard(_save), [work, source], ui.delivery(), **quick)


def _choose(method: Any) -> tuple[Any, Any]:
    return gr.update(visible=method == "telea"), gr.update(visible=method == IMAGINE)


def _show(work: Work, view: Any, words: str = "", seconds: float | None = None, *, running: bool = False) -> list[Any]:
    view = choice("The view", view, VIEWS)
    picture = work.now
    line = ui.status(seconds, extra=words or f"{picture.width} × {picture.height}", running=running)
    if view == "compare":
        return [gr.update(visible=False), gr.update(visible=True, value=(work.first, picture)), line]
    shown = picture if work.proposal is None else studio.overlay(picture, work.proposal)
    return [gr.update(visible=True, value=shown), gr.update(visible=False), line]


def _all(work: Work, view: str, words: str = "", seconds: float | None = None, *, running: bool = False) -> list[Any]:
    """Return what all parts show after a step: new pictures have no strokes."""
    answers = gr.update(visible=bool(work.candidates), value=work.candidates or None)
    return [work, "", view, *_show(work, view, words, seconds, running=running), answers]


def _opened(picture: Image.Image | None) -> list[Any]:
    if picture is None:
        return [
            Work(),
            "",
            "mask",
            gr.update(visible=True, value=None),
            gr.update(visible=False),
            ui.status(),
            gr.skip(),
        ]
    fitted = studio.fit(picture)
    words = f"{fitted.width} × {fitted.height}"
    if fitted.size != picture.size:
        words = say("{}, made smaller from {} × {}", words, *picture.size)
    return _all(Work(fitted), "mask", words)


def _example(index: int) -> Any:
    def handler() -> list[Any]:
        name, (method, strokes) = list(studio.EXAMPLES.items())[index]
        picture = studio.example_pictures()[name]
        work, began = Work(picture), time.perf_counter()
        controls = [method, *_choose(method)]
        if method == IMAGINE:  # goes on in an event of its own, which can be stopped
            return [
                work,
                picture,
                json.dumps(strokes),
                "mask",
                *_show(work, "mask"),
                gr.update(visible=False),
                *controls,
            ]
        proposal = studio.propose(picture) if strokes is None else None
        work.put(studio.fill(picture, strokes, method=method, proposal=proposal))
        work, *rest = _all(work, "compare", seconds=time.perf_counter() - began)
        return [work, picture, *rest, *controls]

    return handler


def _picked(event: gr.SelectData) -> list[Any]:
    return _example(ui.chosen(range(len(studio.EXAMPLES)), event))()  # type: ignore[no-any-return]


def _imagine_example(work: Work, strokes: Any, method: Any, *how: Any) -> Iterator[list[Any]]:
    if method == IMAGINE:
        yield from _mend(work, strokes, method, *how)
    else:
        yield [gr.skip()] * 7


def _mend(work: Work, strokes: Any, method: Any, model: Any, seconds: Any, seed: Any) -> Iterator[list[Any]]:
    began, picture = time.perf_counter(), work.now
    if choice("The method", method, (*studio.METHODS, IMAGINE)) != IMAGINE:
        made = studio.fill(picture, strokes, method=method, proposal=work.proposal)
        work.put(made, strokes)
        yield _all(work, "mask", seconds=time.perf_counter() - began)
        return
    steps = studio.imagine(model, picture, strokes, proposal=work.proposal, seconds=seconds, seed=seed)
    first = next(steps)
    work.put(picture, strokes)  # from here on Stop keeps what there is
    with work.turn.taken() as mine:
        for last in itertools.chain([first], steps):
            if not mine():
                yield [gr.skip()] * 7  # a generator that yields nothing would empty its outputs
                return
            if last.image is not None:
                work.offer(to_pil(last.image))
                words = say("step {} of {} · difference {:.3f}", last.index, last.total, last.metrics["loss"])
                yield _all(work, "mask", words + _doubt(last), last.metrics["seconds"], running=True)
        assert last.image is not None
        work.offer(to_pil(last.image))
        words = say("imagined in {} steps; choose among the answers", last.index)
        yield _all(work, "mask", words + _doubt(last), time.perf_counter() - began)


def _doubt(step: Step) -> str:
    return f" ({say('this picture is unlike all that the model knows')})" if studio.strange(step) else ""


def _stopped(work: Work) -> list[Any]:
    work.turn.end(ui.STOPPING)
    return _all(work, "mask", say("stopped; the best so far") if work.candidates else "")


def _choose_answer(work: Work, view: Any, event: gr.SelectData) -> list[Any]:
    if not work.candidates:
        raise UserError("Let the search end first.")
    work.pictures[-1] = ui.chosen(work.candidates, event)
    return [work, *_show(work, view)]


def _find(work: Work, sensitivity: Any) -> list[Any]:
    began = time.perf_counter()
    work.proposal = studio.propose(work.now, sensitivity=sensitivity)
    share = 100 * float(work.proposal.mean())
    words = say("{:.1f}% of the picture marked; paint to add, Not this to take away, then Repair", share)
    return [work, "mask", *_show(work, "mask", words, time.perf_counter() - began)]


def _choose_kind(kind: Any) -> tuple[Any, Any]:
    return gr.update(visible=kind == "deblur"), gr.update(visible=kind == "jpeg")


def _restore(work: Work, kind: Any, strength: Any, blur: Any, quality: Any) -> list[Any]:
    began, before = time.perf_counter(), work.now
    made, said = whole.restore(before, method=kind, strength=strength, blur=blur, quality=quality)
    if made.tobytes() != before.tobytes():  # nothing to undo otherwise
        work.put(made)
    return _all(work, "compare", translated(said), time.perf_counter() - began)


def _back(work: Work) -> list[Any]:
    work.now  # noqa: B018  # says what is missing
    work.turn.end(ui.STOPPING)
    painted = work.back()
    work, _, *rest = _all(work, "mask")
    return [work, painted, *rest]


def _save(work: Work, source: Image.Image | None) -> dict[str, Any]:
    return ui.handed(encode(work.now, "PNG"), "repaired.png", of=source)


def _restored(picture: Any, method: Any, strength: Any, blur: Any, quality: Any) -> Image.Image:
    made, _ = whole.restore(picture, method=method, strength=strength, blur=blur, quality=quality)
    return made


def _answer(picture: Any, strokes: Any, mask: Any, method: Any, model: Any, seconds: Any, seed: Any) -> Image.Image:
    if method != IMAGINE:
        return studio.fill(picture, strokes, method=method, mask=mask, seed=seed)
    *_, last = studio.imagine(model, picture, strokes, seconds=seconds, seed=seed)
    assert last.image is not None
    return to_pil(last.image)[0]
