/** The parts of @hono/session that the adapter touches. */
import type { AnyStore } from '../../../kit/stores/callbacks.ts';

/** Seconds. */
export interface Duration {
  absolute: number;
  inactivity?: number;
}

export interface UseSessionOptions {
  duration?: Duration;
  /** A text, or a key: bytes, a `KeyObject`, a `CryptoKey` or a JWK. @default AUTH_SECRET of the environment */
  secret?: unknown;
  getCookie?: unknown;
  setCookie?: unknown;
  deleteCookie?: unknown;
}

export type Data = Record<string, unknown>;
export type Refresh = (expired: Data) => Promise<Data | null>;
export type Update = Data | ((previous: Data | null) => Data);

/** `c.var.session` as the library made it. `data` and `id` throw before the first call of `get` or `update`. */
export interface Session {
  readonly data: Data | null;
  readonly id: string | null;
  delete(): void;
  get(refresh?: Refresh): Promise<Data | null>;
  update(data: Update): Promise<void>;
}

/** `c.var.sessionStorage`. What `set` and `delete` give is not awaited. */
export type Storage = AnyStore;
