/** An app under test: better-auth with its own endpoints on Node's server, observed or bare. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { betterAuth, type BetterAuthOptions } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { getMigrations } from 'better-auth/db/migration';
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node';
import { listen } from '../../playground/scenarios/hosts/serve-routes.ts';
import { observeWith } from '../../server-companion/node/src/adapters/better-auth/observe-with.ts';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { ask, type Answered, run, type Running } from '../adapters/conformance/running.ts';

export const SECRET = 'a secret of this test with 32 characters or more';

const memory = () => ({ user: [], session: [], account: [], verification: [] });

/** What a test says of its database and sessions. */
export interface AppOptions {
  session?: NonNullable<BetterAuthOptions['session']>;
  /** @default memory */
  database?: 'sqlite' | 'memory';
  /** Around each method of the database's adapter that better-auth calls. */
  fails?: (method: string) => void;
}

function authOf(companion: Companion | undefined, { session = {}, database = 'memory', fails }: AppOptions) {
  const made = memoryAdapter(memory());
  const watched: typeof made = (options) => {
    const adapter = made(options);
    return fails === undefined
      ? adapter
      : (Object.fromEntries(
          Object.entries(adapter).map(([name, method]) => [
            name,
            typeof method !== 'function'
              ? method
              : (...args: never[]) => {
                  fails(name);
                  return (method as (...given: never[]) => unknown)(...args);
                },
          ]),
        ) as typeof adapter);
  };
  return betterAuth({
    secret: SECRET,
    baseURL: 'http://127.0.0.1',
    trustedOrigins: ['http://127.0.0.1'],
    database: database === 'sqlite' ? new DatabaseSync(':memory:') : watched,
    emailAndPassword: {
      enabled: true,
      password: { hash: async (text) => text, verify: async ({ hash, password }) => hash === password },
    },
    session,
    logger: { disabled: true },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    plugins: companion === undefined ? [] : [observeWith(companion) as { id: 'sessionscope' }],
  });
}

export type Auth = ReturnType<typeof authOf>;
export type Handler = (auth: Auth, request: IncomingMessage, response: ServerResponse) => unknown;

async function answerOf(given: unknown, response: ServerResponse): Promise<void> {
  try {
    const answer = await given;
    if (!response.writableEnded) response.end(JSON.stringify(answer ?? null));
  } catch (error) {
    response.writeHead(500).end((error as Error).message);
  }
}

/** `companion` absent: bare. `routes`: the app's own, beside better-auth's. */
export async function listenOn(
  routes: Record<string, Handler>,
  companion: Companion | undefined,
  options: AppOptions = {},
): Promise<{ origin: string; close(): Promise<void> }> {
  const auth = authOf(companion, options);
  if (options.database === 'sqlite') await (await getMigrations(auth.options)).runMigrations();
  const handler = toNodeHandler(auth);
  const server = await listen((request, response) => {
    const route = routes[request.url!.split('?')[0]!];
    if (route === undefined) return handler(request, response);
    return answerOf(route(auth, request, response), response);
  });
  return server;
}

export interface App extends Running {
  /** better-auth's own endpoint below `/api/auth`. */
  post(path: string, body?: object): Promise<Answered>;
}

export const ADA = { email: 'ada@example.test', password: 'of this test', name: 'Ada' };

export const headersOf = (request: IncomingMessage) => fromNodeHeaders(request.headers);

export async function serve(routes: Record<string, Handler> = {}, options: AppOptions = {}): Promise<App> {
  const subject = {
    name: 'better-auth',
    page: '',
    cookieNames: [],
    capabilities: { rotation: '', expiry: '', record: true, storeErrors: true, streaming: '' } as const,
    serve: (_routes: object, { companion }: { companion: Companion | undefined }) =>
      listenOn(routes, companion, options),
  };
  const app = await run(subject, {});
  return Object.assign(app, {
    async post(path: string, body: object = {}) {
      const answer = await ask(app.origin, `/api/auth${path}`, postOf(app.jar.headers, body));
      app.jar.keep(answer);
      return answer;
    },
  });
}

export const postOf = (headers: Record<string, string>, body: object) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', origin: 'http://127.0.0.1', ...headers },
  body: JSON.stringify(body),
});
