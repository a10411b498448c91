// Bring back: a picture that was made here, dropped anywhere on the page or chosen by the header's button, opens the tab
// that made it, as it was then. Python's side of it is genimg/ui/recalling.py.
(function (root) {
  'use strict';
  const {choose, make, pause, person, until} = root.genimgDom;
  const frame = root.genimgFrame;

  // One sentence over the page, until it is closed or another comes.
  const said = make('div', {class: 'gi-told', hidden: true});
  const say = (words, wrong = false) => {
    said.hidden = !words;
    said.classList.toggle('gi-wrong', wrong);
    said.replaceChildren(make('p', {role: wrong ? 'alert' : 'status', innerHTML: words}), make('button', {
      type: 'button', class: 'gi-ask', textContent: '×', 'aria-label': frame.say('Close'), onclick: () => say(''),
    }));
    document.body.append(said);
  };

  // Waits until what is to be seen beside a box has changed, and rests.
  const rests = (box) => new Promise((done) => {
    const page = box.closest('.gi-page')?.querySelector('.gi-result') ?? document.body;
    let timer;
    const end = () => { watch.disconnect(); done(); };
    const watch = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(end, 400); });
    watch.observe(page, {subtree: true, childList: true, characterData: true, attributeFilter: ['src']});
    setTimeout(end, 6000);
  });

  const shown = (box) => box?.querySelector('img')?.src ?? '';
  const put = async (id, {file, name}) => {
    const box = await until(() => document.getElementById(id)), before = shown(box);
    const blob = await (await fetch(file)).blob();
    const field = await until(() => box.querySelector('input[type=file]')), resting = rests(box);
    choose(field, new File([blob], name, {type: blob.type}));
    await until(() => shown(box) && shown(box) !== before);
    await resting;
  };
  // The only button over a picture in a box takes it away.
  const empty = (id) => { if (shown(document.getElementById(id))) document.querySelector(`#${id} .icon-button`)?.click(); };

  const write = (id, text) => {
    const field = document.querySelector(`#${id} :is(textarea, input)`);
    field.value = text;
    field.dispatchEvent(new Event('input', {bubbles: true}));
  };

  let turn = 0;  // of what is brought back, the number
  const follow = async ({tab, part, prefix, canvas, values, moved, first, strokes, event, press, files, emptied, missing}) => {
    ++turn;
    root.genimgTabs.open(tab);
    await until(() => root.genimgTabs.current() === tab);
    if (part) {
      const inner = await until(() => document.getElementById(`${part}-button`));
      if (inner.getAttribute('aria-selected') !== 'true') inner.click();
    }
    if (canvas) { await root.genimgCanvas.recall(tab, canvas); return; }
    // What the tab shows by itself when it is opened comes first.
    await until(() => root.genimgSending.settled());
    await pause(300);
    // Gradio makes what is in an accordion when that is unfolded.
    const folded = () => root.genimgPanel.missing(prefix, moved).length || Object.keys(files).some((id) => !document.getElementById(id));
    if (folded()) {
      for (const one of document.querySelectorAll('.gi-controls .label-wrap:not(.open)')) if (one.offsetParent) one.click();
      await until(() => !folded());
    }
    for (const rest of document.querySelectorAll('.gi-rest')) rest.dataset.held = '';
    emptied.forEach(empty);
    root.genimgPanel.put(prefix, values, '');
    for (const [id, file] of Object.entries(files)) await put(id, file);
    const end = async () => {
      if (first) {
        const button = document.getElementById(first);
        button.click();
        await rests(button);
      }
      if (typeof strokes === 'string') { write(`${prefix}-strokes`, strokes); await pause(300); }
      if (press) document.getElementById(press)?.click();
      else if (event !== 'input' || !Object.keys(files).length) root.genimgPanel.put(prefix, values, event);
    };
    const boxes = Object.keys(missing);
    if (!boxes.length) { await end(); return; }
    root.genimgPanel.put(prefix, values, event);
    // The rest is done when a person has given what is missing.
    const mine = ++turn, before = boxes.map((id) => shown(document.getElementById(id)));
    until(() => mine !== turn || boxes.every((id, i) => {
      const now = shown(document.getElementById(id));
      return now && now !== before[i];
    }), 3600000).then(async () => {
      if (mine !== turn) return;
      say('');
      await rests(document.getElementById(boxes[0]));
      await end();
    }).catch(() => {});
  };

  // `given` has pictures, by the ids of the boxes that they were in, in case that the file's recipe lacks them.
  const recall = async (file, given = {}) => {
    if (!file) return;
    say(frame.say('One moment …'));
    try {
      const {path} = await frame.upload(file);
      const answer = await frame.server.recall({who: person, path});
      if (answer.stale) return;
      if (answer.error) { say(answer.error, true); return; }
      const {missing = {}} = answer;
      for (const [id, {name}] of Object.entries(missing)) {
        if (!given[id]) continue;
        answer.files[id] = {file: URL.createObjectURL(given[id]), name: `${name || 'picture'}.${given[id].type.split('/')[1]}`};
        delete missing[id];
      }
      await follow(answer);
      say([...Object.values(missing).map((one) => one.said), answer.said].join(' ').trim());
    } catch (problem) {
      console.warn('genimg: not brought back:', problem);
      say(frame.say('This file could not be read here; it must be a picture of at most 25 MB.'), true);
    }
  };

  // What falls into a box for files stays there.
  const files = (event) => event.dataTransfer?.types.includes('Files');
  const ours = (event) => files(event) && !event.target.closest?.('.block:not(#frame):has(input[type=file])');
  const mark = (yes) => document.body.classList.toggle('gi-dropping', yes);
  document.addEventListener('dragover', (event) => {
    mark(ours(event));
    if (!ours(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
  });
  document.addEventListener('dragleave', (event) => { if (!event.relatedTarget) mark(false); });
  document.addEventListener('drop', (event) => {
    mark(false);
    if (!ours(event)) return;
    event.preventDefault();
    recall(event.dataTransfer.files[0]);
  });

  root.genimgRecalling = {
    recall,
    button() {
      const field = make('input', {type: 'file', accept: 'image/*', hidden: true, onchange: () => {
        recall(field.files[0]);
        field.value = '';
      }});
      const title = frame.say('Or drop it anywhere on the page: its tab opens as it was when the picture was made.');
      document.body.dataset.drop = frame.say('A picture that was made here: drop it, and its tab comes back');
      return make('span', {}, field, make('button', {
        type: 'button', class: 'gi-open', textContent: frame.say('Open a picture made here'), title, onclick: () => field.click(),
      }));
    },
  };
})(globalThis);
