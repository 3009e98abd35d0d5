/** `observe(cookieSession)`: the one changed line. */
import { companionOf } from '../../core/companion.ts';
import { type CompanionOptions, isEnabled } from '../../core/options.ts';
import { observeWith } from './observe-with.ts';

/**
 * Observes cookie-session: `observe(cookieSession)(options)` in place of `cookieSession(options)`. What it returns has
 * the type and the behavior of `cookieSession`; the sessions that it makes behave as they would, and are seen.
 *
 * Off (where NODE_ENV is set and is not `development`), it returns `cookieSession` itself: the very same function.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe<Factory extends (...args: never[]) => unknown>(
  cookieSession: Factory,
  options: CompanionOptions = {},
): Factory {
  if (!isEnabled(options)) return cookieSession;
  return observeWith(companionOf(options), cookieSession);
}
