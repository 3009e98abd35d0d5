import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { createCompanion } from '../core/companion.ts';
import { loadIdentity } from '../core/identity.ts';
import { ObservedExchange } from './observed-exchange.ts';
import { ObservedLibrary } from './observed-library.ts';

const directory = mkdtempSync(join(tmpdir(), 'sessionscope-exchange-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
afterEach(() => void vi.restoreAllMocks());

test('what is counted from the start of a request is counted from the moment that its event has', () => {
  let clock = 1_000;
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  const companion = createCompanion({}, loadIdentity(directory, directory));
  const library = new ObservedLibrary(companion, {
    name: 'express-session',
    cookieNames: ['sid'],
    store: 'RedisStore',
    secret: undefined,
    describeSettings: () => ({}),
    readCookie: () => undefined,
    readRecord: async () => ({ outcome: 'missing' }),
  });
  const exchange = new ObservedExchange(library);
  // A collection of garbage, before the event has its date: what is later by the clock must not be earlier in the log.
  clock += 50;
  exchange.start(
    { method: 'GET', url: '/', isSecure: false, headers: {}, host: undefined, peer: undefined },
    { name: 'sid', sent: 0 },
  );
  expect(exchange.offsetMs).toBe(0);
  clock += 3;
  expect(exchange.offsetMs).toBe(3);
});
