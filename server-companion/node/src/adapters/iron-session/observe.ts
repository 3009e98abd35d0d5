/** `observe(getIronSession)`: the one changed line. */
import { companionOf } from '../../core/companion.ts';
import { type CompanionOptions, isEnabled } from '../../core/options.ts';
import { observeWith } from './observe-with.ts';

/**
 * Observes iron-session: `const getIronSession = observe(ironSession.getIronSession)`. What it returns has the type and
 * the behavior of `getIronSession`; the sessions that it makes behave as they would, and are seen.
 *
 * Off (where NODE_ENV is set and is not `development`), it returns `getIronSession` itself: the very same function.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe<Factory extends (...args: never[]) => unknown>(
  getIronSession: Factory,
  options: CompanionOptions = {},
): Factory {
  if (!isEnabled(options)) return getIronSession;
  return observeWith(companionOf(options), getIronSession);
}
