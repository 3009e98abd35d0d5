import { statSync } from 'node:fs';
import { inspect } from 'node:util';
import { ENDPOINT_PATH, LIMITS, normalizeKeyName } from '../../../../protocol/index.ts';
import { parseRedisUrl } from './shared-log/redis-url.ts';

export { isEnabled } from './activation.ts';

/** Bounds of the log: past them the oldest events go, and the panel is sent a gap. */
export interface LogLimits {
  /** Events held. */
  events: number;
  /** Approximate bytes held. */
  bytes: number;
}

/** 10,000 events: some hundred exchanges of an ordinary app, twenty minutes of clicking. */
export const DEFAULT_LOG_LIMITS: LogLimits = { events: 10_000, bytes: 8 * 1024 * 1024 };

/** Options of the companion, the same for every library. All may be left out. */
export interface CompanionOptions {
  /**
   * Whether to observe at all. Off, `observe` gives back what it was given.
   * @default where NODE_ENV is `development`; where it is not set, for requests to allowed hosts
   *   (docs/security.md, "When it is on")
   */
  enabled?: boolean;
  /**
   * Says nothing at start. That it is on where NODE_ENV is `production`, by `enabled: true`, is always said.
   * @default whether SESSIONSCOPE_QUIET is set
   */
  quiet?: boolean;
  /**
   * Path of the endpoint below where the middleware is mounted: one or more plain segments.
   * @default '/__sessionscope__'
   */
  path?: string;
  /**
   * Hosts, besides localhost, *.localhost and the loopback addresses, that the endpoint answers to: exact names,
   * without port; an IPv6 address in brackets.
   * @default []
   */
  allowedHosts?: readonly string[];
  /**
   * IDs of Chromium extensions, besides the published one, that may ask: a build of your own.
   * @default []
   */
  allowedExtensions?: readonly string[];
  /**
   * Key names, besides the protocol's list, whose values never leave the process unless a paired panel reveals them.
   * @default []
   */
  redact?: readonly string[];
  /**
   * `redis://[[user:]password@]host[:port][/database]`, `rediss://…` or `unix://…`: processes of one project share one
   * log there, Node and Python alike, and the panel shows them in one timeline (docs/several-processes.md).
   * @default this process's memory
   */
  log?: string;
  /**
   * The project's folder: processes that name the same one are one project, with one pairing and, where `log` is set, one
   * log. Sources are relative to it.
   * @default the nearest folder with a package.json, from the working directory up
   */
  root?: string;
  /**
   * Bounds of the log.
   * @default { events: 10_000, bytes: 8 MiB }
   */
  limits?: Partial<LogLimits>;
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1;

interface Rule {
  /** Of the options: what is checked, where it is given. */
  of: (options: CompanionOptions) => unknown;
  fits: (value: never) => boolean;
  /** What to write instead, a whole sentence. */
  fix: string;
  /** What was given may hold a password: it is not shown. */
  isSecret?: true;
}

const RULES: Record<string, Rule> = {
  enabled: {
    of: ({ enabled }) => enabled,
    fits: (value: unknown) => typeof value === 'boolean',
    fix: 'Write true or false.',
  },
  quiet: {
    of: ({ quiet }) => quiet,
    fits: (value: unknown) => typeof value === 'boolean',
    fix: 'Write true or false.',
  },
  path: {
    of: ({ path }) => path,
    fits: (value: unknown) =>
      typeof value === 'string' && value.length <= LIMITS.pathLength && ENDPOINT_PATH.test(value),
    fix: "Write a plain absolute path such as '/__sessionscope__'.",
  },
  allowedHosts: {
    of: ({ allowedHosts }) => allowedHosts,
    fits: (value: unknown) => isTexts(value) && value.every((host) => /^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])$/.test(host)),
    fix: "Write a list of bare names in lower case, without scheme and port: ['my-app.test'].",
  },
  allowedExtensions: {
    of: ({ allowedExtensions }) => allowedExtensions,
    fits: (value: unknown) => isTexts(value) && value.every((id) => /^[a-p]{32}$/.test(id)),
    fix: 'Write a list of Chromium extension IDs: 32 letters from a to p each, as chrome://extensions shows them.',
  },
  redact: {
    of: ({ redact }) => redact,
    // A name of which nothing is left would redact each key that is written in another script.
    fits: (value: unknown) => isTexts(value) && value.every((name) => normalizeKeyName(name) !== ''),
    fix: "Write a list of key names with letters from a to z or digits in them: ['taxNumber'].",
  },
  log: {
    of: ({ log }) => log,
    fits: (value: unknown) => typeof value === 'string' && parseRedisUrl(value) !== undefined,
    fix: "Write a Redis URL such as 'redis://127.0.0.1:6379/0'.",
    isSecret: true,
  },
  root: {
    of: ({ root }) => root,
    fits: (value: unknown) =>
      typeof value === 'string' && statSync(value, { throwIfNoEntry: false })?.isDirectory() === true,
    fix: 'Write the path of a folder that is there.',
  },
  limits: {
    of: ({ limits }) => limits,
    fits: (value: unknown) => typeof value === 'object' && value !== null,
    fix: 'Write { events: 10_000, bytes: 8 * 1024 * 1024 }, or one of the two.',
  },
  'limits.events': {
    of: ({ limits }) => limits?.events,
    fits: isCount,
    fix: 'Write how many events to hold: a whole number from 1.',
  },
  'limits.bytes': {
    of: ({ limits }) => limits?.bytes,
    fits: isCount,
    fix: 'Write how many bytes to hold: a whole number from 1.',
  },
};

/** Checks what JavaScript's callers may get wrong; throws a TypeError that says what is wrong and what to write. */
export function checkOptions(options: CompanionOptions): void {
  for (const [name, { of, fits, fix, isSecret }] of Object.entries(RULES)) {
    const value = of(options);
    if (value === undefined || fits(value as never)) continue;
    const given = isSecret === true ? `no ${name} that can be used` : inspect(value, { depth: 1 });
    throw new TypeError(`sessionscope: options.${name} is ${given}. ${fix}`);
  }
}
