/** The lineage of a session's key: each row is a recorded fact, and what was not seen is said to be unknown. */
import { expect, test } from 'vitest';
import { createStage, EXPRESS, type Stage } from '../findings/rule.cases.ts';
import { MAX_REQUESTS } from '../history/family.ts';
import { ALICE, BOB, createRecording } from '../recording/recording.cases.ts';
import { CAROL, first, get, lanes, login, logout, rows, set, viewOf } from './lineage.cases.ts';

test('from the first request over the login to the logout', () => {
  const stage = createStage();
  first(stage);
  get(stage, '/cart', ALICE, { a: 1 });
  login(stage);
  get(stage);
  get(stage);
  logout(stage);
  const expected = [
    'a11c made by #1 GET /',
    'a11c brought by #2 #3',
    'b0b0 replaced the key a11c in #3 POST /login (regenerate)',
    'b0b0 user "ann" since #3 POST /login',
    'b0b0 brought by #4 #5 #6',
    'b0b0 ended by #6 POST /logout (destroy)',
  ];
  expect(rows(stage)).toEqual(expected);
  // Whichever of its requests is looked at.
  expect(rows(stage, 1)).toEqual(expected);
  expect(lanes(stage)).toBe('0 0 0 0 0 0');
});

test('the next session of this tab after a logout hangs on by a loose line; of another client nothing is linked', () => {
  const again = (stage: Stage) => {
    const request = stage.start('/', { session: null });
    request.operation('create', { session: CAROL, state: {} });
    request.save({ b: 1 }, { session: CAROL });
    request.finish({ sessionBefore: null, sessionAfter: CAROL, verdict: set });
    return request;
  };
  const seen = createStage();
  seen.see(first(seen));
  seen.see(logout(seen, ALICE));
  seen.see(again(seen));
  expect(rows(seen)).toEqual([
    'a11c made by #1 GET / [this tab]',
    'a11c brought by #2 [this tab]',
    'a11c holds user "ann", as #2 POST /logout loaded it',
    'a11c ended by #2 POST /logout (destroy)',
    'ca20 made by #3 GET /, next in this tab after a11c was taken from the browser [this tab]',
  ]);
  expect(viewOf(seen)!.rows.at(-1)!.rails).toMatchObject({ lane: 0, isLoose: true });
  const unseen = createStage();
  first(unseen);
  logout(unseen, ALICE);
  again(unseen);
  expect(rows(unseen)).toEqual(['ca20 made by #3 GET /']);
});

test('a key that a request brought, and of which nobody saw where it is from, is unknown', () => {
  const stage = createStage();
  get(stage, '/', ALICE, { user: 7 });
  get(stage, '/next', ALICE, { user: 7 });
  expect(rows(stage)).toEqual([
    "a11c first seen in #1 GET / (Who made it was not recorded: it is older than the recording, or another client's.)",
    'a11c holds user 7, as #1 GET / loaded it',
    'a11c brought by #2',
  ]);
  expect(viewOf(stage)!.rows[0]!.how).toBe('brought');
});

test('over lost events nothing is guessed', () => {
  const stage = createStage();
  first(stage);
  stage.gap();
  get(stage, '/next', ALICE, { a: 1 });
  expect(rows(stage)).toEqual([
    'a11c made by #1 GET /',
    '– 3 events lost: what happened to these keys meanwhile is not known',
    'a11c brought by #2',
  ]);
  const late = createStage();
  late.gap();
  get(late, '/', ALICE);
  expect(rows(late)[0]).toContain('events were lost, or the server was restarted, before that');
  // What was ended before the gap may have been made again in it.
  const ended = createStage();
  first(ended);
  logout(ended, ALICE);
  ended.gap();
  get(ended, '/again', ALICE);
  expect(rows(ended).join('\n')).not.toContain('old key');
});

test('an unknown key that is saved under is adopted; one that is replaced is not', () => {
  const adopted = createStage();
  const request = adopted.start('/');
  request.operation('load', { outcome: 'missing' });
  request.save({ a: 1 });
  request.finish({ verdict: set });
  expect(rows(adopted)[0]).toBe(
    'a11c #1 GET / brought it, found no record, and saved under it (Who made this key was not recorded.)',
  );
  const refused = createStage();
  const other = refused.start('/');
  other.operation('load', { outcome: 'missing' });
  other.operation('create', { session: BOB, state: {} });
  other.save({ a: 1 }, { session: BOB });
  other.finish({ sessionAfter: BOB, verdict: set });
  expect(rows(refused)).toEqual([
    "a11c first seen in #1 GET / (Who made it was not recorded: it is older than the recording, or another client's.)",
    'a11c #1 GET / brought it, and there was no record (What took the record away was not recorded.)',
    'b0b0 made by #1 GET /, which had brought a11c and found no record',
  ]);
});

