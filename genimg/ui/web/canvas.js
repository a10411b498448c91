// The live canvas in the page: a picture, the controls that steer it, and the sheet of its neighbours.
// Python's side of it is genimg/ui/parts/canvas.py.
(function () {
  'use strict';
  const {Newest, Past, fromPad, toPad, normal, moved} = globalThis.genimgLive;
  const address = globalThis.genimgAddress;
  const {different, merged, packed, unpacked} = address;
  const {Wishes, nothing, classes, wish, words} = globalThis.genimgWishes;
  const {inChinese, make, person, speaker, until} = globalThis.genimgDom;
  const controls = globalThis.genimgControl;
  const REST = 350;  // ms without a question until the better picture is asked for
  const PAGE = 16;  // latent numbers shown at a time
  const canvases = [];

  class Canvas {
    constructor({element, props, trigger, server, watch}) {
      Object.assign(this, {element, props, trigger, server, prefix: props.prefix, say: speaker(props.chinese)});
      this.past = new Past();
      this.state = null;
      this.sliders = [];
      this.wishes = new Wishes(this, make);
      this.live = new Newest(() => this.ask('steer'), (answer, _, newer) => this.show(answer, newer));
      this.sheets = new Newest(
        () => this.ask('sheet', {count: this.count, asked: this.asked({sheet: true})}),
        (answer, _, newer) => { if (!newer) this.showSheet(answer); });
      this.resting = new Newest(() => this.ask('rest'), (answer, turn) => this.showRest(answer, turn));
      watch('value', () => this.become(props.value));
      this.become(props.value);
      canvases.push(this);
    }

    async ask(what, more = {}) {
      const answer = await this.server[what]({who: person, asked: this.asked(), ...more});
      return answer ?? {error: this.say('The studio does not answer.')};
    }

    at(part) {
      return document.getElementById(`${this.prefix}-${part}`);
    }

    // What the server said that there is to show: another model, or other things asked of it.
    become(told) {
      if (!told?.model || (told.found && told.model !== this.told?.model)) return;  // found for the model before
      const same = this.told?.model === told.model;
      this.told = told;
      if (!same) {
        const flow = told.flow;
        this.usual = {
          model: told.model, seed: this.state?.seed ?? 0, truncation: this.state?.truncation ?? this.props.truncation,
          attributes: {}, amounts: Array(told.amounts).fill(0), numbers: {}, other: this.state?.other ?? 1, share: 0,
          steps: flow ? flow.steps : null, guidance: flow ? flow.guidance : null, wishes: nothing(), found: null,
        };
        this.state = structuredClone(this.usual);
        this.linked();
        this.has = {};
        this.state.first = this.state.seed;
        this.count = told.count;
        this.past.forget();
        this.build();
      }
      if (told.found) this.take(told.found); else this.redraw();
    }

    // A picture of one's own that was found in the latent space, or the best so far.
    take({latent, classes: shown, guidance, part}) {
      this.state = {...this.still(), found: latent, wishes: {...nothing(), shown}, guidance};
      this.fill();
      if (part < 1) this.want(); else this.redraw({sheet: false});
    }

    // A link that was opened tells the first state; what it says is checked where it is used, as everything is.
    linked() {
      const link = this.wanted ?? address.read();
      if ((link.tab ?? 'generate') !== this.prefix || link.model !== this.state.model) return;
      const state = merged(this.state, this.wanted?.steer ?? unpacked(link.steer ?? ''));
      const seed = Number(link.seed);
      if (Number.isInteger(seed)) state.seed = seed;
      const {amounts} = this.state;
      state.amounts = amounts.map((_, i) => Number(state.amounts[i]) || 0);
      this.state = state;
    }

    // A picture that is brought back tells all of its state; another model is asked for first.
    recall({model, seed, count, classes: asked, state}) {
      const wishes = Object.entries(asked ?? {}).reduce(wish, nothing());
      return this.come({model, seed, count, steer: {...state, wishes}});
    }

    async come({model, seed, count, steer}) {
      this.wanted = {tab: this.prefix, model, seed, steer};
      if (this.told.model === model) {
        this.begin(seed);  // can be undone
        this.linked();
        this.state.first = seed;
        this.build();
      } else {
        this.props.value = {wanted: model};
        this.trigger('input');
        await until(() => this.told.model === model);
      }
      this.wanted = null;
      if (count) this.count = count;
      this.fill();
      this.redraw();
    }

    address() {
      const {model, seed, ...rest} = this.state, wishes = {...rest.wishes};
      delete wishes.said;
      delete rest.first;
      const steer = different({...rest, wishes}, this.usual);
      return {tab: this.prefix, model, seed, steer: Object.keys(steer).length ? packed(steer) : ''};
    }

    async copy() {
      address.write(this.address());
      await navigator.clipboard?.writeText(location.href).catch(() => {});
      this.status({text: location.href});
    }

    asked({sheet = false} = {}) {
      const {model, seed, truncation, attributes, amounts, numbers, other, share, steps, guidance, found} = this.state;
      const asked = classes(this.state.wishes, this.told.known);
      if (sheet) return {model, seed: this.state.first, truncation, classes: asked, steps, guidance};
      return {
        model, seed, truncation, classes: asked, attributes: moved(attributes), amounts, numbers, other, share, steps, guidance,
        found,
      };
    }

    // ---- drawing

    redraw({sheet = true} = {}) {
      this.past.keep(this.state);
      this.want();
      if (sheet) this.sheets.want();
    }

    want() {
      clearTimeout(this.timer);
      this.turn = (this.turn ?? 0) + 1;
      this.busy(true);
      this.live.want();
    }

    show(answer, newer) {
      if (!answer.stale) this.status(answer);
      if (answer.picture) this.picture(answer.picture);
      if (newer) return;
      clearTimeout(this.timer);
      if (answer.error) this.busy(false);
      else this.timer = setTimeout(() => this.resting.want(this.turn), REST);
    }

    // Whether something better than what is seen is still to come.
    busy(yes) {
      this.at('picture')?.setAttribute('aria-busy', String(yes));
    }

    showRest(answer, turn) {
      if (turn !== this.turn) return;  // it is of a picture that has been moved since
      this.busy(false);
      if (answer.stale || answer.error) return;
      this.has = answer.values ?? {};
      if (globalThis.genimgTabs.current() === this.prefix) address.write(this.address());
      this.picture(answer.picture ?? answer.own);
      this.fill();
      const strip = this.at('stages');
      strip.hidden = !answer.strip.length;
      const name = this.told.flow ? 'From noise to picture' : 'One latent at every stage of the growing';
      strip.replaceChildren(...(answer.strip.length ? [make('p', {class: 'gi-note', textContent: this.say(name)})] : []),
        ...answer.strip.map((src) => make('span', {class: 'thumbnail-item'}, make('img', {src, alt: ''}))),
        ...(this.told.flow ? ['gif', 'mp4'].map((kind) =>
          this.button(`way-${kind}`, kind.toUpperCase(), () => this.save(`way-${kind}`))) : []));
    }

    picture(src) {
      const image = this.at('picture')?.querySelector('img');
      if (!image) return;
      image.src = src;
      const has = Object.entries(this.has).filter(([, value]) => typeof value === 'string')
        .map(([attribute, value]) => this.word(attribute, value));
      const from = this.state.found ? this.say('Your own picture') : `${this.say('seed')} ${this.state.seed}`;
      image.alt = [this.state.model, from, ...has].join(', ');
    }

    status({line, text, error}) {
      const place = this.at('stage')?.querySelector('.gi-status');
      if (!place) return;
      place.classList.toggle('gi-wrong', Boolean(error));
      if (error) place.innerHTML = `<span role="alert">${error}</span>`;
      else if (text) place.textContent = text;
      else if (line) place.innerHTML = line;
    }

    showSheet(answer) {
      if (!answer || answer.stale) return;
      if (answer.error) { this.status(answer); return; }
      const holder = this.at('gallery');
      holder.replaceChildren(...answer.pictures.map((src, i) => {
        const seed = (this.state.first + i) % (this.props.most.seed + 1);
        const alt = `${this.state.model}, ${this.say('seed')} ${seed}`;
        return make('button', {
          type: 'button', class: 'thumbnail-item', title: `${this.say('seed')} ${seed}`, 'data-seed': seed,
          onclick: () => this.pick(seed),
        }, make('img', {src, alt}));
      }));
      this.ring();
    }

    ring() {
      for (const item of this.at('gallery')?.children ?? []) {
        item.setAttribute('aria-pressed', String(!this.state.found && Number(item.dataset.seed) === this.state.seed));
      }
    }

    // ---- what a person does

    pick(seed) {
      if (seed === this.state.seed && !this.state.found) return;
      this.state = {...this.drawn(), seed};
      this.fill();
      this.redraw({sheet: false});
    }

    // The same picture with nothing moved.
    still() {
      return {...this.state, attributes: {}, amounts: Array(this.told.amounts).fill(0), numbers: {}, share: 0};
    }

    // The same from a seed, where it was a picture of one's own.
    drawn() {
      const {guidance} = this.usual, state = this.still();
      return state.found ? {...state, found: null, guidance, wishes: {...state.wishes, shown: {}}} : state;
    }

    begin(seed) {
      this.state = {...this.drawn(), seed};
      this.state.first = seed;
      this.fill();
      this.redraw();
    }

    dice() {
      this.begin(Math.floor(Math.random() * (this.props.most.seed - this.props.most.count)));
    }

    reset() {
      this.state = this.still();
      this.fill();
      this.redraw({sheet: false});
    }

    surprise() {
      const {amounts: reach} = this.props.reach;
      const step = () => Math.round(Math.min(Math.max(normal(Math.random(), Math.random()), -reach), reach) * 20) / 20;
      this.state.amounts = this.state.amounts.map(step);
      this.fill();
      this.redraw({sheet: false});
    }

    undo() {
      const before = this.past.back();
      if (!before) return;
      const sheet = ['first', 'truncation', 'steps', 'guidance'].some((key) => before[key] !== this.state[key]);
      const wished = JSON.stringify(before.wishes) !== JSON.stringify(this.state.wishes);
      this.state = before;
      this.fill();
      this.want();
      if (sheet || wished) this.sheets.want();
    }

    async save(what) {
      const answer = await this.ask('save', {what, count: this.count, asked: this.asked({sheet: what === 'sheet'})});
      const target = globalThis.genimgSending?.wanted;
      if (target) globalThis.genimgSending.wanted = null;
      if (answer.stale) return;
      if (answer.error) { this.status(answer); return; }
      if (target) globalThis.genimgSending.hand(await (await fetch(answer.file)).blob(), target, answer.name);
      else make('a', {href: answer.file, download: answer.name}).click();
    }

    // ---- the controls

    // A named slider over one value of the state; `read` and `write` reach it.
    slider(id, label, {low, high, step, read, write, info, sheet = false, quiet = false, min = 165, fills = this.sliders}) {
      const {row, fill} = controls.slider({id: `${this.prefix}-${id}`, label, info, low, high, step}, {
        read,
        write: (value) => {
          write(value);
          if (sheet) this.redraw(); else if (!quiet) this.want();
        },
        rested: () => { this.past.keep(this.state); this.buttons(); },
      });
      fills.push(fill);
      row.style.minWidth = `${min}px`;
      return row;
    }

    // A number that is being typed: used once it is one, and otherwise the browser says what is wrong with it.
    typed(field, use) {
      if (field.value === '' && field.validity.valid) return;
      if (field.validity.valid) use(Number(field.value));
      else this.status({error: `${field.getAttribute('aria-label')}: ${field.validationMessage}`});
    }

    button(id, text, act, options = {}) {
      return make('button', {
        type: 'button', class: `gi-button ${options.class ?? ''}`, id: `${this.prefix}-${id}`,
        textContent: this.say(text), title: options.title ?? '', onclick: act,
      });
    }

    // Of a text in English and in Chinese the one that the reader reads.
    spoken(both) {
      return both[inChinese ? 1 : 0];
    }

    // An attribute, or one of its values, as people read it.
    word(attribute, value) {
      const key = value === undefined ? attribute : `${attribute}: ${value}`, said = this.say(key);
      return said === key ? words(value ?? attribute) : said;
    }

    fold(id, title, open, ...inside) {
      return make('details', {class: 'gi-fold', id: `${this.prefix}-${id}`, open, ontoggle: () => this.fill()},
        make('summary', {textContent: this.say(title)}), ...inside);
    }

    build() {
      const {told, props} = this, say = (text) => this.say(text), box = this.element.firstElementChild;
      this.sliders = [];
      const set = (key) => ({read: () => this.state[key], write: (value) => { this.state[key] = value; }});
      const seed = make('input', {
        type: 'number', min: 0, max: props.most.seed, step: 1, 'aria-label': say('Seed'),
        oninput: () => this.typed(seed, (value) => this.begin(value)),
      });
      this.sliders.push(() => { if (document.activeElement !== seed) seed.value = this.state.first; });
      seed.value = this.state.first;
      const head = make('div', {class: 'gi-seeds'},
        make('label', {class: 'gi-control', id: `${this.prefix}-seed`}, make('span', {textContent: say('Seed')}), seed),
        this.button('dice', 'Dice', () => this.dice(), {title: 'D'}),
        this.button('reuse', 'Reuse seed', () => { seed.value = this.state.first = this.state.seed; this.redraw(); }));
      const general = make('div', {class: 'gi-grid'},
        this.slider('truncation', say('Truncation'), {low: 0, high: 1.5, step: 0.05, ...set('truncation'), sheet: true,
          info: say('Lower: more typical. Higher: more unusual.')}),
        this.slider('count', say('How many'), {low: 1, high: props.most.count, step: 1, sheet: true,
          read: () => this.count, write: (value) => { this.count = value; }}),
        ...(told.flow ? [
          this.slider('steps', say('Steps'), {low: 4, high: 30, step: 1, ...set('steps'), sheet: true,
            info: say('More steps: finer. Fewer: faster.')}),
          this.slider('guidance', say('Guidance'), {low: 1, high: 4, step: 0.25, ...set('guidance'), sheet: true,
            info: say('Higher: closer to what was asked for, less varied.')}),
        ] : []));
      const directions = told.attributes.length + told.amounts > 0;
      const says = make('p', {class: 'gi-note gi-says', textContent: this.spoken(told.says)});
      box.replaceChildren(...[says, ...(Object.keys(told.known).length ? this.wishes.build(told) : []), head, general,
        make('div', {class: 'gi-buttons'},
          this.button('reset', 'Reset', () => this.reset(), {title: 'R'}),
          this.button('undo', 'Undo', () => this.undo(), {title: 'Z'}),
          told.amounts ? this.button('surprise', 'Move them by chance', () => this.surprise()) : null),
        directions ? this.fold('steer', 'Steer this picture', true, ...this.steering()) : null,
        directions ? this.fold('pad', 'Pad', false, ...this.pad()) : null,
        this.fold('another', 'Another face', !directions, ...this.another()),
        this.fold('raw', 'Raw latent numbers', false, ...this.raw())].filter(Boolean));
      this.saves();
      this.buttons();
    }

    steering() {
      const {told, props} = this, reach = props.reach;
      const note = 'Drag a slider and watch the picture. Of the numbered ones, 1 changes it most, 12 least.';
      return [
        make('p', {class: 'gi-note', textContent: this.say(note)}),
        make('div', {class: 'gi-grid'}, ...told.attributes.map((name) => this.slider(
          name.toLowerCase().replaceAll(' ', '-'), this.say(name),
          {low: -reach.attributes, high: reach.attributes, step: 0.1, ...this.reaching(name)}))),
        make('div', {class: 'gi-grid gi-numbered'}, ...Array.from({length: told.amounts}, (_, i) => this.slider(
          `direction-${i + 1}`, String(i + 1), {low: -reach.amounts, high: reach.amounts, step: 0.05, min: 110,
            ...this.reaching(i)}))),
      ];
    }

    // Where a direction's value is kept: named ones in a table, numbered ones in a list.
    reaching(which) {
      const part = typeof which === 'number' ? 'amounts' : 'attributes';
      return {
        read: () => this.state[part][which] ?? 0,
        write: (value) => { this.state[part][which] = value; },
      };
    }

    pad() {
      const {told, props} = this;
      const names = [...told.attributes, ...Array.from({length: told.amounts}, (_, i) => i)];
      const reach = (which) => props.reach[typeof which === 'number' ? 'amounts' : 'attributes'];
      const axes = [names[0], names[1] ?? names[0]];
      if (told.amounts > 1) axes.splice(0, 2, 0, 1);
      const choose = (axis) => make('select', {
        'aria-label': axis ? '↕' : '↔',
        onchange: (event) => { axes[axis] = names[event.target.selectedIndex]; place(); },
      }, ...names.map((name) => make('option', {
        textContent: typeof name === 'number' ? String(name + 1) : this.say(name), selected: name === axes[axis],
      })));
      const dot = make('i');
      const square = make('div', {
        class: 'gi-pad', tabIndex: 0, role: 'application', 'aria-label': this.say('Drag the point: two sliders at once.'),
      }, dot);
      const place = () => {
        const [x, y] = toPad(...axes.map((axis) => this.reaching(axis).read()), ...axes.map(reach));
        dot.style.left = `${100 * x}%`;
        dot.style.top = `${100 * y}%`;
      };
      const go = (values) => {
        axes.forEach((axis, i) => this.reaching(axis).write(values[i]));
        this.fill();
        this.want();
      };
      const point = (event) => {
        const box = square.getBoundingClientRect();
        go(fromPad((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height, ...axes.map(reach)));
      };
      square.addEventListener('pointerdown', (event) => { square.setPointerCapture(event.pointerId); point(event); });
      square.addEventListener('pointermove', (event) => { if (square.hasPointerCapture(event.pointerId)) point(event); });
      square.addEventListener('pointerup', () => { this.past.keep(this.state); this.buttons(); });
      square.addEventListener('keydown', (event) => {
        const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[event.key];
        if (!way) return;
        event.preventDefault();
        const [x, y] = toPad(...axes.map((axis) => this.reaching(axis).read()), ...axes.map(reach));
        go(fromPad(x + way[0] / 40, y - way[1] / 40, ...axes.map(reach)));
        this.past.keep(this.state);
      });
      this.sliders.push(place);
      place();
      return [
        make('p', {class: 'gi-note', textContent: this.say('Drag the point: two sliders at once.')}),
        make('div', {class: 'gi-axes'}, make('label', {}, '↔ ', choose(0)), make('label', {}, '↕ ', choose(1))),
        square,
      ];
    }

    another() {
      const {props} = this;
      const seed = make('input', {
        type: 'number', min: 0, max: props.most.seed, step: 1, value: this.state.other, 'aria-label': this.say('Its seed'),
        oninput: () => this.typed(seed, (value) => {
          this.state.other = value;
          if (this.state.share) this.redraw({sheet: false});
        }),
      });
      this.sliders.push(() => { if (document.activeElement !== seed) seed.value = this.state.other; });
      return [
        make('div', {class: 'gi-seeds'},
          make('label', {class: 'gi-control', id: `${this.prefix}-other`},
            make('span', {textContent: this.say('Its seed')}), seed),
          this.button('gif', 'GIF', () => this.save('gif')), this.button('mp4', 'MP4', () => this.save('mp4'))),
        this.slider('share', this.say('Towards it'), {low: 0, high: 1, step: 0.01,
          read: () => this.state.share, write: (value) => { this.state.share = value; }}),
      ];
    }

    // The latent numbers, a page at a time: the server tells the picture's own, and a moved one is remembered here.
    raw() {
      const {told, props} = this, pages = Math.ceil(told.numbers / PAGE);
      const rows = make('div', {class: 'gi-grid gi-numbered'});
      let first = 0, own = [], fills = [];
      const turn = () => {
        fills = [];
        rows.replaceChildren(...Array.from({length: Math.min(PAGE, told.numbers - first)}, (_, i) => {
          const place = first + i;
          return this.slider(`raw-${i}`, `z${place}`, {
            low: -props.reach.numbers, high: props.reach.numbers, step: 0.01, min: 110, fills,
            read: () => this.state.numbers[place] ?? own[i] ?? 0,
            write: (value) => { this.state.numbers[place] = value; },
          });
        }));
      };
      const numbers = new Newest(
        (from) => this.ask('numbers', {first: from}),
        (answer, from) => {
          if (!answer?.numbers || from !== first) return;
          own = answer.numbers;
          fills.forEach((fill) => fill());
        });
      const fold = () => this.at('raw');
      const look = () => { if (fold()?.open) numbers.want(first); };
      const pager = this.slider('raw-page', this.say('Page'), {
        low: 1, high: pages, step: 1, read: () => first / PAGE + 1, quiet: true,
        write: (value) => { first = (value - 1) * PAGE; own = []; turn(); look(); },
        info: this.say('The numbers that the picture is made from, 16 at a time.'),
      });
      turn();
      this.sliders.push(() => { fills.forEach((fill) => fill()); look(); });
      return [pager, rows];
    }

    fill() {
      this.sliders.forEach((fill) => fill());
      this.ring();
      this.buttons();
    }

    buttons() {
      const undo = this.at('undo');
      if (undo) undo.disabled = !this.past.some;
    }

    saves() {
      const holder = this.at('stage')?.querySelector('.gi-saves');
      if (!holder) return;
      const {side, enlarged} = this.told, px = (size) => `${size} px`;
      holder.replaceChildren(
        this.button('save', 'Download', () => this.save('own'), {title: 'S'}),
        ...(enlarged ? [this.button('save-large', 'Enlarged', () => this.save('enlarged'))] : []),
        this.button('save-all', 'All', () => this.save('sheet')),
        this.button('link', 'Copy link', () => this.copy()));
      holder.children[0].append(` ${px(side)}`);
      if (enlarged) holder.children[1].append(` ${px(4 * side)}`);
    }
  }

  // Keys for whoever types nothing: they act on the canvas that is seen.
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.('input:not([type=range]), textarea, select, [contenteditable]')) return;
    const canvas = canvases.find((one) => one.state && one.element.offsetParent);
    const act = {d: 'dice', r: 'reset', z: 'undo', s: 'save'}[event.key.toLowerCase()];
    if (canvas && act) canvas[act]('own');
  });

  document.addEventListener('genimg:tab', ({detail}) => {
    const canvas = canvases.find((one) => one.prefix === detail && one.state);
    if (canvas) address.write(canvas.address());
  });

  const within = (column) => canvases.findLast((one) => one.state && column.contains(one.element));
  globalThis.genimgCanvas = {
    async recall(prefix, told) {
      await (await until(() => canvases.findLast((one) => one.prefix === prefix && one.state))).recall(told);
    },
    // What the canvas in a column is set to, but for its seed; null without one. See web/presets.js.
    settings(column) {
      const canvas = within(column);
      if (!canvas) return null;
      const {model, steer} = canvas.address();
      return {key: canvas.prefix, values: {model, steer: unpacked(steer)}};
    },
    apply(column, {model, steer}) {
      const canvas = within(column);
      canvas?.come({model: String(model), seed: canvas.state.seed, steer: steer ?? {}})
        .catch((problem) => console.warn('genimg: no preset:', problem));
      return Boolean(canvas);
    },
    controls: (component) => new Canvas(component),
    stage: (element) => { for (const one of canvases) if (one.state && element.contains(one.at('picture'))) one.redraw(); },
  };
})();
