// What all scripts of the page share: making elements, and the reader's language.
(function (root) {
  'use strict';
  const inChinese = /^zh/i.test(navigator.language);

  // Makes an element: make('div', {class: 'x', onclick: f}, child, child).
  const make = (tag, options = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(options)) {
      if (value === undefined || value === false) continue;
      if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
      else if (key in element && key !== 'list') element[key] = value;
      else element.setAttribute(key, value === true ? '' : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };

  // Returns a function that says a text in the reader's language, by a table from English to Chinese.
  const speaker = (chinese) => (text) => (inChinese && chinese[text]) || text;

  // Who asks the server from this page.
  const person = Math.random().toString(36).slice(2) + Date.now().toString(36);

  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  // Waits for something to be found, and returns it.
  const until = async (found, patience = 20000) => {
    for (const end = Date.now() + patience; Date.now() < end; await pause(50)) {
      const what = found();
      if (what) return what;
    }
    throw new Error('the page did not come so far');
  };

  // Puts a file into an upload's field, as a hand would.
  const choose = (field, file) => {
    const bag = new DataTransfer();
    bag.items.add(file);
    field.files = bag.files;
    field.dispatchEvent(new Event('change', {bubbles: true}));
  };

  root.genimgDom = {choose, inChinese, make, pause, person, speaker, until};
})(globalThis);
