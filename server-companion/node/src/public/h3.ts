/** `sessionscope/h3`, as it is published. See `express-session.ts` for why it is so small. */
import type * as whole from '../h3.ts';
import { type CompanionOptions, isEnabled } from '../core/options.ts';

declare const require: (path: string) => unknown;

export type { CompanionOptions };

const companion = () =>
  // Bundled: no file is looked for.
  require('../h3.ts') as typeof whole;

/**
 * Observes h3's session functions: `export const { useSession } = observe(h3)`, once, in the file from which the others
 * import them. `h3` is the module, or an object with those functions of it that the app uses, or one of them. What it
 * returns has the same type, and its functions behave the same; the sessions that they make are seen.
 *
 * Off (by default where NODE_ENV is `production` or `test`), it returns `h3` itself: the very same object.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe<H3 extends object>(h3: H3, options: CompanionOptions = {}): H3 {
  return isEnabled(options) ? companion().observe(h3, options) : h3;
}
