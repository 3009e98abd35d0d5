/** @hono/session as the endpoint needs it: the encrypted cookie that is the record, or that names one of a storage. */
import type { KeyObject } from 'node:crypto';
import { decoded } from '../../../core/sent-cookies.ts';
import type { LiveData } from '../../../kit/known-values.ts';
import type { RecordReading, SentCookie, SessionLibrary } from '../../../kit/library.ts';
import { liveProperties, readProperty } from '../../../kit/live-properties.ts';
import { settingsAsCode } from '../../../kit/settings-as-code.ts';
import { decodeRecord, pureReadOf, whyUnreadable } from '../../../kit/stores/store-reading.ts';
import { type Claims, openToken, type OpenedToken } from './jwe.ts';
import type { Storage, UseSessionOptions } from './types.ts';

/** The library lets nobody choose another. */
export const COOKIE_NAME = 'sid';

/** `cookie`: the cookie is the record. `id`: it names a record of the storage's. */
export type StoreKind = 'cookie' | 'id';

export interface UseSessionLibrary extends SessionLibrary {
  readonly kind: StoreKind;
  /** The last one that a request came with: an app may make one for each. */
  storage: Storage | undefined;
  /** Of a cookie's value, as it is sent. */
  open(value: string): OpenedToken;
  /** What names the session of this cookie's value. */
  nameOf(value: string, claims: Claims): string;
}

const CLAIMS: ReadonlySet<string> = new Set(['sid', 'iat', 'exp']);
export const isData = (key: string): boolean => !CLAIMS.has(key);

/** What the token holds beside its claims. */
export const dataIn = (claims: Claims): LiveData => liveProperties(claims, isData);

/** Epoch ms; `null`: it has no end. */
export const endOf = ({ exp }: Claims): number | null => (typeof exp === 'number' ? exp * 1000 : null);

/** `key`: `undefined`, the app has none. `storageClass`: its name; `undefined`: there is no storage. */
export function useSessionLibrary(
  options: UseSessionOptions,
  key: KeyObject | undefined,
  storageClass: string | undefined,
): UseSessionLibrary {
  const kind: StoreKind = storageClass === undefined ? 'cookie' : 'id';
  const open = (value: string): OpenedToken =>
    key === undefined ? { outcome: 'invalid' } : openToken(decoded(value), key, Date.now());
  const nameOf = (value: string, { sid }: Claims) => (kind === 'cookie' ? decoded(value) : sid);
  const library: UseSessionLibrary = {
    name: '@hono/session',
    cookieNames: [COOKIE_NAME],
    store: storageClass ?? 'cookie',
    ...(kind === 'cookie' ? { recordsIn: 'cookie' as const } : {}),
    commit: 'explicit',
    secret: key?.export().toString('base64url'),
    kind,
    storage: undefined,
    describeSettings: () => settingsAsCode({ ...options.duration }, ['absolute', 'inactivity'], 'duration.'),
    open,
    nameOf,
    readCookie({ name, value }: SentCookie) {
      if (name !== COOKIE_NAME) return undefined;
      const token = open(value);
      if (token.outcome === 'open') return { signature: 'valid', key: nameOf(value, token.claims) };
      return { signature: token.outcome === 'expired' ? 'valid' : token.outcome };
    },
    readRecord: async (id) => (kind === 'cookie' ? recordIn(open(id), id.length) : recordOf(library.storage!, id)),
  };
  return library;
}

function recordIn(token: OpenedToken, bytes: number): RecordReading {
  if (!('claims' in token)) return { outcome: 'missing' };
  const { outcome, claims } = token;
  return {
    outcome: outcome === 'open' ? 'found' : 'expired',
    data: dataIn(claims),
    bytes,
    expiresAt: endOf(claims),
  };
}

async function recordOf(storage: Storage, id: string): Promise<RecordReading> {
  const read = pureReadOf(storage);
  if (read === undefined)
    return {
      outcome: 'unreadable',
      text: `No way is known to read ${storage.constructor.name} without changing it. A storage can offer one: peek(sid), which gives { data }.`,
    };
  const record = await read(id);
  if (record === undefined) return { outcome: 'missing' };
  const data = decodeRecord(record);
  if (typeof data !== 'object' || data === null) return { outcome: 'unreadable', text: whyUnreadable(data) };
  const { bytes, expiresAt } = record;
  return { outcome: 'found', data: liveProperties(data, () => true), bytes, expiresAt };
}

/**
 * What a session holds: what was last given for it, over what the token holds, into which the library merges it where
 * the cookie is the record. A value that is `undefined` is none: JSON leaves it out.
 */
export class SessionContent implements LiveData {
  #given: object | undefined;
  #base: object | undefined;

  /** `base`: of the token; `undefined`: there is none below. */
  hold(given: object | undefined, base?: object): void {
    this.#given = given;
    this.#base = base;
  }

  keys(): string[] {
    const keys = new Set([...Object.keys(this.#base ?? {}), ...Object.keys(this.#given ?? {})]);
    return [...keys].filter((key) => this.has(key));
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  get(key: string): unknown {
    if (this.#base !== undefined && !isData(key)) return undefined;
    for (const layer of [this.#given, this.#base])
      if (layer !== undefined && Object.hasOwn(layer, key)) return readProperty(layer, key);
    return undefined;
  }
}
