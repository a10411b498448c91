// A fresh picture that has rested in sight for a while is bettered by itself: see `status` in genimg/ui/controls.py.
(function () {
  'use strict';
  const WHILE = 3000;
  // Whoever presses a button there has other plans.
  document.addEventListener('click', ({target, isTrusted}) => {
    const page = isTrusted && target.closest?.('button')?.closest('.gi-page');
    const button = page && page.querySelector('.gi-rest');
    if (button) button.dataset.done = page.querySelector('[data-fresh]')?.dataset.fresh ?? '';
  });
  // A picture that was brought back stays as it is, until a hand changes something.
  document.addEventListener('input', ({target, isTrusted}) => {
    if (isTrusted) delete target.closest?.('.gi-page')?.querySelector('.gi-rest')?.dataset.held;
  });
  setInterval(() => {
    for (const button of document.querySelectorAll('.gi-rest')) {
      const page = button.closest('.gi-page'), which = page.querySelector('[data-fresh]')?.dataset.fresh;
      if (!which || !page.offsetParent || document.hidden || button.dataset.done === which || 'held' in button.dataset) continue;
      if (button.dataset.seen !== which) Object.assign(button.dataset, {seen: which, since: performance.now()});
      if (performance.now() - button.dataset.since < WHILE) continue;
      button.dataset.done = which;
      button.click();
    }
  }, 500);
})();
