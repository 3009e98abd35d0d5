/** `observe()`: the one changed line. */
import { companionOf } from '../../core/companion.ts';
import { type CompanionOptions, isEnabled } from '../../core/options.ts';
import { observeWith } from './observe-with.ts';
import type { Middleware } from './types.ts';

/**
 * A middleware that observes `Astro.session`: `export const onRequest = sequence(observe(), …)`, as the first one.
 *
 * Off (where NODE_ENV is set and is not `development`), it only calls the next one.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe(options: CompanionOptions = {}): Middleware {
  if (!isEnabled(options)) return (_context, next) => next();
  return observeWith(companionOf(options));
}
