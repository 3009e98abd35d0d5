/** Secrets stay put: no session key in anything that is written or reported; redacted values; hostile values. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EncodedValue, EventsAnswer, OperationRecorded, SessionscopeEvent } from '../../protocol/index.ts';
import {
  type ListenerName,
  LISTENERS,
  type GuardedApp,
  holdTerminal,
  json,
  PeekedStore,
  serveGuarded,
} from './guarded-app.ts';

const settled = () => new Promise((resolve) => setTimeout(resolve, 30));

describe('a canary key', () => {
  /** Everything that leaves: answers, headers, events, terminal, state files. */
  test('is in nothing that is written, reported or kept, whatever fails', async () => {
    const canary = `canary${randomBytes(12).toString('hex')}`;
    using terminal = holdTerminal();
    const state = mkdtempSync(join(tmpdir(), 'sessionscope-state-'));
    class Leaking extends PeekedStore {
      /** As a store does that names its files after keys. */
      override get(key: string, callback: Parameters<PeekedStore['get']>[1]): void {
        if (this.isDown) return callback(Object.assign(new Error(`EACCES: open '/var/s/${key}.json'`), { key }));
        super.get(key, callback);
      }
      isDown = false;
    }
    const store = new Leaking();
    let made = 0;
    const routes: Record<string, RequestHandler> = {
      // The key as a value, under a name that gives nothing away and inside a text.
      '/copy': (request, response) => {
        request.session['mine'] = request.sessionID;
        request.session['nested'] = { list: [request.sessionID, { deep: request.sessionID }] };
        request.session['text'] = `the session ${request.sessionID} is mine`;
        request.session['cookieText'] = request.headers.cookie;
        response.end();
      },
      '/regenerate-it': (request, response, next) =>
        request.session.regenerate((error) => (error ? next(error) : response.end())),
      '/save-it': (request, response, next) => request.session.save((error) => (error ? next(error) : response.end())),
      '/throw-it': (request) => {
        throw new Error(`no session ${request.sessionID}`);
      },
    };
    await using guarded = await serveGuarded({
      store,
      genid: () => `${canary}${(made += 1)}`,
      after: (app) => {
        for (const [path, handler] of Object.entries(routes)) app.get(path, handler);
      },
    });
    const { app } = guarded;
    app.cookies.clear();
    for (const path of ['/write?note=x', '/copy', '/copy', '/save-it', '/regenerate-it', '/copy', '/throw-it'])
      await (await app.get(path)).text();
    store.isDown = true;
    await (await app.get('/copy')).text();
    store.isDown = false;
    // Broken from inside, so that faults of ours are reported with what they know.
    const { fingerprint } = app.companion!.identity;
    const breaking = app.companion!.identity as { fingerprint: typeof fingerprint };
    breaking.fingerprint = (key) => {
      throw new Error(`no name for ${key}`);
    };
    await (await app.get('/copy')).text();
    breaking.fingerprint = fingerprint;
    await settled();

    const reported: string[] = [terminal.text()];
    const [name, value] = [...app.cookies][0]!;
    const proofs = { cookies: [{ name, value }] };
    for (const listener of LISTENERS)
      for (const withToken of [true, false])
        for (const [call, body] of [
          ['hello', { versions: [1] }],
          ['session', { v: 1, proofs }],
          ['events', { v: 1, proofs, after: null, wait: false }],
        ] as const)
          reported.push((await guarded.ask(listener, { call, body, withToken })).raw);
    for (const { seq, part, path } of valuesOf(app.events()))
      for (const reveal of [false, true])
        reported.push(
          (
            await guarded.ask('direct', {
              call: 'value',
              withToken: true,
              body: { v: 1, proofs, epoch: app.companion!.log.epoch, seq, part, path, reveal },
            })
          ).raw,
        );
    for (const target of [`/__sessionscope__/v1/session?key=${value}`, `/__sessionscope__/${value}`])
      for (const listener of LISTENERS) reported.push((await guarded.ask(listener, { target })).raw);
    const { directory } = app.companion!.identity;
    for (const file of readdirSync(directory)) reported.push(readFileSync(join(directory, file), 'utf8'));
    rmSync(state, { recursive: true, force: true });

    expect(made).toBeGreaterThan(1);
    expect(reported.length).toBeGreaterThan(50);
    expect(reported.filter((text) => text.includes('mine')).length).toBeGreaterThan(1);
    const hits = reported.filter((text) => text.includes(canary));
    expect(hits.map((text) => excerpt(text, canary))).toEqual([]);
  });
});

