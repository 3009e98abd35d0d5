/** What the kit must know of a session library, beside what its adapter sees happen. */
import type { Middleware } from '../../../../protocol/index.ts';
import type { SentCookie } from '../core/sent-cookies.ts';
import type { LiveData } from './known-values.ts';

export type { SentCookie };

/** How the library takes a request's cookie. `key`: what names the session, only where the library accepts it. */
export interface CookieReading {
  signature: 'valid' | 'invalid' | 'unsigned' | 'malformed';
  key?: string;
}

/** A record as it lies in the store now. */
export type RecordReading =
  | { outcome: 'missing' }
  | { outcome: 'unreadable' | 'error'; text: string }
  | {
      outcome: 'found' | 'expired';
      data: LiveData;
      bytes?: number | undefined;
      /** Epoch ms; `null`: it does not end by itself. Absent: not known. */
      expiresAt?: number | null | undefined;
    };

export interface SessionLibrary {
  /** Its package. */
  readonly name: string;
  /** The cookies that make up one session; the first names it. */
  readonly cookieNames: readonly [string, ...string[]];
  /** `explicit`: nothing is saved unless the app asks for it. @default 'automatic' */
  readonly commit?: 'automatic' | 'explicit';
  /** The store's or engine's own name. */
  readonly store: string;
  /** Where its records lie; `undefined`: not known. */
  readonly recordsIn?: Middleware['recordsIn'];
  /** What signs or seals, to distinguish two secrets: it is hashed. */
  readonly secret: string | undefined;
  /** Options that decide, as written in code; secrets left out. */
  describeSettings(): Record<string, string>;
  /** Reads a cookie as the library would; `all`: what was sent with it. `undefined`: it names no session of this library. */
  readCookie(cookie: SentCookie, all: readonly SentCookie[]): CookieReading | undefined;
  /** A look that changes nothing in the store. May reject. */
  readRecord(key: string): Promise<RecordReading>;
}
