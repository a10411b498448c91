"""What a session of the Repair tab works on, its controls as tables, and the work itself."""

import inspect
import itertools
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
from PIL import Image

from genimg.core.errors import UserError
from genimg.core.images import finished, to_pil
from genimg.core.steps import Step
from genimg.studio import repair as studio
from genimg.studio import restore as whole
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.locale import say
from genimg.ui.parts import panel
from genimg.ui.parts.panel import Values

DEFAULTS = {name: p.default for name, p in inspect.signature(studio.imagine).parameters.items()}
IMAGINE = "imagine"
_KEPT = 40_000_000  # bytes of earlier pictures that a session keeps for Undo

ACTS = [
    panel.choice("view", t("View"), {"mask": t("Paint"), "compare": t("Before and after")}, "mask"),
    panel.row(
        panel.button("mend", t("Repair"), primary=True),
        panel.stop(),
        panel.button("back", t("Undo")),
        panel.button("save", t("Download PNG")),
    ),
]
METHOD = panel.choice(
    "method", t("Fill with"),
    {"patchmatch": t("Objects, large holes"), "biharmonic": t("Small smooth holes"),
     "telea": t("Scratches and dust"), IMAGINE: t("Imagine a face")},
    "patchmatch", info=t("Copies patches, continues surfaces, carries colours inwards, or asks a generator."),
)  # fmt: skip
FINDING = [
    panel.button("find", t("Find scratches and dust"), when={"method": "telea"}),
    panel.via("find", panel.slider("sensitivity", t("Sensitivity"), 0, 1, 0.6, step=0.05, when={"method": "telea"},
                                   info=t("More finds fainter ones."))),
    panel.via("", panel.slider("seconds", t("Spend at most, in seconds"), *studio.SECONDS, DEFAULTS["seconds"], step=1,
                               when={"method": IMAGINE})),
    panel.via("", panel.seed(DEFAULTS["seed"], when={"method": IMAGINE})),
]  # fmt: skip
RESTORING = [
    panel.fold(
        t("The whole picture"),
        *(panel.via("", one) for one in (
            panel.choice("kind-of-all", t("Restore"), {"denoise": t("Less noise"), "deblur": t("Less blur"),
                                                       "jpeg": t("Less JPEG")}, "denoise"),
            panel.slider("strength", t("Amount"), 0.2, 3, 1, step=0.1, info=t("1 is what the picture seems to need.")),
            panel.slider("blur", t("Radius of the blur"), 0, whole.MAX_BLUR, 0, step=0.1,
                         info=t("In pixels; 0 measures it in the picture."), when={"kind-of-all": "deblur"}),
            panel.slider("quality", t("Quality of the JPEG"), 0, whole.MAX_QUALITY, 0, step=1,
                         info=t("0 measures it in the picture."), when={"kind-of-all": "jpeg"}),
        )),
        panel.button("restore", t("Restore")),
    ),
]  # fmt: skip


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


def show(work: Work, view: str, words: str = "", seconds: float | None = None, *, running: bool = False) -> list[Any]:
    """Return what the picture, the slider of before and after, and the status line show."""
    picture = work.now
    line = ui.status(seconds, extra=words or f"{picture.width} × {picture.height}", running=running)
    if view == "compare":
        return [gr.update(visible=False), gr.update(visible=True, value=(work.first, picture)), line]
    shown = picture if work.proposal is None else studio.overlay(picture, work.proposal)
    return [gr.update(visible=True, value=shown), gr.update(visible=False), line]


def everything(
    work: Work, view: str, words: str = "", seconds: float | None = None, *, running: bool = False
) -> list[Any]:
    """Return what all parts show after a step: new pictures have no strokes."""
    answers = gr.update(visible=bool(work.candidates), value=work.candidates or None)
    return [work, "", {"view": view}, *show(work, view, words, seconds, running=running), answers]


def mend(work: Work, strokes: Any, board: Values, model: Any) -> Iterator[list[Any]]:
    """Fill what is painted over, and give what all parts show at each step of that."""
    method, seconds, seed = board["method"], board["seconds"], board["seed"]
    began, picture = time.perf_counter(), work.now
    if method != IMAGINE:
        made = studio.fill(picture, strokes, method=method, proposal=work.proposal)
        work.put(made, strokes)
        yield everything(work, "mask", seconds=time.perf_counter() - began)
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
                yield everything(work, "mask", words + _doubt(last), last.metrics["seconds"], running=True)
        assert last.image is not None
        work.offer(to_pil(last.image))
        words = say("imagined in {} steps; choose among the answers", last.index)
        yield everything(work, "mask", words + _doubt(last), time.perf_counter() - began)


def _doubt(step: Step) -> str:
    return f" ({say('this picture is unlike all that the model knows')})" if studio.strange(step) else ""


def restored(
    picture: Image.Image | None, method: str = "denoise", strength: float = 1, blur: float = 0, quality: float = 0
) -> Image.Image:
    """Restore a picture for a client."""
    return whole.restore(picture, method=method, strength=strength, blur=blur, quality=quality)[0]


def answer(
    picture: Image.Image | None,
    strokes: Any,
    mask: Image.Image | None,
    method: str = "patchmatch",
    model: Any = None,
    seconds: float = DEFAULTS["seconds"],
    seed: int = DEFAULTS["seed"],
) -> Image.Image:
    """Repair a picture for a client, of several answers with the first."""
    if method != IMAGINE:
        return studio.fill(picture, strokes, method=method, mask=mask, seed=seed)
    *_, last = studio.imagine(model, picture, strokes, seconds=seconds, seed=seed)
    return finished(last)
