/** `sessionscope/hono`, as it is published. See `express-session.ts` for why it is so small. */
import type * as whole from '../hono.ts';
import { type CompanionOptions, isEnabled } from '../core/options.ts';
import { bareOf } from '../core/registered.ts';

declare const require: (path: string) => unknown;

export type { CompanionOptions };

const companion = () =>
  // Bundled: no file is looked for.
  require('../hono.ts') as typeof whole;

/**
 * Observes hono-sessions: `app.use(observe(sessionMiddleware)(options))` in place of
 * `app.use(sessionMiddleware(options))`. What it returns has the type and the behavior of `sessionMiddleware`; the
 * sessions that it makes behave as they would, and are seen.
 *
 * Off (by default where NODE_ENV is `production` or `test`), it returns `sessionMiddleware` itself: the very same
 * function.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe<Factory extends (...args: never[]) => unknown>(
  sessionMiddleware: Factory,
  options: CompanionOptions = {},
): Factory {
  return isEnabled(options) ? companion().observe(bareOf(sessionMiddleware), options) : sessionMiddleware;
}
