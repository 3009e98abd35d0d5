/** The parts of express-session and of Node's messages that the adapter touches. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface CookieLike {
  maxAge?: number | null;
  expires?: Date | string | false | null;
  originalMaxAge?: number | null;
  secure?: boolean | 'auto';
  path?: string;
  [key: string]: unknown;
}

export interface SessionLike {
  cookie: CookieLike;
  [key: string]: unknown;
}

export type StoreCallback = (this: unknown, error?: unknown, ...rest: unknown[]) => void;

export interface StoreLike {
  get(key: string, callback: StoreCallback): unknown;
  set(key: string, session: SessionLike, callback?: StoreCallback): unknown;
  touch?(key: string, session: SessionLike, callback?: StoreCallback): unknown;
  destroy(key: string, callback?: StoreCallback): unknown;
  regenerate(request: RequestLike, callback: StoreCallback): unknown;
  generate(request: RequestLike): void;
  createSession(request: RequestLike, data: SessionLike): SessionLike;
  [key: string]: unknown;
}

export interface RequestLike extends IncomingMessage {
  session?: SessionLike | null;
  sessionID?: string;
  sessionStore?: StoreLike;
  baseUrl?: string;
  originalUrl?: string;
  /** Express: whether the connection, or a trusted proxy, says https. */
  secure?: boolean;
  /** A cookie parser's secret, which express-session takes where it has none of its own. */
  secret?: string;
  app?: { get?(setting: string): unknown };
}

export type ResponseLike = ServerResponse<RequestLike>;
export type Next = (error?: unknown) => unknown;
export type Middleware = (request: RequestLike, response: ResponseLike, next: Next) => unknown;

/** express-session's options, as far as they decide. */
export interface SessionOptions {
  genid?: unknown;
  name?: string;
  key?: string;
  secret?: string | string[];
  store?: StoreLike;
  resave?: boolean;
  rolling?: boolean;
  saveUninitialized?: boolean;
  unset?: 'destroy' | 'keep';
  proxy?: boolean;
  cookie?: CookieLike | ((request: RequestLike) => CookieLike);
}

/** The factory that express-session exports. */
export interface SessionFactory {
  (options?: SessionOptions): Middleware;
  MemoryStore: new () => StoreLike;
}
