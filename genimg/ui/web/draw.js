// The Draw tab in the page: what one draws on, and the picture that follows every stroke.
// Python's side of it is genimg/ui/parts/sketching.py.
(function () {
  'use strict';
  const {Newest} = globalThis.genimgLive;
  const {make, person, speaker} = globalThis.genimgDom;
  const controls = globalThis.genimgControl;
  const SIDE = 512;  // pixels of the canvas
  const REST = 350;  // ms without a question until the better picture is asked for
  const MOST = 500;  // strokes that one can go back
  const pads = [];

  class Pad {
    constructor({element, props, server, watch}) {
      Object.assign(this, {element, props, server, prefix: props.prefix, say: speaker(props.chinese)});
      this.canvas = make('canvas', {
        width: SIDE, height: SIDE, role: 'img', 'aria-label': this.say('What is drawn; draw with the mouse or a finger.'),
      });
      this.pen = this.canvas.getContext('2d', {willReadFrequently: true});
      Object.assign(this, {done: [], under: null, stroke: null, tool: 'pen', ink: props.inks.ink[0], width: 10, turn: 0});
      this.live = new Newest(() => this.ask('paint', {sketch: this.sketch()}), (answer, _, newer) => this.show(answer, newer));
      this.resting = new Newest(
        (turn) => (turn === this.turn ? this.ask('rest', {sketch: this.sketch()}) : {stale: true}),
        (answer, turn) => this.showRest(answer, turn));
      this.build();
      watch('value', () => this.become(props.value));
      this.become(props.value);
      pads.push(this);
    }

    async ask(what, more = {}) {
      const answer = await this.server[what]({who: person, model: this.told.model, ...more});
      return answer ?? {error: this.say('The studio does not answer.')};
    }

    at(part) {
      return document.getElementById(`${this.prefix}-${part}`);
    }

    // What the server said that there is to draw for: a model, and sketches to begin with.
    become(told) {
      if (!told?.model) return;
      // A sketch that nobody has drawn on gives way to one of those that the new model knows.
      const others = !this.told || (this.done.at(-1)?.given && this.told.examples[0] !== told.examples[0]);
      this.told = told;
      this.shelf.replaceChildren(...told.examples.map((src, i) => make('button', {
        type: 'button', class: 'thumbnail-item', onclick: () => this.lay(src),
      }, make('img', {src, alt: `${this.say('Example sketch')} ${i + 1}`}))));
      this.saves();
      if (others) this.lay(told.examples[0]); else this.want();
    }

    // ---- drawing

    // What is drawn is some things in order: strokes, pictures that were laid below, a clean sheet.
    add(thing) {
      this.done.push(thing);
      if (this.done.length > MOST) this.done.shift();
      this.redraw();
    }

    redraw() {
      const {pen} = this;
      const from = this.done.findLastIndex(({tool}) => tool === 'sheet' || tool === 'picture');
      pen.globalCompositeOperation = 'source-over';
      pen.fillStyle = '#fff';
      pen.fillRect(0, 0, SIDE, SIDE);
      for (const one of this.done.slice(Math.max(0, from))) this.draw(one);
      this.undo.disabled = !this.done.length;
      this.want();
    }

    draw({tool, ink, width, points, picture}) {
      const {pen} = this;
      if (tool === 'picture') {
        const scale = SIDE / Math.max(picture.width, picture.height), [w, h] = [picture.width * scale, picture.height * scale];
        pen.drawImage(picture, (SIDE - w) / 2, (SIDE - h) / 2, w, h);
      }
      if (!points) return;
      pen.strokeStyle = pen.fillStyle = tool === 'eraser' ? '#fff' : ink;
      pen.lineWidth = tool === 'patch' ? 4 : tool === 'eraser' ? 2 * width : width;
      pen.lineCap = pen.lineJoin = 'round';
      pen.beginPath();
      pen.moveTo(...points[0]);
      for (const point of points) pen.lineTo(...point);
      if (tool === 'patch') { pen.closePath(); pen.fill(); }
      pen.stroke();
    }

    point(event) {
      const box = this.canvas.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width * SIDE, (event.clientY - box.top) / box.height * SIDE];
    }

    begin(event) {
      if (!event.isPrimary || event.button !== 0) return;
      event.preventDefault();
      this.canvas.setPointerCapture(event.pointerId);
      const {tool, ink, width} = this;
      this.stroke = {tool, ink, width, points: [this.point(event)]};
      this.under = this.pen.getImageData(0, 0, SIDE, SIDE);
      this.move(event);
    }

    move(event) {
      if (!this.stroke || !event.isPrimary) return;
      const all = event.getCoalescedEvents?.() ?? [];
      for (const one of all.length ? all : [event]) this.stroke.points.push(this.point(one));
      this.pen.putImageData(this.under, 0, 0);
      this.draw(this.stroke);
      this.want();
    }

    end(event, kept) {
      if (!this.stroke || !event.isPrimary) return;
      const {stroke} = this;
      this.stroke = this.under = null;
      if (kept) this.add(stroke); else this.redraw();
    }

    back() {
      this.done.pop();
      this.redraw();
    }

    clear() {
      if (this.done.at(-1)?.tool !== 'sheet') this.add({tool: 'sheet'});
    }

    // Lays a sketch, or any picture, on a clean sheet.
    async lay(source) {
      try {
        const blob = source instanceof Blob ? source : await (await fetch(source)).blob();
        this.add({tool: 'picture', picture: await createImageBitmap(blob), given: source !== blob});
      } catch {
        this.status({error: this.say('That file is not a picture that this browser can read.')});
      }
    }

    async another() {
      const {faces, examples} = this.told;
      if (!faces) {
        this.given = ((this.given ?? 0) + 1) % examples.length;
        this.lay(examples[this.given]);
        return;
      }
      const [first, last] = faces;
      const answer = await this.ask('example', {index: first + Math.floor(Math.random() * (last - first + 1))});
      if (answer.sketch) this.lay(answer.sketch); else this.status(answer);
    }

    // ---- the picture

    // The sketch in the network's own size.
    sketch() {
      const {side} = this.told, small = make('canvas', {width: side, height: side}), pen = small.getContext('2d');
      pen.imageSmoothingQuality = 'high';
      pen.drawImage(this.canvas, 0, 0, side, side);
      return small.toDataURL('image/png');
    }

    want() {
      if (!this.told) return;
      clearTimeout(this.timer);
      this.turn += 1;
      this.at('picture')?.setAttribute('aria-busy', 'true');
      this.live.want();
    }

    show(answer, newer) {
      if (!answer.stale) this.status(answer);
      if (answer.picture) this.picture(answer.picture);
      if (newer) return;
      clearTimeout(this.timer);
      if (answer.error) this.at('picture')?.setAttribute('aria-busy', 'false');
      else this.timer = setTimeout(() => this.resting.want(this.turn), REST);
    }

    showRest(answer, turn) {
      if (turn !== this.turn) return;  // it is of a sketch that has changed since
      this.at('picture')?.setAttribute('aria-busy', 'false');
      if (answer.error) this.status(answer);
      if (answer.picture) this.picture(answer.picture);
    }

    picture(src) {
      const image = this.at('picture')?.querySelector('img');
      if (!image) return;
      image.src = src;
      image.alt = this.say('the picture that was made of the sketch');
    }

    status({line, error}) {
      const place = this.at('stage')?.querySelector('.gi-status');
      if (!place) return;
      place.classList.toggle('gi-wrong', Boolean(error));
      if (error) place.innerHTML = `<span role="alert">${error}</span>`;
      else if (line) place.innerHTML = line;
    }

    async save() {
      const answer = await this.ask('save', {sketch: this.sketch()});
      const target = globalThis.genimgSending?.wanted;
      if (target) globalThis.genimgSending.wanted = null;
      if (answer.stale) return;
      if (answer.error) { this.status(answer); return; }
      if (target) globalThis.genimgSending.hand(await (await fetch(answer.file)).blob(), target, answer.name);
      else make('a', {href: answer.file, download: answer.name}).click();
    }

    saves() {
      this.at('stage')?.querySelector('.gi-saves')?.replaceChildren(
        this.button('save', 'Download PNG', () => this.save(), {title: 'S'}),
        this.button('save-sketch', 'Download sketch', () => {
          make('a', {href: this.canvas.toDataURL('image/png'), download: 'sketch.png'}).click();
        }));
    }

    // ---- the controls

    button(id, text, act, options = {}) {
      return make('button', {
        type: 'button', class: `gi-button ${options.class ?? ''}`, id: `${this.prefix}-${id}`,
        textContent: this.say(text), title: options.title ?? '', onclick: act,
      });
    }

    build() {
      const {canvas, props} = this, say = (text) => this.say(text);
      canvas.addEventListener('pointerdown', (event) => this.begin(event));
      canvas.addEventListener('pointermove', (event) => this.move(event));
      canvas.addEventListener('pointerup', (event) => this.end(event, true));
      canvas.addEventListener('pointercancel', (event) => this.end(event, false));

      const tools = [['pen', 'Pen'], ['patch', 'Patch'], ['eraser', 'Eraser']].map(([tool, text]) =>
        this.button(tool, text, () => { this.tool = tool; press(); }));
      const swatches = Object.entries(props.inks).flatMap(([group, inks]) => inks.map((ink, i) => make('button', {
        type: 'button', class: i ? '' : 'gi-begins', style: `background: ${ink}`, 'data-ink': ink,
        title: `${say(group)} ${ink}`, 'aria-label': `${say(group)} ${ink}`, onclick: () => this.dip(ink, press),
      })));
      const own = make('input', {
        type: 'color', value: this.ink, 'aria-label': say('Any colour'), title: say('Any colour'),
        oninput: () => this.dip(own.value, press),
      });
      const press = () => {
        tools.forEach((one) => one.setAttribute('aria-pressed', String(one.id === `${this.prefix}-${this.tool}`)));
        swatches.forEach((one) => one.setAttribute('aria-pressed', String(one.dataset.ink === this.ink)));
        own.value = this.ink;
      };
      const {row: width} = controls.slider({id: `${this.prefix}-width`, label: say('Width'), low: 3, high: 60, step: 1}, {
        read: () => this.width, write: (value) => { this.width = value; },
      });
      const file = make('input', {
        type: 'file', accept: 'image/*', 'aria-label': say('Upload a sketch'),
        onchange: () => { if (file.files[0]) this.lay(file.files[0]); file.value = ''; },
      });
      this.undo = this.button('undo', 'Undo', () => this.back(), {title: 'Z'});
      this.shelf = make('div', {class: 'gi-shelf', id: `${this.prefix}-examples`});
      this.element.firstElementChild.replaceChildren(
        make('div', {class: 'gi-tools'}, ...tools, width),
        make('div', {class: 'gi-inks', role: 'group', 'aria-label': say('Colours')}, ...swatches, own),
        canvas,
        make('div', {class: 'gi-buttons'}, this.undo, this.button('clear', 'Clear', () => this.clear(), {title: 'R'}),
          this.button('another', 'Another sketch', () => this.another(), {title: 'D'}),
          make('label', {class: 'gi-button gi-file'}, say('Upload'), file)),
        this.shelf);
      press();
    }

    // A colour is taken for the tool at hand; who holds the eraser wants to draw again.
    dip(ink, press) {
      this.ink = ink;
      if (this.tool === 'eraser') this.tool = 'pen';
      press();
    }
  }

  // Keys for whoever types nothing: they act on the canvas that is seen.
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.('input:not([type=range]), textarea, select, [contenteditable]')) return;
    const pad = pads.find((one) => one.told && one.element.offsetParent);
    const act = {d: 'another', r: 'clear', z: 'back', s: 'save'}[event.key.toLowerCase()];
    if (pad && act) pad[act]();
  });

  globalThis.genimgDraw = {
    controls: (component) => new Pad(component),
    stage: (element) => {
      for (const one of pads) if (one.told && element.contains(one.at('picture'))) { one.saves(); one.want(); }
    },
  };
})();
