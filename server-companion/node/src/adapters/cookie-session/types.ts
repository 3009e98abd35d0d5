/** The parts of cookie-session that the adapter touches. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SigningKeys } from '../../kit/keygrip.ts';

export interface CookieSessionOptions {
  name?: string;
  keys?: SigningKeys;
  secret?: string;
  signed?: boolean;
  secure?: boolean;
  maxAge?: number;
  expires?: Date;
  [option: string]: unknown;
}

/** `req.session` as the library made it. */
export interface SessionLike {
  readonly isNew: boolean;
  [key: string]: unknown;
}

export interface RequestLike extends IncomingMessage {
  session?: object | null;
  sessionOptions?: CookieSessionOptions;
  protocol?: string;
  originalUrl?: string;
  baseUrl?: string;
}

export type ResponseLike = ServerResponse;
export type Middleware = (request: RequestLike, response: ResponseLike, next: (error?: unknown) => unknown) => unknown;
