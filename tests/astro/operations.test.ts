/** What is recorded of Astro's session. */
import { describe, expect, test } from 'vitest';
import type { OperationRecorded } from '../../protocol/index.ts';
import { observe } from '../../server-companion/node/src/astro.ts';
import { findingsIn } from '../adapters/named-findings.ts';
import { EVERYTHING, inShort } from '../express-session/observed-app.ts';
import { hasRegistry, serve } from './built-app.ts';

const HERE = 'tests/astro/operations.test.ts';
const shown = (operations: readonly OperationRecorded[]) => operations.map(inShort);
const linesOf = ({ source }: OperationRecorded) => source?.frames.map(({ file }) => file) ?? [];

describe.skipIf(!hasRegistry)('Astro', () => {
  test('a login, a visit and a logout, each use with its line', async () => {
    await using app = await serve({
      '/login': async (session) => {
        await session.regenerate();
        session.set('user', { name: 'ada' });
      },
      '/visit': async (session) => {
        const user = (await session.get('user')) as { seen?: number };
        user.seen = 1;
        await session.has('never');
        session.set('visits', 1, { ttl: 60 });
        session.delete('gone');
        return [await session.entries(), await session.values(), [...(await session.keys())]];
      },
      '/logout': (session) => session.destroy(),
    });
    await app.get('/login');
    const login = await app.operations('/login');
    expect(shown(login)).toEqual(['cycle-key', 'set user', 'save done']);
    const created = await app.finished('/login');
    expect(login[0]).toMatchObject({ from: null, to: created.sessionAfter });
    for (const one of login.slice(0, 2)) expect(linesOf(one)).toContain(HERE);
    expect(login[2]).toMatchObject({ call: 'persist', actor: 'framework', state: { user: { name: 'ada' } } });

    expect(JSON.parse((await app.get('/visit')).body)).toEqual([
      [
        ['user', { name: 'ada', seen: 1 }],
        ['visits', 1],
      ],
      [{ name: 'ada', seen: 1 }, 1],
      ['user', 'visits'],
    ]);
    const visit = await app.operations('/visit');
    expect(shown(visit)).toEqual([
      'load found',
      'get user',
      'get never miss',
      'set visits',
      'delete gone miss',
      'get',
      'get',
      'get',
      'set user.seen inferred',
      'save done',
    ]);
    expect(visit[0]).toMatchObject({ state: { user: { name: 'ada' } }, actor: 'framework' });
    expect(visit.at(-1)).toMatchObject({ state: { user: { name: 'ada', seen: 1 }, visits: 1 } });

    await app.get('/logout');
    const [flush] = await app.operations('/logout');
    expect(flush).toMatchObject({ operation: 'flush', call: 'destroy', from: created.sessionAfter, to: null });
    expect(linesOf(flush!)).toContain(HERE);
    const ended = await app.finished('/logout');
    expect(ended).toMatchObject({ sessionAfter: null, verdict: { record: { outcome: 'deleted' } } });
    expect(ended.faults).toBeUndefined();
  });

  test('a bare set loads nothing; what it merges at the end is seen then', async () => {
    await using app = await serve({
      '/': (session) => (session.set('a', 1), session.set('cart', [1])),
      '/bare': (session) => session.set('a', 2),
    });
    await app.get('/');
    await app.get('/bare');
    const operations = await app.operations('/bare');
    expect(shown(operations)).toEqual(['set a', 'load found', 'save done']);
    expect(operations[0]!.before).toBeUndefined();
    expect(operations[1]).toMatchObject({ call: 'persist', state: { a: 2, cart: [1] } });
    expect(operations[2]).toMatchObject({ state: { a: 2, cart: [1] } });
  });

  test('a value is copied as it is set: what the app changes in its own is not the session’s', async () => {
    const mine = { n: [1], at: new Date(0) };
    await using app = await serve({
      '/': (session) => {
        session.set('mine', mine);
        session.set('plain', mine.n);
        mine.n.push(2);
      },
      '/read': (session) => session.get('plain'),
    });
    await app.get('/');
    expect(shown(await app.operations('/'))).toEqual(['create', 'set mine', 'set plain', 'save done']);
    expect(JSON.parse((await app.get('/read')).body)).toEqual([1]);
  });

  test('the session of another ID', async () => {
    await using app = await serve({
      '/': (session) => (session.set('a', 1), session.sessionID),
      '/load': async (session, { url }) => {
        await session.load(url.searchParams.get('id')!);
        return session.get('a');
      },
    });
    await app.get('/');
    const { sessionAfter } = await app.finished('/');
    const id = app.jar.get('astro-session')!;
    app.jar.clear();
    expect((await app.get(`/load?id=${id}`)).body).toBe('1');
    const operations = await app.operations('/load');
    expect(shown(operations)).toEqual(['load done', 'load found', 'get a']);
    expect(operations[0]).toMatchObject({ actor: 'app', session: sessionAfter });
    expect((await app.finished('/load')).sessionAfter).toBe(sessionAfter);
  });

  test('a look at the record, and the proof of its cookie', async () => {
    const records = new Map<string, unknown>();
    await using app = await serve({ '/': (session) => session.set('text', 'ünï © 🎉') }, { records });
    await app.get('/');
    const { sessionAfter } = await app.finished('/');
    const [middleware] = app.companion.middlewares();
    expect(middleware!.describe()).toMatchObject({
      library: 'astro',
      cookieNames: ['astro-session'],
      commit: 'automatic',
      store: 'records',
      settings: { 'cookie.secure': 'false' },
    });
    const value = app.jar.get('astro-session')!;
    expect(middleware!.prove({ name: 'astro-session', value }, [])).toMatchObject({ fingerprint: sessionAfter });
    expect(middleware!.prove({ name: 'astro-session', value: 'hello' }, [])).toEqual({ signature: 'malformed' });
    expect(middleware!.prove({ name: 'other', value }, [])).toBeUndefined();
    const before = [...records];
    expect(await middleware!.readStore(value, EVERYTHING)).toMatchObject({
      outcome: 'found',
      state: { text: 'ünï © 🎉' },
    });
    expect(await middleware!.readStore(crypto.randomUUID(), EVERYTHING)).toEqual({ outcome: 'missing' });
    expect([...records]).toEqual(before);
  });

  test('the panel finds what was pushed and not set', async () => {
    await using app = await serve({
      '/': (session) => session.set('cart', [1]),
      '/push': async (session) => ((await session.get('cart')) as number[]).push(2),
    });
    for (const path of ['/', '/push']) await app.get(path);
    await app.finished('/push');
    expect(findingsIn(app.events()).all).toContain('nested-change-not-saved');
  });
});

test('off, it calls the next one and no more', () => {
  const answer = {};
  expect(observe({ enabled: false })({}, () => answer)).toBe(answer);
});
