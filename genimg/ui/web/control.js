// One control each: a label, the input that it is bound to, and words on what that does. Panels and canvases are made
// of them. `use` reaches what a control stands for: read() and write(value); rested() tells that a hand let go of it.
(function (root) {
  'use strict';
  const {make} = root.genimgDom;
  const {fit} = root.genimgLive;
  const frame = root.genimgFrame;
  let made = 0;
  const fresh = () => `gi-control-${++made}`;

  const words = (info, id) => (info ? make('small', {id: `${id}-info`, textContent: info}) : null);
  const described = (info, id) => (info ? {'aria-describedby': `${id}-info`} : {});
  const title = (label, id) => make('label', {htmlFor: id, textContent: label});

  // A box for a number. What is typed is used as soon as it is one that fits; leaving the box puts the rest right. One
  // that is empty at first may be so again.
  const box = ({label, low, high, step, usual}, {read, write, rested}, options = {}) => {
    let last;
    const free = usual === null;
    const field = make('input', {
      type: 'number', min: low, max: high, step, inputMode: 'decimal', 'aria-label': label, ...options,
      oninput: () => {
        const sound = (free || field.value !== '') && field.validity.valid;
        field.setAttribute('aria-invalid', String(!sound));
        if (sound) write(last = field.value === '' ? null : Number(field.value));
      },
      onchange: () => {
        const value = fit(field.value, {low, high, step}, free ? null : read());
        field.setAttribute('aria-invalid', 'false');
        if (value !== read()) write(value);
        field.value = last = read();
        rested?.();
      },
    });
    // A text that is being typed stays as it is: only another value replaces it.
    const fill = () => { if (read() !== last) field.value = last = read(); };
    return {field, fill};
  };

  // A slider; `typed` also has a box for its number, and a way back to the `usual` value.
  const slider = ({id, label, info, low, high, step, usual, typed}, use) => {
    const name = fresh(), write = (value) => { use.write(value); fill(); };
    const range = make('input', {
      type: 'range', id: name, min: low, max: high, step, ...described(info, name),
      oninput: () => write(Number(range.value)), onchange: () => use.rested?.(),
    });
    const out = make('output');
    const number = typed && box({label, low, high, step}, {...use, write});
    const back = typed && make('button', {
      type: 'button', class: 'gi-back', textContent: '↺', title: `${frame.say('Back to')} ${usual}`,
      'aria-label': `${frame.say('Back to')} ${usual}`, onclick: () => { write(usual); range.focus(); },
    });
    const fill = () => {
      range.value = out.textContent = use.read();
      number?.fill();
      if (back) back.hidden = use.read() === usual;
    };
    fill();
    const row = make('div', {class: 'gi-control', id}, title(label, name),
      typed ? make('span', {class: 'gi-typed'}, back, number.field) : out, range, words(info, name));
    return {row, fill};
  };

  const number = ({id, label, info, low, high, step, usual, dice}, use) => {
    const name = fresh(), {field, fill} = box({low, high, step, usual}, use, {id: name, ...described(info, name)});
    const roll = dice && make('button', {
      type: 'button', class: 'gi-button', id: `${id}-dice`, textContent: frame.say('Dice'),
      onclick: () => { use.write(Math.floor(Math.random() * (high + 1))); fill(); },
    });
    fill();
    return {row: make('div', {class: 'gi-control gi-number', id}, title(label, name), field, roll, words(info, name)), fill};
  };

  // One of a few, all in sight.
  const choice = ({id, label, info, choices, swatches}, use) => {
    const name = fresh();
    const options = choices.map(([value]) => make('input', {type: 'radio', name, value, onchange: () => use.write(value)}));
    const swatch = (value) => swatches && make('i', {style: `background: ${swatches[value]}`});
    const fill = () => options.forEach((one) => { one.checked = one.value === use.read(); });
    fill();
    const row = make('fieldset', {class: 'gi-control gi-choice', id, ...described(info, name)},
      make('legend', {textContent: label}),
      make('div', {}, ...choices.map(([value, textContent], i) => (
        make('label', {}, swatch(value), options[i], make('span', {textContent}))))),
      words(info, name));
    return {row, fill};
  };

  const check = ({id, label, info}, use) => {
    const name = fresh();
    const tick = make('input', {type: 'checkbox', ...described(info, name), onchange: () => use.write(tick.checked)});
    const fill = () => { tick.checked = use.read(); };
    fill();
    const row = make('div', {class: 'gi-control gi-check', id},
      make('label', {}, tick, make('span', {textContent: label})), words(info, name));
    return {row, fill};
  };

  const colour = ({id, label, info}, use) => {
    const name = fresh();
    const field = make('input', {type: 'color', id: name, ...described(info, name), oninput: () => use.write(field.value)});
    const fill = () => { field.value = use.read(); };
    fill();
    return {row: make('div', {class: 'gi-control gi-colour', id}, title(label, name), field, words(info, name)), fill};
  };

  const text = ({id, label, info, most}, use) => {
    const name = fresh();
    const field = make('input', {type: 'text', id: name, maxLength: most, ...described(info, name), oninput: () => use.write(field.value)});
    const fill = () => { if (field.value !== use.read()) field.value = use.read(); };
    fill();
    return {row: make('div', {class: 'gi-control gi-text', id}, title(label, name), field, words(info, name)), fill};
  };

  // One of many, folded; besides the `choices` those that `more` has just now.
  const menu = ({id, label, info, choices, more}, use) => {
    const name = fresh(), field = make('select', {id: name, ...described(info, name), onchange: () => use.write(field.value)});
    let shown;
    const fill = () => {
      const all = [...choices, ...more().map((one) => [one, one])], now = JSON.stringify(all);
      if (now !== shown) field.replaceChildren(...all.map(([value, textContent]) => make('option', {value, textContent})));
      shown = now;
      field.value = use.read();
    };
    fill();
    return {row: make('div', {class: 'gi-control gi-text', id}, title(label, name), field, words(info, name)), fill};
  };

  root.genimgControl = {slider, number, choice, check, colour, text, menu};
})(globalThis);
