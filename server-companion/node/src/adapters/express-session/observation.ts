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
  /**
   * Whether writes inside nested plain objects and lists are seen as they happen, with their exact path and line,
   * rather than found at checkpoints and marked as inferred. Nested values are then proxies: `===` holds between two
   * reads within one request, but not with the object that was assigned.
   * @default false
   */
  deep?: boolean;
}

/** The options with their defaults. */
export interface Observation {
  readonly proxy: boolean;
  readonly deep: boolean;
}

/** @throws TypeError that names the option, where one is of the wrong type or two contradict each other. */
export function readObservation({ proxy = true, deep = false }: ObservationOptions): Observation {
  for (const [name, value] of Object.entries({ proxy, deep }))
    if (typeof value !== 'boolean')
      throw new TypeError(
        `sessionscope: options.${name} is ${value === null ? 'null' : typeof value}. Write true or false.`,
      );
  if (deep && !proxy)
    throw new TypeError('sessionscope: options.deep needs proxies, and options.proxy is false. Leave one of them out.');
  return { proxy, deep };
}
