/** A store of a package of its own: how it keeps a record and how it is read without changing it, both from its source. */
import type { AnyStore } from '../callbacks.ts';
import type { PureRead } from '../raw-record.ts';
import { cookieEnd, type EndingCookie, type StoreClock, type StoreKind } from '../store-kind.ts';

export interface KnownStore {
  /** `undefined`: the store is of another kind. */
  kind(store: AnyStore): StoreKind | undefined;
  /** `undefined`: of another kind, or no way is known to read this one. */
  read(store: AnyStore): PureRead | undefined;
}

/** What most of them are: a table or a file with the session's JSON, whose end `touch` renews where there is a record. */
export const JSON_OUTSIDE = {
  recordsIn: 'outside',
  keepsJson: true,
  decodesEachLoad: false,
  hasOwnSerializer: false,
  needsRecord: true,
  touchDisabled: undefined,
} as const satisfies Partial<StoreKind>;

/** The cookie's end, and where it names none `otherwiseMs` from now, which `from` decides. */
export function endOf(cookie: EndingCookie, otherwiseMs: number, from: string): StoreClock {
  const end = cookieEnd(cookie);
  if (end !== null) return { storeAt: end, storeFrom: 'cookie.expires' };
  return Number.isFinite(otherwiseMs) ? { storeAt: Date.now() + otherwiseMs, storeFrom: from } : {};
}

export const ONE_DAY_MS = 86_400_000;

/** Epoch ms of what a driver gives for a date; `undefined`: it is none. */
export function timeOf(value: unknown): number | undefined {
  const time = value instanceof Date ? value.getTime() : Date.parse(String(value));
  return Number.isFinite(time) ? time : undefined;
}
