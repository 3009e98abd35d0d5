/** Sessions for web-standard `Request` and `Response`. */
import { InvalidSessionKey, SessionInterrupted } from '../errors.ts';
import { notify } from '../observer.ts';
import type { AnyData } from '../data-types.ts';
import type { Session } from '../session.ts';
import type { Sessions } from '../core.ts';
import { beginExchange, varyWithCookie } from './exchange.ts';
import { collectHeaderChanges } from './header-changes.ts';
import { readRequestUrl } from './request-url.ts';

export type WebHandler<Data extends object> = (
  request: Request,
  session: Session<Data>,
) => Response | Promise<Response>;

/**
 * A fetch handler whose own handler gets the request's session. What the handler throws is thrown on: nothing is
 * saved then.
 */
export function webSessions<Data extends object = AnyData>(
  sessions: Sessions<Data>,
  handler: WebHandler<Data>,
): (request: Request) => Promise<Response> {
  const { observer } = sessions.settings;
  return async (request) => {
    const intercepted =
      observer?.interceptFetch === undefined ? undefined : notify(() => observer.interceptFetch!(request));
    if (intercepted !== undefined) return intercepted;
    const { isSecure, host, target } = readRequestUrl(request.url);
    const changes = collectHeaderChanges();
    const exchange = beginExchange(sessions, {
      cookieHeader: request.headers.get('cookie') ?? undefined,
      host: request.headers.get('host') ?? host,
      method: request.method,
      url: target,
      isSecure,
      fetchRequest: request,
      changeHeader: changes.changeHeader,
    });
    sessions.bind(request, exchange.session);
    const given = await exchange.run(() => handler(request, exchange.session));
    try {
      const { varyOnCookie, setCookie } = await exchange.finish(given.status);
      // A response of fetch() has headers that cannot be changed.
      const response = new Response(given.body, given);
      changes.applyTo(
        (name) => response.headers.get(name),
        (name, value) => response.headers.set(name, value),
      );
      if (varyOnCookie) response.headers.set('Vary', varyWithCookie(response.headers.get('Vary') ?? undefined));
      if (setCookie !== undefined) response.headers.append('Set-Cookie', setCookie);
      return response;
    } catch (error) {
      if (error instanceof SessionInterrupted || error instanceof InvalidSessionKey)
        return new Response('Bad Request (400)', { status: 400, headers: changes.asHeaders() });
      throw error;
    }
  };
}
