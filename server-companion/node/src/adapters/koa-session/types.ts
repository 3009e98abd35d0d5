/** The parts of koa-session 6 and 7, and of Koa, that the adapter touches. */
import type { ServerResponse } from 'node:http';
import type { KoaContext } from '../../kit/hosts/koa.ts';
import type { SigningKeys } from '../../kit/keygrip.ts';
import type { AnyStore } from '../../kit/stores/callbacks.ts';

/** `get`, `set` and `destroy` give promises, or answer at once. */
export type StoreLike = AnyStore;

/** After koa-session has put its defaults into them. */
export interface SessionOptions {
  key?: string;
  /** Milliseconds; absent: a day for the session, and the cookie lasts until the browser closes. */
  maxAge?: number | 'session' | undefined;
  signed?: boolean;
  secure?: boolean;
  autoCommit?: boolean;
  rolling?: boolean;
  renew?: boolean;
  store?: StoreLike;
  /** Made for each request. */
  ContextStore?: unknown;
  /** Where the key travels, in the place of the cookie. */
  externalKey?: unknown;
  encode?: unknown;
  decode?: unknown;
  [option: string]: unknown;
}

export interface AppLike {
  readonly context: object;
  readonly keys?: SigningKeys;
}

export interface ContextLike extends KoaContext {
  readonly app: AppLike;
}

/** A request that has a response: all that the adapter observes. */
export type AnsweredContext = ContextLike & { readonly res: ServerResponse };

/** `ctx.session` as the library made it. */
export interface SessionLike {
  isNew: boolean;
  _requireSave?: boolean;
  /** Epoch ms at which the record that it was loaded from ends. */
  _expire?: number;
  [key: string]: unknown;
}

/** What the library keeps for one request. */
export interface ContextSessionLike {
  readonly opts: SessionOptions;
  readonly store?: StoreLike;
  /** `undefined`: nobody has asked for it. `false`: the app has set it to null. */
  readonly session: SessionLike | false | undefined;
  /** The key in the store. */
  readonly externalKey?: string;
}

export interface CommitOptions {
  save?: boolean;
  regenerate?: boolean;
}

export type Next = () => Promise<unknown>;
export type Middleware = (context: ContextLike, next: Next) => Promise<unknown>;
