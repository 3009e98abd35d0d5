/** `observe(h3)`: the one changed line. */
import { companionOf } from '../../core/companion.ts';
import { type CompanionOptions, isEnabled } from '../../core/options.ts';
import { observeWith } from './observe-with.ts';

/**
 * Observes h3's session functions: `export const { useSession } = observe(h3)`, once, in the file from which the others
 * import them. `h3` is the module, or an object with those functions of it that the app uses, or one of them. What it
 * returns has the same type, and its functions behave the same; the sessions that they make are seen.
 *
 * Off (where NODE_ENV is set and is not `development`), it returns `h3` itself: the very same object.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe<H3 extends object>(h3: H3, options: CompanionOptions = {}): H3 {
  if (!isEnabled(options)) return h3;
  return observeWith(companionOf(options), h3);
}
