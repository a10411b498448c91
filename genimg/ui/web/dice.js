// A button beside each box for a seed that rolls another one, as if it had been typed.
(function () {
  'use strict';
  const {make} = globalThis.genimgDom, frame = globalThis.genimgFrame;
  const roll = (box) => {
    box.value = Math.floor(Math.random() * (Number(box.max) || 2 ** 31));
    box.dispatchEvent(new Event('input', {bubbles: true}));
  };
  setInterval(() => {
    if (!frame.groups.length) return;  // its words are not there yet
    for (const box of document.querySelectorAll('.gi-seed input[type=number]:not(:has(+ .gi-dice))')) {
      box.after(make('button', {
        type: 'button', class: 'gi-button gi-dice', id: `${box.closest('.gi-seed').id}-dice`,
        textContent: frame.say('Dice'), onclick: () => roll(box),
      }));
    }
  }, 300);
})();
