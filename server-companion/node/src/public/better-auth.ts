/** `sessionscope/better-auth`, as it is published. See `express-session.ts` for why it is so small. */
import type * as whole from '../better-auth.ts';
import { type CompanionOptions, isEnabled } from '../core/options.ts';

declare const require: (path: string) => unknown;

export type { CompanionOptions };

const companion = () =>
  // Bundled: no file is looked for.
  require('../better-auth.ts') as typeof whole;

/** A plugin as better-auth has it. */
interface Plugin {
  id: 'sessionscope';
}

/**
 * A plugin that observes better-auth's sessions: `betterAuth({ plugins: [observe()] })`, as the last one. What better-auth
 * does with its sessions is as it would be, and is seen.
 *
 * Off (by default where NODE_ENV is `production` or `test`), it is a plugin that does nothing.
 *
 * @throws TypeError where an option is malformed; never once it has returned.
 */
export function observe(options: CompanionOptions = {}): Plugin {
  return isEnabled(options) ? companion().observe(options) : { id: 'sessionscope' };
}
