/** The parts of iron-session 8 and 9 that the adapter touches. */

import type { Passwords } from '../../kit/iron-seal.ts';

export interface CookieOptions {
  path?: string;
  domain?: string;
  maxAge?: number | undefined;
  expires?: Date;
  secure?: boolean;
  httpOnly?: boolean;
  sameSite?: unknown;
  [option: string]: unknown;
}

export interface IronOptions {
  cookieName: string;
  /** Of several the one with the highest number seals. */
  password: string | Passwords;
  /** Seconds; 0: the seal has no end. */
  ttl?: number;
  cookieOptions?: CookieOptions;
  chunk?: boolean;
  [option: string]: unknown;
}

/** A session as the library makes it: data, and three members that can be neither listed nor changed. */
export interface IronSession {
  readonly save: () => Promise<void>;
  readonly destroy: () => void;
  readonly updateConfig: (options: IronOptions) => void;
  [key: string]: unknown;
}

export type GetIronSession = (...args: unknown[]) => Promise<IronSession>;
