/** `observe(fastifySession)`: the one changed line. */
import { companionOf } from '../../core/companion.ts';
import { type CompanionOptions, isEnabled } from '../../core/options.ts';
import { observeWith } from './observe-with.ts';

/**
 * Observes @fastify/session: `app.register(observe(fastifySession), options)` in place of `app.register(fastifySession,
 * options)`. What it returns has the type and the behavior of `fastifySession`; the sessions that it makes behave as they
 * would, and are seen.
 *
 * Off (where NODE_ENV is set and is not `development`), it returns `fastifySession` itself: the very same function.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe<Plugin extends (...args: never[]) => unknown>(
  fastifySession: Plugin,
  options: CompanionOptions = {},
): Plugin {
  if (!isEnabled(options)) return fastifySession;
  return observeWith(companionOf(options), fastifySession);
}
