// Tabs and the address: the tab that is open stands in it, Back and Forward go through tabs, and a link opens one.
(function () {
  'use strict';
  const {read, write} = globalThis.genimgAddress;
  const wrapper = () => document.querySelector('.tab-wrapper');
  const names = () => [...(wrapper()?.querySelectorAll('.visually-hidden button') ?? [])].map((b) => b.textContent.trim());
  const keys = () => JSON.parse(document.querySelector('#tab-keys [data-keys]')?.dataset.keys ?? '[]');
  const current = () => {
    const open = wrapper()?.querySelector('[role=tab][aria-selected=true]')?.textContent.trim();
    return keys()[names().indexOf(open)];
  };
  const open = (key) => {
    const name = names()[keys().indexOf(key)];
    if (!name || current() === key) return;
    const buttons = [...wrapper().querySelectorAll('[role=tab], .overflow-dropdown button')];
    buttons.find((button) => button.textContent.trim() === name)?.click();
  };

  let seen = null, led = false;
  const follow = () => {
    const key = current();
    if (!key || key === seen) return;
    const asked = read().tab;
    if (seen === null && asked && asked !== key && keys().includes(asked)) { open(asked); return; }
    const first = seen === null;
    seen = key;
    if (!first && !led) write({tab: key}, true);
    led = false;
    document.dispatchEvent(new CustomEvent('genimg:tab', {detail: key}));
  };
  setInterval(follow, 200);
  addEventListener('popstate', () => {
    led = true;
    const key = read().tab ?? keys()[0];
    if (key === current()) led = false;
    open(key);
    document.dispatchEvent(new CustomEvent('genimg:back', {detail: key}));
  });
  globalThis.genimgTabs = {current, open};
})();
