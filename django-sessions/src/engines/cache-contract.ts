/** What the `cache` and `cached_db` engines ask of a cache. */
import { readPickle } from '../codec/pickle-read.ts';
import { toSessionData } from '../codec/pickle-session.ts';
import { MalformedRecordError } from '../errors.ts';

export interface Cache {
  /** The value's bytes; `undefined`: there is none. */
  bytes(name: string): Promise<Buffer | undefined>;
  /**
   * A session's data; `undefined`: there is no such value. `found` is told its length in bytes. Rejects where it holds
   * no session.
   */
  get(name: string, found?: (bytes: number) => void): Promise<Map<string, unknown> | undefined>;
  has(name: string): Promise<boolean>;
  /**
   * Keeps a value for whole `seconds`; from 0 down it is deleted. `made` is told its length in bytes. With `condition`,
   * only where there is none yet (`NX`) or one already (`XX`), decided by the cache itself; `false`: it was not so.
   */
  set(
    name: string,
    data: ReadonlyMap<string, unknown>,
    seconds: number,
    made?: (bytes: number) => void,
    condition?: 'NX' | 'XX',
  ): Promise<boolean>;
  delete(name: string): Promise<void>;
  /** Milliseconds that a value has left; `null`: it has no end, or there is none. */
  ttl(name: string): Promise<number | null>;
  /** Closes what was opened for it. */
  close(): Promise<void>;
}

/** How every pickle since protocol 2 begins. */
const PICKLE = 0x80;
/** Django tells integers from pickles by trying. */
const INTEGER = /^[+-]?\d+$/;

/** What Django's cache holds for a session. Throws `MalformedRecordError` where that is none. */
export function readCached(bytes: Buffer): Map<string, unknown> {
  if (bytes[0] !== PICKLE && INTEGER.test(bytes.toString('latin1', 0, 64)))
    throw new MalformedRecordError('The cached value is a number, no session.');
  const data = toSessionData(readPickle(bytes));
  if (data === undefined) throw new MalformedRecordError('The cached value is no session: no dict.');
  return data;
}
