/** The parts of @fastify/session and of Fastify that the adapter touches. */
import type {
  Callable,
  Done,
  FastifyReply,
  FastifyRequest,
  OnRequest as HookOnRequest,
  OnSend as HookOnSend,
} from '../../kit/hosts/fastify.ts';
import type { AnyStore } from '../../kit/stores/callbacks.ts';

/** What signs the cookie: a text, several of which the first signs, or an object of the app's. */
export type Secret = string | readonly string[] | { unsign(text: string): { valid: boolean; value: string | null } };

export interface CookieLike {
  maxAge?: number | null;
  expires?: Date | null;
  secure?: boolean | null;
  path?: string;
  [key: string]: unknown;
}

export interface SessionOptions {
  secret: Secret;
  algorithm?: string;
  cookieName?: string;
  cookiePrefix?: string;
  cookie?: CookieLike;
  store?: AnyStore;
  saveUninitialized?: boolean;
  rolling?: boolean;
  idGenerator?: unknown;
}

/** `request.session` as the library made it. */
export interface SessionLike {
  readonly sessionId: string;
  readonly encryptedSessionId: string;
  cookie: CookieLike;
  [key: string]: unknown;
}

export interface RequestLike extends FastifyRequest {
  readonly protocol: string;
  /** `{}`: the library left the request alone. `null`: it was destroyed. */
  session: unknown;
}

export type ReplyLike = FastifyReply;

export type OnRequest = HookOnRequest<RequestLike, ReplyLike>;
export type OnSend = HookOnSend<RequestLike, ReplyLike>;

export interface FastifyLike {
  addHook(name: string, hook: Callable): unknown;
}

export type Plugin = ((fastify: FastifyLike, options: SessionOptions, next: Done) => unknown) & {
  readonly Store: new () => AnyStore;
};
