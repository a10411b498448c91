"""The Train tab: choose a recipe and data, and watch a network learn; the run belongs to the server, not to the tab."""

from typing import Any

import gradio as gr

from genimg.core.errors import choice
from genimg.core.runtime import MAX_SEED
from genimg.data.uploads import MAX_PICTURES, MIN_PICTURES
from genimg.studio import train as studio
from genimg.studio.runs import register, results
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.locale import say, translated
from genimg.ui.shell.gradio_internals import uploaded
from genimg.ui.watching import Watch, suggested

TITLE = t("Train")
KINDS = {
    "gan": t("GAN"),
    "conditional": t("Conditional GAN, by class"),
    "mlp": t("Fully connected GAN"),
    "progressive": t("Progressive GAN"),
    "vae": t("Variational autoencoder"),
    "cnn": t("CNN, learned latents"),
    "pix2pix": t("Pairs: a sketch becomes a picture (pix2pix)"),
}
DATA = {
    "avatars": t("Drawn faces"),
    "fashion-mnist": t("Fashion-MNIST"),
    "own": t("Your own pictures"),
}
LOSSES = {
    "relativistic": t("relativistic, with R1 and R2"),
    "hinge": t("hinge"),
    "bce": t("textbook (cross-entropy)"),
}


def build(demo: gr.Blocks, first: ui.Listener) -> None:
    """Make the tab."""
    watch = Watch()
    with ui.page():
        with ui.result():
            watch.left()
        with ui.controls():
            buttons = _presets()
            watch.right()
            asked, go, note = _own_choice()
            _explain()
    assert isinstance(gr.context.Context.block, gr.Tab)
    watch.wire(first, gr.context.Context.block.select)
    quick = ui.LIVE | ui.PRIVATE
    first(ui.guard(studio.draw_ahead), None, None, **quick)

    def begun(event: gr.EventData, request: gr.Request) -> list[Any]:
        wanted = next(key for key, button in buttons.items() if button is event.target)
        return watch.anew(register().start(studio.plan(**studio.preset(wanted))), request)

    def started(request: gr.Request, *how: Any) -> list[Any]:
        name = _start(*how)
        return [*watch.anew(name, request), translated(register().find(name).spec["note"])]

    def cured(name: str, request: gr.Request) -> list[Any]:
        return watch.anew(_cure(name), request)

    presses = [button.click for button in buttons.values()]  # type: ignore[attr-defined]
    gr.on(presses, ui.guard(begun), None, watch.outputs, **quick)
    go.click(ui.guard(started), asked, [*watch.outputs, note], **(quick | {"show_progress": "minimal"}))
    watch.cure.click(ui.guard(cured), watch.chosen, watch.outputs, **quick)
    used = watch.use.click(ui.guard(_used), [watch.chosen, watch.called], [watch.called, watch.line], **quick)
    used.success(**ui.fresh_menus())


def _presets() -> dict[str, gr.Button]:
    buttons = {}
    with gr.Row(elem_classes="gi-buttons"):
        for key, preset in studio.PRESETS.items():
            if not preset.cure:
                missing = preset.values["data"] == "fashion-mnist" and not studio.fashion_here()
                buttons[key] = gr.Button(
                    t(preset.title), size="md", min_width=190, elem_id=f"train-preset-{key}",
                    visible=not missing,
                )  # fmt: skip
    gr.HTML(t("Four that fail on purpose, each with its cure:"), padding=False,
            elem_classes="gi-note")  # fmt: skip
    with gr.Row(elem_classes="gi-buttons gi-sick"):
        for key, preset in studio.PRESETS.items():
            if preset.cure:
                buttons[key] = gr.Button(
                    t(preset.title.removeprefix("Fails: ").capitalize()), size="md", min_width=190,
                    elem_id=f"train-preset-{key}",
                )  # fmt: skip
    return buttons


