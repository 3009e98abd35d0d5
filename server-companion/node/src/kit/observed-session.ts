/** One session of an exchange: each thing that happens to it becomes an event, with what it held before and after. */
import type { Actor, EncodedValue, OperationRecorded, Source } from '../../../../protocol/index.ts';
import type { Change } from '../core/changes.ts';
import { operationForm } from '../core/event-forms.ts';
import type { KeyedOperation } from '../core/event-ring.ts';
import { boundedPath, keyStep } from '../core/key-step.ts';
import { type DecodedRecord, KnownValues, type LiveData } from './known-values.ts';
import type { ExchangeScope } from './scope.ts';

/** What an operation says; the log and the session fill in the rest. */
export type OperationFields = Pick<OperationRecorded, 'operation' | 'call' | 'actor'> &
  Partial<Omit<OperationRecorded, 'type' | 'epoch' | 'seq' | 'at' | 'exchange' | 'offsetMs'>>;

/** The last time that a key's value was handed out: a nested change found later came through it. */
export interface Read {
  seq: number;
  source: Source | undefined;
}

/** Filled again for each operation on a key: these are made by the dozen in every request, and the log copies them. */
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
    path = [keyStep(key)];
    if (paths.size >= MAX_PATHS) paths.clear();
    paths.set(key, path);
  }
  return path;
}

export class ObservedSession {
  /** `null`: no key yet. */
  fingerprint: string | null;
  /** What it holds now. */
  readonly data: LiveData;
  readonly #scope: ExchangeScope;
  #known: KnownValues;
  /** By top-level key, as a path names it. */
  #reads: Map<string, Read> | undefined = undefined;
  /** The read that handed out every key. */
  #readAll: Read | undefined = undefined;

  /** `earlier`: what was known of the same session in an exchange before. `record`: what it was made of. */
  constructor(
    scope: ExchangeScope,
    data: LiveData,
    fingerprint: string | null,
    earlier?: KnownValues,
    record?: DecodedRecord,
  ) {
    this.#scope = scope;
    this.data = data;
    this.fingerprint = fingerprint;
    this.#known = new KnownValues(scope.companion.identity.digest, data, earlier, record);
  }

  /** What it held at the last look. */
  get known(): KnownValues {
    return this.#known;
  }

