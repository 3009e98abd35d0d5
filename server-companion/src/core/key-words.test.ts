import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyWords } from './key-words.ts';

const PLAIN = 'kN3vW_-x1q9ZtY7bRmC2uJd8';

const words = () => {
  const made = new KeyWords();
  made.add(PLAIN, '0123456789ab');
  return made;
};

test('finds a key in every form that a text has it', () => {
  for (const text of [
    PLAIN,
    `s:${PLAIN}.c2ln`,
    `s%3A${PLAIN}.c2ln`,
    `/s/${PLAIN}.json`,
    `a\nb\n${PLAIN}\t${PLAIN}`,
    `C:\\sess\\${PLAIN}`,
    `\u0001${PLAIN}\u2028${PLAIN}`,
    `100%${PLAIN}`,
    `«${PLAIN}»`,
    `\\\\\\${PLAIN}`,
  ])
    for (const json of [JSON.stringify(text), JSON.stringify({ [text]: [text, 1] })])
      expect(words().replaceIn(json)).toBe(json.replaceAll(PLAIN, '(session 0123456789ab)'));
});

test('leaves what is longer, shorter or other as it is', () => {
  for (const text of ['', PLAIN.slice(1), `${PLAIN}x`, `x${PLAIN}`, PLAIN.toLowerCase(), 'a'.repeat(5_000)])
    expect(words().replaceIn(JSON.stringify(text))).toBe(JSON.stringify(text));
});

test('a key that has other characters is found by its longest word; a short one is not', () => {
  const made = new KeyWords();
  made.add('sess:6f1c1f0e-1b9a-4c8e-9d55-0123456789ab/eu', 'fedcba987654');
  made.add('short', 'aaaaaaaaaaaa');
  expect(made.replaceIn('"no sess:6f1c1f0e-1b9a-4c8e-9d55-0123456789ab/eu, short"')).toBe(
    '"no sess:(session fedcba987654)/eu, short"',
  );
});

test('a key that was deleted is a word like any other', () => {
  const made = words();
  made.add(PLAIN, 'fedcba987654');
  made.delete(PLAIN);
  made.delete(PLAIN);
  expect(made.replaceIn(PLAIN)).toBe(PLAIN);
});

test('finds every key wherever it stands', () => {
  const key = fc.stringMatching(/^[A-Za-z0-9_-]{16,40}$/);
  const between = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => `${text.replace(/[\w%-]*$/, '')} `);
  fc.assert(
    fc.property(fc.array(fc.tuple(between, key), { maxLength: 8 }), between, (parts, end) => {
      const made = new KeyWords();
      for (const [, one] of parts) made.add(one, 'aaaaaaaaaaaa');
      const text = parts.map(([before, one]) => `${before}${one} `).join('') + end;
      const told = JSON.parse(made.replaceIn(JSON.stringify(text))) as string;
      for (const [, one] of parts) expect(told.split(/[^\w-]+/)).not.toContain(one);
    }),
  );
});
