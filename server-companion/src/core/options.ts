/** Bounds of the log: past them the oldest events go, and the panel is told of the gap. */
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
   * @default unless NODE_ENV is `production` or `test`
   */
  enabled?: boolean;
  /**
   * Path of the endpoint below where the middleware is mounted: one or more plain segments.
   * @default '/__sessionscope__'
   */
  path?: string;
  /**
   * Hosts, besides localhost, *.localhost and the loopback addresses, that the endpoint answers to: exact names,
   * without port.
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
   * Bounds of the log.
   * @default { events: 10_000, bytes: 8 MiB }
   */
  limits?: Partial<LogLimits>;
}

/** `NODE_ENV` in which nothing is observed: sessions of users, and tests that count calls. */
const OFF_IN: ReadonlySet<string | undefined> = new Set(['production', 'test']);

/** Whether to observe, by the options and the environment. */
export const isEnabled = ({ enabled }: CompanionOptions = {}, env: NodeJS.ProcessEnv = process.env): boolean =>
  enabled ?? !OFF_IN.has(env['NODE_ENV']);

const SEGMENT = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~@-]+)+$/;

/** Checks what the types can't say; throws a TypeError that says what is wrong and what to write. */
export function checkOptions(options: CompanionOptions): void {
  const { path, allowedExtensions = [], allowedHosts = [] } = options;
  if (path !== undefined && !SEGMENT.test(path))
    throw new TypeError(
      `sessionscope: options.path is '${path}', which is no plain absolute path. Write one such as '/__sessionscope__'.`,
    );
  for (const id of allowedExtensions)
    if (!/^[a-p]{32}$/.test(id))
      throw new TypeError(
        `sessionscope: options.allowedExtensions holds '${id}', which is no Chromium extension ID (32 letters a–p, as chrome://extensions shows it).`,
      );
  for (const host of allowedHosts)
    if (!/^[a-z0-9.-]+$/.test(host))
      throw new TypeError(
        `sessionscope: options.allowedHosts holds '${host}'. Write the bare name in lower case, without scheme and port.`,
      );
}
