/** An app under test: Express with cookie-session, observed or bare, on a free loopback port. */
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import cookieSession from 'cookie-session';
import express from 'express';
import type { ExchangeFinished, OperationRecorded, SessionscopeEvent } from '../../protocol/index.ts';
import { parseEvent } from '../../protocol/index.ts';
import { observeWith } from '../../server-companion/node/src/adapters/cookie-session/observe-with.ts';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { until } from '../browsers/until.ts';
import { EVERYTHING, newCompanion } from '../express-session/observed-app.ts';

export type Session = Record<string, unknown> & { isNew: boolean; isPopulated: boolean; isChanged: boolean };
export type Request = Omit<express.Request, 'session'> & {
  session: Session | null | object;
  sessionOptions: { maxAge?: number; secure?: boolean };
};
export type Handler = (request: Request, response: express.Response) => unknown;

export const KEYS = ['newest', 'older'];

/** The two cookies of a session, signed as cookie-session does. */
export function sealed(data: unknown, key: string = KEYS[0]!): string {
  const value = Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)).toString('base64');
  const signature = createHmac('sha1', key).update(`session=${value}`).digest('base64url');
  return `session=${value}; session.sig=${signature}`;
}

export interface TestApp {
  readonly port: number;
  readonly companion: Companion;
  /** The cookies that are kept, as a header. */
  cookie: string;
  get(path: string, init?: RequestInit): Promise<Response>;
  events(): SessionscopeEvent[];
  operations(path: string): Promise<OperationRecorded[]>;
  finished(path: string): Promise<ExchangeFinished>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function serve(
  routes: Record<string, Handler>,
  { options, isObserved = true }: { options?: CookieSessionInterfaces.CookieSessionOptions; isObserved?: boolean } = {},
): Promise<TestApp> {
  const companion = newCompanion();
  const factory = isObserved ? observeWith(companion, cookieSession) : cookieSession;
  const app = express();
  app.use(factory({ keys: KEYS, ...options }));
  for (const [path, handler] of Object.entries(routes))
    app.get(path, (request, response) => handler(request as unknown as Request, response));
  app.use(((error: Error, _request, response, next) => {
    if (response.headersSent) return next(error);
    response.status(500).send(error.message);
  }) as express.ErrorRequestHandler);
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const jar = new Map<string, string>();
  const events = () =>
    companion.log.read(null, EVERYTHING, 1_000_000).events.map((event) => {
      const parsed = parseEvent(event);
      if (!parsed.ok) throw new Error(`${parsed.fault}: ${JSON.stringify(event).slice(0, 1_000)}`);
      return event;
    });
  const lastOf = (path: string) =>
    events().findLast((event) => event.type === 'exchange-started' && event.path === path) as
      | { exchange: string }
      | undefined;
  const test: TestApp = {
    port,
    companion,
    get cookie() {
      return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    },
    set cookie(header) {
      jar.clear();
      for (const pair of header.split('; '))
        jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    },
    async get(path, init = {}) {
      const headers = new Headers(init.headers);
      if (jar.size > 0 && !headers.has('cookie')) headers.set('cookie', test.cookie);
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', ...init, headers });
      for (const line of response.headers.getSetCookie()) {
        const [pair = ''] = line.split(';');
        const name = pair.slice(0, pair.indexOf('='));
        const ends = /expires=([^;]+)/i.exec(line)?.[1];
        if (ends !== undefined && Date.parse(ends) <= Date.now()) jar.delete(name);
        else jar.set(name, pair.slice(name.length + 1));
      }
      return response;
    },
    events,
    async operations(path) {
      const { exchange } = await test.finished(path);
      return events().filter(
        (event): event is OperationRecorded => event.type === 'operation-recorded' && event.exchange === exchange,
      );
    },
    finished: (path) =>
      until(
        () =>
          events().findLast(
            (event): event is ExchangeFinished =>
              event.type === 'exchange-finished' && event.exchange === lastOf(path)?.exchange,
          ),
        `the end of ${path}`,
      ),
    async [Symbol.asyncDispose]() {
      companion.endpoint.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return test;
}
