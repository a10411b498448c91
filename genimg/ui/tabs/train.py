"""The Train tab: choose a recipe and data, and watch a network learn; the run belongs to the server, not to the tab."""

from typing import Any

import gradio as gr

from genimg.studio import train as studio
from genimg.studio.runs import register, results
from genimg.ui import controls as ui
from genimg.ui import training
from genimg.ui.i18n import t
from genimg.ui.locale import say, translated
from genimg.ui.parts.component import Panel, named
from genimg.ui.parts.panel import Values
from genimg.ui.shell.gradio_internals import uploaded
from genimg.ui.watching import Watch, suggested

TITLE = t("Train")


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Make the tab."""
    watch = Watch()
    with ui.page():
        with ui.result():
            watch.left()
        with ui.controls():
            presets = Panel("train", training.PRESETS, plain=True)
            watch.right()
            with gr.Accordion(
                t("Train something else"), open=False, elem_id="train-choose", elem_classes="gi-accordion"
            ):
                what = Panel("train", training.WHAT, plain=True)
                files = gr.File(  # seen with its data: see web/panel.css
                    label=t("Pictures, or zips of pictures"), file_count="multiple", file_types=["image", ".zip"],
                    height=140, elem_id="train-files",
                )  # fmt: skip
                how = Panel("train", training.HOW, plain=True)
                warm = gr.Dropdown(
                    [(t("from nothing"), "")], value="", label=t("Start from"), filterable=False,  # type: ignore[list-item]
                    elem_id="train-warm", elem_classes=ui.MODELS,
                    info=t("A trained model of the same kind and size to go on from."),
                )  # fmt: skip
                go = Panel("train", training.GO, plain=True)
            _explain()
    assert isinstance(gr.context.Context.block, gr.Tab)
    watch.wire(first, gr.context.Context.block.select)
    quick = ui.LIVE | ui.PRIVATE
    first(ui.guard(studio.draw_ahead), None, None, **quick)

    def begun(board: Values, request: gr.Request) -> list[Any]:
        wanted = named(board, training.PRESSED)
        return watch.anew(register().start(studio.plan(**studio.preset(wanted))), request)

    def started(request: gr.Request, *choices: Any) -> list[Any]:
        name = _start(*choices)
        return [*watch.anew(name, request), {"note": translated(register().find(name).spec["note"])}]

    def cured(name: str, request: gr.Request) -> list[Any]:
        return watch.anew(_cure(name), request)

    what.on("kind")(ui.guard(_suggested), what, [how, warm], **quick)
    gr.on([what.input, how.input, warm.focus], ui.guard(_warm), [what, how], warm, **quick)  # type: ignore[attr-defined]
    presets.on("preset")(ui.guard(begun), presets, watch.outputs, **quick)
    minimal = quick | {"show_progress": "minimal"}
    go.on("go")(ui.guard(started), [what, how, warm, files], [*watch.outputs, go], **minimal)
    watch.cure.click(ui.guard(cured), watch.chosen, watch.outputs, **quick)
    used = watch.use.click(ui.guard(_used), [watch.chosen, watch.called], [watch.called, watch.line], **quick)
    used.success(**ui.fresh_menus())


def _suggested(what: Values) -> tuple[Values, Any]:
    fields = training.suggested(what["kind"])
    return fields, _warm(what, fields)


def _warm(what: Values, how: Values) -> Any:
    names = studio.warm_starts(what["kind"], what["data"], int(how["size"]))
    return gr.Dropdown([(t("from nothing"), ""), *((name, name) for name in names)], value="")  # type: ignore[list-item]


def _start(what: Values, how: Values, warm: str, files: list[str] | None) -> str:
    spec = studio.plan(**training.asked(what, how), warm=warm or None)
    return register().start(spec, [uploaded(file) for file in files or []] if what["data"] == "own" else [])


def _cure(name: str) -> str:
    sick = register().find(name)
    if sick.state in ("preparing", "running", "paused"):
        register().command(name, "stop")  # it has shown what it had to show, and would keep the cure waiting
    return register().start(studio.plan(**studio.cured(sick.spec["preset"])))


def _used(name: str, called: str) -> tuple[str, str]:
    run = register().find(name)
    made = results.use(run, called.strip() or suggested(run))
    return "", ui.status(extra=say("{} is now in the menus of the other tabs", made))


def _explain() -> None:
    ui.how_it_works(
        "In an adversarial training the discriminator learns to tell real pictures from generated ones, and the "
        "generator learns from the discriminator's gradient how to pass for real; neither sees the other's weights. "
        "The relativistic loss compares each real picture with a generated one, and the penalties keep the "
        "discriminator's slope small so that the two settle instead of circling. What is shown and kept is the moving "
        "average of the generator's weights, which is steadier than the weights themselves.",
        formula=r"\mathcal L_D = \mathbb E\big[\operatorname{softplus}(D(G(z)) - D(x))\big] + \frac{\gamma}{2}"
        r"\mathbb E\big[\lVert\nabla D(x)\rVert^2 + \lVert\nabla D(G(z))\rVert^2\big]",
        paper="I. Goodfellow et al., 2014, arXiv 1406.2661; A. Jolicoeur-Martineau, 2018, arXiv 1807.00734; "
        "L. Mescheder et al., 2018, arXiv 1801.04406 (why gradient penalties); Y. Huang et al., 2024, arXiv 2501.05441",
    )
