// The pure parts of the live canvas, run by node: `node --test tests/ui`.
'use strict';
const assert = require('node:assert');
const test = require('node:test');
require('../../genimg/ui/web/address.js');
require('../../genimg/ui/web/live.js');
require('../../genimg/ui/web/wishes.js');
const {Newest, Past, fit, fromPad, holds, toPad, normal, moved, taken} = globalThis.genimgLive;

test('the newest value wins, and never two questions are in flight', async () => {
  const asked = [], shown = [], answers = [];
  const live = new Newest(
    (value) => { asked.push(value); return new Promise((done) => answers.push(() => done(value * 10))); },
    (answer, value, newer) => shown.push([answer, value, newer]));
  live.want(1);
  live.want(2);
  live.want(3);
  assert.deepStrictEqual(asked, [1]);
  answers.shift()();
  await new Promise(setImmediate);
  assert.deepStrictEqual(asked, [1, 3]);
  answers.shift()();
  await new Promise(setImmediate);
  assert.deepStrictEqual(shown, [[10, 1, true], [30, 3, false]]);
  live.want(4);
  answers.shift()();
  await new Promise(setImmediate);
  assert.deepStrictEqual(shown[2], [40, 4, false]);
});

test('a question that fails is an answer too', async () => {
  const shown = [];
  const live = new Newest(() => Promise.reject(new Error('away')), (answer) => shown.push(answer.error));
  live.want(1);
  await new Promise(setImmediate);
  assert.match(shown[0], /away/);
  assert.strictEqual(live.busy, false);
});

test('one goes back through different states only, and so far', () => {
  const past = new Past(3);
  for (const n of [0, 1, 1, 2, 3]) past.keep({n});
  assert.deepStrictEqual([past.back(), past.back(), past.back()], [{n: 2}, {n: 1}, null]);
  assert.strictEqual(past.some, false);
});

test('the pad and its sliders mean the same point', () => {
  assert.deepStrictEqual(fromPad(0.5, 0.5, 3, 5), [0, 0]);
  assert.deepStrictEqual(fromPad(0, 0, 3, 5), [-3, 5]);
  assert.deepStrictEqual(fromPad(2, 2, 3, 5), [3, -5]);
  assert.deepStrictEqual(toPad(-3, 5, 3, 5), [0, 0]);
  const [x, y] = toPad(...fromPad(0.25, 0.75, 3, 5), 3, 5);
  assert.ok(Math.abs(x - 0.25) < 0.01 && Math.abs(y - 0.75) < 0.01);
});

test('random steps are normal, and zeros are not told', () => {
  assert.ok(Math.abs(normal(0, 0.3)) === 0);
  const steps = Array.from({length: 4000}, (_, i) => normal((i % 63.7) / 63.7, (i % 89.3) / 89.3));
  const mean = steps.reduce((a, b) => a + b) / steps.length;
  const spread = Math.sqrt(steps.reduce((a, b) => a + b * b, 0) / steps.length);
  assert.ok(Math.abs(mean) < 0.1 && Math.abs(spread - 1) < 0.1);
  assert.deepStrictEqual(moved({a: 0, b: 1, c: -2}), {b: 1, c: -2});
});

