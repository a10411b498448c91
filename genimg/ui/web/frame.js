// The frame of the page: its name, the groups of tabs, and the list of keys. Python's side of it is genimg/ui/frame.py.
(function (root) {
  'use strict';
  const {make, speaker} = root.genimgDom;
  const frame = {groups: [], targets: [], say: (text) => text};

  frame.build = (element, {groups, targets, most, device, chinese, keys, lines}, server, upload) => {
    const say = speaker(chinese);
    Object.assign(frame, {groups, targets, most, say, lines, server, upload});
    const list = make('dialog', {class: 'gi-keys', id: 'keys', 'aria-label': say('Keys')},
      make('h2', {textContent: say('Keys')}),
      make('dl', {}, ...Object.entries(keys).flatMap(([key, what]) => [
        make('dt', {}, make('kbd', {textContent: key})), make('dd', {textContent: say(what)})])),
      make('form', {method: 'dialog'}, make('button', {class: 'gi-button', textContent: say('Close')})));
    list.addEventListener('click', ({target}) => { if (target === list) list.close(); });
    element.replaceChildren(
      make('a', {class: 'gi-skip', href: '#studio', textContent: say('To the studio'), onclick: (event) => {
        event.preventDefault();
        const panel = [...document.querySelectorAll('#studio > [role=tabpanel]')].find((one) => one.offsetParent);
        panel.tabIndex = -1;
        panel.focus();
      }}),
      make('div', {class: 'gi-header'},
        make('h1', {textContent: 'genimg'}),
        make('span', {textContent: say('Move a control, and the picture follows.')}),
        make('span', {class: 'gi-device', textContent: say(device)}),
        root.genimgRecalling.button(),
        root.genimgHistory.button(),
        make('button', {
          type: 'button', class: 'gi-ask', textContent: '?', title: say('Keys'), 'aria-label': say('Keys'),
          onclick: () => list.showModal(),
        })),
      make('nav', {class: 'gi-groups', 'aria-label': say('Groups of tabs')}, ...groups.map(({name}, i) => make('button', {
        type: 'button', textContent: say(name), onclick: () => root.genimgTabs.enter(i),
      }))),
      list);
    document.addEventListener('keydown', (event) => {
      if (event.key !== '?' || event.target.closest?.('input:not([type=range]), textarea, select')) return;
      if (list.open) list.close(); else list.showModal();
    });
  };

  // Stop can be pressed while something runs: a status line says so.
  setInterval(() => {
    if (!frame.groups.length) return;  // its words are not there yet
    for (const how of document.querySelectorAll('.gi-how summary:empty')) how.textContent = frame.say('How it works');
    for (const stop of document.querySelectorAll('.gi-stop')) {
      stop.disabled = !stop.closest('.gi-page').querySelector('[data-running]');
    }
  }, 200);

  // A small button that says a text in the reader's language.
  frame.button = (words, onclick, more = {}) => make('button', {
    type: 'button', class: 'gi-small', textContent: frame.say(words), onclick, ...more,
  });

  root.genimgFrame = frame;
})(globalThis);
