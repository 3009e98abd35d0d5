/** An app under test: storages of React Router 7 and 8 on web-standard requests, observed or bare. */
import { getRequestListener } from '@hono/node-server';
import { createFileSessionStorage } from '@react-router/node';
import {
  createCookie,
  createCookieSessionStorage,
  createMemorySessionStorage,
  type SessionStorage,
} from 'react-router';
import {
  createCookie as createCookie7,
  createCookieSessionStorage as createCookieSessionStorage7,
  createMemorySessionStorage as createMemorySessionStorage7,
} from 'react-router7';
import { listen } from '../../playground/scenarios/hosts/serve-routes.ts';
import { observeWith } from '../../server-companion/node/src/adapters/react-router/observe-with.ts';
import { run, type Running } from '../adapters/conformance/running.ts';

type Observe = <Create extends (...args: never[]) => unknown>(create: Create) => Create;

const cookie = { name: 'rr', secrets: ['newest', 'older'], maxAge: 3_600 };

/** Each kind of storage, as an app makes it. `observe`: the function itself, where nothing is observed. */
export const STORAGES: Record<string, (observe: Observe) => SessionStorage> = {
  'cookie, 8': (observe) => observe(createCookieSessionStorage)({ cookie }),
  'cookie, 7': (observe) => observe(createCookieSessionStorage7)({ cookie }) as SessionStorage,
  'cookie of createCookie, 8': (observe) =>
    observe(createCookieSessionStorage)({ cookie: createCookie(cookie.name, cookie) }),
  'cookie of createCookie, 7': (observe) =>
    observe(createCookieSessionStorage7)({ cookie: createCookie7(cookie.name, cookie) }) as SessionStorage,
  'memory, 8': (observe) => observe(createMemorySessionStorage)({ cookie }),
  'memory, 7': (observe) => observe(createMemorySessionStorage7)({ cookie }) as SessionStorage,
  'files, 8': (observe) => observe(createFileSessionStorage)({ cookie, dir: process.env['TEST_SESSIONS']! }),
};

export type Handler = (storage: SessionStorage, request: Request) => Promise<Response>;

export const cookieOf = (request: Request): string | null => request.headers.get('Cookie');

export function serve(routes: Record<string, Handler>, kind = 'cookie, 8'): Promise<Running> {
  const subject = {
    name: kind,
    page: '',
    cookieNames: [],
    capabilities: { rotation: '', expiry: '', record: true, storeErrors: '', streaming: '' } as const,
    serve: (_routes: object, { companion }: { companion: Parameters<typeof observeWith>[0] | undefined }) => {
      const observe: Observe =
        companion === undefined ? (create) => create : (create) => observeWith(companion, create);
      const storage = STORAGES[kind]!(observe);
      return listen(
        getRequestListener(
          async (request) => {
            try {
              return await routes[new URL(request.url).pathname]!(storage, request);
            } catch (error) {
              return new Response((error as Error).message, { status: 500 });
            }
          },
          { overrideGlobalObjects: false },
        ),
      );
    },
  };
  return run(subject, {});
}
