/** `sessionscope/react-router`, as it is published. See `express-session.ts` for why it is so small. */
import type * as whole from '../react-router.ts';
import { type CompanionOptions, isEnabled } from '../core/options.ts';
import { bareOf } from '../core/registered.ts';

declare const require: (path: string) => unknown;

export type { CompanionOptions };

const companion = () =>
  // Bundled: no file is looked for.
  require('../react-router.ts') as typeof whole;

/**
 * Observes a session storage of React Router: `observe(createCookieSessionStorage)(options)` in place of
 * `createCookieSessionStorage(options)`, and so each of its other storages. What it returns has the type and the behavior
 * of what it is given; the sessions that it makes behave as they would, and are seen.
 *
 * Off (by default where NODE_ENV is `production` or `test`), it returns that function itself: the very same function.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe<Factory extends (...args: never[]) => unknown>(
  createStorage: Factory,
  options: CompanionOptions = {},
): Factory {
  return isEnabled(options) ? companion().observe(bareOf(createStorage), options) : createStorage;
}
