/** Sessions for Koa. */
import type { Context, Next } from 'koa';
import { notify } from '../observer.ts';
import type { AnyData } from '../data-types.ts';
import type { Session } from '../session.ts';
import type { Sessions } from '../core.ts';
import { beginExchange, type ResponseChanges, varyWithCookie } from './exchange.ts';
import { statusOf } from './node-http.ts';

/** For `new Koa<DefaultState, SessionContext<Data>>()`: types `ctx.session`. */
export interface SessionContext<Data extends object = AnyData> {
  session: Session<Data>;
}

/** Middleware: `app.use(koaSessions(sessions))`. */
export function koaSessions<Data extends object = AnyData>(
  sessions: Sessions<Data>,
): (context: Context & Partial<SessionContext<Data>>, next: Next) => Promise<void> {
  return async function session(context: Context & Partial<SessionContext<Data>>, next: Next): Promise<void> {
    const { observer } = sessions.settings;
    const { body } = context.request as { body?: unknown };
    if (
      observer?.intercept !== undefined &&
      notify(() => observer.intercept!(context.req, context.res, '', body)) === true
    ) {
      context.respond = false;
      return;
    }
    const exchange = beginExchange(sessions, {
      cookieHeader: context.req.headers.cookie,
      host: context.req.headers.host,
      method: context.method,
      url: context.originalUrl,
      isSecure: context.secure,
      mount: mountOf(context),
      request: context.req,
      response: context.res,
      changeHeader: (name, change) => {
        context.set(name, change(context.response.get(name) || undefined));
      },
    });
    sessions.bind(context, exchange.session);
    sessions.bind(context.req, exchange.session);
    context.session = exchange.session;
    const apply = ({ varyOnCookie, setCookie }: ResponseChanges) => {
      if (varyOnCookie) context.set('Vary', varyWithCookie(context.response.get('Vary')));
      if (setCookie !== undefined) context.append('Set-Cookie', setCookie);
    };
    try {
      await exchange.run(next);
    } catch (error) {
      // Koa takes all headers off an error's response but those that the error names.
      const changes = await exchange.finish(statusOf(error));
      if (typeof error === 'object' && error !== null) {
        const named = error as { headers?: Record<string, unknown> };
        named.headers = {
          ...named.headers,
          ...(changes.varyOnCookie ? { Vary: varyWithCookie(named.headers?.['Vary'] as string | undefined) } : {}),
          ...(changes.setCookie === undefined ? {} : { 'Set-Cookie': changes.setCookie }),
        };
      }
      throw error;
    }
    apply(await exchange.finish(context.status));
  };
}

/** What koa-mount has taken off the path. */
function mountOf({ originalUrl, url }: Context): string {
  return originalUrl.endsWith(url) ? originalUrl.slice(0, originalUrl.length - url.length) : '';
}