  /** The session as it is right now, looked at afresh: what was recorded stays what it was. */
  look(): KnownValues {
    return new KnownValues(this.#scope.companion.identity.digest, this.data);
  }

  /** The session begins again with `known`, or with nothing: what was handed out before belongs to it no more. */
  restart(known: KnownValues = new KnownValues(this.#scope.companion.identity.digest)): void {
    this.#known = known;
    this.#reads = undefined;
    this.#readAll = undefined;
  }

  // ── what happens to one key ────────────────────────────────────────────────

  /** A read of a key that is there, whose value is `live`. */
  read(key: string, live: unknown, call: string, source: Source | undefined, actor: Actor = 'app'): void {
    this.#infer(this.#known.look(key, live));
    this.#known.handOut(key);
    const after = this.#known.get(key);
    this.#handedOut(key, this.#keyed('get', call, actor, key, source, true, undefined, after, 0), source, after);
  }

  /** Asks whether a key is there, or reads one that is not. */
  asked(key: string, hit: boolean, call: string, source: Source | undefined, actor: Actor = 'app'): void {
    this.#keyed('get', call, actor, key, source, hit, undefined, undefined, 0);
  }

  wrote(key: string, value: unknown, call: string, source: Source | undefined, actor: Actor = 'app'): void {
    const before = this.#known.get(key);
    const { value: after, bytes } = this.#known.take(key, value);
    const seq = this.#keyed('set', call, actor, key, source, undefined, before, after, bytes);
    // Whoever gave the value still holds it: a later change inside it came through this line.
    this.#handedOut(key, seq, source, after);
  }

  deleted(key: string, wasThere: boolean, call: string, source: Source | undefined, actor: Actor = 'app'): void {
    const before = this.#known.get(key);
    this.#known.delete(key);
    this.#keyed('delete', call, actor, key, source, wasThere, before, undefined, 0);
  }

  /** `Object.keys`, `for … in`, `entries()`. `handsOut`: the values too. */
  listed(fields: Omit<OperationFields, 'operation'>, handsOut: boolean): void {
    const seq = this.record({ operation: 'get', hit: true, keys: this.#known.size, ...fields });
    if (!handsOut) return;
    this.#readAll = { seq, source: fields.source };
    this.#known.handOutAll();
  }

  // ── the whole of it ────────────────────────────────────────────────────────

  /** What it holds, for an operation that reports all of it. */
  whole(): { state: EncodedValue; keys: number } {
    return { state: this.#known.state(), keys: this.#known.size };
  }

  /** Compares what was handed out with what it is now; records what changed unseen, and returns its keys. */
  checkpoint(): string[] {
    return this.#infer(this.#known.compare(this.data));
  }

  /** Records an operation; returns its `seq`. `bytes`: of its values. */
  record(fields: OperationFields, bytes = 0): number {
    const { id, owner, offsetMs, companion } = this.#scope;
    const session = fields.session === undefined ? this.fingerprint : fields.session;
    const { operation, call, actor } = fields;
    const event = Object.assign(operationForm(id, offsetMs, session, operation, call, actor), fields, { session });
    return companion.log.append(event, bytes, id === null ? session : owner);
  }

  /** A change that no operation reported: dated now, sourced by the read that handed the value out. */
  #infer(changes: readonly Change[]): string[] {
    return changes.length === 0
      ? NO_KEYS
      : changes.map(({ path, before, after }) => {
          const key = String(path[0]);
          const read = this.#reads?.get(key) ?? this.#readAll;
          this.record(
            {
              operation: after === undefined && path.length === 1 ? 'delete' : 'set',
              call: path.length > 1 ? 'nested change' : 'unseen change',
              actor: this.#scope.id === null ? 'background' : 'app',
              path: boundedPath(path),
              inferred: true,
              before: before ?? { $: 'undefined' },
              after: after ?? { $: 'undefined' },
              ...(read === undefined ? {} : { via: read.seq }),
              ...(read?.source === undefined ? {} : { source: read.source }),
            },
            sizeOf(before) + sizeOf(after),
          );
          return key;
        });
  }

  #keyed(
    operation: KeyedOperation['operation'],
    call: string,
    actor: Actor,
    key: string,
    source: Source | undefined,
    hit: boolean | undefined,
    before: EncodedValue | undefined,
    after: EncodedValue | undefined,
    bytes: number,
  ): number {
    const { id, owner, offsetMs, companion } = this.#scope;
    if (id === null || offsetMs === undefined)
      return this.record(
        {
          operation,
          call,
          actor: 'background',
          path: pathOf(key),
          ...(source === undefined ? {} : { source }),
          ...(hit === undefined ? {} : { hit }),
          ...(before === undefined ? {} : { before }),
          ...(after === undefined ? {} : { after }),
        },
        bytes,
      );
    keyed.exchange = id;
    keyed.offsetMs = offsetMs;
    keyed.session = this.fingerprint;
    keyed.operation = operation;
    keyed.call = call;
    keyed.actor = actor;
    keyed.path = pathOf(key);
    keyed.source = source;
    keyed.hit = hit;
    keyed.before = before;
    keyed.after = after;
    return companion.log.appendKeyed(keyed, bytes, owner);
  }

  #handedOut(key: string, seq: number, source: Source | undefined, value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    this.#reads ??= new Map();
    this.#reads.set(keyStep(key), { seq, source });
  }
}

const NO_KEYS: string[] = [];

/** Values of one operation, roughly: for the log's account. */
const sizeOf = (value: EncodedValue | undefined): number =>
  value === undefined
    ? 0
    : typeof value === 'string'
      ? value.length
      : typeof value === 'object' && value !== null
        ? JSON.stringify(value).length
        : 8;
