"""Painting over a picture, with a mouse, a pen or a finger: strokes go to the server as points, never as pixels.

Gradio's ImageEditor sends whole layers at each stroke and keeps a growing index of them on the server; here a stroke is
some numbers in a hidden text box (see `genimg.studio.strokes`), which the page's script reads, draws and writes.
"""

import json
from collections.abc import Sequence
from typing import Any

import gradio as gr

from genimg.core.errors import UserError
from genimg.studio import strokes
from genimg.ui import controls as ui
from genimg.ui.i18n import t


class Canvas:
    """A picture that can be painted over, and the controls of the brush.

    Args:
        name: of the tab; elements are called after it, such as ``cutout-result``.
        kinds: (label, kind, colour) of each brush; the first is chosen. The kind "box" draws rectangles.
        alt: what the picture shows, for those who do not see it.
        width: of the brush at first, as a percentage of the picture's longer side.

    Attributes:
        picture: the component that shows what is painted over.
        strokes: the hidden text box with the strokes as JSON; its `change` tells of every new one.
        undo: takes the last stroke back.
        clear: takes all back.
    """

    def __init__(self, name: str, kinds: Sequence[tuple[Any, str, str]], *, alt: str, width: float = 3) -> None:
        self.name, self.kinds, self.alt, self.width = name, kinds, alt, width

    def stage(self) -> None:
        """Make the picture; call it inside `ui.result()`."""
        colours = {kind: colour for _, kind, colour in self.kinds}
        self.picture = ui.SafeImage(
            interactive=False, height=520, elem_id=f"{self.name}-result", elem_classes=["gi-stage", "gi-canvas"],
            alt_text=self.alt, show_label=False, buttons=[], format="jpeg",
        )  # fmt: skip
        self.strokes = gr.Textbox("", visible="hidden", elem_id=f"{self.name}-strokes", container=False)
        gr.HTML(f"<span data-canvas='{json.dumps(colours)}'></span>", visible="hidden", elem_id=f"{self.name}-colours")

    def brush(self) -> None:
        """Make the brush's controls; call it inside `ui.controls()`."""
        self.kind = gr.Radio(
            [(label, kind) for label, kind, _ in self.kinds], value=self.kinds[0][1], label=t("Brush", "画笔"),
            elem_id=f"{self.name}-kind", interactive=True, visible="hidden" if len(self.kinds) == 1 else True,
            info=t("Paint over the picture with the mouse or a finger.", "用鼠标或手指在图上涂抹。"),
        )  # fmt: skip
        self.size = gr.Slider(
            0.5, 20, value=self.width, step=0.5, label=t("Brush width", "画笔粗细"), elem_id=f"{self.name}-width",
            interactive=True,
            info=t("Percent of the picture's longer side.", "占图像长边的百分比。"),
        )  # fmt: skip
        with gr.Row(elem_classes="gi-buttons"):
            self.undo = gr.Button(t("Undo stroke", "撤销笔画"), size="sm", min_width=90, elem_id=f"{self.name}-undo")
            self.clear = gr.Button(
                t("Clear strokes", "清除笔画"), size="sm", min_width=90, elem_id=f"{self.name}-clear"
            )

    def wire(self) -> None:
        """Let the two buttons work; what follows from fewer strokes hangs on `strokes.change`."""
        quiet = ui.LIVE | ui.PRIVATE
        self.undo.click(ui.guard(self._shorter), self.strokes, self.strokes, **quiet)
        self.clear.click(lambda: "", None, self.strokes, **quiet)

    def _shorter(self, text: Any) -> str:
        if isinstance(text, str) and len(text) > strokes.MAX_TEXT:
            raise UserError("There are more strokes than can be used at once; clear them.")
        try:
            return json.dumps(json.loads(text)[:-1]) if text else ""
        except (ValueError, TypeError, RecursionError):
            return ""