def _own_choice() -> tuple[list[Any], gr.Button, gr.HTML]:
    usual = studio.DEFAULTS
    suggested = studio.suggested(usual["kind"])
    with gr.Accordion(t("Train something else"), open=False, elem_id="train-choose"):
        kind = gr.Dropdown(
            [(KINDS[name], name) for name in studio.kinds()],  # type: ignore[misc]
            value=usual["kind"], label=t("Recipe"), filterable=False, elem_id="train-kind",
            info=t("GANs draw sharply, autoencoders draw faithfully; what learned from pairs paints in Draw."),
        )  # fmt: skip
        here = [name for name in studio.DATA if name != "fashion-mnist" or studio.fashion_here()]
        data = gr.Radio(
            [(DATA[name], name) for name in here], value=usual["data"], label=t("Learn from"),  # type: ignore[misc]
            elem_id="train-data",
        )  # fmt: skip
        if len(here) < len(studio.DATA):
            gr.HTML(
                t("Fashion-MNIST is not on this server: its files are missing from the folder GENIMG_DATA."),
                elem_classes="gi-note", padding=False,
            )  # fmt: skip
        with gr.Group(visible=False) as own:
            files = gr.File(
                label=t("Pictures, or zips of pictures"), file_count="multiple",
                file_types=["image", ".zip"], height=140, elem_id="train-files",
            )  # fmt: skip
            single = gr.HTML(
                f"{MIN_PICTURES} – {MAX_PICTURES:,} "
                + str(t("pictures, 25 MB a file; each is cut to its central square.")),
                elem_classes="gi-note", padding=False,
            )  # fmt: skip
            paired = gr.HTML(
                f"{MIN_PICTURES} – {MAX_PICTURES // 2:,} "
                + str(
                    t(
                        "pairs: a zip of the folders input and target, or a zip of each. Pictures of one name are a "
                        "pair, whatever their endings; each is cut to its central square."
                    )
                ),
                elem_classes="gi-note", padding=False, visible=False,
            )  # fmt: skip
        size = gr.Radio(
            [(f"{side} px", side) for side in studio.SIZES], value=usual["size"], label=t("Size"),
            elem_id="train-size",
            info=t("Twice the side takes four times as long, or longer."),
        )  # fmt: skip
        minutes = gr.Number(
            usual["minutes"], label=t("Minutes"), minimum=studio.MINUTES[0], maximum=studio.MINUTES[1],
            elem_id="train-minutes",
            info=t("Time spent learning, pauses left out; at most 240."),
        )  # fmt: skip
        with gr.Accordion(t("Settings"), open=False):
            loss = gr.Dropdown(
                [(LOSSES[name], name) for name in LOSSES], value=suggested["loss"], label=t("Loss"),  # type: ignore[misc]
                filterable=False,
                info=t("What the two networks play for."),
            )  # fmt: skip
            gamma = gr.Number(
                suggested["gamma"], label=t("Gamma"), minimum=0, maximum=100,
                info=t("Keeps the discriminator's slope small. 0: not at all."),
            )  # fmt: skip
            kl_weight = gr.Number(
                None, label=t("KL weight"), minimum=0, maximum=1000, visible=False,
                info=t("Higher: smoother latents, blurrier pictures."),
            )  # fmt: skip
            lr = gr.Number(
                None, label=t("Learning rate"), minimum=1e-6, maximum=1, elem_id="train-lr",
                info=t("Empty: what suits the recipe."),
            )  # fmt: skip
            batch = gr.Number(
                usual["batch_size"], label=t("Batch size"), minimum=4, maximum=512, step=1,
                info=t("Pictures in one step. More: steadier, slower steps."),
            )  # fmt: skip
            seed = gr.Number(usual["seed"], label=t("Seed"), minimum=0, maximum=MAX_SEED, step=1)
            warm = gr.Dropdown(
                [(t("from nothing"), "")], value="", label=t("Start from"), filterable=False,  # type: ignore[list-item]
                elem_id="train-warm", elem_classes=ui.MODELS,
                info=t("A trained model of the same kind and size to go on from."),
            )  # fmt: skip
        go = gr.Button(t("Train"), variant="primary", elem_id="train-go")
        note = gr.HTML(elem_classes="gi-note", padding=False)
    quick = ui.LIVE | ui.PRIVATE
    data.input(lambda name: gr.Group(visible=name == "own"), data, own, **quick)
    kind.input(ui.guard(_offered), kind, [loss, gamma, kl_weight], **quick)
    kind.input(ui.guard(_begun), kind, [size, batch, single, paired], **quick)
    loss.input(ui.guard(lambda *chosen: _offered(*chosen)[1]), [kind, loss], gamma, **quick)
    gr.on([kind.input, data.input, size.input, warm.focus], ui.guard(_warm), [kind, data, size], warm, **quick)
    return [kind, data, size, minutes, batch, lr, loss, gamma, kl_weight, seed, warm, files], go, note


def _offered(kind: str, loss: str | None = None) -> list[Any]:
    """Return the fields for loss, gamma and KL weight as a recipe has them: what it does not have is hidden, empty."""
    found = studio.suggested(kind, loss)
    fields = ("loss", "gamma", "kl_weight")
    return [gr.update(value=found[name], visible=found[name] is not None) for name in fields]


def _begun(kind: str) -> list[Any]:
    """Return the size and the batch that a recipe begins with, and what is said of pictures, or of pairs."""
    found = studio.kinds()[choice("The recipe", kind, tuple(studio.kinds()))]
    return [found.size, found.batch_size, gr.HTML(visible=not found.paired), gr.HTML(visible=found.paired)]


def _warm(kind: str, data: str, size: int) -> Any:
    names = studio.warm_starts(kind, data, size)
    return gr.Dropdown([(t("from nothing"), ""), *((name, name) for name in names)], value="")  # type: ignore[list-item]


def _start(
    kind: str,
    data: str,
    size: int,
    minutes: float,
    batch: int,
    lr: float | None,
    loss: str,
    gamma: float,
    kl_weight: float,
    seed: int,
    warm: str,
    files: list[str] | None,
) -> str:
    spec = studio.plan(
        kind=kind, data=data, size=size, minutes=minutes, batch_size=batch, lr=lr, loss=loss, gamma=gamma,
        kl_weight=kl_weight, seed=seed, warm=warm or None,
    )  # fmt: skip
    return register().start(spec, [uploaded(file) for file in files or []] if data == "own" else [])


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
