import { expect, test } from 'vitest';
import { isPath, isShown, matchesExchange, parseFilter, termOf } from './filter.ts';
import { ALICE, createRecording, exchangeIn, timelineOf } from './recording.cases.ts';

const recording = createRecording();
const builder = recording.start('/cart/add/', { method: 'POST' });
builder.load({});
builder.set('cart', 'two words', { source: { frames: [{ file: 'shop/cart.ts', line: 7, kind: 'app' }] } });
builder.set('note', 'Tea');
builder.finish();
const exchange = exchangeIn(timelineOf(recording.events));

/** Which of the exchange's operations are shown, by key; `–` where the exchange itself is not. */
function shown(text: string): string {
  const filter = parseFilter(text, 'all');
  if (!isPath(exchange, filter)) return '–';
  const operations = exchange.operations.filter((operation) => isShown(operation, filter));
  if (operations.length === 0) return matchesExchange(exchange, filter) ? '' : '–';
  return operations.map(({ operation, path }) => String(path?.[0] ?? operation)).join(' ');
}

test.each([
  ['', 'load cart note'],
  ['tea', 'note'],
  ['TEA', 'note'],
  ['cart.ts:7', 'cart'],
  ['key:cart', 'cart'],
  ['key:car', '–'],
  ['-key:cart', 'load note'],
  ['-key:cart -key:note', 'load'],
  ['-tea', 'load cart'],
  ['set cart', 'cart'],
  ['set nothing', '–'],
  ['"two words"', 'cart'],
  ['"two words', 'cart'],
  ['path:/cart/', 'load cart note'],
  ['path:/cart/ key:note', 'note'],
  ['path:/login/', '–'],
  ['-path:/cart/', '–'],
  ['-path:/login/', 'load cart note'],
  [`session:${ALICE.slice(0, 4)}`, 'load cart note'],
  ['session:0000', '–'],
  ['post', ''],
  ['post /cart', ''],
  ['-', 'load cart note'],
  ['key:', '–'],
])('%j shows %j', (text, keys) => {
  expect(shown(text)).toBe(keys);
});

test.each(['cart', 'two words', 'with "quotes"', 'a:b', '-x'])(
  'a term made for %j finds it and nothing else',
  (key) => {
    const own = createRecording();
    const made = own.start();
    const set = made.set(key, 1);
    const other = made.set('other', 1);
    const filter = parseFilter(termOf('key', key), 'all');
    // A quote can't be quoted: such a key is looked for without its quotes, and honestly not found.
    expect(isShown(set, filter)).toBe(!key.includes('"'));
    expect(isShown(other, filter)).toBe(false);
    expect(isShown(other, parseFilter(`-${termOf('key', key)}`, 'all'))).toBe(true);
  },
);
