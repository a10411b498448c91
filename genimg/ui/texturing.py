"""The Texture tab's controls, as tables, called as the service calls what they are."""

import inspect
from typing import Any

from genimg.studio import texture as studio
from genimg.ui.i18n import t
from genimg.ui.parts import panel, results

# The defaults live in the service's signatures.
QUILT = {name: p.default for name, p in inspect.signature(studio.quilt).parameters.items()}
NEURAL = {name: p.default for name, p in inspect.signature(studio.synthesize).parameters.items()} | {"size": 256}


def acts(label: Any) -> list[panel.Item]:
    """Make what stands below a texture; `label` is of the button that makes one."""
    return [
        panel.row(
            panel.button("go", label, primary=True),
            panel.stop(),
            panel.button("save", t("Download PNG")),
            panel.via("twice", panel.check("twice", t("2 × 2 view"))),
        )
    ]


def _sample(usual: int) -> panel.Item:
    return panel.slider("sample", t("Sample size"), *studio.SAMPLES, usual, step=4,
                        info=t("The sample's longer side in pixels of the result: smaller is finer."))  # fmt: skip


_SHELF = panel.shelf("source-examples", t("Examples"), studio.examples)
SEWING = [
    _SHELF,
    panel.slider("width", t("Width"), *studio.SIZES, QUILT["width"], step=32),
    panel.slider("height", t("Height"), *studio.SIZES, QUILT["height"], step=32),
    panel.slider("block", t("Block size"), *studio.BLOCKS, QUILT["block"], step=2,
                 info=t("Large blocks keep large shapes whole; small ones mix more.")),
    _sample(QUILT["sample"]),
    results.tileable(),
    panel.seed(),
    panel.fold(
        t("Seams"),
        panel.slider("overlap", t("Overlap"), *studio.OVERLAPS, QUILT["overlap"], step=0.01,
                     info=t("Part of a block in which the cut may run.")),
        panel.slider("tolerance", t("Tolerance"), *studio.TOLERANCES, QUILT["tolerance"], step=0.01,
                     info=t("Higher repeats less, and fits less well.")),
    ),
]  # fmt: skip
DREAMING = [
    _SHELF,
    panel.slider("size", t("Size"), *studio.NEURAL_SIZES, NEURAL["size"], step=32,
                 info=t("Pixels of a side; twice as many take four times as long.")),
    panel.slider("seconds", t("Spend at most, in seconds"), *studio.SECONDS, NEURAL["seconds"], step=1,
                 info=t("The number of steps is planned from the speed of this machine.")),
    panel.choice("start", t("Start from"), {"quilt": t("a quilt"), "noise": t("noise")}, NEURAL["start"],
                 info=t("A quilt has the large shapes already; noise copies nothing.")),
    panel.choice("statistic", t("What must agree"),
                 {"wasserstein": t("whole distribution"), "gram": t("Gram matrices")}, NEURAL["statistic"],
                 info=t("The distribution keeps colours true; Gram matrices are quicker.")),
    _sample(NEURAL["sample"]),
    results.tileable(),
    panel.seed(),
]  # fmt: skip
