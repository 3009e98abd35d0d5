import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { EncodedValue } from '../../protocol/index.ts';
import { codeText } from '../labels/code-text.ts';
import { BLOCK_LINES, blocksOf, hitsOf, isPartial, sizeLabel, valueText } from './value-view.ts';

test('a text is read as it is, JSON in it is formatted unless asked for raw', () => {
  expect(valueText('two\nlines').text).toBe('two\nlines');
  expect(valueText('{"a":[1,2]}')).toEqual({ text: '{\n  "a": [\n    1,\n    2\n  ]\n}', isParsed: true });
  expect(valueText('{"a":[1,2]}', true)).toEqual({ text: '{"a":[1,2]}', isParsed: false });
  expect(valueText('{not json').isParsed).toBe(false);
  expect(valueText('42').isParsed).toBe(false);
});

test('a cut text says how much is missing, between head and tail', () => {
  const value: EncodedValue = { $: 'text', head: 'begin', tail: 'end', length: 108, digest: '0123456789ab' };
  expect(valueText(value).text).toBe('begin\n… 100 characters not loaded …\nend');
  expect(isPartial({ note: value })).toBe(true);
});

test.each<[EncodedValue, string]>([
  ['abc', '3 characters · 3 B'],
  ['ü', '1 character · 2 B'],
  [[1, 2], '2 items · 5 B as JSON'],
  [{ a: 1 }, '1 key · 7 B as JSON'],
  [{ $: 'array', items: [1], size: 10_000 }, '1 of 10000 items'],
  [7, ''],
])('the size of %j is %s', (value, words) => {
  expect(sizeLabel(value)).toBe(words);
});

test('blocks give the whole text back, whatever its length', () => {
  for (const text of [
    '',
    'x',
    'a\n',
    'a\nb',
    Array.from({ length: 5 * BLOCK_LINES + 3 }, (_, line) => `line ${line}`).join('\n'),
  ]) {
    const blocks = blocksOf(text);
    expect(blocks.map((block) => block.text).join('')).toBe(text);
    blocks.forEach(({ start, text: part }) => expect(text.slice(start, start + part.length)).toBe(part));
    expect(Math.max(...blocks.map(({ lines }) => lines))).toBeLessThanOrEqual(BLOCK_LINES);
  }
});

test('a search finds in any case, without overlaps, and stops', () => {
  expect(hitsOf('Cart cart CART', 'cart')).toEqual([0, 5, 10]);
  expect(hitsOf('aaaa', 'aa')).toEqual([0, 2]);
  expect(hitsOf('x', '')).toEqual([]);
  expect(hitsOf('a'.repeat(20_000), 'a')).toHaveLength(5_000);
  expect(hitsOf('İ cart', 'cart')).toEqual([2]);
});

const MIXED: EncodedValue = {
  name: 'Tea "x"',
  'a-b': [null, true, { $: 'date', iso: '2026-11-23T14:02:44Z' }],
  big: { $: 'bigint', digits: '90071992547409931' },
  secret: { $: 'redacted', digest: '0123456789ab', by: 'name' },
  rows: { $: 'array', items: [1], size: 3 },
};

test('code of JavaScript runs and gives the value back', () => {
  const code = codeText(MIXED, 'JavaScript');
  expect(code).toContain('// 2 more were not loaded');
  const value = new Function(`return ${code}`)() as Record<string, unknown>;
  expect(value).toEqual({
    name: 'Tea "x"',
    'a-b': [null, true, new Date('2026-11-23T14:02:44Z')],
    big: 90071992547409931n,
    secret: undefined,
    rows: [1],
  });
});

test('code of Python has its own words', () => {
  const code = codeText(MIXED, 'Python');
  expect(code).toContain('[\n    None,\n    True,\n    datetime.fromisoformat("2026-11-23T14:02:44Z"),\n  ]');
  expect(code).toContain('"big": 90071992547409931,');
  expect(code).toContain('"secret": None, # redacted');
  expect(code).toContain('# 2 more were not loaded');
  const run = spawnSync('python3', [
    '-c',
    `import json\nfrom datetime import datetime\nprint(json.dumps(${code}, default=str))`,
  ]);
  expect(run.stderr.toString()).toBe('');
  expect(JSON.parse(run.stdout.toString())).toMatchObject({ name: 'Tea "x"', secret: null, rows: [1] });
});
