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

test('leaves what is shorter or other as it is', () => {
  for (const text of ['', PLAIN.slice(1), PLAIN.slice(0, -1), PLAIN.toLowerCase(), 'a'.repeat(5_000)])
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

test('finds every key wherever it stands, and leaves JSON as JSON', () => {
  // 24 characters and more: no key is made by chance of what stands around another.
  const key = fc.stringMatching(/^[A-Za-z0-9_-]{24,48}$/);
  const between = fc.string({ unit: 'binary', maxLength: 40 });
  fc.assert(
    fc.property(fc.array(fc.tuple(between, key), { maxLength: 8 }), between, (parts, end) => {
      const made = new KeyWords();
      for (const [, one] of parts) made.add(one, 'aaaaaaaaaaaa');
      const text = parts.map(([before, one]) => before + one).join('') + end;
      for (const shown of [made.replaceIn(text), JSON.parse(made.replaceIn(JSON.stringify(text), true)) as string])
        for (const [, one] of parts) expect(shown).not.toContain(one);
    }),
    { numRuns: 500 },
  );
});

test('what escapes a character in JSON is no part of a key, or what is left would not be JSON', () => {
  const made = new KeyWords();
  for (const key of ['nabcdefghijklmnopqrst', 'u001fbcdefghijklmnopqrst', '001fbcdefghijklmnopqrst0'])
    made.add(key, 'aaaaaaaaaaaa');
  for (const text of [
    '\nabcdefghijklmnopqrst',
    '\u001fbcdefghijklmnopqrst0',
    '\\nabcdefghijklmnopqrst',
    'x\\\nabcdefghijklmnopqrst',
  ])
    expect(JSON.parse(made.replaceIn(JSON.stringify(text), true))).toBe(
      text.replace(/(?<=\\)nabcdefghijklmnopqrst/, '(aaaaaaaaaaaa)'),
    );
});

test('a megabyte of what nearly is a key is read in no time', () => {
  const made = new KeyWords();
  for (let index = 0; index < 20_000; index++) made.add(`${PLAIN}${index}`, 'aaaaaaaaaaaa');
  const text = `${PLAIN.slice(0, -1)}`.repeat(45_000);
  // This process's own time: what else the machine does is not measured. Not linear, it takes minutes.
  const began = process.cpuUsage();
  expect(made.replaceIn(text)).toBe(text);
  expect(process.cpuUsage(began).user / 1_000).toBeLessThan(5_000);
});
