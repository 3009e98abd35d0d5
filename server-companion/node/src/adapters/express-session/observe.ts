/** `observe(session)`: the one changed line. */
import { companionOf } from '../../core/companion.ts';
import { type CompanionOptions, isEnabled } from '../../core/options.ts';
import type { ObservationOptions } from './observation.ts';
import { observeWith } from './observe-with.ts';

/**
 * Observes express-session: `observe(session)(options)` in place of `session(options)`. What it returns has the type,
 * the statics and the behaviour of `session`; the sessions that it makes behave as they would, and are seen.
 *
 * Off (where NODE_ENV is set and is not `development`), it returns `session` itself: the very same function.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe<Factory extends (...args: never[]) => unknown>(
  session: Factory,
  options: CompanionOptions & ObservationOptions = {},
): Factory {
  if (!isEnabled(options)) return session;
  return observeWith(companionOf(options), session, options);
}
