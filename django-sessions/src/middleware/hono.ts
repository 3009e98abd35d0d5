/** Sessions for Hono, on any runtime that has `node:crypto` and `node:zlib`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context, MiddlewareHandler } from 'hono';
import { InvalidSessionKey, SessionInterrupted } from '../errors.ts';
import { notify } from '../observer.ts';
import type { AnyData } from '../data-types.ts';
import type { Session } from '../session.ts';
import type { Sessions } from '../core.ts';
import { beginExchange, type ResponseChanges, varyWithCookie } from './exchange.ts';
import { collectHeaderChanges } from './header-changes.ts';
import { readRequestUrl } from './request-url.ts';

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
    const mount = observer === undefined ? undefined : notify(() => mountOf(c));
    if (incoming !== undefined && outgoing !== undefined) {
      if (observer?.intercept !== undefined && notify(() => observer.intercept!(incoming, outgoing, mount)) === true)
        return replace(c, alreadySent());
    } else {
      const intercepted =
        observer?.interceptFetch === undefined ? undefined : notify(() => observer.interceptFetch!(c.req.raw, mount));
      // In place of what is there: headers that middleware before us has put on are not for this answer.
      if (intercepted !== undefined) return replace(c, await intercepted);
    }
    const { isSecure, host, target } = readRequestUrl(c.req.url);
    const headers = collectHeaderChanges();
    const exchange = beginExchange(sessions, {
      cookieHeader: c.req.header('cookie'),
      host: c.req.header('host') ?? host,
      method: c.req.method,
      url: target,
      isSecure,
      request: incoming,
      response: outgoing,
      mount,
      fetchRequest: c.req.raw,
      changeHeader: headers.changeHeader,
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
      replace(c, new Response('Bad Request (400)', { status: 400, headers: headers.asHeaders() }));
      return;
    }
    // Not before: a response that a handler makes by itself takes nothing over.
    headers.applyTo(
      (name) => c.res.headers.get(name),
      (name, value) => c.header(name, value),
    );
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

/**
 * The platform's own `Response`. `serve()` of @hono/node-server replaces the global one by a subclass whose instances
 * are sent as they are, the mark below not looked at.
 */
const PlatformResponse: typeof Response = (() => {
  let current = Response;
  for (;;) {
    const parent = Object.getPrototypeOf(current) as typeof Response;
    if (parent === Function.prototype) return current;
    current = parent;
  }
})();

/** What @hono/node-server takes for an answer that has been given. A new one each time: middleware writes on it. */
const alreadySent = (): Response => new PlatformResponse(null, { headers: { 'x-hono-already-sent': 'true' } });

/** Hono carries the old response's headers over to a new one, unless there is none between. */
function replace(c: Context, response: Response): void {
  c.res = undefined;
  c.res = response;
}
