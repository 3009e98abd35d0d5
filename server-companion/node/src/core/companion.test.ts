import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type EpochStarted, parseEvent } from '../../../../protocol/index.ts';
import { companionOf, createCompanion } from './companion.ts';
import type { ObservedMiddleware } from './contract.ts';
import { loadIdentity } from './identity.ts';

const directory = mkdtempSync(join(tmpdir(), 'sessionscope-companion-'));
// The process's own companion keeps its identity with the user.
process.env['XDG_STATE_HOME'] = directory;
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const identity = () => loadIdentity('/project', directory);

const everything = { all: true, sessions: new Set<string>(), exchanges: new Set<string>() };

/** What an adapter gives the companion, of a library that stores nothing. */
const middlewareOf = (cookieName: string): ObservedMiddleware => ({
  describe: () => ({
    library: 'lib',
    libraryVersion: '1.0.0',
    cookieNames: [cookieName],
    store: 'MemoryStore',
    settings: {},
  }),
  prove: () => undefined,
  readStore: () => Promise.resolve({ outcome: 'missing' }),
  readMemory: () => [],
  keyOf: () => undefined,
});

test('reports the epoch with each middleware that is added, the newest word whole', () => {
  const companion = createCompanion({}, identity());
  expect(companion.register(middlewareOf('one'))).toBe(0);
  expect(companion.register(middlewareOf('two'))).toBe(1);
  const events = companion.log.read(null, everything, 10).events as EpochStarted[];
  expect(events.map(({ middlewares }) => middlewares.map(({ cookieNames }) => cookieNames[0]))).toEqual([
    ['one'],
    ['one', 'two'],
  ]);
  for (const event of events) {
    expect(parseEvent(event)).toMatchObject({ ok: true });
    expect(event).toMatchObject({ type: 'epoch-started', app: identity().app, root: '/project' });
    // The only process that serves this app.
    expect(event.partial).toBeUndefined();
  }
  companion.endpoint.close();
});

test('each life of a companion is an epoch of its own', () => {
  const epochs = Array.from({ length: 20 }, () => createCompanion({}, identity()).log.epoch);
  expect(new Set(epochs).size).toBe(20);
});

test('one process has one companion, whoever asks, and bad options are reported to each', () => {
  const first = companionOf({ path: '/dev' });
  expect(companionOf({ path: '/other' })).toBe(first);
  expect(first.path).toBe('/dev');
  expect(() => companionOf({ path: 'bad' })).toThrow(TypeError);
  expect(() => createCompanion({ limits: { events: -1 } }, identity())).toThrow(TypeError);
});

test('an epoch says what serves it, and its port once a request has shown it', () => {
  const companion = createCompanion({}, identity());
  companion.register(middlewareOf('sid'));
  companion.servedAt(undefined);
  companion.servedAt(3000);
  companion.servedAt(3001);
  const reported = companion.log
    .read(null, everything, 10)
    .events.flatMap((event) => (event.type === 'epoch-started' ? [event.server?.port] : []));
  expect(reported).toEqual([undefined, 3000]);
  companion.endpoint.close();
});

test('processes that name one root are one project, whatever folder they run in', () => {
  const [one, other] = [directory, `${directory}/.`].map((root) => createCompanion({ root }));
  expect(one!.identity.app).toBe(other!.identity.app);
  expect(one!.identity.root).toBe(other!.identity.root);
  const own = createCompanion();
  expect(own.identity.app).not.toBe(one!.identity.app);
  for (const companion of [one!, other!, own]) companion.close();
});
