"""The Repair tab: paint over what is damaged or in the way, and have it filled; or restore the whole picture."""

import json
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import UserError
from genimg.core.images import encode
from genimg.studio import repair as studio
from genimg.studio import restore as whole
from genimg.ui import controls as ui
from genimg.ui import mending
from genimg.ui.i18n import t
from genimg.ui.locale import say, translated
from genimg.ui.mending import IMAGINE, Work, answer, everything, mend, restored, show
from genimg.ui.painting import Canvas
from genimg.ui.parts import panel
from genimg.ui.parts.component import Panel
from genimg.ui.parts.panel import Values

TITLE = t("Repair")
TAKES = "repair-photo"


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
            acts = Panel("repair", mending.ACTS, plain=True)
        with ui.controls():
            source = ui.SafeImage(
                label=t("Your picture"), height=152, alt_text=t("the picture to repair"), elem_id="repair-photo",
                buttons=[], format="jpeg", interactive=True,
            )  # fmt: skip
            shelf = panel.shelf("examples", t("Examples"), studio.example_pictures, names=True)
            brush = canvas.brush()
            board = Panel("repair", [shelf, *brush, panel.via("", mending.METHOD), *mending.FINDING])
            model = ui.model_menu(studio.models, elem_id="repair-model")  # seen with its method: see web/panel.css
            all_over = Panel("repair", mending.RESTORING, plain=True)
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
    ui.public(answer, "picture", "repair", ui.HEAVY, model=model)
    ui.public(restored, "picture", "restore", ui.HEAVY)

    frames, asked = [canvas.picture, both, line], [work, canvas.strokes, board, model]
    all_of = [work, canvas.strokes, acts, *frames, answers]
    quick: dict[str, Any] = ui.LIVE | ui.PRIVATE
    slow: dict[str, Any] = ui.BRISK | ui.PRIVATE | {"show_progress": "minimal"}
    heavy = ui.HEAVY | ui.PRIVATE | {"show_progress": "hidden"}
    mended = acts.on("mend")(ui.guard(mend), asked, all_of, **heavy)
    source.input(ui.guard(_opened), source, all_of, cancels=[mended], **quick)
    shown = [source, board, *all_of]
    first(ui.guard(_begun), None, shown, **slow)
    picked = board.on("examples")(ui.guard(_picked), board, shown, cancels=[mended], **slow)
    acting = picked.success(ui.guard(_imagine_example), asked, all_of, **heavy)
    acts.on("stop")(ui.guard(_stopped), work, all_of, cancels=[mended, acting], **quick)
    acts.on("back")(ui.guard(_back), work, all_of, cancels=[mended, acting], **quick)
    board.on("find")(ui.guard(_find), [work, board], [work, acts, *frames], **slow)
    all_over.on("restore")(ui.guard(_restore), [work, all_over], all_of, **slow)
    answers.select(ui.guard(_choose_answer), [work, acts], [work, *frames], **(quick | ui.PICK))
    acts.input(ui.guard(_seen), [work, acts], frames, **quick)
    acts.on("save")(ui.guard(_save), [work, source], ui.delivery(), **quick)


def _seen(work: Work, acts: Values) -> list[Any]:
    return show(work, acts["view"])


def _opened(picture: Image.Image | None) -> list[Any]:
    if picture is None:
        nothing = gr.update(visible=True, value=None), gr.update(visible=False), ui.status(), gr.skip()
        return [Work(), "", {"view": "mask"}, *nothing]
    fitted = studio.fit(picture)
    words = f"{fitted.width} × {fitted.height}"
    if fitted.size != picture.size:
        words = say("{}, made smaller from {} × {}", words, *picture.size)
    return everything(Work(fitted), "mask", words)


def _begun() -> list[Any]:
    return _example(next(iter(studio.EXAMPLES)))


def _picked(board: Values) -> list[Any]:
    if board["examples"] is None:
        raise UserError("That picture is not there any more; pick another one.")
    return _example(board["examples"])


def _example(name: str) -> list[Any]:
    method, strokes = studio.EXAMPLES[name]
    picture, told = studio.example_pictures()[name], {"method": method}
    work, began = Work(picture), time.perf_counter()
    if method == IMAGINE:  # goes on in an event of its own, which can be stopped
        rest = [json.dumps(strokes), {"view": "mask"}, *show(work, "mask"), gr.update(visible=False)]
        return [picture, told, work, *rest]
    proposal = studio.propose(picture) if strokes is None else None
    painted = strokes and json.dumps(strokes)  # as a hand's are told, and so remembered
    work.put(studio.fill(picture, painted, method=method, proposal=proposal))
    return [picture, told, *everything(work, "compare", seconds=time.perf_counter() - began)]


def _imagine_example(work: Work, strokes: Any, board: Values, model: Any) -> Iterator[list[Any]]:
    if board["method"] == IMAGINE:
        yield from mend(work, strokes, board, model)
    else:
        yield [gr.skip()] * 7


def _stopped(work: Work) -> list[Any]:
    work.turn.end(ui.STOPPING)
    return everything(work, "mask", say("stopped; the best so far") if work.candidates else "")


def _choose_answer(work: Work, acts: Values, event: gr.SelectData) -> list[Any]:
    if not work.candidates:
        raise UserError("Let the search end first.")
    work.pictures[-1] = ui.chosen(work.candidates, event)
    return [work, *show(work, acts["view"])]


def _find(work: Work, board: Values) -> list[Any]:
    began = time.perf_counter()
    work.proposal = studio.propose(work.now, sensitivity=board["sensitivity"])
    share = 100 * float(work.proposal.mean())
    words = say("{:.1f}% of the picture marked; paint to add, Not this to take away, then Repair", share)
    return [work, {"view": "mask"}, *show(work, "mask", words, time.perf_counter() - began)]


def _restore(work: Work, how: Values) -> list[Any]:
    began, before = time.perf_counter(), work.now
    asked = {name: how[name] for name in ("strength", "blur", "quality")}
    made, said = whole.restore(before, method=how["kind-of-all"], **asked)
    if made.tobytes() != before.tobytes():  # nothing to undo otherwise
        work.put(made)
    return everything(work, "compare", translated(said), time.perf_counter() - began)


def _back(work: Work) -> list[Any]:
    work.now  # noqa: B018  # says what is missing
    work.turn.end(ui.STOPPING)
    painted = work.back()
    work, _, *rest = everything(work, "mask")
    return [work, painted, *rest]


def _save(work: Work, source: Image.Image | None) -> dict[str, Any]:
    return ui.handed(encode(work.now, "PNG"), "repaired.png", of=source)
