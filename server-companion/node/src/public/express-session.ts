/**
 * `sessionscope/express-session`, as it is published. Until something is to be observed it is one function: what it
 * needs is bundled with it, and runs only when `observe` is called and on. So an import costs an app nothing where the
 * companion is off, and fails in no bundler and no module system.
 */
import type { ObservationOptions } from '../adapters/express-session/observation.ts';
import { type CompanionOptions, isEnabled } from '../core/options.ts';
import { bareOf } from '../core/registered.ts';
import type * as whole from '../express-session.ts';

declare const require: (path: string) => unknown;

export type { CompanionOptions, ObservationOptions };

const companion = () =>
  // Bundled: no file is looked for.
  require('../express-session.ts') as typeof whole;

/**
 * Observes express-session: `observe(session)(options)` in place of `session(options)`. What it returns has the type,
 * the statics and the behavior of `session`; the sessions that it makes behave as they would, and are seen.
 *
 * Off (by default where NODE_ENV is `production` or `test`), it returns `session` itself: the very same function.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe<Factory extends (...args: never[]) => unknown>(
  session: Factory,
  options: CompanionOptions & ObservationOptions = {},
): Factory {
  return isEnabled(options) ? companion().observe(bareOf(session), options) : session;
}
