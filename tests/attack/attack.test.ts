/** The attacker's short form, on every host. `npm run attack` is the long one. docs/security.md. */
import { expect, test } from 'vitest';
import { lacksDjango } from '../django/django-demo.ts';
import { SEED } from '../seed.ts';
import { attack } from './attack.ts';
import { PYTHON_TARGETS, NODE_TARGETS, startTarget } from './target.ts';

async function attackShortly(name: string): Promise<void> {
  await using target = await startTarget(name);
  const { rows, failures } = await attack(target, { seed: SEED, mutations: 20, browsers: 20 });
  expect(failures, `seed ${SEED}`).toEqual([]);
  expect(rows.length).toBeGreaterThan(25);
}

/** In the long form only: another one of these differs from it in nothing that the endpoint sees. */
const LONG_FORM = new Set(['Express 4', 'HTTP/2 Koa']);

// Most of it is waiting for a server that waits for the rest of a request: several at once.
test.concurrent.each(Object.keys(NODE_TARGETS).filter((name) => !LONG_FORM.has(name)))(
  '%s: no row of the attack gets anything, and the app goes on',
  attackShortly,
);

test.skipIf(lacksDjango).concurrent.each(Object.keys(PYTHON_TARGETS))(
  '%s: no row of the attack gets anything, and the app goes on',
  attackShortly,
);
