/** Sessions for Fastify. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { notify } from '../observer.ts';
import type { AnyData } from '../data-types.ts';
import type { Sessions } from '../core.ts';
import { beginExchange, type SessionExchange, varyWithCookie } from './exchange.ts';
import { headerText } from './header-changes.ts';

/**
 * Plugin: `await app.register(fastifySessions(sessions))`. Handlers take the session from `sessions.of(request)`, or
 * from `request.session`, which the app types by Fastify's declaration merging.
 */
export function fastifySessions<Data extends object = AnyData>(
  sessions: Sessions<Data>,
): (app: FastifyInstance) => Promise<void> {
  const exchanges = new WeakMap<FastifyRequest, SessionExchange<Data>>();
  const plugin = async (app: FastifyInstance): Promise<void> => {
    // Other packages may declare another type for it.
    app.decorateRequest('session', null as never);
    app.addHook('onRequest', (request, reply, done) => {
      const { observer } = sessions.settings;
      if (observer?.intercept !== undefined && notify(() => observer.intercept!(request.raw, reply.raw)) === true) {
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
        changeHeader: (name, change) => void reply.header(name, change(headerText(reply.getHeader(name)))),
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
      if (varyOnCookie) void reply.header('Vary', varyWithCookie(headerText(reply.getHeader('Vary'))));
      if (setCookie !== undefined) void reply.header('Set-Cookie', setCookie);
    });
  };
  // Hooks hold for the app that registers it, not only for the plugin itself: what fastify-plugin does.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}
