/** The parts of @fastify/secure-session and of Fastify that the adapter touches. */
import type {
  Callable,
  FastifyReply,
  FastifyRequest,
  OnRequest as HookOnRequest,
  OnSend as HookOnSend,
} from '../../kit/hosts/fastify.ts';

/** 32 bytes, or base64 of them. */
export type Key = Buffer | string;

export interface CookieOptions {
  signed?: boolean;
  [option: string]: unknown;
}

export interface SessionOptions {
  /** The member of the request. @default 'session' */
  sessionName?: string;
  /** @default as sessionName */
  cookieName?: string;
  /** Several: the first seals. */
  key?: Key | readonly Key[];
  secret?: Key;
  salt?: Key;
  /** Seconds. @default 86401 */
  expiry?: number;
  cookie?: CookieOptions;
  /** Goes before `cookie`. */
  cookieOptions?: CookieOptions;
}

/** `request.session` as the library made it: a proxy of its own, of which what is no member reads and writes data. */
export interface SessionLike {
  changed: boolean;
  deleted: boolean;
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(): void;
  options(options: { maxAge?: number; expires?: Date } | null | undefined): void;
  data(): Record<string, unknown>;
  touch(): void;
  regenerate(kept?: readonly string[]): void;
}

/** The decorator `decodeSecureSession`; `null`: the cookie is refused, and the log is told why. */
export type Decode = (cookie: string, log: Log, sessionName: string) => SessionLike | null;

export interface Log {
  trace(text: string): void;
  debug(text: string): void;
}

export interface RequestLike extends FastifyRequest {
  [sessionName: string]: unknown;
}

export interface ReplyLike extends FastifyReply {
  getHeader(name: string): unknown;
}

export type OnRequest = HookOnRequest<RequestLike, ReplyLike>;
export type OnSend = HookOnSend<RequestLike, ReplyLike>;

export interface FastifyLike {
  addHook(name: string, hook: Callable): unknown;
  decorate(name: string, value: unknown): unknown;
  register(plugin: Callable, ...rest: unknown[]): unknown;
  unsignCookie?(value: string): { valid: boolean; value: string | null };
}
