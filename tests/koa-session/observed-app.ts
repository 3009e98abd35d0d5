/** An app under test: Koa with koa-session 7 or 6, observed or bare, the cookie as the record or a store. */
import { createHmac } from 'node:crypto';
import Koa, { type Context, type Next } from 'koa';
import session from 'koa-session';
// @ts-expect-error: version 6 brings no types.
import session6 from 'koa-session6';
import { listen } from '../../playground/scenarios/hosts/serve-routes.ts';
import { observeWith } from '../../server-companion/node/src/adapters/koa-session/observe-with.ts';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { run, type Running } from '../adapters/conformance/running.ts';

export type Session = Record<string, unknown> & {
  maxAge: number | 'session';
  isNew: boolean;
  populated: boolean;
  length: number;
  externalKey?: string;
  save(callback?: (error?: unknown) => void): Promise<void>;
  regenerate(): Promise<void>;
  manuallyCommit(): Promise<void>;
};
export type KoaContext = Context & { session: Session | null };
export type Handler = (context: KoaContext, session: Session) => unknown;
type Factory = (options: Record<string, unknown>, app: Koa) => Koa.Middleware;

export const VERSIONS = {
  'koa-session 7': session as unknown as Factory,
  'koa-session 6': session6 as unknown as Factory,
};
export type Version = keyof typeof VERSIONS;

export interface AppOptions {
  version?: Version;
  options?: Record<string, unknown>;
  keys?: string[] | undefined;
  /** A middleware before the session's. */
  before?: (context: KoaContext, next: Next) => Promise<unknown>;
  /** The app's own hands on the app. */
  prepare?: (app: Koa) => void;
}

export const KEYS = ['newest', 'older'];

/** Serves the routes; `companion` absent: bare. A handler without an answer of its own is answered with `ok`. */
export function listenOn(
  routes: Record<string, Handler>,
  companion: Companion | undefined,
  { version = 'koa-session 7', options = {}, before, prepare, ...rest }: AppOptions = {},
) {
  const app = new Koa();
  app.silent = true;
  const keys = 'keys' in rest ? rest.keys : KEYS;
  if (keys !== undefined) app.keys = keys;
  prepare?.(app);
  const bare = VERSIONS[version];
  if (before !== undefined) app.use(before as unknown as Koa.Middleware);
  app.use((companion === undefined ? bare : observeWith(companion, bare))({ ...options }, app));
  app.use(async (plain) => {
    const context = plain as unknown as KoaContext;
    const handler = routes[context.path];
    if (handler === undefined) return;
    // Not asked for before the handler asks.
    const lazy = handler.length > 1 ? context.session! : (undefined as never);
    const answer = await handler(context, lazy);
    if (context.respond !== false && context.body === undefined && context.status === 404)
      context.body = answer === undefined ? 'ok' : JSON.stringify(answer);
  });
  return listen(app.callback());
}

export function serve(routes: Record<string, Handler>, options: AppOptions = {}): Promise<Running> {
  const subject = {
    name: 'koa-session',
    page: '',
    cookieNames: [],
    capabilities: { rotation: true, expiry: true, record: true, storeErrors: true, streaming: true } as const,
    serve: (_routes: object, { companion }: { companion: Companion | undefined }) =>
      listenOn(routes, companion, options),
  };
  return run(subject, {});
}

const sign = (text: string, key: string) => createHmac('sha1', key).update(text).digest('base64url');

/** A cookie and its signature, as Koa's cookies are. */
export const signed = (value: string, key: string = KEYS[0]!): Record<string, string> => ({
  'koa.sess': value,
  'koa.sess.sig': sign(`koa.sess=${value}`, key),
});

/** A cookie that holds the session. */
export const sealed = (data: unknown, key?: string): Record<string, string> =>
  signed(Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)).toString('base64'), key);

export const opened = (value: string): unknown => JSON.parse(Buffer.from(value, 'base64').toString());

/** Puts cookies in the jar. */
export function send(app: Running, cookies: Record<string, string>): void {
  for (const [name, value] of Object.entries(cookies)) app.jar.set(name, value);
}

export const soon = () => Date.now() + 3_600_000;
