// The crop box that is drawn over the photo of the Edit tab.
(function () {
  'use strict';
  const band = Object.assign(document.createElement('div'), {className: 'gi-band'});
  const open = () => Boolean(document.querySelector('#edit-crop')?.offsetParent);
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
    globalThis.genimgPanel.give('edit', 'drawn', [from, inside(img, event)]);
  });
})();
