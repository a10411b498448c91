// What the live canvas is made of besides the page itself: no DOM here, so it is tested without a browser.
(function (root) {
  'use strict';

  // Asks a server so that the newest value wins: never two questions in flight, and what came meanwhile is asked next.
  class Newest {
    constructor(ask, show) {
      this.ask = ask;
      this.show = show;
      this.busy = false;
      this.next = null;
    }

    want(value) {
      this.next = {value};
      if (!this.busy) this.run();
    }

    async run() {
      this.busy = true;
      while (this.next) {
        const {value} = this.next;
        this.next = null;
        let answer;
        try {
          answer = await this.ask(value);
        } catch (problem) {
          answer = {error: String(problem)};
        }
        this.show(answer, value, this.next !== null);
      }
      this.busy = false;
    }
  }

  // The states that one can go back to.
  class Past {
    constructor(most = 100) {
      this.most = most;
      this.states = [];
    }

    keep(state) {
      const text = JSON.stringify(state);
      if (this.states[this.states.length - 1] === text) return;
      this.states.push(text);
      if (this.states.length > this.most) this.states.shift();
    }

    // The newest state is the one that is seen, so the one before it is wanted.
    back() {
      if (this.states.length < 2) return null;
      this.states.pop();
      return JSON.parse(this.states[this.states.length - 1]);
    }

    get some() {
      return this.states.length > 1;
    }

    forget() {
      this.states = [];
    }
  }

  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  // A point of a square, in parts of its width and height from the upper left, as the values of two sliders.
  const fromPad = (x, y, reachX, reachY) => [
    Math.round(clamp(2 * x - 1, -1, 1) * reachX * 20) / 20 + 0,
    Math.round(clamp(1 - 2 * y, -1, 1) * reachY * 20) / 20 + 0,
  ];
  const toPad = (a, b, reachX, reachY) => [(a / reachX + 1) / 2, (1 - b / reachY) / 2];

  // What a normal law gives, from two numbers of [0, 1); see Box and Muller 1958.
  const normal = (u, v) => Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v);

  // Only what differs from the picture's own is told to the server.
  const moved = (table) => Object.fromEntries(Object.entries(table).filter(([, value]) => value));

  // How many digits a number has behind its point.
  const digits = (value) => (String(value).split('.')[1] ?? '').length;

  // A number that was typed, brought into its range and onto its steps; `before` where there is none.
  const fit = (text, {low, high, step}, before) => {
    const value = String(text).trim() === '' ? NaN : Number(text);
    if (!Number.isFinite(value)) return before;
    const steps = Math.round((clamp(value, low, high) - low) / step);
    return Number(clamp(low + steps * step, low, high).toFixed(Math.max(digits(low), digits(step))));
  };

  // Whether each of the values that a control depends on is one of those that it wants.
  const holds = (when, values) => Object.entries(when).every(([name, wanted]) => wanted.includes(values[name]));

  // A table with what the server says put into it: nothing that the table does not have, and nothing that is held.
  const taken = (values, told, held) => Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Object.hasOwn(told, name) && !held(name) ? told[name] : value]));

  root.genimgLive = {Newest, Past, clamp, digits, fit, fromPad, holds, toPad, normal, moved, taken};
})(globalThis);