test('a slow request saves what a logout had ended; one that began after it opens it by the old key', () => {
  const stage = createStage();
  first(stage);
  const slow = stage.start('/autosave', { method: 'POST' });
  slow.load({ user: 'ann' });
  logout(stage, ALICE);
  slow.save({ user: 'ann', draft: 1 });
  slow.finish({ verdict: set });
  const after = rows(stage).slice(-2);
  expect(after).toEqual(['a11c #2 POST /autosave saved it again after it had ended', 'a11c its cookie set by #2']);
  // That load is of the record that was saved again: nothing old works.
  stage.wait(50);
  get(stage, '/', ALICE);
  expect(rows(stage).join('\n')).not.toContain('old key');
  const works = createStage();
  first(works);
  logout(works, ALICE);
  works.wait(50);
  get(works, '/', ALICE);
  expect(rows(works).at(-1)).toBe('a11c #3 GET / brought the old key after that, and it opened a session');
});

test('a request that had begun before a logout and read before it says nothing of old keys', () => {
  const stage = createStage();
  first(stage);
  const slow = stage.start('/slow');
  logout(stage, ALICE);
  slow.load({ user: 'ann' });
  slow.finish();
  expect(rows(stage).join('\n')).not.toContain('old key');
});

/** Where the cookie is the session. */

test('a restart that emptied the store in the process is named, and one of a store outside is not', () => {
  const restarted = (store: string) => {
    const stage = createStage();
    const middleware = { ...EXPRESS, store };
    stage.serve(middleware);
    first(stage);
    const next = createRecording('epoch00002', 1_700_000_060_000);
    next.epochStarted({ middlewares: [middleware] });
    const request = next.start('/');
    request.operation('load', { outcome: 'missing' });
    request.finish({ sessionAfter: null });
    stage.events.push(...next.events);
    return rows(stage).at(-1);
  };
  expect(restarted('MemoryStore')).toContain('MemoryStore keeps records in the process');
  expect(restarted('RedisStore')).toContain('What took the record away was not recorded');
});

test('who is logged in is said of recorded values alone', () => {
  const stage = createStage();
  first(stage);
  get(stage, '/', ALICE, { theme: 'dark' });
  expect(rows(stage).join('\n')).not.toMatch(/user|holds/);
  const request = stage.start('/leave', { method: 'POST' });
  request.load({ user_id: 4 });
  request.operation('delete', { path: ['user_id'], before: 4, hit: true });
  request.finish();
  expect(rows(stage).slice(-2)).toEqual([
    'a11c holds user_id 4, as #3 POST /leave loaded it',
    'a11c no user any more, since #3 POST /leave',
  ]);
});

test('clients and hosts are told apart where there are several', () => {
  const stage = createStage();
  first(stage, { client: '111111111111', host: 'localhost:3000' });
  const own = stage.start('/a', { client: '111111111111', host: 'localhost:3000' });
  own.load({});
  own.finish();
  const copy = stage.start('/b', { client: '222222222222', host: '127.0.0.1:3000' });
  copy.load({});
  copy.finish();
  expect(rows(stage)).toEqual([
    'a11c made by #1 GET / [client 1 · localhost:3000]',
    'a11c brought by #2 [client 1 · localhost:3000]',
    'a11c brought by #3 [client 2 · 127.0.0.1:3000]',
  ]);
});

test('a request without a session has no lineage', () => {
  const stage = createStage();
  const request = stage.start('/', { session: null });
  request.operation('create', { session: BOB, state: {} });
  request.finish({ sessionBefore: null, sessionAfter: null });
  expect(viewOf(stage)).toBeUndefined();
});

/** Two servers of one host, each with a cookie `sid`. */

test('what DevTools asks of a page by itself brought nothing', () => {
  const stage = createStage();
  first(stage);
  const own = stage.start('/.well-known/appspecific/com.chrome.devtools.json');
  own.load({});
  own.finish();
  get(stage, '/', ALICE, {});
  expect(rows(stage)).toEqual(['a11c made by #1 GET /', 'a11c brought by #2']);
});

test('a key that was made and replaced within one request was in no cookie: the session began with the other', () => {
  const stage = createStage();
  const post = stage.start('/login', { session: null, method: 'POST' });
  post.operation('create', { session: ALICE, state: {} });
  post.operation('cycle-key', { call: 'regenerate', session: BOB, from: ALICE, to: BOB, state: {} });
  post.set('user', 'ann', { session: BOB });
  post.save({ user: 'ann' }, { session: BOB });
  post.finish({ sessionBefore: null, sessionAfter: BOB, verdict: set });
  expect(rows(stage)).toEqual(['b0b0 made by #1 POST /login', 'b0b0 user "ann" since #1 POST /login']);
});

test('of a key with very many requests the newest are drawn, and its beginning is not claimed', () => {
  const stage = createStage();
  first(stage);
  for (let count = 0; count < MAX_REQUESTS + 10; count++) get(stage, '/', ALICE, {});
  const [begin, ...rest] = rows(stage);
  expect(begin).toMatch(
    /^a11c drawn from #12 GET \/ on \(Older requests that had to do with it are left out here\.\)$/,
  );
  expect(rest).toHaveLength(1);
});
