// A fresh picture that has rested in sight for a while is bettered by itself: see `rest_button` in genimg/ui/controls.py.
(function () {
  'use strict';
  const WHILE = 3000, since = new WeakMap();
  setInterval(() => {
    for (const button of document.querySelectorAll('.gi-rest')) {
      const page = button.closest('.gi-page'), fresh = page.querySelector('[data-fresh]');
      if (!fresh || !page.offsetParent || document.hidden || since.get(fresh) === 0) continue;
      if (!since.has(fresh)) since.set(fresh, performance.now());
      if (performance.now() - since.get(fresh) < WHILE) continue;
      since.set(fresh, 0);
      button.click();
    }
  }, 500);
})();
