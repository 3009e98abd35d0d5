/** How the app's use of its session is seen: the options that express-session's adapter has besides the companion's. */

export interface ObservationOptions {
  /**
   * Whether the app gets its session as a `Proxy`, through which each read, write and deletion is seen as it happens.
   * `false` puts accessors on the session object instead, for an app that needs the plain object
   * (`structuredClone(req.session)` and `v8.serialize` refuse a proxy): reads and writes of keys that are there are
   * seen, new keys and deletions are found at checkpoints and marked as inferred.
   * @default true
   */
  proxy?: boolean;
}

/** The options with their defaults. */
export interface Observation {
  readonly proxy: boolean;
}

/** @throws TypeError that names the option, where one is of the wrong type. */
export function readObservation({ proxy = true }: ObservationOptions): Observation {
  if (typeof proxy !== 'boolean')
    throw new TypeError(`sessionscope: options.proxy is ${typeof proxy}. Write true or false.`);
  return { proxy };
}
