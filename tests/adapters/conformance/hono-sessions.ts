/** hono-sessions 0.8 on Hono 4, with each of its own stores. */
import { MemoryStore } from 'hono-sessions';
import { type Handler, listenOn, type StoreName, STORES } from '../../hono/observed-app.ts';
import type { Capabilities, Routes, Subject } from './subject.ts';

class FailingStore extends MemoryStore {
  override persistSessionData(): void {
    throw new Error('the disk is full');
  }
}

/** Where the library gives the sessions no name of its own. */
const NAMES = { MemoryStore: 'hono_id', CookieStore: 'hono_sealed' };

const handlers = (routes: Routes): Record<string, Handler> =>
  Object.fromEntries(
    Object.entries(routes).map(([path, route]): [string, Handler] => [
      path,
      async (session, context) => {
        const answer = await route({
          session: {
            get: (key) => session.get(key) ?? undefined,
            set: (key, value) => session.set(key, value),
            delete: (key) => session.forget(key),
            save: () => undefined,
            rotate: () => context.set('session_key_rotation', true),
            end: () => session.deleteSession(),
            has: async (key) => session.get(key) !== null,
            keys: async () => Object.keys(session.getCache()['_data']),
            endsIn: async () => undefined,
          },
          begin: () => undefined,
        });
        if (typeof answer === 'object') return context.redirect(answer.to, 303);
        return typeof answer === 'number' ? context.body(null, answer as 200) : (answer ?? '');
      },
    ]),
  );

const subject = (store: StoreName, differing: Partial<Capabilities>): Subject => ({
  name: `hono-sessions with its ${store}`,
  page: 'hono.md',
  cookieNames: [NAMES[store]],
  capabilities: {
    rotation: true,
    expiry: 'the session has an end of its own, which its cookie does not follow',
    record: true,
    storeErrors: true,
    streaming: 'the cookie is set with each response, before the app runs',
    ...differing,
  },
  serve: (routes, { companion, failing }) =>
    listenOn(handlers(routes), companion, {
      options: {
        store: failing ? new FailingStore() : STORES[store](),
        sessionCookieName: NAMES[store],
        // By default it stores where the time of the access, in ms, is another: two requests in one are not.
        autoExtendExpiration: false,
      },
    }),
});

export const HONO_SESSIONS: readonly Subject[] = [
  subject('MemoryStore', {}),
  subject('CookieStore', {
    rotation: 'the library has none: each save is another cookie',
    storeErrors: 'there is no store',
    streaming: 'the library stores once the handler has ended, and a cookie is set in any case',
  }),
];
