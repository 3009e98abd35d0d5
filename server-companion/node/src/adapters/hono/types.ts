/** The parts of hono-sessions that the adapter touches. */
import type { HonoContext } from '../../kit/hosts/hono.ts';
import type { AnyStore } from '../../kit/stores/callbacks.ts';

export interface CookieOptions {
  prefix?: 'secure' | 'host';
  [option: string]: unknown;
}

export interface SessionsOptions {
  /** A `CookieStore`, whose record is the cookie, or one of records by their IDs. */
  store: AnyStore;
  encryptionKey?: string | (() => string);
  /** From the last request on. Absent: it has no end. */
  expireAfterSeconds?: number;
  cookieOptions?: CookieOptions;
  /** @default 'session' */
  sessionCookieName?: string;
  /** @default true */
  autoExtendExpiration?: boolean;
}

export interface Entry {
  readonly value: unknown;
  readonly flash: boolean;
}

/** What a session holds, and what a store keeps of it. */
export interface SessionCache {
  _id?: string;
  _data: Record<string, Entry>;
  /** A date as ISO has it; `null`: no end. */
  _expire: string | null;
  _delete: boolean;
  _accessed: string | null;
}

/** `c.get('session')` as the library made it. */
export interface Session {
  /** `null`: it is new. */
  readonly hash: string | null;
  getCache(): SessionCache;
  setExpiration(expiration: string): void;
  touch(): void;
  reupSession(): void;
  deleteSession(): void;
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  forget(key: string): void;
  flash(key: string, value: unknown): void;
}

export interface Context extends HonoContext {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
}

export type Next = () => Promise<void>;
export type Middleware = (context: Context, next: Next) => Promise<Response | void>;
