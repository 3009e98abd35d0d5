import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createCompanion } from '../core/companion.ts';
import { loadIdentity } from '../core/identity.ts';
import type { RecordReading, SessionLibrary } from './library.ts';
import { ObservedLibrary } from './observed-library.ts';

const directory = mkdtempSync(join(tmpdir(), 'sessionscope-library-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const KEY = 'a-session-key-of-thirty-two-chars';
const VIEWER = { all: false, sessions: new Set<string>(), exchanges: new Set<string>() };

function observedWith(readRecord: () => Promise<RecordReading>): ObservedLibrary {
  const library: SessionLibrary = {
    name: 'express-session',
    cookieNames: ['sid'],
    store: 'RedisStore',
    secret: undefined,
    describeSettings: () => ({}),
    readCookie: () => undefined,
    readRecord,
  };
  return new ObservedLibrary(createCompanion({}, loadIdentity(directory, directory)), library);
}

test.each<[string, () => Promise<RecordReading>]>([
  ['throws', () => Promise.reject(new Error(`connect redis://admin:hunter2pass@db:6379 for ${KEY}`))],
  ['says', async () => ({ outcome: 'error', text: `connect redis://admin:hunter2pass@db:6379 for ${KEY}` })],
])('what a store %s of a look has neither key nor password in it', async (_how, readRecord) => {
  const { outcome, text } = await observedWith(readRecord).readStore(KEY, VIEWER);
  expect(outcome).toBe('error');
  expect(text).toContain('connect');
  expect(text).not.toContain('hunter2pass');
  expect(text).not.toContain(KEY);
});
