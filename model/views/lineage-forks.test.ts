/** Two keys out of one: sealed cookies, and rotations at once. */
import { expect, test } from 'vitest';
import { createStage, DJANGO } from '../findings/rule.cases.ts';
import { CAROL, first, get, lanes, login, rows, sealed, viewOf } from './lineage.cases.ts';

test('a rotation race: two keys from one, and each has a lane', () => {
  const stage = createStage();
  first(stage);
  login(stage);
  login(stage, { path: '/switch', to: CAROL });
  get(stage, '/page', CAROL);
  expect(rows(stage)).toContain(
    'ca20 replaced the key a11c in #3 POST /switch (regenerate) (A fork: b0b0 had come from a11c too, by #2 POST /login. Each continues without the other.)',
  );
  expect(lanes(stage)).toMatch(/0>1/);
});

test('sealed cookies: each save makes another; two that came from one are a fork, and which was brought next is seen', () => {
  const stage = createStage();
  stage.serve({ ...DJANGO, store: 'signed_cookies' });
  sealed(stage, '/one', 'aaaa00000000', 'bbbb00000000');
  sealed(stage, '/two', 'bbbb00000000', 'cccc00000000', () => sealed(stage, '/three', 'bbbb00000000', 'dddd00000000'));
  sealed(stage, '/four', 'cccc00000000', undefined);
  expect(rows(stage)).toEqual([
    "aaaa first seen in #1 POST /one (Who made it was not recorded: it is older than the recording, or another client's.)",
    'bbbb sealed from aaaa by #1 POST /one',
    'bbbb brought by #2 #3',
    'dddd sealed from bbbb by #3 POST /three (No recorded request brought this one.)',
    'cccc sealed from bbbb by #2 POST /two (A fork: dddd had come from bbbb too, by #3 POST /three. Each continues without the other.)',
    'cccc brought by #4',
  ]);
  expect(lanes(stage)).toBe('0 0 0 0>1 0 0');
});

test('sealed one after the other there is no fork, and one lane', () => {
  const stage = createStage();
  stage.serve({ ...DJANGO, store: 'signed_cookies' });
  sealed(stage, '/one', 'aaaa00000000', 'bbbb00000000');
  sealed(stage, '/two', 'bbbb00000000', 'cccc00000000');
  expect(rows(stage).join('\n')).not.toContain('fork');
  expect(lanes(stage)).toBe('0 0 0 0');
});

test('a long chain of cookies is cut to the nearest, and says so', () => {
  const stage = createStage();
  stage.serve({ ...DJANGO, store: 'signed_cookies' });
  const name = (at: number) => at.toString(16).padStart(12, 'a');
  for (let at = 0; at < 300; at++) sealed(stage, `/${at}`, name(at), name(at + 1));
  const view = viewOf(stage)!;
  expect(view.isCut).toBe(true);
  expect(view.rows.length).toBeLessThan(300);
  expect(view.rows.at(-1)!.session).toBe(name(300));
});
