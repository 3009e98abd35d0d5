/** `observe(createSessions)`: the one changed line. */
import { companionOf } from '../../core/companion.ts';
import { type CompanionOptions, isEnabled } from '../../core/options.ts';
import { observeWith } from './observe-with.ts';

/**
 * Observes `@sessionscope/django-sessions`: `observe(createSessions)(options)` in place of `createSessions(options)`.
 * What it returns has the type and the behaviour of `createSessions`; the sessions that it makes behave as they would,
 * and are seen, whichever middleware they are mounted with.
 *
 * Off (where NODE_ENV is set and is not `development`), it returns `createSessions` itself: the very same function.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe<Factory extends (...args: never[]) => unknown>(
  createSessions: Factory,
  options: CompanionOptions = {},
): Factory {
  if (!isEnabled(options)) return createSessions;
  return observeWith(companionOf(options), createSessions);
}