test('wishes: the line, over it the menus, and over them the way from one value to another', () => {
  const {nothing, classes, words} = globalThis.genimgWishes;
  const known = {hair: {SHORT: 0.2, LONG: 0.5, BUN: 0.3}, mouth: {smile: 1}};
  const asked = (more) => classes({...nothing(), ...more}, known);
  assert.strictEqual(asked({}), null);
  assert.deepStrictEqual(asked({said: {hair: ['SHORT', 'BUN']}, menus: {mouth: 'smile', hair: ''}}),
    {hair: ['SHORT', 'BUN'], mouth: 'smile'});
  assert.deepStrictEqual(asked({said: {hair: ['SHORT']}, menus: {hair: 'LONG'}}), {hair: 'LONG'});
  assert.deepStrictEqual(asked({toward: 'hair: BUN', blend: 0}), null);
  assert.deepStrictEqual(asked({toward: 'hair: BUN', blend: 0.3}), {hair: {LONG: 0.7, BUN: 0.3}});
  assert.deepStrictEqual(asked({toward: 'hair: BUN', blend: 0.3, menus: {hair: 'SHORT'}}),
    {hair: {SHORT: 0.7, BUN: 0.3}});
  assert.deepStrictEqual(asked({toward: 'hair: BUN', blend: 0.3, menus: {hair: 'BUN'}}), {hair: 'BUN'});
  assert.deepStrictEqual(asked({toward: 'hair: BUN', blend: 0.3, menus: {hair: 'open'}}),
    {hair: {LONG: 0.7, BUN: 0.3}});
  assert.deepStrictEqual([words('LONG_HAIR'), words('T-shirt'), words('hair_color')],
    ['Long hair', 'T-shirt', 'Hair color']);
});

test('an address holds what differs, and nothing that a stranger adds', () => {
  const {packed, unpacked, different, merged} = globalThis.genimgAddress;
  const usual = {truncation: 1, amounts: [0, 0], attributes: {}, steps: null, wishes: {line: '', menus: {}, blend: 0}};
  const state = {truncation: 0.7, amounts: [0, 2], attributes: {Glasses: 3}, steps: null,
    wishes: {line: '戴眼镜 & <b>', menus: {hair: 'LONG'}, blend: 0}};
  const told = unpacked(packed(different(state, usual)));
  assert.deepStrictEqual(told, {truncation: 0.7, amounts: [0, 2], attributes: {Glasses: 3},
    wishes: {line: '戴眼镜 & <b>', menus: {hair: 'LONG'}}});
  assert.deepStrictEqual(merged(usual, told), state);
  assert.deepStrictEqual(different(usual, usual), {});
  assert.match(packed(told), /^[\w-]+$/);
  for (const broken of ['', '%', 'AAAA', packed([1]), packed(null)]) assert.deepStrictEqual(unpacked(broken), {});
  assert.deepStrictEqual(merged(usual, {path: 'x', amounts: 'x', truncation: 'x', wishes: 7, __proto__: {a: 1}}), usual);
});

test('a number that was typed comes into its range and onto its steps', () => {
  const range = {low: 0.5, high: 2, step: 0.05};
  assert.deepStrictEqual(['1', '1.234', '-7', '1e9', '0.55', ' 2 '].map((text) => fit(text, range, 1.5)),
    [1, 1.25, 0.5, 2, 0.55, 2]);
  for (const nothing of ['', ' ', '-', 'NaN', 'Infinity', '1,5']) assert.strictEqual(fit(nothing, range, 1.5), 1.5);
  assert.strictEqual(fit('700', {low: 256, high: 2048, step: 64}, 512), 704);
  assert.strictEqual(fit('2.7', {low: 0, high: 2 ** 31 - 1, step: 1}, 0), 3);
});

test('a control is seen with each of the values that it waits for', () => {
  assert.ok(holds({mode: ['vary', 'layout']}, {mode: 'layout'}));
  assert.ok(!holds({mode: ['vary'], tile: [true]}, {mode: 'vary', tile: false}));
  assert.ok(!holds({mode: ['vary']}, {}));
});

test('an answer sets what a panel has, and nothing that a hand holds', () => {
  const values = {a: 1, b: 'x', c: null};
  assert.deepStrictEqual(taken(values, {a: 2, d: 4, toString: 5}, () => false), {a: 2, b: 'x', c: null});
  assert.deepStrictEqual(taken(values, {a: 2, b: 'y', c: 3}, (name) => name === 'b'), {a: 2, b: 'x', c: 3});
  assert.deepStrictEqual(values, {a: 1, b: 'x', c: null});
});
