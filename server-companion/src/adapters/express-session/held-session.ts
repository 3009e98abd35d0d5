/** A session object of express-session with what is known of it, and how the app's use of it is recorded. */
import { type EncodedValue, LIMITS, type Source } from '../../../../protocol/index.ts';
import type { KeyedOperation } from '../../core/event-ring.ts';
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

type Callable = (...args: never[]) => unknown;

/** Filled anew for each operation on a key: these are made by the dozen in every request, and the log copies them. */
const keyed: KeyedOperation = {
  exchange: '',
  offsetMs: 0,
  session: '',
  operation: 'get',
  call: 'get',
  actor: 'app',
  path: undefined,
  source: undefined,
  before: undefined,
  after: undefined,
  hit: undefined,
};

/** Paths of one step, shared by all operations on that key. */
const paths = new Map<string, string[]>();

/** An app has some dozens of keys; one that makes them up is not remembered for ever. */
const MAX_PATHS = 1_000;

function pathOf(key: string): string[] {
  let path = paths.get(key);
  if (path === undefined) {
    path = [key.slice(0, LIMITS.nameLength)];
    if (paths.size >= MAX_PATHS) paths.clear();
    paths.set(key, path);
  }
  return path;
}

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

  /** Records an operation of the app on one key; returns its `seq`. `bytes`: of the values in it that are new. */
  record(
    operation: KeyedOperation['operation'],
    call: string,
    key: string,
    source: Source,
    hit: boolean | undefined,
    before: EncodedValue | undefined,
    after: EncodedValue | undefined,
    bytes: number,
  ): number {
    keyed.exchange = this.#exchange.id;
    keyed.offsetMs = this.#exchange.offsetMs;
    keyed.session = this.fingerprint;
    keyed.operation = operation;
    keyed.call = call;
    keyed.path = pathOf(key);
    keyed.source = source;
    keyed.hit = hit;
    keyed.before = before;
    keyed.after = after;
    return this.#exchange.companion.log.appendKeyed(keyed, bytes, this.#exchange.owner);
  }

  /** A read of a key that is there; `below`: the function of ours that the app has called. */
  recordGet(key: string, call: string, below: Callable): void {
    const exchange = this.#exchange;
    for (const change of this.memory.look(this.raw, key))
      exchange.recordInferred(this, change.path, change.before, change.after);
    const source = exchange.source(below);
    const after = this.memory.get(key)!;
    this.#handedOut(key, this.record('get', call, key, source, true, undefined, after, 0), source, after);
  }

  /** A write of a key; `below`: the function of ours that the app has called. */
  recordSet(key: string, value: unknown, call: string, below: Callable): void {
    const exchange = this.#exchange;
    const before = this.memory.get(key);
    const { value: after, bytes } = this.memory.take(key, value);
    const source = exchange.source(below);
    const seq = this.record('set', call, key, source, undefined, before, after, bytes);
    this.#handedOut(key, seq, source, after);
  }

  /** Whoever was given an object, or gave one, may change it later: the event that did is remembered. */
  #handedOut(key: string, seq: number, source: Source, value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    this.#reads ??= new Map();
    this.#reads.set(key, { seq, source });
  }
}
