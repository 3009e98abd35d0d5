/**
 * What an observer of sessions is observing: a companion for DevTools, a log, a metric. It is called synchronously, gets
 * live values, must not change them, and cannot harm: what it throws is dropped.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** How a request's session was saved or not, and whether a cookie went with the response. */
export interface SessionVerdict {
  saved: boolean;
  /** Why, or why not. */
  reason:
    | 'modified'
    | 'save-every-request'
    | 'not-modified'
    | 'untouched'
    | 'empty'
    | 'server-error'
    | 'interrupted'
    | 'failed';
  cookie: 'set' | 'deleted' | 'none';
  /** The `Set-Cookie` header, where there is one. It bears the key. */
  setCookie?: string;
  /** Its length is more than browsers keep. */
  isTooLong: boolean;
  /** The response's status. */
  status: number;
  variesOnCookie: boolean;
  error?: unknown;
}

export type LoadOutcome = 'found' | 'missing' | 'expired' | 'invalid-signature' | 'error';

/** One thing that happened to a session. */
export interface SessionOperation {
  operation:
    | 'load'
    | 'create'
    | 'get'
    | 'set'
    | 'delete'
    | 'clear'
    | 'flush'
    | 'cycle-key'
    | 'set-expiry'
    | 'touch'
    | 'save';
  /** The method that the app called, or that the framework did for it. */
  call: string;
  /** `framework`: the middleware, or one method inside another. */
  by: 'app' | 'framework';
  session: ObservedSession;
  /** The session's key when it happened; `null`: none. */
  sessionKey: string | null;
  /** Top-level key of the data. */
  key?: string;
  /** Whether a read found the key. */
  hit?: boolean;
  before?: unknown;
  after?: unknown;
  /** Of a load. `invalid-signature` and `error`: the record is there and reads as empty. */
  outcome?: LoadOutcome;
  /** `cycle-key`, `flush` and a save that made a record: the key before. */
  previousKey?: string | null;
  durationMs?: number;
  /** Of a load and a save: bytes of the record as the store holds it; absent where a copy of it was read. */
  bytes?: number;
  /** Of a load from an engine of two layers: which of them answered. */
  layer?: 'cache' | 'store';
  error?: unknown;
  /** What `mark` gave when the method was called. */
  mark?: unknown;
}

/** What an observer may look at without changing anything: none of it loads or marks the session. */
export interface ObservedSession {
  readonly sessionKey: string | null;
  readonly accessed: boolean;
  readonly modified: boolean;
  /** Seconds that it lives without an end of its own: the option `cookieAge`, unless its class says otherwise. */
  readonly defaultAge: number;
  /** The data in memory; `undefined`: not loaded. */
  readonly memory: ReadonlyMap<string, unknown> | undefined;
}

export interface ExchangeObserver {
  operation(operation: SessionOperation): void;
  /**
   * Called as a method of a session is called, with that method and its name; what it returns comes back as the
   * operation's `mark`.
   */
  mark?(
    method: (...args: never[]) => unknown,
    call: string,
    session: ObservedSession,
    by: SessionOperation['by'],
  ): unknown;
  /** A save has just made the record of what the session holds: what is changed from now on is not in it. */
  recorded?(session: ObservedSession): void;
  /** The response's headers are about to leave. */
  finished?(verdict: SessionVerdict): void;
  /** Runs the rest of the request: where the observer keeps what belongs to it. */
  run?<T>(next: () => T): T;
}

/** From the value that a response's header has, `undefined` where it has none, to the one it gets. */
export type HeaderChange = (before: string | undefined) => string;

export interface RequestFacts {
  method: string;
  /** Path with query. */
  url: string;
  isSecure: boolean;
  /** The whole `Cookie` header. */
  cookieHeader: string | undefined;
  /** Value of the session's cookie as it was sent; `undefined`: not sent. */
  cookie: string | undefined;
  /** The `Host` header. */
  host: string | undefined;
  session: ObservedSession;
  /** Node's own messages, where the framework has them. */
  request?: IncomingMessage;
  response?: ServerResponse;
  /** Path below which the middleware is mounted. */
  mount?: string;
  /** The web-standard request, on hosts that have no messages of Node's. */
  fetchRequest?: Request;
  /**
   * Puts a header on the response: `change` gets the value that it has by then and returns the new one. Where nothing
   * of Node's is there, it runs after the handler, on the response that leaves. To be called before `finished` has
   * returned.
   */
  changeHeader(name: string, change: HeaderChange): void;
}

export interface SessionObserver {
  /**
   * Asked before anything else, where Node's own messages are there: `true`: it has answered. `mount`: path below which
   * the middleware is mounted, where the request's URL still has it. `body`: what a parser before made of the body, where
   * the request itself does not have it.
   */
  intercept?(request: IncomingMessage, response: ServerResponse, mount?: string, body?: unknown): boolean;
  /** The same for web-standard messages: its answer, or `undefined`. */
  interceptFetch?(request: Request, mount?: string): Promise<Response> | undefined;
  /** A request begins; `undefined`: not observed. */
  exchange?(facts: RequestFacts): ExchangeObserver | undefined;
  /** Of sessions that were opened outside of a request. */
  background?: ExchangeObserver;
}

/** Calls an observer; its faults are its own. */
export function notify<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
