// History: what was made in this browser, over all tabs, kept over a reload. A picture is one of it that a person asked
// for and that says how it was made; the pictures in the tab's boxes are kept with it, so that it can come back whole.
(function (root) {
  'use strict';
  const {make, pause} = root.genimgDom;
  const {differ, key, surplus, told, BYTES} = root.genimgMade;
  const frame = root.genimgFrame, tabs = root.genimgTabs, {button} = frame;
  const HIGH = 144, RESTS = 1200;  // pixels of a small picture; milliseconds after which a picture rests

  // ---- what is kept: in memory, and in the browser's database as far as it has one ----
  const asked = (request) => new Promise((done, failed) => {
    request.addEventListener('success', () => done(request.result));
    request.addEventListener('error', () => failed(request.error));
  });
  const opened = (async () => {
    const request = indexedDB.open('genimg', 1);
    request.addEventListener('upgradeneeded', () => {
      request.result.createObjectStore('made', {keyPath: 'id'});
      request.result.createObjectStore('given', {keyPath: 'id'});
    });
    return asked(request);
  })();
  const store = async (name, act, mode = 'readwrite') => {
    try {
      return await asked(act((await opened).transaction(name, mode).objectStore(name)));
    } catch (problem) {  // a private window has none, or it is full: what is in memory stays
      console.warn('genimg: history:', problem);
      return null;
    }
  };
  let entries = [], given = new Map();
  const addresses = new Map();  // of blobs that were shown
  const ready = (async () => {
    const kept = await store('made', (one) => one.getAll(), 'readonly') ?? [];
    const files = await store('given', (one) => one.getAll(), 'readonly') ?? [];
    entries = kept.toSorted((a, b) => b.time - a.time);
    given = new Map(files.map((one) => [one.id, one.blob]));
    for (const one of entries) one.recipe = JSON.parse(one.told);
    draw();
  })();
  const remove = async (some) => {
    entries = entries.filter((one) => !some.includes(one));
    for (const {id, ...blobs} of some) {
      store('made', (one) => one.delete(id));
      for (const blob of [blobs.blob, blobs.small]) {
        URL.revokeObjectURL(addresses.get(blob));
        addresses.delete(blob);
      }
    }
    const needed = new Set(entries.flatMap((one) => Object.values(one.given)));
    for (const id of given.keys()) {
      if (needed.has(id)) continue;
      given.delete(id);
      store('given', (one) => one.delete(id));
    }
    draw();
  };

  // ---- what is noticed ----
  const small = async (blob) => {
    const picture = await createImageBitmap(blob), canvas = make('canvas');
    canvas.height = Math.min(HIGH, picture.height);
    canvas.width = Math.max(1, Math.round(picture.width * canvas.height / picture.height));
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    const made = await new Promise((done) => canvas.toBlob(done, 'image/webp', 0.85));
    return {small: made, width: picture.width, height: picture.height};
  };
  const fetched = async (source) => (await fetch(source, {cache: 'force-cache'})).blob();  // it is seen, so it is here
  // The pictures in a tab's boxes, by the boxes' ids.
  const boxes = async (panel) => {
    const found = {};
    for (const box of panel.querySelectorAll('.block[id]:has(input[type=file], .icon-button) img')) {
      const {id} = box.closest('.block[id]');
      if (!box.closest('.gi-controls') || !box.src || box.closest('.gi-picker')) continue;
      if (!given.has(box.src)) {
        const blob = await fetched(box.src);
        given.set(box.src, blob);
        store('given', (one) => one.put({id: box.src, blob}));
      }
      found[id] = box.src;
    }
    return found;
  };
  const put = async (blob, tab) => {
    const text = told(await blob.arrayBuffer());
    if (!text || blob.size > BYTES / 10) return;
    const recipe = JSON.parse(text), same = entries.find((one) => key(one.recipe) === key(recipe));
    if (same && same.blob.type === 'image/png') return;  // it cannot become better
    const panel = document.getElementById(`${tab}-page`);
    const entry = {
      id: same?.id ?? `${Date.now()}-${Math.random()}`, time: Date.now(), tab, told: text, blob, starred: same?.starred ?? 0,
      given: same?.given ?? (panel ? await boxes(panel) : {}), ...await small(blob),
    };
    entries = [{...entry, recipe}, ...entries.filter((one) => one !== same)];
    store('made', (one) => one.put(entry));
    await remove(surplus(entries, new Map([...given].map(([id, {size}]) => [id, size]))));
  };
  let last = ready;  // one after the other: what comes twice is found then
  const add = (blob, tab) => {
    last = last.then(() => put(blob, tab)).catch((problem) => console.warn('genimg: history:', problem));
    return last;
  };
  // A tab shows something by itself when it is opened; what counts begins with the first thing that is done there.
  const touched = new Set();
  for (const name of ['pointerdown', 'keydown', 'input', 'change', 'drop']) {
    document.addEventListener(name, ({target}) => {
      if (!target.closest?.('[role=tablist], #frame, #history, dialog')) touched.add(tabs.current());  // keys count anywhere
    }, {capture: true, passive: true});
  }
  const seen = new WeakMap();  // by picture on the page: what it last showed
  const notice = async () => {
    const tab = tabs.current(), panel = tab && document.getElementById(`${tab}-page`);
    if (!panel || panel.querySelector('[data-running], [aria-busy=true]')) return;
    for (const img of panel.querySelectorAll('.gi-result img')) {
      if (!img.offsetParent || img.naturalWidth < 48 || img.closest('.gi-sheet, .gi-strip') || seen.get(img) === img.src) continue;
      seen.set(img, img.src);
      if (!touched.has(tab)) continue;
      try { await add(await fetched(img.src), tab); } catch (problem) { console.warn('genimg: history:', problem); }
    }
  };
  let timer;
  new MutationObserver((changes) => {
    const panel = document.getElementById(`${tabs.current()}-page`);  // what moves in another one is not waited for
    if (!changes.some(({target}) => panel?.contains(target) && target.closest?.('.gi-result'))) return;
    clearTimeout(timer);
    timer = setTimeout(notice, RESTS);
  }).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ['src', 'data-running', 'aria-busy']});

  // ---- what is seen ----
  const address = (blob) => {
    if (!addresses.has(blob)) addresses.set(blob, URL.createObjectURL(blob));
    return addresses.get(blob);
  };
  const say = (text) => frame.say(text);
  const title = ({tab, time, width, height}) => `${tabs.title(tab) ?? tab} · ${new Date(time).toLocaleString()} · ${width} × ${height}`;
  const named = (one) => `${one.tab}-${new Date(one.time).toISOString().slice(0, 19).replace(/[T:]/g, '-')}.${one.blob.type.split('/')[1]}`;
  const save = (blob, name) => make('a', {href: address(blob), download: name}).click();

  let comparing = null;  // the entry that waits for another one to be compared with
  const row = make('div', {class: 'gi-made'}), count = make('span');
  const words = make('span', {role: 'status'});
  const strip = make('aside', {class: 'gi-history', id: 'history', hidden: true});
  const draw = () => {
    count.textContent = entries.length || '';
    if (strip.hidden) return;
    words.textContent = comparing ? say('Now press the other one.') : entries.length ? '' : say('What you make is kept here, in this browser alone.');
    row.replaceChildren(...entries.map((one) => make('button', {
      type: 'button', class: one.starred ? 'gi-starred' : '', title: title(one), 'aria-label': title(one),
      onclick: () => { const other = comparing; comparing = null; draw(); show(one, other === one ? null : other); },
    }, make('img', {src: address(one.small), alt: '', draggable: false}))));
    for (const one of strip.querySelectorAll('[data-some]')) one.disabled = !entries.length;
  };
  const toggle = (open = strip.hidden) => {
    if (!strip.firstChild) build();
    strip.hidden = !open;
    document.body.classList.toggle('gi-keeping', open);
    draw();
  };
  const everything = async () => {
    const files = [], names = new Set();
    for (const one of entries.toReversed()) {
      let name = named(one);
      for (let i = 2; names.has(name); i++) name = named(one).replace('.', `-${i}.`);
      names.add(name);
      files.push({name, bytes: new Uint8Array(await one.blob.arrayBuffer()), time: one.time});
    }
    save(new Blob(root.genimgZip.zip(files), {type: 'application/zip'}), 'genimg.zip');
  };
  const forget = async ({currentTarget}) => {
    if (currentTarget.dataset.sure === undefined) {
      currentTarget.dataset.sure = '';
      currentTarget.textContent = say('Really delete all?');
      await pause(4000);
      delete currentTarget.dataset.sure;
      currentTarget.textContent = say('Delete all');
      return;
    }
    comparing = null;
    remove(entries);
    for (const name of ['made', 'given']) store(name, (all) => all.clear());  // also what other windows have made
  };
  const build = () => {
    strip.ariaLabel = say('History');
    strip.append(
      make('div', {class: 'gi-history-head'}, make('b', {textContent: say('History')}), words,
        button('Download all', everything, {'data-some': ''}), button('Delete all', forget, {'data-some': ''}),
        make('button', {type: 'button', class: 'gi-ask', textContent: '×', 'aria-label': say('Close'), onclick: () => toggle(false)})),
      row);
    document.body.append(strip);
  };

  // What a picture was made of, and what that was made of, as a tree.
  const tree = (recipe, role = '') => {
    const known = entries.find((one) => key(one.recipe) === key(recipe));
    const about = [say(recipe.operation), recipe.parameters.model, recipe.parameters.method].filter((one) => typeof one === 'string').join(' · ');
    const sources = Object.entries(recipe.sources ?? {});
    return make('li', {},
      known ? make('img', {src: address(known.small), alt: ''}) : null, make('span', {textContent: role + about}),
      sources.length ? make('ul', {}, ...sources.map(([part, one]) => (
        one.recipe ? tree(one.recipe, `${say(part)}: `)
          : make('li', {}, make('span', {textContent: `${say(part)}: ${one.name || say('a picture of yours')}`}))))) : null);
  };
  const large = (one) => make('img', {src: address(one.blob), alt: title(one)});
  // Shows a picture and what can be done with it; two of them, one over the other.
  const show = (one, other) => {
    const dialog = make('dialog', {class: 'gi-keys gi-shown', 'aria-label': say('History')});
    const end = () => { dialog.close(); dialog.remove(); };
    const parts = [];
    if (other) {
      const figure = make('figure', {class: 'gi-two'}, large(other), large(one));
      const slide = make('input', {type: 'range', min: 0, max: 100, value: 50, 'aria-label': say('From one to the other')});
      const cut = () => figure.style.setProperty('--part', `${slide.value}%`);
      slide.addEventListener('input', cut);
      cut();
      const changes = differ(other.recipe, one.recipe);
      parts.push(figure, slide, make('p', {textContent: `${title(other)}  →  ${title(one)}`}), make('table', {}, ...changes.slice(0, 30).map((cells) => (
        make('tr', {}, ...cells.map((cell) => make('td', {textContent: cell.length > 60 ? `${cell.slice(0, 59)}…` : cell})))))));
    } else {
      const star = button('Favourite', () => {
        one.starred = one.starred ? 0 : 1;
        const {recipe: _, ...entry} = one;
        store('made', (kept) => kept.put(entry));
        star.ariaPressed = String(Boolean(one.starred));
        draw();
      }, {'aria-pressed': String(Boolean(one.starred))});
      parts.push(make('figure', {}, large(one)), make('p', {textContent: title(one)}),
        make('div', {class: 'gi-history-head'},
          button('Open its tab', () => {
            end();
            const files = Object.fromEntries(Object.entries(one.given).map(([box, id]) => [box, given.get(id)]).filter(([, blob]) => blob));
            touched.add(one.tab);
            root.genimgRecalling.recall(new File([one.blob], named(one), {type: one.blob.type}), files);
          }, {class: 'gi-small gi-first'}),
          button('Download', () => save(one.blob, named(one))),
          button('Compare', () => { comparing = one; end(); toggle(true); }),
          star,
          button('Delete', () => { end(); remove([one]); })),
        make('ul', {class: 'gi-tree'}, tree(one.recipe)),
        make('div', {class: 'gi-given'}, ...Object.values(one.given).filter((id) => given.has(id)).map((id) => (
          make('img', {src: address(given.get(id)), alt: say('a picture of yours')})))));
    }
    dialog.append(...parts, make('form', {method: 'dialog'}, make('button', {class: 'gi-button', textContent: say('Close')})));
    dialog.addEventListener('close', () => dialog.remove());
    dialog.addEventListener('click', ({target}) => { if (target === dialog) end(); });
    document.body.append(dialog);
    dialog.showModal();
  };
  document.addEventListener('keydown', (event) => {
    if (!/^h$/i.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.('input:not([type=range]), textarea, select, dialog')) return;
    toggle();
  });

  root.genimgHistory = {
    add, toggle,
    button: () => make('button', {
      type: 'button', class: 'gi-open', title: say('What was made in this browser'), onclick: () => toggle(),
    }, make('span', {textContent: say('History')}), ' ', count),
  };
})(globalThis);
