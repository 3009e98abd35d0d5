import { expect, test } from 'vitest';
import type { EncodedValue } from '../../protocol/index.ts';
import type { WhoWrote } from './diff-author.ts';
import { type DiffRow, diffView } from './diff-view.ts';
import { diffSentences } from '../labels/diff-labels.ts';
import { ALICE, createRecording, timelineOf } from '../recording/recording.cases.ts';
import { historyOf } from '../history/key-history.ts';
import { previewValue } from '../labels/formats.ts';

const cell = (side: { name: string; value: EncodedValue } | undefined) =>
  side === undefined ? '·' : `${side.name} ${previewValue(side.value, 2)}`;

function inShort(row: DiffRow): string {
  const indent = '  '.repeat(row.depth);
  if (row.kind === 'fold') return `${indent}${row.names.length} unchanged ${row.of}`;
  if (row.kind === 'rest') return `${indent}${row.text}`;
  if (row.kind === 'open') return `${indent}${row.name}:`;
  const note = row.movedTo ? ` to ${row.movedTo}` : row.movedFrom ? ` from ${row.movedFrom}` : '';
  return `${indent}${row.status}: ${cell(row.before)} | ${cell(row.after)}${note}`;
}

const NO_WRITER = () => ({});

const show = (before: EncodedValue, after: EncodedValue, showsUnchanged = false) =>
  diffView(before, after, NO_WRITER, showsUnchanged).rows.map(inShort);

test('unchanged keys are folded, changed ones stand side by side', () => {
  expect(show({ a: 1, b: 2, c: 3, gone: 4 }, { a: 1, b: 2, c: 9, came: 5 })).toEqual([
    '2 unchanged keys',
    'changed: c 3 | c 9',
    'removed: gone 4 | ·',
    'added: · | came 5',
  ]);
});

test('unchanged keys are shown when asked for', () => {
  expect(show({ a: 1, b: 2 }, { a: 1, b: 3 }, true)).toEqual(['same: a 1 | a 1', 'changed: b 2 | b 3']);
  expect(show({ a: 1 }, { a: 1 }, true)).toEqual(['same: a 1 | a 1']);
  expect(show({ a: 1 }, { a: 1 })).toEqual(['1 unchanged keys']);
});

test('a nested change opens its way; neighbours in a list say where it is', () => {
  expect(
    show(
      {
        cart: {
          currency: 'EUR',
          items: [
            { sku: 'TEA', qty: 1 },
            { sku: 'MUG', qty: 1 },
          ],
        },
      },
      {
        cart: {
          currency: 'EUR',
          items: [
            { sku: 'TEA', qty: 2 },
            { sku: 'MUG', qty: 1 },
          ],
        },
      },
    ),
  ).toEqual([
    'cart:',
    '  1 unchanged keys',
    '  items:',
    '    changed: [0] {sku: "TEA", qty: 1} | [0] {sku: "TEA", qty: 2}',
    '    same: [1] {sku: "MUG", qty: 1} | [1] {sku: "MUG", qty: 1}',
  ]);
});

test('a long list shows what changed and its neighbours, the rest is folded', () => {
  const before = Array.from({ length: 100 }, (_item, index) => ({ id: index }));
  const after = [...before.slice(0, 50), { id: 'new' }, ...before.slice(50)];
  expect(show({ list: before }, { list: after })).toEqual([
    'list:',
    '  49 unchanged items',
    '  same: [49] {id: 49} | [49] {id: 49}',
    '  added: · | [50] {id: "new"}',
    '  same: [50] {id: 50} | [51] {id: 50}',
    '  49 unchanged items',
  ]);
  expect(show({ list: before }, { list: after }, true)).toHaveLength(102);
});

test('a move is one arrow on each side, never a removal and an addition', () => {
  expect(show({ list: ['a', 'b', 'c'] }, { list: ['b', 'c', 'a'] })).toEqual([
    'list:',
    '  same: [1] "b" | [0] "b"',
    '  same: [2] "c" | [1] "c"',
    '  moved: [0] "a" | · to [2]',
    '  moved: · | [2] "a" from [0]',
  ]);
});

test('a text is cut around what differs', () => {
  const [row] = diffView({ note: 'the side door' }, { note: 'the side gate' }, NO_WRITER, false).rows;
  expect(row).toMatchObject({
    before: { pieces: [{ text: '"the side ' }, { text: 'door', differs: true }, { text: '"' }] },
    after: { pieces: [{ text: '"the side ' }, { text: 'gate', differs: true }, { text: '"' }] },
  });
});

test('each changed row bears the write that made it', () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.load({ a: 1 });
  const write = exchange.set('a', 2);
  const { items } = timelineOf(recording.events);
  const whoWrote: WhoWrote = (path) => {
    const [write] = historyOf(items, { exchange: exchange.id, index: 2 }, ALICE, path);
    return write === undefined ? {} : { write };
  };
  expect(diffView({ a: 1 }, { a: 2 }, whoWrote, false).rows[0]).toMatchObject({
    write: { operation: write },
  });
});

test('an unknown side is not compared; equal moments have nothing to report', () => {
  expect(diffView(undefined, { a: 1 }, NO_WRITER, false)).toMatchObject({ changed: 0, rows: [], is: 'unknown' });
  expect(diffView(undefined, undefined, NO_WRITER, false)).toMatchObject({ changed: 0, rows: [], is: 'unknown' });
  expect(diffView({ a: 1 }, { a: 1 }, NO_WRITER, false)).toMatchObject({ changed: 0, is: 'same' });
});

test('every row has a key of its own', () => {
  const { rows } = diffView(
    { a: [{ id: 1 }, { id: 2 }, { id: 3 }], b: { c: { d: 1 } }, e: 1 },
    { a: [{ id: 3, x: 1 }, { id: 1 }, 4], b: { c: { d: 2, f: 1 } }, g: 1 },
    NO_WRITER,
    true,
  );
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
});

test('in sentences: how much changed, what is inferred, redacted, and not compared', () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.load({ cart: [1] });
  exchange.operation('set', { path: ['cart', 1], after: 2, inferred: true });
  const { items } = timelineOf(recording.events);
  const whoWrote: WhoWrote = (path) => {
    const [write] = historyOf(items, { exchange: exchange.id, index: 2 }, ALICE, path);
    return write === undefined ? {} : { write };
  };
  const held = (digest: string): EncodedValue => ({ $: 'redacted', digest, by: 'name' });
  const list = (values: EncodedValue[]): EncodedValue => ({ $: 'array', items: values, size: 150 });
  const { facts } = diffView(
    { cart: ['a', 'b', 'c'], password: held('000000000000'), token: held('000000000000'), seen: list([1, 2]), same: 1 },
    { cart: ['b', 'c', 'a'], password: held('111111111111'), api: held('222222222222'), seen: list([1, 3]), same: 1 },
    whoWrote,
    false,
  );
  expect(diffSentences(facts)).toEqual([
    '4 changes and 1 move under 5 keys.',
    'Changes under cart are inferred: found by comparison, and dated by when they were found.',
    'password is redacted: its hash says that it changed.',
    'token is redacted: it is not there any more.',
    'api is redacted: it was not there before.',
    'seen is not compared: only the first 2 of 150 were sent.',
  ]);
  expect(diffSentences(diffView({ a: 1 }, { a: 1 }, NO_WRITER, false).facts)).toEqual([]);
});
