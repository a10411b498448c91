// Tabs: the open one stands in the address, Back and Forward go through them, and a link opens one. They come in groups,
// with a heading each; where a page is narrow, one group is seen at a time. Arrow keys go from tab to tab.
(function () {
  'use strict';
  const {read, write} = globalThis.genimgAddress;
  const frame = globalThis.genimgFrame;
  const RESTS = 120;  // ms that the focus rests on a tab before it is opened, so that a held key opens none on its way
  const bar = () => document.querySelector('#studio > .tab-wrapper [role=tablist]');
  const button = (key) => bar()?.querySelector(`[data-tab-id="${CSS.escape(key)}"]`);
  const current = () => bar()?.querySelector('[aria-selected=true]')?.dataset.tabId;
  const title = (key) => button(key)?.textContent.trim();
  const open = (key) => { if (key !== current()) button(key)?.click(); };
  const first = () => frame.groups[0].tabs[0];

  const last = [];  // by group, the tab that was open there
  const enter = (group) => open(last[group] ?? frame.groups[group].tabs[0]);
  const show = (key) => {
    const here = frame.groups.findIndex(({tabs}) => tabs.includes(key));
    last[here] = key;
    frame.groups.forEach(({tabs}, i) => tabs.forEach((one) => button(one)?.toggleAttribute('data-near', i === here)));
    [...document.querySelectorAll('.gi-groups button')].forEach((one, i) => one.setAttribute('aria-current', String(i === here)));
    bar().toggleAttribute('data-alone', frame.groups[here]?.tabs.length === 1);
  };

  let seen = null, led = false;
  const follow = () => {
    const key = current();
    if (!key || key === seen) return;
    const asked = read().tab;
    if (seen === null && asked && asked !== key && button(asked)) { open(asked); return; }
    const begins = seen === null;
    seen = key;
    show(key);
    if (!begins && !led) write({tab: key}, true);
    led = false;
    document.dispatchEvent(new CustomEvent('genimg:tab', {detail: key}));
  };
  addEventListener('popstate', () => {
    const key = read().tab ?? first();
    led = key !== current();
    open(key);
    document.dispatchEvent(new CustomEvent('genimg:back', {detail: key}));
  });

  // Of each row of tabs only the open one is reached by Tab, the others from it by arrows; also of the rows within tabs.
  const rove = () => {
    for (const tab of document.querySelectorAll('[role=tab]')) {
      tab.tabIndex = tab.getAttribute('aria-selected') === 'true' ? 0 : -1;
    }
  };
  let resting = null;
  document.addEventListener('focusin', rove);
  document.addEventListener('keydown', (event) => {
    const tab = event.target.closest?.('[role=tab]');
    if (!tab || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = [...tab.closest('[role=tablist]').querySelectorAll('[role=tab]')].filter((one) => one.offsetParent);
    const at = row.indexOf(tab), step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    const to = step ? row.at((at + step) % row.length) : {Home: row[0], End: row.at(-1)}[event.key];
    if (!to) return;
    event.preventDefault();
    to.focus();
    clearTimeout(resting);
    resting = setTimeout(() => { if (document.activeElement === to) to.click(); }, RESTS);
  });

  const waiting = new MutationObserver(() => {
    if (!bar() || !frame.groups.length) return;
    waiting.disconnect();
    for (const {name, tabs} of frame.groups) if (tabs.length > 1) button(tabs[0]).dataset.heading = frame.say(name);
    new MutationObserver(follow).observe(bar(), {subtree: true, attributes: true, attributeFilter: ['aria-selected']});
    rove();
    follow();
  });
  waiting.observe(document.documentElement, {childList: true, subtree: true});
  // Tells of something the first time that it is made, wherever in the page.
  const told = new Set();
  const once = (element, tell) => {
    const {id} = element.closest('[role=tabpanel]');
    if (told.has(id)) return;
    told.add(id);
    setTimeout(tell);  // when all of the tab is there
  };
  globalThis.genimgTabs = {current, enter, once, open, title};
})();
