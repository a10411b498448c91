// Send to: any picture on the page goes to any tab that takes one; see genimg/ui/sending.py.
(function () {
  'use strict';
  window.genimgSending = {wanted: null};
  const state = window.genimgSending;
  const frame = window.genimgFrame, tabs = window.genimgTabs;
  const {choose, make, pause} = window.genimgDom;
  const words = () => frame.say('Send to');
  const field = (upload) => document.querySelector(`#${upload} input[type=file]`);
  const label = ({tab, name}) => tabs.title(tab) + (name ? ` · ${frame.say(name)}` : '');

  // A tab that is opened for the first time chooses an example by itself: what is sent comes after it.
  const settled = () => [...document.querySelectorAll('.gi-result')]
    .filter((column) => column.offsetParent || column.firstElementChild?.offsetParent)  // on a phone it has no box
    .some((column) => [...column.querySelectorAll('img, canvas')].some((p) => (p.naturalWidth ?? p.width) >= 32));
  // A tab is made when it is opened. Where it has parts, its upload is in the first of them.
  const reach = async (upload) => {
    for (let i = 0; i < 200; i++) {
      const input = field(upload), seen = document.getElementById(upload)?.offsetParent;
      if (input && (seen || i > 20) && (settled() || i > 180)) { await pause(300); return field(upload); }
      if (i === 10) {
        for (const inner of document.querySelectorAll('[role=tabpanel] .tab-wrapper')) {
          if (inner.offsetParent) inner.querySelector('[role=tab]')?.click();
        }
      }
      await pause(50);
    }
    throw new Error('the upload did not appear');
  };
  const small = async (blob) => {
    if (blob.size <= frame.most) return blob;
    const picture = await createImageBitmap(blob), canvas = document.createElement('canvas');
    canvas.width = picture.width; canvas.height = picture.height;
    canvas.getContext('2d').drawImage(picture, 0, 0);
    return new Promise((done) => canvas.toBlob(done, 'image/webp', 0.92));
  };
  state.settled = settled;
  state.hand = async (source, target, name = 'picture') => {
    try {
      const blob = await small(source instanceof Blob ? source : await (await fetch(source)).blob());
      tabs.open(target.tab);
      const input = await reach(target.upload), kind = blob.type.split('/')[1] || 'png';
      const stem = name.replace(/\.\w+$/, '');
      choose(input, new File([blob], `${stem}.${kind.replace('jpeg', 'jpg')}`, {type: blob.type}));
      document.getElementById(target.upload)?.scrollIntoView({block: 'nearest', behavior: 'smooth'});
    } catch (problem) { console.warn('genimg: not sent:', problem); }
  };

  // The picture of a result: its own file where there is one to download, or else the largest that is seen.
  const shown = (column) => {
    const all = [...column.querySelectorAll('img, canvas')]
      .filter((p) => p.offsetParent && !p.matches('.gi-canvas > canvas, .icon-button *'));
    const size = (p) => p.clientWidth * p.clientHeight;
    return all.toSorted((a, b) => size(b) - size(a))[0];
  };
  const send = async (column, target) => {
    const saves = [...column.classList].find((name) => name.startsWith('gi-save-')) ?? '';
    const save = document.getElementById(saves.slice('gi-save-'.length));
    if (save?.offsetParent) {
      state.wanted = target;
      setTimeout(() => { if (state.wanted === target) state.wanted = null; }, 60000);
      (save.matches('button') ? save : save.querySelector('button') || save).click();
      return;
    }
    const picture = shown(column);
    if (!picture) return;
    if (picture.matches('canvas')) picture.toBlob((blob) => state.hand(blob, target));
    else state.hand(picture.currentSrc || picture.src, target);
  };
  // A file that the server hands over is saved, or sent, if that was asked for: see `ui.controls.delivery`.
  state.deliveries = (props, watch) => watch('value', () => {
    const {again} = props.value ?? {};  // a picture whose tab shall open with it
    if (again) { fetch(again.url).then((file) => file.blob()).then((blob) => window.genimgRecalling.recall(new File([blob], again.orig_name, {type: blob.type}))); return; }
    const file = props.value, target = state.wanted;
    if (!file?.url) return;
    state.wanted = null;
    const from = tabs.current(), content = fetch(file.url).then((one) => one.blob());
    content.then((blob) => window.genimgHistory.add(blob, from)).catch(() => {});
    if (target) content.then((blob) => state.hand(blob, target, file.orig_name), (problem) => console.warn('genimg: not sent:', problem));
    else make('a', {href: file.url, download: file.orig_name}).click();
  });

  const list = (away) => frame.targets.filter(({tab}) => tab !== away);
  const buttons = (holder, away, act) => {
    holder.replaceChildren(...list(away).map((target) => {
      return make('button', {type: 'button', textContent: label(target), 'data-upload': target.upload, onclick: () => act(target)});
    }));
    holder.prepend(make('span', {textContent: words()}));
  };
  const fill = () => {
    for (const column of document.querySelectorAll('.gi-result:not(:has(> .gi-send))')) {
      if (!column.closest('[role=tabpanel]').offsetParent || !tabs.current()) continue;  // on a phone it has no box itself
      const row = make('div', {class: 'gi-send'});
      buttons(row, tabs.current(), (target) => send(column, target));
      column.append(row);
    }
  };
  setInterval(fill, 400);

  // For every other picture: a small button over it, while the pointer is there or after it was tapped.
  const chip = document.createElement('div');
  chip.className = 'gi-chip';
  let over = null;
  const hide = () => { chip.remove(); over = null; };
  const show = (img) => {
    if (over === img || !tabs.current()) return;
    over = img;
    const more = document.createElement('button');
    more.type = 'button'; more.className = 'gi-more'; more.textContent = `${words()} …`;
    const menu = document.createElement('div');
    menu.className = 'gi-menu';
    buttons(menu, null, (target) => {
      const source = over?.currentSrc || over?.src;
      hide();
      if (source) state.hand(source, target);
    });
    menu.querySelector('span').remove();
    more.addEventListener('click', (event) => { event.stopPropagation(); chip.classList.toggle('gi-open'); });
    chip.classList.remove('gi-open');
    chip.replaceChildren(more, menu);
    const box = img.getBoundingClientRect();
    chip.style.left = `${Math.max(4, box.left + 3)}px`;
    chip.style.top = `${Math.max(4, box.bottom - 27)}px`;
    document.body.append(chip);
    const wide = chip.querySelector('.gi-menu');
    wide.classList.toggle('gi-up', box.bottom > innerHeight * 0.6);
    wide.classList.toggle('gi-left', box.left > innerWidth * 0.6);
  };
  // What a row of its own sends needs no button.
  const rowed = (img) => { const column = img.closest('.gi-result'); return column && shown(column) === img; };
  const sendable = (img) => img.matches?.('img') && img.src && img.clientWidth >= 40 && !rowed(img)
    && img.closest('.gradio-container') && !img.closest('.gi-canvas, .gi-picker, .gi-chip, .gi-photo, .gi-examples, .gi-wall');
  const pointed = (event) => {
    const item = event.target.closest?.('.thumbnail-item, .image-frame, .image-container, .gi-again, figure');
    const img = event.target.matches?.('img') ? event.target : item?.querySelector('img');
    if (img && sendable(img)) show(img);
    else if (!event.target.closest?.('.gi-chip')) hide();
  };
  document.addEventListener('pointerover', (event) => { if (event.pointerType !== 'touch') pointed(event); });
  document.addEventListener('pointerup', (event) => {
    if (event.pointerType === 'touch') setTimeout(() => pointed(event), 50);
  });
  document.addEventListener('scroll', hide, {passive: true, capture: true});
})();
