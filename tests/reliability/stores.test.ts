/**
 * Stores that misbehave: the app does with the companion what it does without. Each store calls back twice, never, at
 * once, or throws; each trace of it (answers, calls, errors, what the store caught) is compared with the bare app's.
 */
import type { ErrorRequestHandler } from 'express';
import session from 'express-session';
import { describe, expect, test } from 'vitest';
import { EXPRESS, type ExpressVersion, serve } from '../express-session/observed-app.ts';
import { exchangeBytes, parseAnswer, writeRequest } from '../invisibility/raw-http.ts';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { call, inApp } from './panel-client.ts';

type Callback = (error?: unknown, data?: unknown) => void;
type Method = 'get' | 'set' | 'destroy' | 'touch';

/** How a faulty method answers; `answer` is what a sound one would say. */
const FAULTS: Record<string, (callback: Callback, answer: unknown[], caught: (error: unknown) => void) => void> = {
  'calls back twice': (callback, answer, caught) => {
    setImmediate(() => {
      for (let times = 0; times < 2; times++)
        try {
          callback(...answer);
        } catch (error) {
          caught(error);
        }
    });
  },
  'calls back twice at once': (callback, answer, caught) => {
    for (let times = 0; times < 2; times++)
      try {
        callback(...answer);
      } catch (error) {
        caught(error);
      }
  },
  'never calls back': () => {},
  'calls back at once': (callback, answer) => callback(...answer),
  throws: () => {
    throw new TypeError('the store threw');
  },
  'calls back and throws': (callback, answer) => {
    callback(...answer);
    throw new TypeError('the store threw after all');
  },
  'calls back with an error': (callback) => setImmediate(callback, new Error('the store is down')),
  'calls back with an error of no kind': (callback) => setImmediate(callback, 'down'),
  'calls back with an answer and an error': (callback, answer) => setImmediate(callback, new Error('half'), answer[1]),
};

class Faulty extends session.MemoryStore {
  fault: { method: Method; name: string } | undefined;
  readonly trace: string[] = [];
  readonly #records = new Map<string, string>();

  #run(method: Method, callback: Callback | undefined, answer: unknown[]): unknown {
    this.trace.push(method);
    const answerOnce: Callback = (...args) => callback?.(...args);
    if (this.fault?.method !== method) return void setImmediate(answerOnce, ...answer);
    return FAULTS[this.fault.name]!(answerOnce, answer, (error) => this.trace.push(`caught ${String(error)}`));
  }

  override get(key: string, callback: (error: unknown, data?: session.SessionData | null) => void): void {
    const record = this.#records.get(key);
    this.#run('get', callback as Callback, [null, record === undefined ? null : JSON.parse(record)]);
  }
  override set(key: string, data: session.SessionData, callback?: (error?: unknown) => void): void {
    this.#records.set(key, JSON.stringify(data));
    this.#run('set', callback, [null]);
  }
  override touch(key: string, _data: session.SessionData, callback?: () => void): void {
    this.trace.push(`touch ${key.length}`);
    this.#run('touch', callback, []);
  }
  override destroy(key: string, callback?: (error?: unknown) => void): void {
    this.#records.delete(key);
    this.#run('destroy', callback, [null]);
  }
}

const PATHS: Record<Method, string[]> = {
  get: ['/read', '/write'],
  set: ['/write', '/save'],
  touch: ['/read'],
  destroy: ['/destroy', '/regenerate'],
};

/** Where a store keeps silent, so may the app. */
const MAY_HANG = new Set(['never calls back', 'throws']);

/**
 * Answers of the same server that a request which a silent store holds is given: by then every callback that could
 * still answer it has had its turn, however busy the machine is.
 */
const TURNS = 20;
const PATIENCE_MS = 10_000;

async function ask(port: number, path: string, cookie: string, isSilent = false): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
  const waiting = isSilent ? once(socket, 'connect').then(() => giveUp(port, socket)) : undefined;
  const headers = cookie === '' ? {} : { Cookie: cookie };
  const bytes = await exchangeBytes(port, writeRequest({ path, headers }), socket).catch(() => Buffer.alloc(0));
  clearTimeout(timer);
  await waiting;
  return bytes.toString('latin1');
}

async function giveUp(port: number, socket: Socket): Promise<void> {
  for (let turn = 0; turn < TURNS && !socket.destroyed; turn++)
    await (await fetch(`http://127.0.0.1:${port}/turn`)).text();
  socket.destroy();
}

