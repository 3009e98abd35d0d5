/** `sessionscope/astro`, as it is published. See `express-session.ts` for why it is so small. */
import type * as whole from '../astro.ts';
import { type CompanionOptions, isEnabled } from '../core/options.ts';

declare const require: (path: string) => unknown;

export type { CompanionOptions };

const companion = () =>
  // Bundled: no file is looked for.
  require('../astro.ts') as typeof whole;

/** A middleware as Astro has it: the `context` of a request, and what runs the rest of the app. */
type Middleware = <Result>(context: object, next: () => Result) => Result;

/**
 * A middleware that observes `Astro.session`: `export const onRequest = sequence(observe(), …)`, as the first one. The
 * sessions that Astro makes behave as they would, and are seen.
 *
 * Off (by default where NODE_ENV is `production` or `test`), it only calls the next middleware, and nothing else runs.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe(options: CompanionOptions = {}): Middleware {
  return isEnabled(options) ? companion().observe(options) : (_context, next) => next();
}