# A canvas lies over each such picture. What was painted stands in the text box alone, so that what the server writes
# there (an example's strokes, one stroke less, none) is seen as soon as it arrives. Loaded once for the whole page.
SCRIPT = """() => {
  if (window.genimgCanvas) return;
  window.genimgCanvas = true;
  let drawing = null;
  const part = (stage, name) => document.getElementById(stage.id.replace(/-result$/, name));
  const field = (stage) => part(stage, '-strokes')?.querySelector('textarea, input');
  const strokes = (stage) => { try { return JSON.parse(field(stage)?.value || '[]'); } catch { return []; } };
  const picture = (stage) => stage.querySelector('img');
  const area = (img) => {  // the part of the element that the picture fills (object-fit: contain)
    const box = img.getBoundingClientRect();
    const scale = Math.min(box.width / img.naturalWidth, box.height / img.naturalHeight);
    const width = img.naturalWidth * scale, height = img.naturalHeight * scale;
    return {left: box.left + (box.width - width) / 2, top: box.top + (box.height - height) / 2, width, height};
  };
  const at = (img, event) => {
    const box = area(img);
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
      .map((v) => Math.round(Math.min(1.2, Math.max(-0.2, v)) * 1e4) / 1e4);
  };
  const choose = (stage, name, fallback) => part(stage, name)?.querySelector('input:checked')?.value ?? fallback;
  const colours = (stage) => {
    return JSON.parse(part(stage, '-colours')?.querySelector('[data-canvas]')?.dataset.canvas || '{}');
  };
  const redraw = (stage) => {
    const img = picture(stage);
    let canvas = stage.querySelector(':scope > canvas');
    if (!img || !img.naturalWidth || !img.offsetParent) { canvas?.remove(); return; }
    if (!canvas) {
      canvas = document.createElement('canvas');
      canvas.setAttribute('aria-hidden', 'true');
      stage.append(canvas);
    }
    const box = area(img), frame = stage.getBoundingClientRect(), density = window.devicePixelRatio || 1;
    const shown = choose(stage, '-view', 'mask') === 'mask' ? strokes(stage) : [];
    const all = drawing && drawing.stage === stage ? [...shown, drawing.stroke] : shown;
    const state = JSON.stringify([box, frame, all]);
    if (canvas.state === state) return;
    canvas.state = state;
    Object.assign(canvas.style, {
      left: box.left - frame.left - stage.clientLeft + 'px', top: box.top - frame.top - stage.clientTop + 'px',
      width: box.width + 'px', height: box.height + 'px',
    });
    canvas.width = Math.round(box.width * density); canvas.height = Math.round(box.height * density);
    const pen = canvas.getContext('2d'), palette = colours(stage), longer = Math.max(canvas.width, canvas.height);
    pen.lineCap = pen.lineJoin = 'round';
    for (const {kind, width, points} of all) {
      const path = points.map(([x, y]) => [x * canvas.width, y * canvas.height]);
      pen.strokeStyle = palette[kind] || '#e11d48';
      pen.setLineDash([]);
      if (kind === 'box') {
        const [[x0, y0], [x1, y1]] = [path[0], path[path.length - 1]];
        pen.lineWidth = 3 * density; pen.setLineDash([9 * density, 6 * density]);
        pen.strokeRect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
        continue;
      }
      pen.lineWidth = Math.max(1, width * longer);
      pen.beginPath(); pen.moveTo(...path[0]);
      for (const point of path.length > 1 ? path.slice(1) : path) pen.lineTo(...point);
      pen.stroke();
    }
  };
  const stages = () => [...document.querySelectorAll('.gi-canvas')];
  document.addEventListener('pointerdown', (event) => {
    const stage = event.target.closest?.('.gi-canvas'), img = stage && picture(stage);
    if (!img || !img.naturalWidth || !event.isPrimary || event.button !== 0) return;
    const box = area(img);
    if (event.clientX < box.left - 8 || event.clientX > box.left + box.width + 8
        || event.clientY < box.top - 8 || event.clientY > box.top + box.height + 8) return;
    event.preventDefault();
    const kinds = Object.keys(colours(stage));
    const width = Number(part(stage, '-width')?.querySelector('input')?.value || 3) / 100;
    drawing = {stage, img, stroke: {kind: choose(stage, '-kind', kinds[0]), width, points: [at(img, event)]}};
    redraw(stage);
  });
  document.addEventListener('pointermove', (event) => {
    if (!drawing || !event.isPrimary) return;
    const {stroke, img, stage} = drawing;
    for (const one of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) {
      const point = at(img, one), last = stroke.points[stroke.points.length - 1];
      if (stroke.kind === 'box') stroke.points = [stroke.points[0], point];
      else if (Math.hypot(point[0] - last[0], point[1] - last[1]) > 0.004) stroke.points.push(point);
    }
    redraw(stage);
  });
  const end = (event, kept) => {
    if (!drawing || !event.isPrimary) return;
    const {stage, stroke} = drawing;
    drawing = null;
    const box = field(stage);
    const [[x0, y0], [x1, y1]] = [stroke.points[0], stroke.points[stroke.points.length - 1]];
    const real = stroke.kind !== 'box' || (Math.abs(x1 - x0) > 0.01 && Math.abs(y1 - y0) > 0.01);
    if (kept && box && real) {
      box.value = JSON.stringify([...strokes(stage), stroke]);
      box.dispatchEvent(new Event('input', {bubbles: true}));
    }
    redraw(stage);
  };
  document.addEventListener('pointerup', (event) => end(event, true));
  document.addEventListener('pointercancel', (event) => end(event, false));
  document.addEventListener('dragstart', (event) => {
    if (event.target.closest?.('.gi-canvas')) event.preventDefault();
  });
  setInterval(() => stages().forEach(redraw), 150);  // what the server wrote, another picture, another width
}"""
