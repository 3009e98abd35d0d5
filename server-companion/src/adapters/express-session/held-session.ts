/** A session object of express-session with what is known of it, and how the app's use of it is recorded. */
import type { OperationName, OperationRecorded, Source } from '../../../../protocol/index.ts';
import type { Exchange } from './exchange.ts';
import { Memory } from './memory.ts';
import { observeMembers, type ObservedMembers } from './session-accessors.ts';
import { observeSession } from './session-proxy.ts';
import type { SessionLike } from './types.ts';

/** The last time that a key's value was handed out in this exchange: a nested change found later came through it. */
export interface Read {
  seq: number;
  source: Source;
}

type Function = (...args: never[]) => unknown;

export class HeldSession {
  readonly raw: SessionLike;
  /** What the app has in its place: the proxy, once it was handed over. */
  given: SessionLike | undefined = undefined;
  readonly key: string;
  readonly fingerprint: string;
  readonly memory: Memory;
  readonly #exchange: Exchange;
  readonly #members: ObservedMembers | undefined = undefined;
  /** By top-level key. */
  #reads: Map<string, Read> | undefined = undefined;

  constructor(exchange: Exchange, raw: SessionLike, key: string, fingerprint: string) {
    this.raw = raw;
    this.key = key;
    this.fingerprint = fingerprint;
    this.#exchange = exchange;
    const { sessions } = exchange;
    if (!sessions.observation.proxy) this.#members = observeMembers(exchange, this);
    this.memory = new Memory(sessions.companion.identity.digest, this.#members?.read);
    this.memory.fill(raw, sessions.recent.get(fingerprint));
  }

  /** The session as the app gets it: a proxy, or the raw object with accessors on it. */
  observed(): SessionLike {
    if (this.#members === undefined) return (this.given ??= observeSession(this.#exchange, this));
    this.#members.cover();
    return this.raw;
  }

  /** The session as it is right now, looked at afresh: what was recorded stays what it was. */
  look(): Memory {
    const memory = new Memory(this.#exchange.companion.identity.digest, this.#members?.read);
    memory.fill(this.raw);
    return memory;
  }

  /** The read that last handed out the value of a key. */
  readOf(key: string): Read | undefined {
    return this.#reads?.get(key);
  }

  /** Keys that came unseen are seen from now on. */
  checkpointed(): void {
    this.#members?.cover();
  }

  /** An operation of the app on this session, to be completed and logged; one shape, as it is made for each of them. */
  event(operation: OperationName, call: string, source: Source | undefined, path?: string[]): OperationRecorded {
    const event: OperationRecorded = {
      type: 'operation-recorded',
      epoch: '',
      seq: 0,
      at: 0,
      exchange: this.#exchange.id,
      offsetMs: this.#exchange.offsetMs,
      session: this.fingerprint,
      operation,
      call,
      actor: 'app',
    };
    if (path !== undefined) event.path = path;
    if (source !== undefined) event.source = source;
    return event;
  }

  /** A read of a key that is there; `below`: the function of ours that the app has called. */
  recordGet(key: string, call: string, below: Function): void {
    const exchange = this.#exchange;
    for (const change of this.memory.look(this.raw, key))
      exchange.recordInferred(this, change.path, change.before, change.after);
    const event = this.event('get', call, exchange.source(below), [key]);
    const after = this.memory.get(key)!;
    event.hit = true;
    event.after = after;
    this.#handedOut(key, exchange.log(event, 0), event.source!, after);
  }

  /** A write of a key; `below`: the function of ours that the app has called. */
  recordSet(key: string, value: unknown, call: string, below: Function): void {
    const exchange = this.#exchange;
    const before = this.memory.get(key);
    const { value: after, bytes } = this.memory.take(key, value);
    const event = this.event('set', call, exchange.source(below), [key]);
    if (before !== undefined) event.before = before;
    event.after = after;
    this.#handedOut(key, exchange.log(event, bytes), event.source!, after);
  }

  /** Whoever was given an object, or gave one, may change it later: the event that did is remembered. */
  #handedOut(key: string, seq: number, source: Source, value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    this.#reads ??= new Map();
    this.#reads.set(key, { seq, source });
  }
}
