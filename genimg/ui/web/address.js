// The address of the page says what is seen: which tab, and in a canvas which model, seed and steering. So a reload, the
// browser's Back, and a link on another machine come to the same picture.
(function (root) {
  'use strict';

  const packed = (value) => {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  };
  const unpacked = (text) => {
    try {
      const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
      const value = JSON.parse(new TextDecoder().decode(bytes));
      return value && typeof value === 'object' && !Array.isArray(value) ? value : {};
    } catch {
      return {};
    }
  };

  // The parts of a picture's state that differ from how it would be anyway, all the way down.
  const different = (state, usual) => {
    const found = {};
    for (const [key, value] of Object.entries(state)) {
      const own = usual?.[key];
      if (value && typeof value === 'object' && !Array.isArray(value)) {
        const inner = different(value, own);
        if (Object.keys(inner).length) found[key] = inner;
      } else if (JSON.stringify(value) !== JSON.stringify(own)) found[key] = value;
    }
    return found;
  };

  // A state as a link tells it, over the usual one: only what the usual one has, and only of its kind.
  const merged = (usual, told) => {
    const state = {...usual};
    for (const [key, value] of Object.entries(told)) {
      const own = usual[key];
      if (own && typeof own === 'object' && !Array.isArray(own)) {
        const free = ['attributes', 'numbers', 'menus', 'said', 'shown'].includes(key);
        if (value && typeof value === 'object') state[key] = free ? {...own, ...value} : merged(own, value);
      } else if (key in usual && (own === null || typeof own === typeof value) && Array.isArray(own) === Array.isArray(value)) {
        state[key] = value;
      }
    }
    return state;
  };

  root.genimgAddress = {
    packed, unpacked, different, merged,
    read: () => Object.fromEntries(new URLSearchParams(location.search)),
    write(values, push = false) {
      const before = new URLSearchParams(location.search), after = new URLSearchParams();
      for (const [key, value] of before) if (key.startsWith('__')) after.set(key, value);  // Gradio's own, such as the theme
      for (const [key, value] of Object.entries(values)) if (value !== undefined && value !== '') after.set(key, value);
      const query = after.toString();
      if (query === before.toString()) return;
      history[push ? 'pushState' : 'replaceState'](history.state, '', query ? `?${query}` : location.pathname);
    },
  };
})(globalThis);
