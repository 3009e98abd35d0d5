/** `observe()`: the one changed line. */
import { companionOf } from '../../core/companion.ts';
import { type CompanionOptions, isEnabled } from '../../core/options.ts';
import { observeWith } from './observe-with.ts';
import type { Plugin } from './types.ts';

/**
 * A plugin that observes better-auth's sessions: `betterAuth({ plugins: [observe()] })`, as the last one.
 *
 * Off (where NODE_ENV is set and is not `development`), it is a plugin that does nothing.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe(options: CompanionOptions = {}): Pick<Plugin, 'id'> {
  if (!isEnabled(options)) return { id: 'sessionscope' };
  return observeWith(companionOf(options));
}
