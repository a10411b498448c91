// What each model draws, in a line: below the menu it was chosen from, and in the list that it is chosen of.
(function () {
  'use strict';
  const {inChinese, make} = globalThis.genimgDom, frame = globalThis.genimgFrame;
  const said = (name) => frame.lines?.[name]?.[inChinese ? 1 : 0];
  let asked = 0;
  const known = async (name) => {  // a model that was trained since
    if (said(name) !== undefined || !name || Date.now() - asked < 5000) return;
    asked = Date.now();
    frame.lines = (await frame.server.lines()) ?? frame.lines;
  };
  const label = () => {
    for (const menu of document.querySelectorAll('.gi-models')) {
      if (!menu.offsetParent) continue;
      const box = menu.querySelector('input'), several = menu.querySelector('.token');
      if (box && !several) {
        const line = menu.querySelector('.gi-line') ?? menu.appendChild(make('p', {class: 'gi-line'}));
        known(box.value);
        if (line.textContent !== (said(box.value) ?? '')) line.textContent = said(box.value) ?? '';
      }
    }
    for (const option of document.querySelectorAll('.option-list [role=option]:not([data-line])')) {
      const name = option.lastChild.textContent.trim();
      if (said(name)) option.dataset.line = said(name);
    }
  };
  setInterval(label, 250);
})();
