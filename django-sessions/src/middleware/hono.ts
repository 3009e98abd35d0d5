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
    if (incoming !== undefined && outgoing !== undefined && observer?.intercept !== undefined)
      if (tell(() => observer.intercept!(incoming, outgoing)) === true)
        // What @hono/node-server takes for an answer that has been given.
        return new Response(null, { headers: { 'x-hono-already-sent': 'true' } });
    const { pathname, search, protocol } = new URL(c.req.url);
    const exchange = beginExchange(sessions, {
      cookieHeader: c.req.header('cookie'),
      method: c.req.method,
      url: pathname + search,
      isSecure: protocol === 'https:',
      request: incoming,
      response: outgoing,
      setHeader: (name, value) => c.header(name, value, { append: true }),
    });
    sessions.bind(c.req.raw, exchange.session);
    sessions.bind(c, exchange.session);
    c.set('session', exchange.session);
    await exchange.run(next);
    let changes: ResponseChanges;
    try {
      changes = await exchange.finish(c.res.status);
    } catch (error) {
      if (!(error instanceof SessionInterrupted || error instanceof InvalidSessionKey)) throw error;
      replace(c, new Response('Bad Request (400)', { status: 400 }));
      return;
    }
    if (changes.varyOnCookie) c.header('Vary', varyWithCookie(c.res.headers.get('Vary') ?? undefined));
    if (changes.setCookie !== undefined) c.header('Set-Cookie', changes.setCookie, { append: true });
  };
}

/** Hono carries the old response's headers over to a new one, unless there is none between. */
function replace(c: Context, response: Response): void {
  c.res = undefined;
  c.res = response;
}
