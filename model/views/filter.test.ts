import { expect, test } from 'vitest';
import { parseFilter, shownOperations, termOf } from './filter.ts';
import { suggestionsFor, wordAt } from './filter-suggestions.ts';
import { ALICE, createRecording, exchangeIn, timelineOf } from '../recording/recording.cases.ts';

const recording = createRecording();
const builder = recording.start('/cart/add/', { method: 'POST' });
builder.load({});
builder.set('cart', 'two words', { source: { frames: [{ file: 'shop/cart.ts', line: 7, kind: 'app' }] } });
builder.set('note', 'Tea');
builder.operation('set', { path: ['cart', 'items'], before: [], after: [1], inferred: true });
builder.finish();
const timeline = timelineOf(recording.events);
const exchange = exchangeIn(timeline);

/** Which of the exchange's operations are shown, by key; `–` where the exchange itself is not. */
function shown(text: string): string {
  const indices = shownOperations(exchange, parseFilter(text, 'all'));
  if (indices === undefined) return '–';
  return indices
    .map((index) => exchange.operations[index]!)
    .map(({ operation, path, inferred }) => `${String(path?.[0] ?? operation)}${inferred ? '*' : ''}`)
    .join(' ');
}

const ALL = 'load cart note cart*';
test.each([
  ['', ALL],
  ['tea', 'note'],
  ['TEA', 'note'],
  ['cart.ts:7', 'cart'],
  // A word of the request is found for each of its operations, beside a word of one of them.
  ['/cart/add', ALL],
  ['/cart/add tea', 'note'],
  ['post set', 'cart note cart*'],
  ['post nothing', '–'],
  ['key:cart', 'cart cart*'],
  ['key:car', 'cart cart*'],
  ['key:items', 'cart*'],
  ['key:"car"', '–'],
  ['key:"cart"', 'cart cart*'],
  ['-key:cart', 'load note'],
  ['-key:cart -key:note', 'load'],
  ['-tea', 'load cart cart*'],
  ['-/cart', '–'],
  ['-/login', ALL],
  ['set nothing', '–'],
  ['"two words"', 'cart'],
  ['"two words', 'cart'],
  ['path:/cart/', ALL],
  ['path:/cart/ key:note', 'note'],
  ['path:/login/', '–'],
  ['-path:/cart/', '–'],
  ['-path:/login/', ALL],
  [`session:${ALICE.slice(0, 4)}`, ALL],
  ['session:0000', '–'],
  ['is:inferred', 'cart*'],
  ['-is:inferred', 'load cart note'],
  ['is:running', '–'],
  ['-is:running', ALL],
  ['is:background', '–'],
  ['is:nonsense', '–'],
  ['status:200', ALL],
  ['status:2xx', ALL],
  ['status:404', '–'],
  ['-status:2xx', '–'],
  ['record:unchanged', ALL],
  ['record:failed', '–'],
  ['-record:failed', ALL],
  // An outcome from its beginning: `saved` finds nothing that was not saved.
  ['record:changed', '–'],
  ['record:unch', ALL],
  ['cookie:expired', '–'],
  ['-', ALL],
  ['key:', ALL],
  ['-key:', ALL],
])('%j shows %j', (text, keys) => {
  expect(shown(text)).toBe(keys);
});

test('a running request, a server, an outcome of the cookie, what no request did', () => {
  const own = createRecording();
  own.start('/done').finish({ verdict: { cookie: { outcome: 'expired' }, record: { outcome: 'not-saved' } } });
  own.start('/open', { host: 'shop.localhost:3000' });
  own.background('set', { path: ['n'], after: 1 });
  const { items } = timelineOf(own.events);
  const found = (text: string) =>
    items.flatMap((item) =>
      item.kind === 'exchange' && shownOperations(item, parseFilter(text, 'all')) !== undefined
        ? [item.started?.path ?? 'background']
        : [],
    );
  expect(found('is:running')).toEqual(['/open']);
  expect(found('server:shop.localhost')).toEqual(['/open']);
  expect(found('is:background')).toEqual(['background']);
  expect(found('cookie:expired')).toEqual(['/done']);
  expect(found('record:"not saved"')).toEqual(['/done']);
  expect(found('record:saved')).toEqual([]);
  expect(found('-record:saved')).toContain('/done');
});

test('a kind hides what is not of it, and requests that have none of it', () => {
  expect(shownOperations(exchange, parseFilter('', 'writes'))).toEqual([1, 2, 3]);
  expect(shownOperations(exchange, parseFilter('', 'reads'))).toBeUndefined();
});

test.each(['cart', 'two words', 'with "quotes"', 'a:b', '-x'])(
  'a term made for %j finds it and nothing else',
  (key) => {
    const own = createRecording();
    const made = own.start();
    made.set(key, 1);
    made.set(`${key}2`, 1);
    const found = exchangeIn(timelineOf(own.events));
    // A quote can't be quoted: such a key is looked for without its quotes, and honestly not found.
    expect(shownOperations(found, parseFilter(termOf('key', key), 'all'))).toEqual(key.includes('"') ? undefined : [0]);
    expect(shownOperations(found, parseFilter(`-${termOf('key', key)}`, 'all'))).toEqual(
      key.includes('"') ? [0, 1] : [1],
    );
  },
);

test.each([
  ['', ''],
  ['cart ke', 'ke'],
  ['-key:c', '-key:c'],
  ['key:"two w', 'key:"two w'],
  ['done ', ''],
])('of %j the word %j is being typed', (text, word) => {
  expect(wordAt(text)).toBe(word);
});

const terms = (text: string) => suggestionsFor(text, timeline.items).map(({ term }) => term);
test('fields are offered while they are typed, then what the recording has of them', () => {
  expect(terms('')).toEqual([]);
  expect(terms('s')).toEqual(['session:', 'status:', 'server:']);
  expect(terms('tea -k')).toEqual(['-key:']);
  expect(terms('key:')).toEqual(['key:"cart"', 'key:"note"']);
  expect(terms('key:no')).toEqual(['key:"note"']);
  expect(terms('-is:r')).toEqual(['-is:running', '-is:inferred', '-is:background', '-is:problem']);
  expect(terms('status:')).toEqual(['status:200']);
  expect(terms('nothing-like-it')).toEqual([]);
  expect(terms('zzz:')).toEqual([]);
});
