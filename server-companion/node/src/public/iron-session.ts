/** `sessionscope/iron-session`, as it is published. See `express-session.ts` for why it is so small. */
import type * as whole from '../iron-session.ts';
import { type CompanionOptions, isEnabled } from '../core/options.ts';
import { bareOf } from '../core/registered.ts';

declare const require: (path: string) => unknown;

export type { CompanionOptions };

const companion = () =>
  // Bundled: no file is looked for.
  require('../iron-session.ts') as typeof whole;

/**
 * Observes iron-session: `const getIronSession = observe(ironSession.getIronSession)`, once, where the server starts.
 * What it returns has the type and the behavior of `getIronSession`; the sessions that it makes behave as they would, and
 * are seen.
 *
 * Off (by default where NODE_ENV is `production` or `test`), it returns `getIronSession` itself: the very same function.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe<Factory extends (...args: never[]) => unknown>(
  getIronSession: Factory,
  options: CompanionOptions = {},
): Factory {
  return isEnabled(options) ? companion().observe(bareOf(getIronSession), options) : getIronSession;
}
