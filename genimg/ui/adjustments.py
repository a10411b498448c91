"""The Edit tab's controls, as tables, and what the values of those mean that stand for operations.

Such a control is called by the operation and its field, as in ``"brightness.factor"``; moving it sets that one
operation in its place in the list. An operation without fields is a box to tick.
"""

from typing import Any

from genimg.core.errors import UserError
from genimg.core.images import FORMATS
from genimg.studio import edit as studio
from genimg.studio.edit import OPERATIONS
from genimg.studio.history import History
from genimg.ui.i18n import t
from genimg.ui.parts import panel
from genimg.ui.parts.panel import Item, Values, button, check, choice, via

STANDING = ("rotate", *(name for name in OPERATIONS if name not in studio.RESHAPING))
RATIOS = {"1:1": 1.0, "4:3": 4 / 3, "3:2": 3 / 2, "16:9": 16 / 9}
BOX = ("left", "top", "width", "height")


def _slider(name: str, label: Any, info: Any = None, *, high: float | None = None) -> Item:
    """Make a slider over the field's own range, or up to `high` where less is plenty for a hand."""
    op, _, key = name.partition(".")
    field = OPERATIONS[op][1][key]
    low, top = (-180.0, 180.0) if op in ("rotate", "hue") else (field.low, high or field.high)
    step = 1 if top > 20 else (0.1 if op == "blur" else 0.01)
    return panel.slider(name, label, low, top, field.default, step=step, info=info)


def _length(name: str, label: Any, low: int) -> Item:
    return panel.number(name, label, low, low, 2 * studio.MAX_SIDE)


def listed(_: str, told: Any) -> None:
    """Refuse what is no list of operations."""
    studio.check(told)


def _corners(_: str, drawn: Any) -> None:
    try:
        (_, _), (_, _) = drawn
    except (TypeError, ValueError):
        raise UserError("That box could not be read; draw it again.") from None


PAGES = (
    panel.page(
        "light", t("Light"),
        _slider("brightness.factor", t("Brightness"), high=2),
        _slider("contrast.factor", t("Contrast"), high=2),
        _slider("gamma.value", t("Gamma"), t("Above 1 lifts the shadows, black and white stay."), high=4),
        check("auto_contrast", t("Auto contrast"), info=t("Uses the whole range from dark to light.")),
    ),
    panel.page(
        "colour", t("Colour"),
        _slider("saturation.factor", t("Saturation"), high=3),
        _slider("hue.degrees", t("Hue"), t("Turns the colour wheel.")),
        _slider("balance.red", t("Red"), high=2),
        _slider("balance.green", t("Green"), high=2),
        _slider("balance.blue", t("Blue"), high=2),
        check("grayscale", t("Black and white")),
    ),
    panel.page(
        "detail", t("Detail"),
        _slider("sharpen.amount", t("Sharpen"), high=3),
        _slider("sharpen.radius", t("Sharpening radius"), t("Small for fine texture, large for edges.")),
        _slider("blur.radius", t("Blur"), t("Pixels at full size.")),
    ),
    panel.page(
        "crop", t("Crop"),
        panel.note(t("Drag over the picture, or type the numbers.")),
        via("shape", choice("aspect", t("Shape"), {"free": t("Free")} | {name: name for name in RATIOS}
                            | {"original": t("Original")}, "free")),
        panel.row(*map(_length, BOX, (t("Left"), t("Top"), t("Width"), t("Height")), (0, 0, 0, 0))),
        panel.given("drawn", _corners),
        button("cut", t("Crop to this box"), event="click"),
    ),
    panel.page(
        "turn", t("Turn"),
        _slider("rotate.angle", t("Angle"), t("Degrees, clockwise.")),
        panel.colour("rotate.fill", t("Corner colour"), "#ffffff",
                     info=t("A see-through picture has see-through corners.")),
        choice("rotate.fit", t("Corners"), {"expand": t("Show everything"), "keep": t("Keep the size"),
                                            "crop": t("No empty corners")}, "expand"),
        panel.row(
            button("turn-left", t("Quarter left"), event="click"),
            button("turn-right", t("Quarter right"), event="click"),
            button("mirror", t("Flip sideways"), event="click"),
            button("upside", t("Flip upside down"), event="click"),
        ),
    ),
    panel.page(
        "size", t("Size"),
        panel.row(
            via("wide", _length("columns", t("New width"), 1)),
            via("high", _length("rows", t("New height"), 1)),
        ),
        via("", check("lock", t("Keep the proportions"), True)),
        button("scale", t("Resize"), event="click"),
    ),
)  # fmt: skip

SAVING = (
    panel.row(
        button("undo", t("Undo"), event="click"),
        button("redo", t("Redo"), event="click"),
        button("reset", t("Reset"), event="click"),
        check("comparing", t("Before and after")),
    ),
    button("save", t("Download at full size"), primary=True),
    via("", choice("format", t("Format"), {name: name for name in FORMATS}, "PNG")),
    via("", panel.slider("quality", t("Quality"), 1, 100, 92, step=1,
                         info=t("For JPEG and WebP: less gives a smaller file."), when={"format": ("JPEG", "WEBP")})),
    via("", check("notes", t("Keep date, camera and copyright"), True,
                  info=t("As the photo's file says them; never the place."))),
)  # fmt: skip


def moved(values: Values, history: History) -> History:
    """Return a history in which the operations are as the controls say."""
    now, shown_before = history, shown(history)
    for name in STANDING:
        if any(values[key] != value for key, value in shown_before.items() if key.partition(".")[0] == name):
            now = now.put(name, _wanted(name, values))
    return now


def _wanted(name: str, values: Values) -> dict[str, Any] | None:
    """Return the arguments of an operation as the controls say; None for a neutral one."""
    fields = OPERATIONS[name][1]
    if not fields:
        return {} if values[name] else None
    arguments = {key: field.check(key, values[f"{name}.{key}"]) for key, field in fields.items()}
    main = [*fields] if name == "balance" else [next(iter(fields))]
    return None if all(arguments[key] == fields[key].default for key in main) else arguments


def shown(history: History) -> Values:
    """Return the values that the controls must show for a list of operations."""
    values: Values = {}
    for name in STANDING:
        now, fields = history.arguments(name), OPERATIONS[name][1]
        values |= {f"{name}.{key}": (now or {}).get(key, field.default) for key, field in fields.items()}
        if not fields:
            values[name] = now is not None
    return values
