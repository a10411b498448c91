// Painting over pictures: a canvas lies over each `.gi-canvas`. What was painted stands in the text box alone, so that
// what the server writes there (an example's strokes, one stroke less, none) is seen as soon as it arrives.
(function () {
  'use strict';
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
    const [[x0, y0], [x1, y1]] = [stroke.points[0], stroke.points[stroke.points.length - 1]];
    const real = stroke.kind !== 'box' || (Math.abs(x1 - x0) > 0.01 && Math.abs(y1 - y0) > 0.01);
    if (kept && real) write(stage, [...strokes(stage), stroke]); else redraw(stage);
  };
  document.addEventListener('pointerup', (event) => end(event, true));
  document.addEventListener('pointercancel', (event) => end(event, false));
  document.addEventListener('dragstart', (event) => {
    if (event.target.closest?.('.gi-canvas')) event.preventDefault();
  });
  const write = (stage, all) => {
    const box = field(stage);
    if (!box) return;
    box.value = all.length ? JSON.stringify(all) : '';
    box.dispatchEvent(new Event('input', {bubbles: true}));
    redraw(stage);
  };
  document.addEventListener('click', (event) => {
    const pressed = event.target.closest?.('button')?.id ?? '';
    for (const stage of stages()) {
      if (part(stage, '-undo')?.id === pressed) write(stage, strokes(stage).slice(0, -1));
      if (part(stage, '-clear')?.id === pressed) write(stage, []);
    }
  });
  setInterval(() => stages().forEach(redraw), 150);  // what the server wrote, another picture, another width
})();
