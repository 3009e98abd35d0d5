/** `observe(sessionMiddleware)`: the one changed line. */
import { companionOf } from '../../core/companion.ts';
import { type CompanionOptions, isEnabled } from '../../core/options.ts';
import { observeWith } from './observe-with.ts';

/**
 * Observes hono-sessions: `observe(sessionMiddleware)(options)` in place of `sessionMiddleware(options)`. What it returns
 * has the type and the behavior of `sessionMiddleware`; the sessions that it makes behave as they would, and are seen.
 *
 * Off (where NODE_ENV is set and is not `development`), it returns `sessionMiddleware` itself: the very same function.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe<Factory extends (...args: never[]) => unknown>(
  sessionMiddleware: Factory,
  options: CompanionOptions = {},
): Factory {
  if (!isEnabled(options)) return sessionMiddleware;
  return observeWith(companionOf(options), sessionMiddleware);
}
