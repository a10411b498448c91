// What the history of a browser is made of, apart from its page: recipes in files, and what can be kept.
(function (root) {
  'use strict';
  const MOST = 120, BYTES = 200e6;  // pictures that are kept, and bytes of all with what they were made of

  // Returns the recipe that stands in a file's bytes, as its text; null without one.
  const told = (bytes) => {
    const text = new TextDecoder('latin1').decode(bytes), from = text.indexOf('{"genimg":');
    if (from < 0) return null;
    for (let at = from, deep = 0, quoted = false; at < text.length; at++) {
      const one = text[at];
      if (quoted) { if (one === '\\') at++; else if (one === '"') quoted = false; }
      else if (one === '"') quoted = true;
      else if (one === '{') deep++;
      else if (one === '}' && !--deep) return text.slice(from, at + 1);
    }
    return null;
  };
  // Returns what a recipe is known by: files of one picture differ in their format alone.
  const key = (recipe) => {
    const {genimg: _version, format: _format, quality: _quality, ...rest} = recipe;
    return JSON.stringify(rest);
  };
  // Returns what differs in the parameters of two recipes: [name, one's value, the other's].
  const differ = (one, other) => {
    const flat = (tree, path = '') => Object.entries(tree ?? {}).flatMap(([name, value]) => (
      value && typeof value === 'object' && !Array.isArray(value) ? flat(value, `${path}${name}.`) : [[path + name, JSON.stringify(value)]]));
    const here = Object.fromEntries(flat(one.parameters)), there = Object.fromEntries(flat(other.parameters));
    return [...new Set([...Object.keys(here), ...Object.keys(there)])]
      .filter((name) => here[name] !== there[name]).map((name) => [name, here[name] ?? '', there[name] ?? '']);
  };
  // Returns which entries must go, oldest first and favourites last, for the rest to be few and small enough. `sizes` has
  // those of the pictures that entries were made of, each of which counts once.
  const surplus = (entries, sizes = new Map(), most = MOST, bytes = BYTES) => {
    const rest = entries.toSorted((a, b) => b.starred - a.starred || b.time - a.time), gone = [];
    const weight = () => {
      const shared = new Set(rest.flatMap((one) => Object.values(one.given)));
      return [...rest.map(({blob}) => blob.size), ...[...shared].map((id) => sizes.get(id) ?? 0)].reduce((a, b) => a + b, 0);
    };
    while (rest.length > most || (rest.length && weight() > bytes)) gone.push(rest.pop());
    return gone;
  };

  root.genimgMade = {differ, key, surplus, told, BYTES};
})(globalThis);
