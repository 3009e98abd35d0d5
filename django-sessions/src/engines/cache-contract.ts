/** A cache, as the `cache` and `cached_db` engines use one: Redis, this process's memory, or one of the app's own. */

/** Bytes under names, each with an end. What it rejects with is an error of the request that saves. */
export interface Cache {
  /** The value's bytes; `undefined`: there is none. */
  get(name: string): Promise<Uint8Array | undefined>;
  /**
   * Keeps a value for `seconds`, 1 at least. With `only`, where there is none yet (`new`: Memcached's `add`, Redis's `NX`)
   * or one already (`existing`: `replace`, `XX`), decided by the cache itself; `false`: it was not so, and nothing was kept.
   */
  set(name: string, value: Uint8Array, seconds: number, only?: 'new' | 'existing'): Promise<boolean>;
  /** Deletes a value. No error where there is none. */
  delete(name: string): Promise<void>;
  /** Whether there is a value. @default by `get` */
  has?(name: string): Promise<boolean>;
  /** As `get`, without changing anything: it is not a use that keeps the value longer. @default `get` */
  peek?(name: string): Promise<Uint8Array | undefined>;
  /** Milliseconds that a value has left; `null`: not known, or it has no end. @default null */
  ttl?(name: string): Promise<number | null>;
  /** Closes what was opened for it. @default nothing */
  close?(): Promise<void>;
}
