/** Sessions for Hono, on any runtime that has `node:crypto` and `node:zlib`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context, MiddlewareHandler } from 'hono';
import { InvalidSessionKey, SessionInterrupted } from '../errors.ts';
import { tell } from '../observer.ts';
import type { AnyData, Session } from '../session.ts';
import type { Sessions } from '../sessions.ts';
import { beginExchange, type ResponseChanges, varyWithCookie } from './exchange.ts';

/** For `new Hono<SessionEnv<Data>>()`: types `c.get('session')`. */
export interface SessionEnv<Data extends object = AnyData> {
  Variables: { session: Session<Data> };
}

/** Middleware: `app.use(honoSessions(sessions))`. */
export function honoSessions<Data extends object = AnyData>(
  sessions: Sessions<Data>,
): MiddlewareHandler<SessionEnv<Data>> {
  return async function session(c, next): Promise<Response | void> {
    const { observer } = sessions.settings;
    const { incoming, outgoing } = (c.env ?? {}) as { incoming?: IncomingMessage; outgoing?: ServerResponse };
    const mount = observer === undefined ? undefined : tell(() => mountOf(c));
    if (incoming !== undefined && outgoing !== undefined) {
      if (observer?.intercept !== undefined && tell(() => observer.intercept!(incoming, outgoing, mount)) === true)
        // What @hono/node-server takes for an answer that has been given.
        return new Response(null, { headers: { 'x-hono-already-sent': 'true' } });
    } else {
      const intercepted =
        observer?.interceptFetch === undefined ? undefined : tell(() => observer.interceptFetch!(c.req.raw, mount));
      // In place of what is there: headers that middleware before us has put on are not for this answer.
      if (intercepted !== undefined) return replace(c, await intercepted);
    }
    const { pathname, search, protocol, host } = new URL(c.req.url);
    const added = new Headers();
    const exchange = beginExchange(sessions, {
      cookieHeader: c.req.header('cookie'),
      host: c.req.header('host') ?? host,
      method: c.req.method,
      url: pathname + search,
      isSecure: protocol === 'https:',
      request: incoming,
      response: outgoing,
      mount,
      setHeader: (name, value) => added.append(name, value),
    });
    // Kept until the end: a response that a handler makes by itself takes nothing over.
    const add = () => {
      for (const [name, value] of added) c.header(name, value, { append: true });
    };
    sessions.bind(c.req.raw, exchange.session);
    sessions.bind(c, exchange.session);
    c.set('session', exchange.session);
    await exchange.run(next);
    let changes: ResponseChanges;
    try {
      changes = await exchange.finish(c.res.status);
    } catch (error) {
      if (!(error instanceof SessionInterrupted || error instanceof InvalidSessionKey)) throw error;
      replace(c, new Response('Bad Request (400)', { status: 400, headers: added }));
      return;
    }
    add();
    if (changes.varyOnCookie) c.header('Vary', varyWithCookie(c.res.headers.get('Vary') ?? undefined));
    if (changes.setCookie !== undefined) c.header('Set-Cookie', changes.setCookie, { append: true });
  };
}

/** The part of the path that the middleware's route stands for: `/shop` of `/shop/*`. */
function mountOf(c: Context): string {
  const depth = c.req.routePath
    .replace(/\/?\*$/, '')
    .split('/')
    .filter((step) => step !== '').length;
  return c.req.path
    .split('/')
    .slice(0, depth + 1)
    .join('/');
}

/** Hono carries the old response's headers over to a new one, unless there is none between. */
function replace(c: Context, response: Response): void {
  c.res = undefined;
  c.res = response;
}
