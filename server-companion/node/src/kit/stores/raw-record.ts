/** A record read past the store's own `get`. */

/** A record as it lies in the store. */
export interface RawRecord {
  /** The session as a text or as an object. */
  data: unknown;
  /** Makes a session of a text; JSON.parse where it is absent. */
  decode?: (text: string) => unknown;
  /** Epoch ms at which the store drops it; `null`: never by itself; absent: not known. */
  expiresAt?: number | null;
  bytes?: number;
}

/** `undefined`: there is no record. */
export type PureRead = (key: string) => Promise<RawRecord | undefined>;
