/** An app under test with iron-session 8 or 9 in each way in which its users give it cookies, observed or bare. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { getIronSession, type IronSession, type SessionOptions, sealData } from 'iron-session';
import { getIronSession as getIronSession8 } from 'iron-session8';
import { observeWith } from '../../server-companion/node/src/adapters/iron-session/observe-with.ts';
import { listen } from '../../playground/scenarios/hosts/serve-routes.ts';
import { run, type Running } from '../adapters/conformance/running.ts';

export type Session = IronSession<Record<string, unknown>>;

export const PASSWORD = 'a password of at least 32 characters';
export const OPTIONS: SessionOptions = { cookieName: 'iron', password: PASSWORD, cookieOptions: { secure: false } };

/** The function of either version: what the adapter observes of them is the same. */
type GetSession = typeof getIronSession;
export const VERSIONS = {
  'iron-session 9': getIronSession,
  'iron-session 8': getIronSession8 as unknown as GetSession,
};
export type Version = keyof typeof VERSIONS;

export interface Context {
  /** A session of this request; each call makes another one of its cookie. */
  open(options?: Partial<SessionOptions>): Promise<Session>;
  /** Has the head sent. */
  begin(): void;
}
/** Returns what is answered; `'forgotten'`: a response without the headers that the session was saved in. */
export type Handler = (context: Context) => Promise<string | undefined>;

/** How an app gives it cookies. */
export type Way = 'request and response' | 'web request and headers' | 'store of cookies' | 'jar';

type Start = (getSession: GetSession, routes: Record<string, Handler>) => ReturnType<typeof listen>;

const failed = (response: ServerResponse) => (error: Error) => {
  if (!response.headersSent) response.writeHead(500);
  response.end(error.message);
};

/** `cookiesOf` what stands before the options. */
const onNode =
  (cookiesOf: (request: IncomingMessage, response: ServerResponse) => readonly unknown[]): Start =>
  (getSession, routes) =>
    listen((request, response) => {
      const open = (options: Partial<SessionOptions> = {}) =>
        (getSession as (...args: unknown[]) => Promise<Session>)(...cookiesOf(request, response), {
          ...OPTIONS,
          ...options,
        });
      const handler = routes[request.url!] ?? (async () => undefined);
      handler({ open, begin: () => response.write('begun') }).then((text) => response.end(text), failed(response));
    });

/** As `await cookies()` of Next.js is: with private fields, so that no proxy may stand in its place. */
class CookieStore {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  calls = 0;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
  }

  get(name: string): { name: string; value: string } | undefined {
    this.calls += 1;
    const found = (this.#request.headers.cookie ?? '').split('; ').find((pair) => pair.startsWith(`${name}=`));
    return found === undefined ? undefined : { name, value: found.slice(name.length + 1) };
  }

  set(name: string, value: string, { maxAge }: { maxAge?: number }): void {
    this.calls += 1;
    this.#response.appendHeader('Set-Cookie', `${name}=${value}; Path=/; Max-Age=${maxAge}`);
    this.#response.setHeader('X-Calls', this.calls);
  }
}

export const WAYS: Record<Way, Start> = {
  'request and response': onNode((request, response) => [request, response]),
  'store of cookies': onNode((request, response) => [new CookieStore(request, response)]),
  jar: onNode((request, response) => {
    const store = new CookieStore(request, response);
    return [{ read: (name: string) => store.get(name)?.value, write: store.set.bind(store) }];
  }),
  'web request and headers': (getSession, routes) =>
    listen(
      getRequestListener(
        async (request) => {
          const response = new Response(null);
          const open = (options: Partial<SessionOptions> = {}) =>
            getSession<Record<string, unknown>>(request, response, { ...OPTIONS, ...options });
          const handler = routes[new URL(request.url).pathname] ?? (async () => undefined);
          try {
            const text = await handler({ open, begin: () => undefined });
            return text === 'forgotten' ? new Response(text) : new Response(text, { headers: response.headers });
          } catch (error) {
            return new Response((error as Error).message, { status: 500 });
          }
        },
        { overrideGlobalObjects: false },
      ),
    ),
};

export function serve(
  routes: Record<string, Handler>,
  { version = 'iron-session 9', way = 'request and response' }: { version?: Version; way?: Way } = {},
): Promise<Running> {
  const subject = {
    name: version,
    page: '',
    cookieNames: [],
    capabilities: { rotation: '', expiry: true, record: true, storeErrors: '', streaming: true } as const,
    serve: (_routes: object, { companion }: { companion: Parameters<typeof observeWith>[0] | undefined }) =>
      WAYS[way](companion === undefined ? VERSIONS[version] : observeWith(companion, VERSIONS[version]), routes),
  };
  return run(subject, {});
}

export const sealed = (data: object, password: string | Record<string, string> = PASSWORD, ttl?: number) =>
  sealData(data, { password, ...(ttl === undefined ? {} : { ttl }) });
