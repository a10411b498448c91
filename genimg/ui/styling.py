"""The Style tab's controls, as tables, called as the service calls what they are; and its curve of losses."""

import inspect
from collections.abc import Sequence
from typing import Any

from genimg.studio import examples
from genimg.studio import style as studio
from genimg.ui import charts
from genimg.ui.i18n import t
from genimg.ui.parts import panel

# The defaults live in the service's signature.
DEFAULTS = {name: p.default for name, p in inspect.signature(studio.refine).parameters.items()}


def _named(names: str) -> dict[str, Any]:
    return {name: DEFAULTS[name] for name in names.split()} | {"place": DEFAULTS["second_on"]}


# What clients ask with, in their order.
STYLIZE = _named("blend strength brush keep_colors size only")
REFINE = _named("blend strength brush keep_colors size content_weight style_weight smoothness network seconds only")


def _weight(name: str, label: Any, info: Any) -> panel.Item:
    return panel.slider(name, label, 0, 10, DEFAULTS[name], step=0.05, info=info)


ACTS = [
    panel.row(
        panel.button("refine", t("Refine"), primary=True),
        panel.stop(),
        panel.button("save", t("Download PNG")),
        panel.check("comparing", t("Before and after")),
        panel.button("rest", None, look="gi-rest"),
    ),
]
_PLACES = {"person": t("The person"), "background": t("What is behind")}
LOOK = [
    panel.shelf("photos", t("Photos"), examples.photos, event="pick"),
    panel.shelf("paintings", t("Paintings"), examples.styles, event="pick"),
    panel.slider("strength", t("Strength"), 0, 1, DEFAULTS["strength"], step=0.01,
                 info=t("From the photo's own look to the painting's.")),
    panel.slider("brush", t("Brush size"), *studio.BRUSH, DEFAULTS["brush"], step=0.05,
                 info=t("Small keeps details, large paints with broad strokes.")),
    panel.choice("only", t("What is painted"), {"all": t("Everything")} | _PLACES, DEFAULTS["only"]),
    panel.slider("size", t("Result size"), *studio.SIZES, DEFAULTS["size"], step=64,
                 info=t("Pixels along the longer side.")),
    panel.check("keep_colors", t("Keep the photo's colours"),
                info=t("Takes only light and texture from the painting.")),
]  # fmt: skip
MIXING = [
    panel.shelf("others", t("Paintings"), examples.styles),
    panel.slider("blend", t("Blend"), 0, 1, DEFAULTS["blend"], step=0.01,
                 info=t("0 is the first style alone, 1 the second.")),
    panel.choice("second_on", t("What it paints"), {"mixed": t("Mixed in")} | _PLACES, DEFAULTS["second_on"]),
]  # fmt: skip
HOW = [
    panel.fold(
        t("How to refine"),
        panel.slider("seconds", t("Spend at most, in seconds"), *studio.SECONDS, DEFAULTS["seconds"], step=1,
                     info=t("The number of steps is planned from the speed of this machine.")),
        _weight("content_weight", t("Content weight"), t("Keeps shapes and faces.")),
        _weight("style_weight", t("Style weight"), t("More colour and texture.")),
        _weight("smoothness", t("Smoothness"), t("Fewer specks, softer edges.")),
        panel.via("network", panel.choice(
            "network", t("Feature network"), {"vgg16": "VGG16", "vgg19": "VGG19"}, DEFAULTS["network"],
            info=t("What the picture is looked at with. VGG19 is downloaded once, 548 MB."))),
    ),
]  # fmt: skip


def loss_curve(losses: Sequence[tuple[float, float]]) -> str:
    """Draw the loss over the steps as SVG, on a logarithmic scale: a curve for each size that was painted at.

    Args:
        losses: (size of the stage in pixels, loss) of each step.
    """
    rows = [{"step": i, f"loss at {size:.0f} px": loss} for i, (size, loss) in enumerate(losses, 1)]
    names = list(dict.fromkeys(name for row in rows for name in row if name != "step"))
    return charts.lines(rows, names, log=True) if len(rows) > 1 else ""