const excerpt = (text: string, canary: string) => {
  const at = text.indexOf(canary);
  return text.slice(Math.max(0, at - 120), at + 40);
};

function* valuesOf(events: readonly SessionscopeEvent[]) {
  for (const event of events)
    if (event.type === 'operation-recorded')
      for (const part of ['before', 'after', 'state'] as const)
        if (event[part] !== undefined) {
          yield { seq: event.seq, part, path: [] as (string | number)[] };
          for (const path of [['nested', 'list', 0], ['nested', 'list', 1], ['mine'], ['text']])
            yield { seq: event.seq, part, path };
        }
}

describe('redaction', () => {
  const SECRETS = {
    password: 'canary-hunter2',
    Password: 'canary-Hunter2',
    nested: { a: [{ apiKey: 'canary-api-key' }, [{ 'Access-Token': ['canary-listed'] }]] },
    json: '{"user":"ann","password":"canary-in-json"}',
    jsonSpaced: '{"user": "ann", "Pass-Phrase" : "canary-in-spaced-json"}',
    jsonTwice: JSON.stringify({ inner: JSON.stringify({ password: 'canary-in-json-in-json' }) }),
    jsonLong: JSON.stringify({ padding: 'x'.repeat(900), secret: 'canary-in-the-middle', more: 'y'.repeat(2_000) }),
    jsonCut: JSON.stringify({ padding: 'x'.repeat(4_000), password: `canary-at-the-end${'z'.repeat(200)}` }),
    jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOjF9.canary-signature',
    header: 'Bearer canary-bearer-token',
    card: '4111 1111 1111 1111',
    url: 'postgres://ann:canary-db@db.test/shop',
    plain: 'visible-canary',
  };
  const LIVE = {
    map: () =>
      new Map<unknown, unknown>([
        ['password', 'canary-in-map'],
        ['visible', 'in-map'],
        [{ token: 1 }, { token: 'canary-in-map-value' }],
      ]),
    set: () => new Set<unknown>([{ secret: 'canary-in-set' }, '{"pin":"canary-json-in-set"}']),
    class: () =>
      new (class User {
        name = 'ann';
        sessionKey = 'canary-in-class';
      })(),
    error: () => new Error('{"password":"canary-in-error"}'),
    bytes: () => Buffer.from('{"password":"canary-in-bytes"}'),
    boxed: () => Object('{"password":"canary-boxed"}') as object,
    wide: () =>
      Object.fromEntries([
        ...Array.from({ length: 60 }, (_, index) => [`key${index}`, index]),
        ['pwd', 'canary-in-wide'],
      ]),
  };
  let guarded: GuardedApp;
  let browser: { name: string; value: string };

  beforeAll(async () => {
    guarded = await serveGuarded({
      companion: { redact: ['favourite colour'] },
      after: (app) => {
        app.get('/secrets', (request, response) => {
          Object.assign(request.session, SECRETS, { 'Favourite-Colour': 'canary-own-rule' });
          for (const [name, make] of Object.entries(LIVE)) request.session[`live-${name}`] = make();
          response.end();
        });
        app.get('/change', (request, response) => {
          (request.session['nested'] as typeof SECRETS.nested).a = [{ apiKey: 'canary-changed-inside' }, []];
          request.session['password'] = 'canary-changed';
          delete request.session['Password'];
          response.end();
        });
        app.get('/hold', (request, response) => {
          request.session['password'] = 'canary-in-memory';
          held.push(() => response.end());
        });
      },
    });
    const held: (() => void)[] = [];
    release = () => held.splice(0).forEach((end) => end());
    guarded.app.cookies.clear();
    for (const path of ['/write?note=x', '/secrets', '/change']) await (await guarded.app.get(path)).text();
    const [name, value] = [...guarded.app.cookies][0]!;
    browser = { name, value };
  });
  afterAll(() => guarded[Symbol.asyncDispose]());
  let release = () => {};

  const proofs = () => ({ cookies: [browser] });
  const canaries = (text: string) => text.match(/canary-[a-z0-9-]+/gi)?.filter((hit) => hit !== 'canary-') ?? [];
  /** `visible-canary` is reported in full: it is how a test knows that values are reported at all. */
  const expectHeldBack = (text: string) => {
    expect(text).not.toContain('4111');
    expect(canaries(text.replaceAll('visible-canary', ''))).toEqual([]);
  };

  test.each(LISTENERS)('at the listener %s events redact every secret, of a paired panel too', async (listener) => {
    for (const withToken of listener === 'app' ? [true] : [true, false]) {
      const answer = await guarded.ask(listener, {
        call: 'events',
        withToken,
        body: { v: 1, proofs: proofs(), after: null, wait: false },
      });
      expect(answer.text).toContain('visible-canary');
      expectHeldBack(answer.text);
      // A diff can still say that a secret changed.
      const changes = (json<EventsAnswer>(answer).events as OperationRecorded[]).filter(
        ({ path, operation }) => operation === 'set' && path?.[0] === 'password',
      );
      const digests = changes.map(({ after }) => (after as { digest: string }).digest);
      expect(new Set(digests).size).toBe(2);
    }
  });

  test('so do `session`, from the store and from the memory of an open exchange', async () => {
    const open = guarded.app.get('/hold');
    let memory: unknown[] = [];
    for (let tries = 0; memory.length === 0 && tries < 2_000; tries++) {
      const answer = await guarded.ask('direct', { body: { v: 1, proofs: proofs() } });
      expect(answer.text).toContain('visible-canary');
      expectHeldBack(answer.text);
      ({ memory } = json<{ memory: unknown[] }>(answer));
    }
    expect(memory.length).toBe(1);
    release();
    await (await open).text();
  });

  test('and `value`, by every path into a value that holds a secret', async () => {
    const paths = (value: EncodedValue, path: (string | number)[] = []): (string | number)[][] => {
      if (typeof value !== 'object' || value === null) return [path];
      const parts: [string | number, EncodedValue][] = Array.isArray(value)
        ? value.map((item, index) => [index, item])
        : '$' in value
          ? value.$ === 'map'
            ? (value.entries as [EncodedValue, EncodedValue][]).map(([, item], index) => [index, item])
            : value.$ === 'object'
              ? (value.entries as [string, EncodedValue][])
              : value.$ === 'set' || value.$ === 'array'
                ? (value.items as EncodedValue[]).map((item, index) => [index, item])
                : []
          : Object.entries(value);
      return [path, ...parts.flatMap(([step, item]) => paths(item, [...path, step]))];
    };
    const { log } = guarded.app.companion!;
    const kept = guarded.app.events().filter((event) => event.type === 'operation-recorded');
    let asked = 0;
    for (const event of kept)
      for (const part of ['before', 'after', 'state'] as const) {
        // As the log keeps it, secrets and all: what the paths lead into.
        const whole = log.value(
          { seq: event.seq, part, path: [], reveal: true },
          { all: true, sessions: new Set(), exchanges: new Set() },
        );
        if (whole === undefined || !JSON.stringify(whole).includes('canary')) continue;
        for (const path of paths(whole)) {
          asked += 1;
          const request = { seq: event.seq, part, path, reveal: false };
          for (const viewer of [
            { all: true, sessions: new Set<string>(), exchanges: new Set<string>() },
            { all: false, sessions: new Set<string>(), exchanges: new Set([event.exchange!]) },
          ]) {
            const text = JSON.stringify(log.value(request, viewer) ?? null);
            expect({ path, text: canaries(text.replaceAll('visible-canary', '')) }).toEqual({ path, text: [] });
          }
        }
      }
    expect(asked).toBeGreaterThan(200);
    // One of them by the call itself, at both listeners.
    const set = kept.find(({ path }) => path?.[0] === 'live-map')!;
    for (const listener of LISTENERS) {
      const answer = await guarded.ask(listener, {
        call: 'value',
        body: { v: 1, proofs: proofs(), epoch: log.epoch, seq: set.seq, part: 'after', path: [0] },
      });
      expect(answer.status).toBe(200);
      expectHeldBack(answer.text);
    }
  });

  test('only a token reveals', async () => {
    const { log } = guarded.app.companion!;
    const { seq } = guarded.app
      .events()
      .find((event) => event.type === 'operation-recorded' && event.path?.[0] === 'password')!;
    const body = { v: 1, proofs: proofs(), epoch: log.epoch, seq, part: 'after', path: [], reveal: true };
    const ask = (listener: ListenerName, withToken: boolean) =>
      guarded.ask(listener, { call: 'value', body, withToken });
    for (const listener of LISTENERS) expect((await ask(listener, true)).text).toBe('{"value":"canary-hunter2"}');
    const refused = await ask('direct', false);
    expect(refused.status).toBe(403);
    expectHeldBack(refused.text);
  });
});

