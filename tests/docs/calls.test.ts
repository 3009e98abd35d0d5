/** What an app calls on its session, each thing once: told as docs/protocol.md says. */
import { expect, test } from 'vitest';
import type { OperationRecorded } from '../../protocol/index.ts';
import { EVERYTHING, observedApp } from '../django-sessions/observed.ts';
import { serve } from '../express-session/observed-app.ts';
import { asMapped, mappingOf } from './mapping.ts';

test('express-session', async () => {
  const routes: Record<string, (request: { session: any }) => unknown> = {
    '/set': ({ session }) => Object.assign(session, { a: 1, cart: [1], profile: { name: 'ada' } }),
    '/read': ({ session }) => [session.a, 'a' in session, Object.keys(session), session.cart.push(2)],
    '/cookie': ({ session }) => {
      session.cookie.maxAge = 60_000;
      session.cookie.expires = new Date(Date.now() + 60_000);
      session.cookie.originalMaxAge = 60_000;
      session.cookie.secure = false;
      session.cookie.path = '/';
    },
    '/touch': ({ session }) => session.touch().resetMaxAge(),
    '/delete': ({ session }) => [delete session.a, delete session.profile.name],
    '/save': ({ session }) => new Promise((resolve) => session.save(resolve)),
    '/reload': ({ session }) => new Promise((resolve) => session.reload(resolve)),
    '/regenerate': ({ session }) => new Promise((resolve) => session.regenerate(resolve)),
    '/again': ({ session }) => (session.a = 1),
    '/destroy': ({ session }) => new Promise((resolve) => session.destroy(resolve)),
    '/set-again': ({ session }) => (session.a = 1),
    '/unset': (request) => delete request.session,
  };
  const told = new Set<string>();
  for (const observation of [{}, { proxy: false }, { deep: true }]) {
    await using app = await serve(
      (express, factory, options) => {
        express.use(factory({ ...options, unset: 'destroy' }));
        express.use((request, response, next) => {
          Promise.resolve(routes[request.path]!(request)).then(() => response.end(), next);
        });
      },
      { observation },
    );
    for (const path of Object.keys(routes)) {
      await app.get(path);
      await app.finished();
    }
    for (const operation of app.operations()) told.add(asMapped(operation, 'express-session'));
  }
  const mapping = mappingOf('express-session');
  expect([...told].filter((one) => !mapping.has(one))).toEqual([]);
  // What only an expired record and calls on the store itself bring about.
  expect([...mapping].filter((one) => !told.has(one) && !one.startsWith('store.')).toSorted()).toEqual([]);
});

test('@sessionscope/django-sessions', async () => {
  await using app = await observedApp(
    async (path, session) => {
      if (path === '/set') {
        await session.set('a', 1);
        await session.update({ b: [1] });
        await session.setDefault('c', 1);
        await session.setDefault('c', 2);
        await session.setTestCookie();
        await session.setExpiry(60);
      } else if (path === '/read') {
        await session.get('a');
        await session.require('a');
        await session.has('a');
        await session.keys();
        await session.values();
        await session.entries();
        await session.getExpiryAge();
        await session.getExpiryDate();
        await session.getExpireAtBrowserClose();
        await session.testCookieWorked();
        ((await session.get('b')) as number[]).push(2);
        session.modified = true;
        session.modified = false;
      } else if (path === '/delete') {
        await session.deleteTestCookie();
        await session.delete('a');
        await session.pop('c');
        await session.pop('c', null);
        await session.save();
        await session.load();
      } else if (path === '/cycle') await session.cycleKey();
      else if (path === '/clear') session.clear();
      else if (path === '/flush') await session.flush();
      else if (path === '/create') await session.create();
      else await session.deleteRecord();
      return {};
    },
    { host: 'Express 5', options: { secretKey: 'a secret of the tests', database: ':memory:' } },
  );
  for (const path of ['set', 'read', 'delete', 'cycle', 'clear', 'flush', 'create', 'set', 'delete-record'])
    await app.get(`/${path}`);
  const operations = app.companion.log
    .read(null, EVERYTHING, 10_000)
    .events.filter((event): event is OperationRecorded => event.type === 'operation-recorded');
  const told = new Set(operations.map((one) => asMapped(one, '@sessionscope/django-sessions')));
  const mapping = mappingOf('@sessionscope/django-sessions');
  expect([...told].filter((one) => !mapping.has(one))).toEqual([]);
  // A key that came or went behind the framework's back, a deletion found so, and the file engine's own.
  const unseen = ['load → expire', 'unseen change → delete', 'unseen change → set'];
  expect([...mapping].filter((one) => !told.has(one)).toSorted()).toEqual(unseen);
});
