/** `sessionscope/django-sessions`, as it is published. See `express-session.ts` for why it is so small. */
import { type CompanionOptions, isEnabled } from '../core/options.ts';
import { bareOf } from '../core/registered.ts';
import type * as whole from '../django-sessions.ts';

declare const require: (path: string) => unknown;

export type { CompanionOptions };

const companion = () =>
  // Bundled: no file is looked for.
  require('../django-sessions.ts') as typeof whole;

/**
 * Observes `@sessionscope/django-sessions`: `observe(createSessions)(options)` in place of `createSessions(options)`.
 * What it returns has the type and the behavior of `createSessions`; the sessions that it makes behave as they would,
 * and are seen, whichever middleware they are mounted with.
 *
 * Off (by default where NODE_ENV is `production` or `test`), it returns `createSessions` itself: the very same function.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe<Factory extends (...args: never[]) => unknown>(
  createSessions: Factory,
  options: CompanionOptions = {},
): Factory {
  return isEnabled(options) ? companion().observe(bareOf(createSessions), options) : createSessions;
}
