/** An app under test: Hono on @hono/node-server with hono-sessions, observed or bare. */
import { getRequestListener } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { CookieStore, encrypt, MemoryStore, type Session as HonoSession, sessionMiddleware } from 'hono-sessions';
import { observeWith } from '../../server-companion/node/src/adapters/hono/observe-with.ts';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { listen } from '../../playground/scenarios/hosts/serve-routes.ts';
import { run, type Running } from '../adapters/conformance/running.ts';

export type Session = HonoSession<Record<string, any>>;
export type HonoEnv = { Variables: { session: Session; session_key_rotation: boolean } };
export type Handler = (session: Session, context: Context<HonoEnv>) => unknown;

export const KEY = 'a key of this test with 32 characters or more';

type Given = Parameters<typeof sessionMiddleware>[0];
/** `undefined`: left out. */
export type Options = { [Name in Exclude<keyof Given, 'store'>]?: Given[Name] | undefined } & { store?: object };

export const STORES = {
  MemoryStore: () => new MemoryStore(),
  CookieStore: () => new CookieStore(),
};
export type StoreName = keyof typeof STORES;

export interface AppOptions {
  options?: Options;
  /** Before the sessions. */
  prepare?: (app: Hono<HonoEnv>) => void;
  /** `request`: the server hands on a request alone, nothing of Node's. */
  way?: 'fetch' | 'request';
  /** Of the middleware. */
  path?: string;
}

/** Serves the routes; `companion` absent: bare. */
export function listenOn(
  routes: Record<string, Handler>,
  companion: Companion | undefined,
  { options = {}, prepare, way = 'fetch', path = '*' }: AppOptions = {},
): Promise<{ origin: string; close(): Promise<void> }> {
  const factory = companion === undefined ? sessionMiddleware : observeWith(companion, sessionMiddleware);
  const app = new Hono<HonoEnv>();
  prepare?.(app);
  const given = {
    store: new MemoryStore(),
    encryptionKey: KEY,
    cookieOptions: { path: '/', httpOnly: true },
    ...options,
  };
  app.use(path, factory(given as Given));
  for (const [route, handler] of Object.entries(routes))
    app.get(route, async (context) => {
      const answer = await handler(context.get('session'), context);
      if (answer instanceof Response) return answer;
      return typeof answer === 'string' ? context.text(answer) : context.json((answer ?? null) as never);
    });
  app.onError((error, context) => context.text(error.message, 500));
  const fetch = way === 'fetch' ? app.fetch : (request: Request) => app.fetch(request);
  return listen(getRequestListener(fetch as typeof app.fetch, { overrideGlobalObjects: false }));
}

export function serve(routes: Record<string, Handler>, options: AppOptions = {}): Promise<Running> {
  const subject = {
    name: 'hono-sessions',
    page: '',
    cookieNames: [],
    capabilities: { rotation: true, expiry: '', record: true, storeErrors: true, streaming: '' } as const,
    serve: (_routes: object, { companion }: { companion: Companion | undefined }) =>
      listenOn(routes, companion, options),
  };
  return run(subject, {});
}

interface Cache {
  data?: Record<string, unknown>;
  /** Names of those that were flashed. */
  flashed?: readonly string[];
  expire?: string | null;
}

/** A session as the library keeps it, last asked for long ago. */
export const cacheOf = ({ data = {}, flashed = [], expire = null }: Cache = {}) => ({
  _data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, { value, flash: flashed.includes(key) }])),
  _expire: expire,
  _delete: false,
  _accessed: '2020-01-01T00:00:00.000Z',
});

/** A cookie's value as the library seals it. */
export const sealed = async (content: string, key: string = KEY): Promise<string> =>
  encodeURIComponent(await encrypt(key, content));
