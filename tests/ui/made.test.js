// What the history keeps, run by node: `node --test tests/ui`.
'use strict';
const assert = require('node:assert');
const test = require('node:test');
require('../../genimg/ui/web/zip.js');
require('../../genimg/ui/web/made.js');
const {crc32, zip} = globalThis.genimgZip;
const {differ, key, surplus, told} = globalThis.genimgMade;
const bytes = (text) => new TextEncoder().encode(text);

test('a checksum is the known one', () => {
  assert.strictEqual(crc32(bytes('123456789')), 0xcbf43926);
});

test('a zip has its parts where its index says', async () => {
  const files = [{name: 'a.txt', bytes: bytes('hello'), time: Date.UTC(2026, 10, 28)}, {name: '猫.png', bytes: bytes(''), time: 0}];
  const whole = new Uint8Array(await new Blob(zip(files)).arrayBuffer()), view = new DataView(whole.buffer);
  const end = whole.length - 22;
  assert.strictEqual(view.getUint32(end, true), 0x06054b50);
  assert.strictEqual(view.getUint16(end + 10, true), 2);
  let at = view.getUint32(end + 16, true);
  for (const {name, bytes: content} of files) {
    assert.strictEqual(view.getUint32(at, true), 0x02014b50);
    const start = view.getUint32(at + 42, true), title = bytes(name);
    assert.strictEqual(view.getUint32(start, true), 0x04034b50);
    assert.strictEqual(view.getUint32(start + 14, true), crc32(content));
    assert.deepStrictEqual(whole.slice(start + 30, start + 30 + title.length), title);
    const from = start + 30 + title.length;
    assert.deepStrictEqual(whole.slice(from, from + content.length), content);
    at += 46 + title.length;
  }
  assert.strictEqual(at, end);
});

test('a recipe is found in a file, with braces and quotes inside of it', () => {
  const recipe = {genimg: 1, operation: 'art', parameters: {words: 'a } "b" \\ {'}};
  assert.strictEqual(told(bytes(`RIFF…${JSON.stringify(recipe)}}} more`)), JSON.stringify(recipe));
  assert.strictEqual(told(bytes('nothing {"genim": 1}')), null);
  assert.strictEqual(told(bytes('cut {"genimg": 1, "a": {')), null);
});

test('files of one picture have one key, and two pictures two', () => {
  const one = {genimg: 1, operation: 'art', parameters: {seed: 1}};
  assert.strictEqual(key({...one, format: 'WEBP', quality: 80}), key(one));
  assert.notStrictEqual(key({...one, parameters: {seed: 2}}), key(one));
});

test('what differs is told by its path', () => {
  const one = {parameters: {seed: 1, more: {a: 1, b: [1]}}}, other = {parameters: {seed: 2, more: {a: 1, b: [2]}, tile: true}};
  assert.deepStrictEqual(differ(one, other), [['seed', '1', '2'], ['more.b', '[1]', '[2]'], ['tile', '', 'true']]);
});

test('the oldest go first, favourites last, and a photo counts once', () => {
  const entries = [1, 2, 3, 4].map((time) => ({time, starred: time === 1 ? 1 : 0, blob: {size: 10}, given: {box: 'photo'}}));
  const gone = (...limits) => surplus(entries, new Map([['photo', 5]]), ...limits).map(({time}) => time);
  assert.deepStrictEqual(gone(2, 1000), [2, 3]);
  assert.deepStrictEqual(gone(9, 15), [2, 3, 4]);
  assert.deepStrictEqual(gone(4, 45), []);
  assert.deepStrictEqual(gone(4, 44), [2]);
  assert.deepStrictEqual(gone(9, 1), [2, 3, 4, 1]);
});
