/** A session object of express-session with what is known of it, and how the app's use of it is seen. */
import type { Source } from '../../../../protocol/index.ts';
import type { Exchange } from './exchange.ts';
import { Memory } from './memory.ts';
import { observeMembers, type ObservedMembers } from './session-accessors.ts';
import { observeSession } from './session-proxy.ts';
import type { SessionLike } from './types.ts';

/** The last read of a key in this exchange: a nested change found later came through it. */
export interface Read {
  seq: number;
  source: Source;
}

export class HeldSession {
  readonly raw: SessionLike;
  /** What the app has in its place: the proxy, once it was handed over. */
  given: SessionLike | undefined = undefined;
  readonly key: string;
  readonly fingerprint: string;
  readonly memory: Memory;
  /** By top-level key. */
  reads: Map<string, Read> | undefined = undefined;
  readonly #exchange: Exchange;
  #members: ObservedMembers | undefined = undefined;

  constructor(exchange: Exchange, raw: SessionLike, key: string, fingerprint: string) {
    this.raw = raw;
    this.key = key;
    this.fingerprint = fingerprint;
    this.#exchange = exchange;
    const { sessions } = exchange;
    if (!sessions.observation.proxy) this.#members = observeMembers(exchange, this);
    this.memory = new Memory(sessions.companion.identity.digest, this.#members?.read);
    this.memory.fill(raw);
  }

  /** The session as the app gets it: a proxy, or the raw object with accessors on it. */
  observed(): SessionLike {
    if (this.#members === undefined) return (this.given ??= observeSession(this.#exchange, this));
    this.#members.cover();
    return this.raw;
  }

  /** Whoever was given an object may change it later: the event that gave it is remembered. */
  handedOut(key: string, seq: number, source: Source): void {
    this.reads ??= new Map();
    this.reads.set(key, { seq, source });
  }

  /** Keys that came unseen are seen from now on. */
  checkpointed(): void {
    this.#members?.cover();
  }
}