describe('hostile values', () => {
  test('huge, deep, circular, with getters and toJSON: reported in bounds, and no code of theirs runs', async () => {
    const ran: string[] = [];
    const trap = (name: string) => () => {
      ran.push(name);
      throw new Error(name);
    };
    const make: Record<string, () => unknown> = {
      huge: () => 'x'.repeat(50 * 1024 * 1024),
      deep: () => {
        let value: unknown = 'bottom';
        for (let depth = 0; depth < 100_000; depth++) value = { down: value };
        return value;
      },
      cycle: () => {
        const value: Record<string, unknown> = { list: [] };
        (value['list'] as unknown[]).push(value);
        return value;
      },
      wide: () => Array.from({ length: 100_000 }, (_, index) => ({ index })),
      getter: () =>
        Object.defineProperties(
          {},
          { boom: { enumerable: true, get: trap('getter') }, constructor: { get: trap('constructor') } },
        ),
      toJSON: () => ({ toJSON: trap('toJSON'), toString: trap('toString'), [Symbol.toPrimitive]: trap('toPrimitive') }),
      proxy: () =>
        new Proxy({}, { get: trap('get'), ownKeys: trap('ownKeys'), getPrototypeOf: trap('getPrototypeOf') }),
      iterator: () => ({ [Symbol.iterator]: trap('iterator') }),
      proto: () => JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}}}') as unknown,
      markup: () => '<img src=x onerror=alert(1)>\r\nX-Evil: 1\u2028data: {}\n\nevent: events',
    };
    // The session is never saved: what can't be stored is the app's affair, and the panel must show it anyway.
    const store = new (class extends PeekedStore {
      override set(...[, , callback]: Parameters<PeekedStore['set']>): void {
        callback?.();
      }
    })();
    await using guarded = await serveGuarded({
      store,
      after: (app) =>
        app.get('/hostile/:name', (request, response) => {
          Object.defineProperty(request.session, 'toJSON', {
            value: () => ({ cookie: {} }),
            enumerable: false,
            configurable: true,
          });
          request.session['hostile'] = make[request.params.name]!();
          response.end('done');
        }),
    });
    const { app } = guarded;
    for (const name of Object.keys(make)) {
      expect(await (await app.get(`/hostile/${name}`)).text(), name).toBe('done');
      await settled();
    }
    expect(ran).toEqual([]);
    for (const listener of LISTENERS) {
      const answer = await guarded.ask(listener, {
        call: 'events',
        withToken: true,
        body: { v: 1, proofs: {}, after: null, wait: false },
      });
      expect(answer.status).toBe(200);
      expect(answer.text.length).toBeLessThan(4 * 1024 * 1024);
      expect(answer.headers.has('x-evil')).toBe(false);
      const sets = json<EventsAnswer>(answer).events.filter(
        (event) => event.type === 'operation-recorded' && event.operation === 'set' && event.path?.[0] === 'hostile',
      );
      expect(sets.length).toBe(Object.keys(make).length);
    }
    expect(app.companion!.faults.total).toBe(0);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
