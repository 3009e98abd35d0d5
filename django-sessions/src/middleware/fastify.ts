/** Sessions for Fastify. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { tell } from '../observer.ts';
import type { AnyData } from '../session.ts';
import type { Sessions } from '../sessions.ts';
import { beginExchange, type SessionExchange, varyWithCookie } from './exchange.ts';

/**
 * Plugin: `await app.register(fastifySessions(sessions))`. Handlers take the session from `sessions.of(request)`, or
 * from `request.session`, which the app types by Fastify's declaration merging.
 */
export function fastifySessions<Data extends object = AnyData>(
  sessions: Sessions<Data>,
): (app: FastifyInstance) => Promise<void> {
  const exchanges = new WeakMap<FastifyRequest, SessionExchange<Data>>();
  const plugin = async (app: FastifyInstance): Promise<void> => {
    app.decorateRequest('session', null);
    app.addHook('onRequest', (request, reply, done) => {
      const { observer } = sessions.settings;
      if (observer?.intercept !== undefined && tell(() => observer.intercept!(request.raw, reply.raw)) === true) {
        reply.hijack();
        return;
      }
      const exchange = beginExchange(sessions, {
        cookieHeader: request.headers.cookie,
        host: request.headers.host,
        method: request.method,
        url: request.originalUrl,
        isSecure: request.protocol === 'https',
        request: request.raw,
        response: reply.raw,
        setHeader: (name, value) => {
          const before = reply.getHeader(name);
          void reply.header(name, typeof before === 'string' ? `${before}, ${value}` : value);
        },
      });
      exchanges.set(request, exchange);
      sessions.bind(request, exchange.session);
      (request as { session?: unknown }).session = exchange.session;
      exchange.run(done);
    });
    app.addHook('onSend', async (request, reply) => {
      const exchange = exchanges.get(request);
      // The error page of a session that could not be saved comes by here again.
      if (exchange === undefined) return;
      exchanges.delete(request);
      const { varyOnCookie, setCookie } = await exchange.finish(reply.statusCode);
      if (varyOnCookie) void reply.header('Vary', varyWithCookie(textOf(reply.getHeader('Vary'))));
      if (setCookie !== undefined) void reply.header('Set-Cookie', setCookie);
    });
  };
  // Hooks hold for the app that registers it, not only for the plugin itself: what fastify-plugin does.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}

const textOf = (value: number | string | string[] | undefined): string | undefined =>
  value === undefined ? undefined : Array.isArray(value) ? value.join(', ') : String(value);
