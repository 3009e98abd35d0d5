/** `observe(createCookieSessionStorage)`: the one changed line. */
import { companionOf } from '../../core/companion.ts';
import { type CompanionOptions, isEnabled } from '../../core/options.ts';
import { observeWith } from './observe-with.ts';

/**
 * Observes a session storage of React Router: `observe(createCookieSessionStorage)(options)` in place of
 * `createCookieSessionStorage(options)`, and so each of its other storages. What it returns has the type and the behavior
 * of what it is given; the sessions that it makes behave as they would, and are seen.
 *
 * Off (where NODE_ENV is set and is not `development`), it returns that function itself: the very same function.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe<Factory extends (...args: never[]) => unknown>(
  createStorage: Factory,
  options: CompanionOptions = {},
): Factory {
  if (!isEnabled(options)) return createStorage;
  return observeWith(companionOf(options), createStorage);
}
