// Panels: many controls as one component, whose value is a table. Python's side of it is genimg/ui/parts/panel.py.
(function (root) {
  'use strict';
  const {make, speaker} = root.genimgDom;
  const {different, merged} = root.genimgAddress;
  const {holds, taken} = root.genimgLive;
  const controls = root.genimgControl;
  const panels = [];

  class Panel {
    constructor({element, props, trigger, server, watch}) {
      Object.assign(this, {element, props, trigger, server, prefix: props.prefix, say: speaker(props.chinese)});
      Object.assign(this, {values: {...props.usual}, parts: {}, conditions: [], moved: {}, settings: []});
      this.box = element.firstElementChild;
      this.box.replaceChildren(...props.items.map((item) => this.node(item)));
      panels.push(this);
      watch('value', () => this.become(props.value));
      this.become(props.value);
    }

    // What the server says: some values, and words. What a hand has moved since the values were sent stays, and is sent
    // again: what came of it then was made without this answer, or this answer without it.
    become(told) {
      const {turn = Infinity, ...rest} = told ?? {};
      for (const [name, value] of Object.entries(rest)) this.parts[name]?.tell?.(value);
      this.values = taken(this.values, rest, (name) => this.moved[name] > turn);
      this.keep();
      if (turn < this.values.turn && this.last === 'input') this.trigger(this.last);
    }

    keep() {
      for (const part of Object.values(this.parts)) part.fill?.();
      const beside = panels.filter((one) => one.prefix === this.prefix);
      const all = Object.assign({}, ...beside.map((one) => one.values));
      for (const {conditions, values} of beside) {
        for (const [row, when] of conditions) row.hidden = !holds(when, {...all, ...values});
      }
      this.props.value = this.values;
    }

    // What a person does: some values, and the event that tells of them.
    put(values, event = 'input') {
      const turn = this.values.turn + 1;
      for (const name of Object.keys(values)) this.moved[name] = turn;
      this.values = {...this.values, ...values, turn};
      this.last = event;
      this.keep();
      if (event) this.trigger(['input', 'click'].includes(event) ? event : `on-${event}`);
    }

    node(item) {
      const {kind, name} = item, id = name && `${this.prefix}-${name}`;
      const said = {...item, id, label: item.label && this.say(item.label), info: item.info && this.say(item.info)};
      const part = kind in controls ? this.control(said) : this[kind](said);
      if (name) this.parts[name] = part;
      if (item.when) this.conditions.push([part.row, item.when]);
      return part.row;
    }

    control(item) {
      if (item.name !== 'seed') this.settings.push(item.name);
      const choices = item.choices?.map(([value, text]) => [value, this.say(text)]);
      const more = () => this.values[item.among] ?? [];
      return controls[item.kind]({...item, choices, more, typed: true, usual: this.props.usual[item.name]}, {
        read: () => this.values[item.name], write: (value) => this.put({[item.name]: value}, item.event),
      });
    }

    inside({items}) {
      return items.map((item) => this.node(item));
    }

    given() {
      return {row: make('span', {hidden: true})};
    }

    row(item) {
      return {row: make('div', {class: 'gi-row'}, ...this.inside(item))};
    }

    fold(item) {
      return {row: make('details', {class: 'gi-fold', id: item.id, open: item.open},
        make('summary', {textContent: item.label}), make('div', {class: 'gi-grid'}, ...this.inside(item)))};
    }

    note({label, info, id, look}) {
      const row = make(look ? 'pre' : 'p', {class: `gi-note ${look ?? ''}`, id},
        label && make('b', {textContent: label}), label && ' · ', info ?? '');
      return {row, tell: (text) => { row.textContent = text; }};
    }

    button({id, label, name, event, look, title}) {
      const press = () => this.put({pressed: name}, event);
      return {row: make('button', {type: 'button', class: `gi-button ${look}`, id, textContent: label, title, onclick: press})};
    }

    // Examples to pick from; the server has them.
    shelf({id, name, event, label, look}) {
      const row = make('div', {class: `gi-shelf gi-examples ${look}`, id, role: 'group', 'aria-label': label});
      const example = ([key, src, alt]) => make('button', {
        type: 'button', class: 'thumbnail-item', title: alt, onclick: () => this.put({[name]: key, pressed: name}, event),
      }, make('img', {src, alt}), look ? make('span', {textContent: alt, 'aria-hidden': 'true'}) : null);
      let keys = [];
      // Where the value is a name, that one is marked.
      const fill = () => look && keys.forEach((key, i) => row.children[i].setAttribute('aria-pressed', String(key === this.values[name])));
      this.server.pictures(name).then((pictures) => {
        keys = (pictures ?? []).map(([key]) => key);
        row.replaceChildren(...(pictures ?? []).map(example));
        fill();
      });
      return {row, fill};
    }

    // Pages, of which one is seen; which one is a value.
    tabs(item) {
      const {name, id, label, items} = item, at = () => this.values[name];
      const buttons = items.map((page) => make('button', {
        type: 'button', role: 'tab', id: `${id}-${page.name}`, textContent: this.say(page.label),
        'aria-controls': `${this.prefix}-${page.name}`, onclick: () => { if (at() !== page.name) this.put({[name]: page.name}, item.event); },
      }));
      const pages = items.map((page) => make('div', {
        role: 'tabpanel', class: 'gi-grid', id: `${this.prefix}-${page.name}`, 'aria-labelledby': `${id}-${page.name}`,
      }, ...this.inside(page)));
      const fill = () => items.forEach((page, i) => {
        buttons[i].setAttribute('aria-selected', String(page.name === at()));
        buttons[i].tabIndex = page.name === at() ? 0 : -1;
        pages[i].hidden = page.name !== at();
      });
      const row = make('div', {class: 'gi-tabs', id}, make('div', {role: 'tablist', 'aria-label': label}, ...buttons), ...pages);
      return {row, fill};
    }
  }

  const within = (column) => panels.filter((one) => one.settings.length && column.contains(one.element));
  const set = (one, values) => Object.fromEntries(one.settings.map((name) => [name, values[name]]));
  root.genimgPanel = {
    build: (component) => new Panel(component),
    // Another script gives a value, such as what was drawn over a picture.
    give(prefix, name, value) {
      this.put(prefix, {[name]: value}, name);
    },
    // Several values at once, each in the panel that has it; the event is told of by the last of these.
    put(prefix, values, event) {
      const own = panels.filter((one) => one.prefix === prefix && one.element.isConnected);
      const parts = own.map((one) => [one, Object.entries(values).filter(([name]) => name in one.values)]);
      parts.filter(([, part]) => part.length).forEach(([one, part], i, all) => {
        one.put(Object.fromEntries(part), i === all.length - 1 ? event : '');
      });
    },
    // What the panels in a column are set to, where that is not as usual; null without any. See web/presets.js.
    settings(column) {
      const own = within(column), values = own.map((one) => different(set(one, one.values), set(one, one.props.usual)));
      return own.length ? {key: own[0].prefix, values: Object.assign({}, ...values)} : null;
    },
    apply(column, values) {
      within(column).forEach((one, i, own) => {
        one.put(merged(set(one, one.props.usual), values), i === own.length - 1 ? 'input' : '');
      });
    },
    // Those of several names that no panel has, as long as it lies in what was not unfolded yet.
    missing: (prefix, names) => names.filter((name) => !panels.some((one) => one.prefix === prefix && name in one.values)),
  };
})(globalThis);
