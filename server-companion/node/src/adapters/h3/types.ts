/** The parts of h3 1 and 2 that the adapter touches. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface RawSession {
  id: string;
  createdAt: number;
  lastSeenAt?: number;
  data: Record<string, unknown>;
}

export type Sessions = Record<string, RawSession | undefined>;

interface Context {
  sessions?: Sessions;
}

interface NodePair {
  req: IncomingMessage;
  res: ServerResponse;
}

/** h3 1: around a request of Node's; of the forms that can only read a session (`{ headers, context }`) just some of it. */
export interface Event1 {
  readonly context: Context;
  readonly node?: NodePair;
  readonly request?: { headers?: Headers };
  readonly headers?: Headers;
}

/** h3 2: around a web request; `res` is made when it is first asked for. */
export interface Event2 {
  readonly req: { headers: Headers; context?: Context; runtime?: { node?: NodePair } };
  readonly res?: { headers: Headers };
  readonly context?: Context;
}

export type H3Event = Event1 | Event2;

export interface SealOptions {
  encryption?: { algorithm?: string; iterations?: number };
  integrity?: { iterations?: number };
  timestampSkewSec?: number;
  [option: string]: unknown;
}

export interface SessionConfig {
  password: string;
  /** @default 'h3' */
  name?: string;
  /** Seconds since the session was made. */
  maxAge?: number;
  /** h3 2: seconds since it was last seen. */
  idleTimeout?: number;
  cookie?: false | Record<string, unknown>;
  sessionHeader?: false | string;
  seal?: SealOptions;
  /** h3 2. */
  legacySealFallback?: boolean;
  [option: string]: unknown;
}

export interface Manager {
  readonly id: string | undefined;
  readonly data: Record<string, unknown>;
  update(change?: unknown): Promise<Manager>;
  clear(): Promise<Manager>;
}
