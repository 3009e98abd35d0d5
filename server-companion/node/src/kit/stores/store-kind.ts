/** What may be known of a store, and what stores have in common. */
import { types } from 'node:util';
import type { Expiry } from '../../../../../protocol/index.ts';
import type { AnyStore } from './callbacks.ts';

/** The cookie in a session, as far as a store looks at it. */
export interface EndingCookie {
  expires?: unknown;
  /** ms. */
  originalMaxAge?: unknown;
}

/** What wrote to the store, or read from it. */
export type StoreMoment = 'load' | 'save' | 'touch';

export type StoreClock = Pick<Expiry, 'storeAt' | 'storeFrom' | 'storeAssumed'>;

export interface StoreKind {
  /** `undefined`: not known. */
  readonly recordsIn: 'process' | 'outside' | undefined;
  /** A record is the session's JSON. */
  readonly keepsJson: boolean;
  /** Each load decodes the record again: nobody else has the values that it gives. `false`: not known. */
  readonly decodesEachLoad: boolean;
  /** The store decodes a record with code of the app's. */
  readonly hasOwnSerializer: boolean;
  /** `touch` of a record that is gone writes nothing. */
  readonly needsRecord: boolean;
  /** The setting under which `touch` does nothing at all. */
  readonly touchDisabled: string | undefined;
  /** When the store drops the record after this; empty: not known. */
  clock(moment: StoreMoment, cookie: EndingCookie): StoreClock;
  /** The text that lies in the store now, where it lies in this process. */
  peek?(key: string): string | undefined;
}

/** Epoch ms at which the cookie ends; `null`: it names no end (`false` and an invalid date too, as for a browser). */
export function cookieEnd(cookie: EndingCookie): number | null {
  const { expires } = cookie;
  if (types.isDate(expires)) {
    const at = Date.prototype.getTime.call(expires);
    return Number.isFinite(at) ? at : null;
  }
  if (expires === null || expires === undefined || expires === false || expires === '') return null;
  const time = new Date(expires as Date | string).getTime();
  return Number.isFinite(time) ? time : null;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** A class of this name, or one that extends it. */
export function isNamed(store: AnyStore, name: string): boolean {
  for (let type: object | null = store; type !== null; type = Object.getPrototypeOf(type) as object | null)
    if (Object.hasOwn(type, 'constructor') && (type as { constructor?: { name?: unknown } }).constructor?.name === name)
      return true;
  return false;
}
