/** A forgotten `await`, over HTTP, on stores that answer later: nothing is lost, and no process ends by it. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import express from 'express';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { Jar } from '../tests/browser.ts';
import { makeStore, type StoreName, type TestStore } from '../tests/stores.ts';
import { MissingKeyError, type NotLoadedError } from './errors.ts';
import { expressSessions } from './middleware/express.ts';
import type { Sessions } from './core.ts';
import { createSessions } from './sessions.ts';

const NAMES: StoreName[] = ['db on SQLite', 'db on PostgreSQL', 'db on MySQL', 'cache', 'cached_db', 'file'];

for (const name of NAMES) {
  const warnings: string[] = [];
  const store = await makeStore(name, { logger: { warn: (message: string) => void warnings.push(message) } });
  describe.skipIf(store === undefined)(name, async () => {
    const sessions = store === undefined ? undefined! : createSessions(store.options);
    const server = store === undefined ? undefined! : await serveForgetful(sessions);
    const { port } = (server?.address() ?? {}) as AddressInfo;
    afterAll(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await sessions.close();
      await (store as TestStore).dispose();
    });
    let jar: Jar;
    beforeEach(async () => {
      warnings.length = 0;
      jar = new Jar(port);
      await jar.ask('/first');
    });

    test('what was set is stored', async () => {
      expect((await jar.ask('/set')).setCookies).toHaveLength(1);
      expect((await jar.ask('/all')).body).toBe('{"a":1,"b":2}');
      expect(warnings).toEqual([]);
    });

    test('a call that begins the next one is waited for with it', async () => {
      await jar.ask('/chain');
      expect((await jar.ask('/all')).body).toBe('{"a":2}');
    });

    test('a logout is a logout', async () => {
      const old = jar.header;
      const answer = await jar.ask('/flush');
      expect([answer.status, answer.body]).toEqual([200, 'bye']);
      expect(jar.value).toBeUndefined();
      expect((await jar.ask('/all', { cookie: old })).body).toBe('{}');
    });

    test('a login has its new key', async () => {
      const before = jar.value;
      await jar.ask('/cycle');
      expect(jar.value).not.toBe(before);
      expect((await jar.ask('/all')).body).toBe('{"a":1}');
    });

    test.each(['/delete', '/delete-early', '/delete-loaded'])(
      '%s of what is not there is an error of its request, named by the logger, and the process lives',
      async (path) => {
        const answer = await jar.ask(path);
        expect([answer.status, answer.body]).toEqual([500, 'MissingKeyError']);
        expect(warnings).toEqual([
          'session.delete() failed, and nothing awaited it: MissingKeyError: The session has no key "missing". Ask with has() first, or use get() or pop() with a default value. Write: await session.delete(…)',
        ]);
        expect((await jar.ask('/all')).body).toBe('{"a":1}');
      },
    );

    test('what is awaited is as it was: caught by the app, its own line in the stack, nothing logged', async () => {
      expect(await jar.ask('/caught')).toMatchObject({ status: 200, body: expect.stringContaining('inHandler') });
      expect((await jar.ask('/late-await')).status).toBe(200);
      expect(warnings).toEqual([]);
    });

    test('a change after the headers have left is named', async () => {
      expect((await jar.ask('/stream')).body).toBe('first last');
      expect(warnings).toEqual([
        expect.stringContaining("session.set() was called after the response's headers had left"),
      ]);
      expect((await jar.ask('/all')).body).toBe('{"a":1}');
    });

    test('read at once, once it is loaded', async () => {
      expect((await jar.ask('/loaded')).body).toBe('NotLoadedError [["a",1]] 1 guest true');
    });
  });
}

async function serveForgetful(sessions: Sessions): Promise<Server> {
  await sessions.createTable();
  const app = express();
  app.use(expressSessions(sessions));
  app.get('/first', async (request, response) => {
    await sessions.of(request).set('a', 1);
    response.send('first');
  });
  /* oxlint-disable typescript/no-floating-promises -- Forgotten on purpose: what this file is about. */
  app.get('/set', (request, response) => {
    sessions.of(request).set('b', 2);
    response.send('set');
  });
  app.get('/chain', (request, response) => {
    const session = sessions.of(request);
    session.get('a').then((value) => session.set('a', Number(value) + 1));
    response.send('chain');
  });
  app.get('/flush', (request, response) => {
    sessions.of(request).flush();
    response.send('bye');
  });
  app.get('/cycle', (request, response) => {
    sessions.of(request).cycleKey();
    response.send('hello');
  });
  app.get('/delete', (request, response) => {
    sessions.of(request).delete('missing');
    response.send('deleted');
  });
  app.get('/delete-early', async (request, response) => {
    sessions.of(request).delete('missing');
    await wait(50);
    response.send('deleted');
  });
  app.get('/delete-loaded', async (request, response) => {
    await sessions.of(request).get('a');
    sessions.of(request).delete('missing');
    await wait(5);
    response.send('deleted');
  });
  app.get('/stream', async (request, response) => {
    response.write('first ');
    await wait(20);
    sessions.of(request).set('b', 2);
    response.end('last');
  });
  /* oxlint-enable typescript/no-floating-promises */
  app.get('/caught', async function inHandler(request, response) {
    const error: unknown = await sessions
      .of(request)
      .get('a')
      .then(() => undefined);
    const thrown = await failing(sessions, request);
    response.send(String(error) + (thrown.stack ?? ''));
  });
  app.get('/late-await', async (request, response) => {
    const deleted = sessions
      .of(request)
      .delete('missing')
      .catch((error: unknown) => error);
    await wait(20);
    response.status((await deleted) instanceof MissingKeyError ? 200 : 500).send('late');
  });
  app.get('/loaded', async (request, response) => {
    const session = sessions.of(request);
    let thrown: unknown;
    try {
      session.loaded.get('a');
    } catch (error) {
      thrown = error;
    }
    await session.keys();
    const { loaded } = session;
    response.send(
      `${(thrown as NotLoadedError).name} ${JSON.stringify(loaded.entries())} ${String(loaded.get('a'))} ${String(loaded.get('b', 'guest'))} ${loaded.has('a')}`,
    );
  });
  app.get('/all', async (request, response) => {
    response.send(JSON.stringify(Object.fromEntries(await sessions.of(request).entries())));
  });
  app.use(
    (error: Error, _request: express.Request, response: express.Response, _next: express.NextFunction) =>
      void response.status(500).send(error.name),
  );
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => resolve(server));
  });
}

async function failing(sessions: Sessions, request: express.Request): Promise<Error> {
  const inHandler = async () => {
    try {
      await sessions.of(request).require('missing');
    } catch (error) {
      return error as Error;
    }
    throw new Error('it was there');
  };
  return inHandler();
}
