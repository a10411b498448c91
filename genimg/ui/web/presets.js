// Presets: the settings of a tab under a name, kept in this browser, shared by a link or a file. The seed is none of them,
// nor are pictures; what a preset does not tell is as usual.
(function (root) {
  'use strict';
  const {make, pause, until} = root.genimgDom;
  const {packed, unpacked, read} = root.genimgAddress;
  const frame = root.genimgFrame, tabs = root.genimgTabs, {button} = frame;
  const KEY = 'genimg:presets', VERSION = 1, MOST = 40;
  const say = (text) => frame.say(text);

  const all = () => {
    try { return JSON.parse(localStorage.getItem(KEY)) ?? {}; } catch { return {}; }
  };
  const keep = (presets) => {
    try { localStorage.setItem(KEY, JSON.stringify(presets)); return true; } catch { return false; }  // full, or forbidden
  };
  const settings = (column) => root.genimgCanvas.settings(column) ?? root.genimgPanel.settings(column);
  const columns = () => [...document.querySelectorAll('.gi-controls')].filter((one) => one.offsetParent);

  // Puts a preset into the open page, where that has a place for it.
  const apply = ({key, values}) => {
    const column = columns().find((one) => settings(one)?.key === key);
    if (column && !root.genimgCanvas.apply(column, values)) root.genimgPanel.apply(column, values);
  };
  // Opens the tab of a preset that came from elsewhere.
  const bring = async ({tab, part, ...preset}) => {
    tabs.open(tab);
    await until(() => {
      const inner = part ? document.getElementById(`${part}-button`) : null;
      if (inner?.getAttribute('aria-selected') === 'false') inner.click();
      return tabs.current() === tab && root.genimgSending.settled() && columns().some((one) => settings(one)?.key === preset.key);
    }).catch(() => {});  // it is of a tab that is not here
    await pause(300);  // what the tab shows by itself comes first
    apply(preset);
  };

  const sound = (told) => told?.preset === VERSION && told.values && typeof told.values === 'object'
    && ['tab', 'key', 'name'].every((one) => typeof told[one] === 'string') ? told : null;
  const store = (key, name, values) => {
    const presets = all(), own = Object.entries({...presets[key], [name.slice(0, 60)]: values}).slice(-MOST);
    return keep({...presets, [key]: Object.fromEntries(own)});
  };

  const build = (column) => {
    const {key} = settings(column), part = column.closest('.tabs .tabs [role=tabpanel]')?.id ?? '';
    const told = make('span', {role: 'status'});
    const menu = make('select', {'aria-label': say('Presets'), onchange: () => {
      const values = all()[key]?.[menu.value];
      if (values) { name.value = menu.value; apply({key, values}); }
    }});
    const name = make('input', {type: 'text', maxLength: 60, placeholder: say('Name'), 'aria-label': say('Name')});
    const fill = (chosen = '') => {
      menu.replaceChildren(make('option', {value: '', textContent: '–'}), ...Object.keys(all()[key] ?? {}).map((one) => make('option', {value: one, textContent: one})));
      menu.value = chosen;
    };
    const whole = () => ({
      preset: VERSION, tab: tabs.current(), part, key, name: name.value.trim() || say('Preset'), values: settings(column).values,
    });
    const file = make('input', {type: 'file', accept: '.json', hidden: true, onchange: async () => {
      const given = file.files[0];
      let preset = null;
      try { preset = given.size < 1e5 ? sound(JSON.parse(await given.text())) : null; } catch { /* it is none */ }
      file.value = '';
      told.textContent = preset ? '' : say('This file is no preset of genimg.');
      if (!preset) return;
      store(preset.key, preset.name, preset.values);
      await bring(preset);
      fill(preset.key === key ? preset.name : '');
    }});
    column.append(make('details', {class: 'gi-fold gi-presets', ontoggle: () => fill(menu.value)},
      make('summary', {textContent: say('Presets')}),
      make('div', {class: 'gi-history-head'}, menu, name,
        button('Save', () => {
          const preset = whole();
          told.textContent = store(key, preset.name, preset.values) ? '' : say('This browser keeps nothing here.');
          fill(preset.name);
        }),
        button('Delete', () => {
          const presets = all();
          delete presets[key]?.[menu.value];
          keep(presets);
          fill();
        }),
        button('Copy link', async () => {
          const link = new URL(location.pathname, location.href), preset = whole();
          link.search = new URLSearchParams({tab: preset.tab, preset: packed(preset)});
          told.textContent = link.href;
          await navigator.clipboard?.writeText(link.href).catch(() => {});
        }),
        button('Download', () => {
          const preset = whole(), blob = new Blob([JSON.stringify(preset, null, 1)], {type: 'application/json'});
          make('a', {href: URL.createObjectURL(blob), download: `${key}-${preset.name.replace(/[^\p{L}\p{N}]+/gu, '-')}.json`}).click();
        }),
        button('Open a file', () => file.click()), file),
      told));
  };

  const linked = sound(unpacked(read().preset ?? ''));
  let followed = !linked;
  setInterval(() => {
    if (!frame.groups.length || !tabs.current()) return;
    if (!followed) { followed = true; bring(linked); }
    for (const column of columns()) {
      if (!column.querySelector(':scope > .gi-presets') && settings(column)) build(column);
    }
  }, 400);
})(globalThis);
