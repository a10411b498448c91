"""The Cut-out tab's controls, as tables, and what clients call."""

import inspect
from collections.abc import Sequence
from typing import Any

from PIL import Image

from genimg.studio import cutout as studio
from genimg.studio import examples
from genimg.ui import controls as ui
from genimg.ui.i18n import t
from genimg.ui.parts import panel

DEFAULTS = {name: p.default for name, p in inspect.signature(studio.cut).parameters.items()}
SEEN = [
    panel.choice(
        "view", t("View"), {"mask": t("Paint"), "result": t("Cut-out"), "compare": t("Before and after")}, "mask"
    ),
    panel.button("save", t("Download PNG"), primary=True),
]
_BACKGROUNDS = {
    "transparent": t("Transparent"), "colour": t("Colour"), "blur": t("Its own, blurred"), "picture": t("A picture"),
}  # fmt: skip


def photos() -> dict[str, Image.Image]:
    """Return the examples by their names."""
    return {name: examples.photo(name) for name in studio.EXAMPLES}


def controls(brush: Sequence[panel.Item]) -> list[panel.Item]:
    """Return the controls, with those of the brush among them."""
    return [
        panel.shelf("examples", t("Examples"), photos, names=True),
        panel.button("person", t("Find the person")),
        *brush,
        panel.slider("softness", t("Softness"), *studio.SOFTNESS, DEFAULTS["softness"], step=0.005,
                     info=t("How wide a border is searched for hair and blur; 0 cuts hard.")),
        panel.via("shown", panel.choice("background", t("Background"), _BACKGROUNDS, "transparent")),
        panel.via("shown", panel.colour("colour", t("Background colour"), "#2a9d8f",
                                        when={"background": "colour"})),
    ]  # fmt: skip


def answer(
    photo: Image.Image | None,
    strokes: Any,
    softness: float = DEFAULTS["softness"],
    background: str = "transparent",
    colour: str = "#2a9d8f",
    picture: Image.Image | None = ui.MUST,
    person: bool = False,
) -> Image.Image:
    """Cut a thing out for a client."""
    return studio.cutout(
        photo, strokes, softness=softness, background=background, colour=colour, picture=picture, person=person
    )
