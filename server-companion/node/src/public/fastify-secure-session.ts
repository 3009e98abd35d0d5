/** `sessionscope/fastify-secure-session`, as it is published. See `express-session.ts` for why it is so small. */
import type * as whole from '../fastify-secure-session.ts';
import { type CompanionOptions, isEnabled } from '../core/options.ts';
import { bareOf } from '../core/registered.ts';

declare const require: (path: string) => unknown;

export type { CompanionOptions };

const companion = () =>
  // Bundled: no file is looked for.
  require('../fastify-secure-session.ts') as typeof whole;

/**
 * Observes @fastify/secure-session: `app.register(observe(fastifySecureSession), options)` in place of
 * `app.register(fastifySecureSession, options)`. What it returns has the type and the behavior of
 * `fastifySecureSession`; the sessions that it makes behave as they would, and are seen.
 *
 * Off (by default where NODE_ENV is `production` or `test`), it returns `fastifySecureSession` itself: the very same function.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe<Plugin extends (...args: never[]) => unknown>(
  fastifySecureSession: Plugin,
  options: CompanionOptions = {},
): Plugin {
  return isEnabled(options) ? companion().observe(bareOf(fastifySecureSession), options) : fastifySecureSession;
}
