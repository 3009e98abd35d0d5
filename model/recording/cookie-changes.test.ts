import { expect, test } from 'vitest';
import { type CookieChange, unexplained, withChange } from './cookie-changes.ts';
import type { JarChange } from './jar.ts';
import { createRecording, timelineOf } from './recording.cases.ts';

const SID = { name: 'sid', path: '/', domain: 'localhost', secure: false, httpOnly: true, expiresAt: null };
const START = 1_700_000_000_000;

const take = (...changes: JarChange[]) => changes.reduce<CookieChange[]>(withChange, []);

test.each<[JarChange['cause'], CookieChange['kind']]>([
  ['explicit', 'deleted'],
  ['expired', 'expired'],
  ['evicted', 'evicted'],
  ['expired_overwrite', 'deleted'],
])('a removal by %s reads %s', (cause, kind) => {
  expect(take({ at: 5, cookie: SID, removed: true, cause })).toMatchObject([{ at: 5, kind }]);
});

test('the two reports of one overwriting are one change', () => {
  const overwriting: JarChange[] = [
    { at: 5, cookie: SID, removed: true, cause: 'overwrite' },
    { at: 6, cookie: SID, removed: false, cause: 'explicit' },
  ];
  expect(take(...overwriting)).toMatchObject([{ at: 6, kind: 'replaced' }]);
  // Its other half has not come yet: nothing is said.
  expect(unexplained(take(overwriting[0]!), [], 1e9)).toEqual([]);
  const elsewhere = { ...SID, path: '/admin' };
  expect(take(overwriting[0]!, { at: 6, cookie: elsewhere, removed: false, cause: 'explicit' })).toMatchObject([
    { kind: 'set', cookie: { path: '/admin' } },
  ]);
});

test('what a response did is its own; what it did not is said', () => {
  const recording = createRecording('epoch00001', START);
  const { id } = recording.start('/login');
  const timeline = timelineOf(recording.events);
  timeline.see({
    exchanges: [id],
    url: 'http://localhost:3000/login',
    method: 'POST',
    status: 200,
    startedAt: START,
    durationMs: 100,
    setCookies: [{ name: 'sid', valueLength: 1, attributes: '' }],
    fromCache: false,
  });
  const change = (at: number, kind: CookieChange['kind'], name = 'sid'): CookieChange => ({
    at,
    kind,
    cookie: { ...SID, name },
  });
  const changes = [
    change(START + 90, 'set'),
    change(START + 90, 'set', 'sid.sig'),
    change(START + 100, 'expired'),
    change(START + 60_000, 'deleted'),
    change(START + 70_000, 'set'),
  ];
  expect(
    unexplained(changes, timeline.items, START + 71_000).map(({ at, kind, cookie }) => [at, kind, cookie.name]),
  ).toEqual([
    [START + 90, 'set', 'sid.sig'],
    [START + 100, 'expired', 'sid'],
    [START + 60_000, 'deleted', 'sid'],
    // The last one waits for a response to explain it.
  ]);
});
