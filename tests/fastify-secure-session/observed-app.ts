/** An app under test: Fastify 5 with @fastify/secure-session 8, observed or bare. */
import type { AddressInfo } from 'node:net';
import secureSession from '@fastify/secure-session';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { observeWith } from '../../server-companion/node/src/adapters/fastify-secure-session/observe-with.ts';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { run, type Running } from '../adapters/conformance/running.ts';

export type Session = Record<string, unknown> & {
  changed: boolean;
  deleted: boolean;
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(): void;
  options(options: object): void;
  data(): Record<string, unknown>;
  touch(): void;
  regenerate(kept?: string[]): void;
};
export type Request = Omit<FastifyRequest, 'session'> & { session: Session; other: Session };
export type Handler = (request: Request, reply: FastifyReply) => unknown;

export const KEY = Buffer.alloc(32, 'the key of this test');
export const OLDER_KEY = Buffer.alloc(32, 'the key before it');

export type Options = Record<string, unknown>;

export interface AppOptions {
  /** Of the one session, or of several. */
  options?: Options | readonly Options[];
  /** Before the plugin is registered. */
  prepare?: (app: FastifyInstance) => unknown;
  /** After it. */
  finish?: (app: FastifyInstance) => unknown;
}

const withDefaults = (options: Options): Options => ({ key: KEY, cookie: { path: '/' }, ...options });

/** Serves the routes; `companion` absent: bare. */
export async function listenOn(
  routes: Record<string, Handler>,
  companion: Companion | undefined,
  { options = {}, prepare, finish }: AppOptions = {},
): Promise<{ app: FastifyInstance; origin: string; close(): Promise<void> }> {
  const app = fastify({ forceCloseConnections: true });
  await prepare?.(app);
  const plugin = companion === undefined ? secureSession : observeWith(companion, secureSession);
  const given = Array.isArray(options) ? options.map(withDefaults) : withDefaults(options as Options);
  await app.register(plugin, given as never);
  await finish?.(app);
  for (const [path, handler] of Object.entries(routes))
    app.get(path, (request, reply) => handler(request as unknown as Request, reply));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return { app, origin: `http://127.0.0.1:${port}`, close: () => app.close() };
}

export function serve(routes: Record<string, Handler>, options: AppOptions = {}): Promise<Running> {
  const subject = {
    name: 'fastify-secure-session',
    page: '',
    cookieNames: [],
    capabilities: { rotation: '', expiry: true, record: true, storeErrors: '', streaming: true } as const,
    serve: (_routes: object, { companion }: { companion: Companion | undefined }) =>
      listenOn(routes, companion, options),
  };
  return run(subject, {});
}

/** A cookie's value as the library seals it. `issuedAt`: epoch seconds. */
export async function sealed(
  data: object,
  { key = KEY, issuedAt = Math.round(Date.now() / 1000) }: { key?: Buffer; issuedAt?: number } = {},
): Promise<string> {
  const app = fastify();
  await app.register(secureSession, { key });
  const session = app.createSecureSession({ ...data, __ts: issuedAt } as never);
  const value = encodeURIComponent(app.encodeSecureSession(session));
  await app.close();
  return value;
}
