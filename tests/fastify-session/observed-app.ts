/** An app under test: Fastify 5 with @fastify/session 11, observed or bare. */
import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { observeWith } from '../../server-companion/node/src/adapters/fastify-session/observe-with.ts';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { run, type Running } from '../adapters/conformance/running.ts';

export type Session = Record<string, unknown> & {
  sessionId: string;
  cookie: { maxAge: number | null; expires: Date | null; secure: unknown };
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  save(callback?: (error?: unknown) => void): Promise<void>;
  regenerate(keys?: string[]): Promise<void>;
  destroy(): Promise<void>;
  reload(): Promise<void>;
  touch(): void;
  options(options: object): void;
};
export type Request = Omit<FastifyRequest, 'session'> & { session: Session };
export type Handler = (request: Request, reply: FastifyReply) => unknown;

export const SECRET = 'a secret of this test with 32 characters or more';

export interface AppOptions {
  options?: Record<string, unknown>;
  /** Before the plugin is registered. */
  prepare?: (app: FastifyInstance) => void;
}

/** Serves the routes; `companion` absent: bare. */
export async function listenOn(
  routes: Record<string, Handler>,
  companion: Companion | undefined,
  { options = {}, prepare }: AppOptions = {},
): Promise<{ app: FastifyInstance; origin: string; close(): Promise<void> }> {
  const app = fastify({ forceCloseConnections: true });
  await app.register(fastifyCookie);
  prepare?.(app);
  const plugin = companion === undefined ? fastifySession : observeWith(companion, fastifySession);
  await app.register(plugin, { secret: SECRET, cookie: { secure: false }, ...options } as never);
  for (const [path, handler] of Object.entries(routes))
    app.get(path, (request, reply) => handler(request as unknown as Request, reply));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return { app, origin: `http://127.0.0.1:${port}`, close: () => app.close() };
}

export function serve(routes: Record<string, Handler>, options: AppOptions = {}): Promise<Running> {
  const subject = {
    name: 'fastify-session',
    page: '',
    cookieNames: [],
    capabilities: { rotation: true, expiry: true, record: true, storeErrors: true, streaming: true } as const,
    serve: (_routes: object, { companion }: { companion: Companion | undefined }) =>
      listenOn(routes, companion, options),
  };
  return run(subject, {});
}

/** A cookie's value for a key, as the library signs it. */
export const signed = (key: string, secret: string = SECRET): string =>
  encodeURIComponent(`${key}.${createHmac('sha256', secret).update(key).digest('base64').replace(/=+$/, '')}`);
