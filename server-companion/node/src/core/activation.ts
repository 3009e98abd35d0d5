/**
 * When the companion is on: the one place that decides, and it imports nothing, so that an app in which it is off loads
 * nothing else of ours. docs/security.md, "When it is on", has the table.
 */

/**
 * `off`: `observe` gives back what it was given. `on`: every request is observed. `local`: a request is observed where
 * its Host is one that the endpoint answers to; another finds the app as it is.
 */
export type Activation = 'off' | 'on' | 'local';

export interface ActivationOptions {
  enabled?: boolean | undefined;
}

/** By the option, where it is given; else by `NODE_ENV`, whose case and outer white space count for nothing. */
export function activationOf(
  { enabled }: ActivationOptions = {},
  env: Readonly<Record<string, string | undefined>> = process.env,
): Activation {
  if (enabled !== undefined) return enabled ? 'on' : 'off';
  const mode = (env['NODE_ENV'] ?? '').trim().toLowerCase();
  if (mode === 'development') return 'on';
  // `production`, `test`, `staging`, a misspelled name: whoever wrote something there did not write `development`.
  return mode === '' ? 'local' : 'off';
}

/** Whether anything is observed at all. */
export const isEnabled = (options?: ActivationOptions, env?: Readonly<Record<string, string | undefined>>): boolean =>
  activationOf(options, env) !== 'off';

export interface StartOptions extends ActivationOptions {
  quiet?: boolean | undefined;
}

/** What the line at start is made from. */
export interface StartFacts {
  /** What is observed by then. */
  libraries: readonly string[];
  /** Somebody reads it there: then it says how to continue. */
  isTerminal: boolean;
}

/**
 * What is said at start, once in a process; `undefined`: nothing, where `quiet` is set. That it is on although NODE_ENV
 * says neither `development` nor nothing is never left unsaid.
 */
export function startLine(
  activation: 'on' | 'local',
  { enabled, quiet }: StartOptions,
  { libraries, isTerminal }: StartFacts,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const isExpected = activationOf({}, env) !== 'off';
  if ((quiet ?? isSet(env['SESSIONSCOPE_QUIET'])) && isExpected) return undefined;
  const what = libraries.length === 0 ? 'is on' : `observes ${libraries.join(' and ')}`;
  const where = activation === 'local' ? ' for requests to localhost' : '';
  const why =
    enabled === true
      ? '`enabled: true` is set'
      : activation === 'local'
        ? 'NODE_ENV is not set (production turns it off)'
        : 'NODE_ENV is development';
  const how = isTerminal ? ' Open DevTools on your page and choose Sessions, or run: npx sessionscope open <url>' : '';
  return `Sessionscope ${what}${where}, because ${why}.${how}`;
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '' && value !== '0';
