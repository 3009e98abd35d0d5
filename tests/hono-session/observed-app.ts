/** An app under test: Hono on @hono/node-server with @hono/session, observed or bare. */
import { getRequestListener } from '@hono/node-server';
import { type Session, type Storage, useSession, useSessionStorage } from '@hono/session';
import { createEncryptionKey, jweEncrypt } from '@hono/session/cookies';
import { type Context, Hono } from 'hono';
import { listen } from '../../playground/scenarios/hosts/serve-routes.ts';
import { observeWith } from '../../server-companion/node/src/adapters/hono/observe-with.ts';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { run, type Running } from '../adapters/conformance/running.ts';

export type Data = Record<string, any>;
export type Sessions = Session<Data>;
type HonoEnv = { Variables: { session: Sessions; sessionStorage?: Storage<Data> } };
export type Handler = (session: Sessions, context: Context<HonoEnv>) => unknown;
export type Options = NonNullable<Parameters<typeof useSession<Data>>[0]>;

export const SECRET = 'a secret of this test';

/** Keeps what it is given, as the README's examples do, and can be looked at. */
export class MapStorage implements Storage<Data> {
  readonly records = new Map<string, Data>();
  get(sid: string): Data | null | Promise<Data | null> {
    return this.records.get(sid) ?? null;
  }
  set(sid: string, value: Data): void {
    this.records.set(sid, value);
  }
  delete(sid: string): void {
    this.records.delete(sid);
  }
  peek(sid: string) {
    const data = this.records.get(sid);
    return data === undefined ? undefined : { data };
  }
}

export interface AppOptions {
  options?: Options;
  /** Absent: the cookie is the record. */
  storage?: Storage<Data> | (() => Storage<Data>);
  /** Before the sessions. */
  prepare?: (app: Hono<HonoEnv>) => void;
  /** `request`: the server hands on a request alone, nothing of Node's. */
  way?: 'fetch' | 'request';
}

/** Serves the routes; `companion` absent: bare. */
export function listenOn(
  routes: Record<string, Handler>,
  companion: Companion | undefined,
  { options = {}, storage, prepare, way = 'fetch' }: AppOptions = {},
): Promise<{ origin: string; close(): Promise<void> }> {
  const factory = companion === undefined ? useSession : observeWith(companion, useSession);
  const app = new Hono<HonoEnv>();
  prepare?.(app);
  if (storage !== undefined) app.use(useSessionStorage<Data, HonoEnv>(storage));
  app.use(factory<Data>({ secret: SECRET, ...options }) as never);
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
    name: '@hono/session',
    page: '',
    cookieNames: [],
    capabilities: { rotation: '', expiry: '', record: true, storeErrors: true, streaming: '' } as const,
    serve: (_routes: object, { companion }: { companion: Companion | undefined }) =>
      listenOn(routes, companion, options),
  };
  return run(subject, {});
}

/** A cookie's value as the library makes it. `endsAt`: epoch ms. */
export async function token(claims: Data, endsAt?: number, secret: string = SECRET): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const duration = endsAt === undefined ? undefined : { absolute: Math.floor(endsAt / 1000) - now };
  return (await jweEncrypt({ ...claims, iat: now }, await createEncryptionKey(secret), duration)).jwe;
}
