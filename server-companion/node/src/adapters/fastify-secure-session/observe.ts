/** `observe(fastifySecureSession)`: the one changed line. */
import { companionOf } from '../../core/companion.ts';
import { type CompanionOptions, isEnabled } from '../../core/options.ts';
import { observeWith } from './observe-with.ts';

/**
 * Observes @fastify/secure-session: `app.register(observe(fastifySecureSession), options)` in place of
 * `app.register(fastifySecureSession, options)`. What it returns has the type and the behavior of
 * `fastifySecureSession`; the sessions that it makes behave as they would, and are seen.
 *
 * Off (where NODE_ENV is set and is not `development`), it returns `fastifySecureSession` itself: the very same function.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe<Plugin extends (...args: never[]) => unknown>(
  fastifySecureSession: Plugin,
  options: CompanionOptions = {},
): Plugin {
  if (!isEnabled(options)) return fastifySecureSession;
  return observeWith(companionOf(options), fastifySecureSession);
}
