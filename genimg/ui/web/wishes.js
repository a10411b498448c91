// What a conditional model is asked to draw: in words, attribute by attribute, and on the way from one value to another.
(function (root) {
  'use strict';
  const LISTENING = 300;  // ms after the last key until a line is read

  const nothing = () => ({line: '', off: [], shown: {}, said: {}, menus: {}, toward: '', blend: 0});

  // The name of an attribute or a value as people read it.
  const words = (name) => {
    const text = name.replaceAll('_', ' '), plain = text === text.toUpperCase() ? text.toLowerCase() : text;
    return plain.charAt(0).toUpperCase() + plain.slice(1);
  };

  // What is asked for: what a picture of one's own shows, over it what the line says, over that what the menus say, and
  // over all that the blend.
  const classes = ({shown, said, menus, toward, blend}, known) => {
    const asked = {...shown, ...said};
    for (const [attribute, value] of Object.entries(menus)) if (value) asked[attribute] = value;
    const [attribute, value] = toward.split(': ');
    if (value && blend) {
      // From nothing in particular the way begins at the commonest value.
      const commonest = (values) => values.reduce((a, b) => (known[attribute][b] > known[attribute][a] ? b : a));
      const first = asked[attribute] ?? Object.keys(known[attribute]);
      const start = typeof first !== 'string' ? commonest(Array.isArray(first) ? first : Object.keys(first))
        : first in known[attribute] ? first : commonest(Object.keys(known[attribute]));
      asked[attribute] = start === value ? value : {[start]: Math.round((1 - blend) * 100) / 100, [value]: blend};
    }
    return Object.keys(asked).length ? asked : null;
  };

  // The other way round: wishes that ask for a value of an attribute besides what they ask for already.
  const wish = (wishes, [attribute, value]) => {
    const shares = value && typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : [];
    if (typeof value === 'string') wishes.menus[attribute] = value;
    else if (shares.length === 2 && !wishes.toward) {
      wishes.menus[attribute] = shares[0][0];
      Object.assign(wishes, {toward: `${attribute}: ${shares[1][0]}`, blend: shares[1][1]});
    } else wishes.said[attribute] = value;
    return wishes;
  };

  class Wishes {
    constructor(canvas, make) {
      Object.assign(this, {canvas, make});
    }

    get state() {
      return this.canvas.state.wishes;
    }

    build(told) {
      const {canvas, make} = this, {prefix} = canvas, say = (text) => canvas.say(text);
      const line = make('input', {
        type: 'text', maxLength: 500, value: this.state.line, placeholder: canvas.spoken(told.example),
        'aria-label': say('In words'),
        oninput: () => {
          clearTimeout(this.timer);
          this.timer = setTimeout(() => this.read(line.value, []), LISTENING);
        },
      });
      this.chips = make('div', {class: 'gi-chips', id: `${prefix}-chips`});
      this.unknown = make('p', {class: 'gi-note', id: `${prefix}-unknown`, hidden: true});
      const described = make('div', {id: `${prefix}-words`},
        make('label', {class: 'gi-control', id: `${prefix}-line`}, make('span', {textContent: say('In words')}), line,
          make('small', {textContent: say('What you leave out is left to chance.')})),
        this.chips, this.unknown);
      const random = canvas.button('random-words', 'Random words', async () => {
        const answer = await canvas.ask('chance');
        if (answer.line !== undefined) this.read(answer.line, []);
      });
      described.append(make('div', {class: 'gi-buttons'}, random));

      const attributes = Object.keys(told.known), alone = attributes.length === 1;
      this.menus = attributes.map((attribute, i) => {
        const menu = make('select', {onchange: () => { this.state.menus[attribute] = menu.value; canvas.redraw(); }},
          make('option', {value: '', textContent: say('any')}),
          ...Object.keys(told.known[attribute]).map((value) =>
            make('option', {value, textContent: canvas.word(attribute, value)})),
          told.open ? make('option', {value: told.open, textContent: say('left open')}) : null);
        return make('label', {class: 'gi-control', id: `${prefix}-class-${i}`},
          make('span', {textContent: canvas.word(attribute)}), menu);
      });
      const pairs = attributes.flatMap((attribute) => Object.keys(told.known[attribute])
        .map((value) => [`${attribute}: ${value}`,
          alone ? canvas.word(attribute, value) : `${canvas.word(attribute)}: ${canvas.word(attribute, value)}`]));
      this.toward = make('select', {onchange: () => { this.state.toward = this.toward.value; canvas.redraw(); }},
        make('option', {value: '', textContent: say('any')}),
        ...pairs.map(([value, textContent]) => make('option', {value, textContent})));
      const blend = canvas.slider('blend', say('Blend'), {low: 0, high: 1, step: 0.02, sheet: true,
        read: () => this.state.blend, write: (value) => { this.state.blend = value; }});
      const fold = canvas.fold('classes', 'Attribute by attribute', alone,
        make('div', {class: 'gi-grid'}, ...this.menus),
        make('div', {class: 'gi-buttons'},
          canvas.button('hold', 'Hold this one’s', () => {
            this.state.menus = {...canvas.has};
            for (const [attribute, value] of Object.entries(this.state.menus)) {
              if (typeof value !== 'string') delete this.state.menus[attribute];
            }
            canvas.fill();
            canvas.redraw();
          }),
          canvas.button('free', 'All to chance', () => {
            Object.assign(this.state, nothing());
            line.value = '';
            canvas.fill();
            canvas.redraw();
          })),
        make('div', {class: 'gi-grid'},
          make('label', {class: 'gi-control', id: `${prefix}-toward`},
            make('span', {textContent: say('Blend towards')}), this.toward), blend));
      canvas.sliders.push(() => {
        if (document.activeElement !== line) line.value = this.state.line;
        this.fill();
      });
      this.said = null;
      this.fill();
      if (this.state.line) this.read(this.state.line, this.state.off);
      return [described, fold];
    }

    // Asks what a line says; `off` holds the chips that were clicked off.
    async read(line, off) {
      Object.assign(this.state, {line, off});
      const answer = await this.canvas.ask('words', {text: line, off});
      if (this.state.line !== line || this.state.off !== off) return;
      if (answer.error) { this.canvas.status(answer); return; }
      this.said = answer;
      this.state.said = answer.classes;
      this.canvas.fill();
      this.canvas.redraw();
    }

    fill() {
      const {make, canvas, state} = this, has = canvas.has ?? {};
      Object.keys(canvas.told.known).forEach((attribute, i) => {
        const menu = this.menus[i].querySelector('select');
        menu.value = state.menus[attribute] ?? '';
        const seen = has[attribute], any = canvas.say('any');
        menu.options[0].textContent = typeof seen === 'string' && !menu.value
          ? `${any} · ${canvas.word(attribute, seen)}` : any;
      });
      this.toward.value = state.toward;
      const {chips = [], unknown = []} = state.line ? this.said ?? {} : {};
      this.chips.replaceChildren(...chips.map((text, i) => make('label', {}, make('input', {
        type: 'checkbox', checked: !state.off.includes(i),
        onchange: (event) => this.read(state.line,
          event.target.checked ? state.off.filter((one) => one !== i) : [...state.off, i]),
      }), text)));
      this.unknown.hidden = !unknown.length;
      this.unknown.textContent = `${canvas.say('Not understood:')} ${unknown.join(', ')}`;
    }
  }

  root.genimgWishes = {Wishes, nothing, classes, wish, words};
})(globalThis);
