/** An app under test with the session functions of h3 1 or 2, observed or bare. */
import type { RequestListener, ServerResponse } from 'node:http';
import * as h3 from 'h3';
import * as h3v1 from 'h3v1';
import { listen } from '../../playground/scenarios/hosts/serve-routes.ts';
import { observeWith } from '../../server-companion/node/src/adapters/h3/observe-with.ts';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { run, type Running } from '../adapters/conformance/running.ts';

export type Data = Record<string, any>;

export interface Config {
  name?: string;
  maxAge?: number;
  idleTimeout?: number;
  cookie?: false | Record<string, unknown>;
  sessionHeader?: false | string;
  password?: string;
}

export interface Manager {
  readonly id: string | undefined;
  readonly data: Data;
  update(change?: unknown): Promise<Manager>;
  clear(): Promise<Manager>;
}

export interface Session {
  id: string;
  createdAt: number;
  data: Data;
}

/** What h3 1 and 2 have alike; each version gets its own event. */
export interface Functions {
  useSession(event: unknown, config: unknown): Promise<Manager>;
  getSession(event: unknown, config: unknown): Promise<Session>;
  updateSession(event: unknown, config: unknown, change?: unknown): Promise<Session>;
  clearSession(event: unknown, config: unknown): Promise<void>;
  sealSession(event: unknown, config: unknown): Promise<string>;
}

export const PASSWORD = 'a password of at least 32 characters';
export const CONFIG: Config = { password: PASSWORD, cookie: { secure: false } };

export interface Context extends Functions {
  readonly event: unknown;
  /** Of Node's own. */
  readonly response: ServerResponse;
  /** `useSession` with the settings of this suite. */
  use(config?: Config): Promise<Manager>;
  /** The server asks itself, as `event.$fetch` of Nitro does: without the cookie. */
  askItself(path: string): Promise<string>;
}
/** Returns what is answered. */
export type Handler = (context: Context) => Promise<unknown>;
export type Routes = Record<string, Handler>;

interface Version {
  readonly functions: Functions;
  listener(functions: Functions, routes: Routes): RequestListener;
}

const contextOf = (
  functions: Functions,
  event: unknown,
  response: ServerResponse,
  askItself: Context['askItself'],
) => ({
  ...functions,
  event,
  response,
  use: (config: Config = {}) => functions.useSession(event, { ...CONFIG, ...config }),
  askItself,
});

const answerOf = (result: unknown): string => (result === undefined ? '' : String(result));

export const VERSIONS = {
  'h3 2': {
    functions: h3 as unknown as Functions,
    listener(functions, routes) {
      const app = new h3.H3({ silent: true });
      const askItself = async (path: string) => (await app.request(path)).text();
      for (const [path, handler] of Object.entries(routes))
        app.all(path, async (event) =>
          answerOf(
            await handler(
              contextOf(functions, event, event.runtime?.node?.res as unknown as ServerResponse, askItself),
            ),
          ),
        );
      return h3.toNodeHandler(app) as RequestListener;
    },
  },
  'h3 1': {
    functions: h3v1 as unknown as Functions,
    listener(functions, routes) {
      const app = h3v1.createApp();
      const listener = h3v1.toNodeListener(app);
      const askItself = async (path: string) => {
        const { fetchNodeRequestHandler } = await import('node-mock-http');
        return (await fetchNodeRequestHandler(listener as never, path)).text();
      };
      app.use(
        h3v1.eventHandler(async (event) => {
          const handler = routes[event.path.split('?', 1)[0]!];
          if (handler === undefined) throw h3v1.createError({ statusCode: 404 });
          return answerOf(await handler(contextOf(functions, event, event.node.res, askItself)));
        }),
      );
      return listener;
    },
  },
} as const satisfies Record<string, Version>;
export type VersionName = keyof typeof VERSIONS;
export const VERSION_NAMES = Object.keys(VERSIONS) as VersionName[];

/** `undefined`: bare. */
export const start = (routes: Routes, name: VersionName, companion: Companion | undefined) => {
  const { functions, listener }: Version = VERSIONS[name];
  return listen(listener(companion === undefined ? functions : observeWith(companion, functions), routes));
};

export function serve(routes: Routes, version: VersionName = 'h3 2'): Promise<Running> {
  const subject = {
    name: version,
    page: '',
    cookieNames: [],
    capabilities: { rotation: '', expiry: '', record: true, storeErrors: '', streaming: '' } as const,
    serve: (_routes: object, { companion }: { companion: Companion | undefined }) => start(routes, version, companion),
  };
  return run(subject, {});
}

/** A seal as h3 makes it, of a session made so many milliseconds ago. */
export async function sealed(
  data: object,
  version: VersionName = 'h3 2',
  { password = PASSWORD, ageMs = 0 }: { password?: string; ageMs?: number } = {},
): Promise<string> {
  const session = { id: 'of this test', createdAt: Date.now() - ageMs, data };
  const event = { context: { sessions: { h3: session } }, req: { headers: new Headers() }, headers: new Headers() };
  return VERSIONS[version].functions.sealSession(version === 'h3 1' ? { ...event, req: undefined } : event, {
    password,
  });
}