async function run(isObserved: boolean, version: ExpressVersion, method: Method, name: string): Promise<unknown> {
  const store = new Faulty();
  const { trace } = store;
  let keys = 0;
  await using app = await serve(
    (express, factory, options) => {
      express.get('/turn', (_request, response) => void response.end());
      express.use(factory({ ...options, store, rolling: true, genid: () => `key-${(keys += 1)}` }));
      const routes: Record<string, (request: Parameters<ErrorRequestHandler>[1], end: (text: string) => void) => void> =
        {
          '/first': (request, end) => {
            request.session['n'] = 1;
            end('first');
          },
          '/read': (request, end) => end(`n is ${String(request.session['n'])}`),
          '/write': (request, end) => {
            request.session['n'] = 2;
            end('written');
          },
          '/save': (request, end) => {
            request.session['n'] = 3;
            request.session.save((error) => end(`saved ${String(error)}`));
          },
          '/destroy': (request, end) => void request.session.destroy((error) => end(`destroyed ${String(error)}`)),
          '/regenerate': (request, end) =>
            void request.session.regenerate((error) => end(`regenerated ${String(error)}`)),
        };
      for (const [path, handler] of Object.entries(routes))
        express.get(path, (request, response) => {
          trace.push(`handled ${path}`);
          handler(request, (text) => {
            trace.push(text);
            response.end(text);
          });
        });
      express.use(((error: unknown, _request, response, next) => {
        trace.push(`failed: ${String(error)}`);
        if (response.headersSent) return next(error);
        response.status(500).end(String(error));
      }) as ErrorRequestHandler);
    },
    { version, isObserved },
  );
  const first = await ask(app.port, '/first', '');
  const cookie = /set-cookie: (connect\.sid=[^;]*)/i.exec(first)![1]!;
  const answers: unknown[] = [];
  for (const path of PATHS[method]) {
    store.fault = { method, name };
    trace.push(path);
    const answer = parseAnswer(Buffer.from(await ask(app.port, path, cookie, MAY_HANG.has(name)), 'latin1'));
    answers.push({
      ...answer,
      headers: answer.headers
        .filter((line) => !/^(Date|Sessionscope|ETag):/.test(line))
        .map((line) => line.replace(/Expires=[^;]*/, '')),
    });
    store.fault = undefined;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  if (app.companion) expect(app.companion.faults.total).toBe(0);
  return { answers, trace };
}

/** What an app throws past everybody ends up here in both runs; it is part of what is compared. */
async function withUncaught(work: () => Promise<unknown>): Promise<unknown> {
  const uncaught: string[] = [];
  const before = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => void uncaught.push(String(error)));
  try {
    return { result: await work(), uncaught };
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of before) process.on('uncaughtException', listener);
  }
}

describe.each(Object.keys(EXPRESS) as ExpressVersion[])('%s', (version) => {
  for (const name of Object.keys(FAULTS))
    test(`a store that ${name}: the same answers, calls and errors with the companion and without`, async () => {
      for (const method of Object.keys(PATHS) as Method[]) {
        const bare = await withUncaught(() => run(false, version, method, name));
        const observed = await withUncaught(() => run(true, version, method, name));
        expect({ method, ...(observed as object) }).toEqual({ method, ...(bare as object) });
      }
    });
});

test('a slow store, however slow: the app goes on in the very turn in which it answers, and nobody else waits', async () => {
  const held: (() => void)[] = [];
  class Slow extends session.MemoryStore {
    override get(key: string, callback: Parameters<session.MemoryStore['get']>[1]): void {
      held.push(() => super.get(key, callback));
    }
    override set(key: string, data: session.SessionData, callback?: (error?: unknown) => void): void {
      held.push(() => super.set(key, data, callback));
    }
  }
  // MemoryStore answers in a turn of its own; here it is to answer at once when it is let.
  const turns: string[] = [];
  await using app = await serve((express, factory, options) => {
    express.use(factory({ ...options, store: new Slow() }));
    express.get('/', (request, response) => {
      turns.push('handled');
      request.session['n'] = ((request.session['n'] as number | undefined) ?? 0) + 1;
      response.end('done');
      turns.push('ended');
    });
    express.get('/other', (_request, response) => void response.end('other'));
  });
  const waiting = async () => {
    for (let tries = 0; held.length === 0 && tries < 1_000; tries++)
      await new Promise((resolve) => setTimeout(resolve, 2));
    return held.shift()!;
  };
  const first = app.get('/');
  (await waiting())();
  await (await first).text();

  const second = app.get('/');
  const load = await waiting();
  // While it waits for its store, the endpoint and other requests are answered.
  app.cookies.clear();
  expect(await (await app.get('/other')).text()).toBe('other');
  expect(await call(inApp(app.origin), 'hello', { versions: [1] })).toMatchObject({ paired: false });
  turns.length = 0;
  load();
  await new Promise((resolve) => setImmediate(resolve));
  expect(turns).toEqual(['handled', 'ended']);
  (await waiting())();
  expect(await (await second).text()).toBe('done');
});
