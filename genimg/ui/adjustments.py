"""The Edit tab's moving parts: controls that stand for operations, and the drawing of a box on the picture."""

from typing import Any

import gradio as gr

from genimg.studio import edit as studio
from genimg.studio.edit import OPERATIONS
from genimg.studio.history import History

# The operations that a control of the page stands for: moving it sets that one operation in its place in the list.
STANDING = ("rotate", *(name for name in OPERATIONS if name not in studio.RESHAPING))

# Dragging over the picture while the crop panel is open draws a box, by mouse, pen or finger, and hands its corners
# to the page as fractions of the picture. Only the rubber band lives here; the box itself is worked out in Python.
DRAW = """() => {
  const band = Object.assign(document.createElement('div'), {className: 'gi-band'});
  const open = () => document.querySelector('#edit-crop')?.offsetParent != null;
  const target = (event) => open() && event.target.matches?.('#edit-result img') ? event.target : null;
  const clip = (v) => Math.min(1, Math.max(0, v));
  const inside = (img, event) => {
    const r = img.getBoundingClientRect();
    const scale = Math.min(r.width / img.naturalWidth, r.height / img.naturalHeight);
    const w = img.naturalWidth * scale, h = img.naturalHeight * scale;
    const x = event.clientX - r.left - (r.width - w) / 2, y = event.clientY - r.top - (r.height - h) / 2;
    return [clip(x / w), clip(y / h)];
  };
  let drawing = null;
  const stretch = (event) => Object.assign(band.style, {
    left: Math.min(drawing.x, event.clientX) + 'px', width: Math.abs(event.clientX - drawing.x) + 'px',
    top: Math.min(drawing.y, event.clientY) + 'px', height: Math.abs(event.clientY - drawing.y) + 'px',
  });
  const stop = () => { drawing = null; band.remove(); };
  // While the crop panel is open a finger draws instead of scrolling.
  document.addEventListener('touchstart', (event) => { if (target(event)) event.preventDefault(); }, {passive: false});
  document.addEventListener('pointerover', (event) => {
    if (event.target.matches?.('#edit-result img')) event.target.style.cursor = open() ? 'crosshair' : '';
  });
  document.addEventListener('pointerdown', (event) => {
    const img = target(event);
    if (!img || !event.isPrimary) return;
    event.preventDefault();
    drawing = {img, x: event.clientX, y: event.clientY, from: inside(img, event)};
    stretch(event);
    document.body.append(band);
  });
  document.addEventListener('pointermove', (event) => { if (drawing) stretch(event); });
  document.addEventListener('pointercancel', stop);
  document.addEventListener('pointerup', (event) => {
    if (!drawing) return;
    const {img, x, y, from} = drawing;
    stop();
    if (Math.hypot(event.clientX - x, event.clientY - y) < 6) return;
    const box = document.querySelector('#edit-drawn textarea, #edit-drawn input');
    box.value = JSON.stringify([from, inside(img, event), Date.now()]);  // the time, so that no two are the same
    box.dispatchEvent(new Event('input', {bubbles: true}));
  });
}"""


class Adjustments:
    """The controls that stand for operations, in one order, with what their values mean."""

    def __init__(self) -> None:
        self.keys: list[tuple[str, str]] = []
        self.components: list[gr.components.Component] = []

    def slider(self, op: str, key: str, label: Any, info: Any = None, *, high: float | None = None) -> None:
        """Make a slider over the field's own range, or up to `high` where less is plenty for a hand."""
        field = OPERATIONS[op][1][key]
        low, top = (-180, 180) if op in ("rotate", "hue") else (field.low, high or field.high)
        step = 1 if top > 20 else (0.1 if op == "blur" else 0.01)
        self.take(op, key, gr.Slider(low, top, field.default, step=step, label=label, info=info))  # type: ignore[arg-type]

    def take(self, op: str, key: str, component: gr.components.Component) -> None:
        """Let `component` stand for a field of an operation; an empty key is whether the operation is there."""
        self.keys.append((op, key))
        self.components.append(component)

    def wanted(self, values: tuple[Any, ...]) -> dict[str, dict[str, Any] | None]:
        """Return the arguments of each standing operation as the controls say, None for a neutral one."""
        found: dict[str, dict[str, Any] | None] = {}
        for name in STANDING:
            fields = OPERATIONS[name][1]
            given = {key: v for (op, key), v in zip(self.keys, values, strict=True) if op == name}
            if not fields:
                found[name] = {} if given[""] else None
                continue
            arguments = {key: field.check(key, given.get(key, field.default)) for key, field in fields.items()}
            main = next(iter(fields)) if name != "balance" else ""
            neutral = {key: field.default for key, field in fields.items() if main in ("", key)}
            found[name] = None if all(arguments[key] == value for key, value in neutral.items()) else arguments
        return found

    def shown(self, history: History) -> list[Any]:
        """Return the values that the controls must show for a list of operations."""
        now = {name: history.arguments(name) for name in STANDING}
        values: list[Any] = []
        for op, key in self.keys:
            current = now[op]
            values.append((current or {}).get(key, OPERATIONS[op][1][key].default) if key else current is not None)
        return values
