/** What is known of one session while it is watched, and how each thing that happens to it becomes an event. */
import type { ObservedSession, SessionOperation } from '@sessionscope/django-sessions';
import type { Actor, EncodedValue, OperationRecorded, Source } from '../../../../protocol/index.ts';
import { LIMITS } from '../../../../protocol/index.ts';
import type { Change } from '../../core/changes.ts';
import { describeError } from '../../core/describe-error.ts';
import type { KeyedOperation } from '../../core/event-ring.ts';
import { clocksOf, EXPIRY_KEY, sessionEnd } from './expiry.ts';
import { Memory } from './memory.ts';
import { type ObservedSessions, withoutKeys } from './observed-sessions.ts';

/** Where a tracker's events belong. */
export interface Scope {
  readonly sessions: ObservedSessions;
  /** `null`: the background. */
  readonly id: string | null;
  /** The session with which the exchange began. */
  readonly owner: string | null;
  /** Milliseconds since the exchange started. */
  readonly offsetMs: number | undefined;
}

/** Taken when a method is called, for when it is told. */
interface Mark {
  /** `undefined`: the framework's own doing. */
  source: Source | undefined;
  /** The session was to be saved already. */
  wasModified: boolean;
}

/** The last time a key was handed out: a nested change found later came through it. */
interface Read {
  seq: number;
  source: Source | undefined;
}

type Fields = Partial<Omit<OperationRecorded, 'type' | 'epoch' | 'seq' | 'at' | 'exchange'>>;

/** Calls before which what was handed out is looked at again; a save has a moment of its own. */
const CHECKPOINTS: ReadonlySet<string> = new Set(['flush', 'cycleKey', 'clear', 'create']);

export class Tracker {
  readonly #scope: Scope;
  readonly #session: ObservedSession;
  readonly #reads = new Map<string, Read>();
  /** Where the response was ended, once the middleware has begun to save. */
  #ending: Source | undefined;
  #readAll: Read | undefined;
  /** `undefined`: nothing has been loaded or begun. */
  #memory: Memory | undefined;
  /** What the record under way is made of. */
  #recorded: { state: EncodedValue; bytes: number; keys: number } | undefined;
  /** Every key that the session had: none of them may be told in an error's words. */
  readonly #keys = new Set<string>();

  constructor(scope: Scope, session: ObservedSession) {
    this.#scope = scope;
    this.#session = session;
    if (session.sessionKey !== null) this.#keys.add(session.sessionKey);
  }

  get #sessions(): ObservedSessions {
    return this.#scope.sessions;
  }

  #newMemory(data?: ReadonlyMap<string, unknown>): Memory {
    return new Memory(this.#sessions.companion.identity.digest, data);
  }

  // ── what the framework says ────────────────────────────────────────────────

  /** A method begins: its caller's line is still on the stack. */
  mark(method: (...args: never[]) => unknown, call: string, by: SessionOperation['by']): Mark {
    if (CHECKPOINTS.has(call)) this.checkpoint();
    const wasModified = this.#session.modified;
    if (by === 'app') return { source: this.#sessions.companion.sources.take(method), wasModified };
    // Its own lines say nothing. As it first asks, the app's line that ended the response is still on the stack.
    this.#ending ??= this.#sessions.companion.sources.take(method);
    return { source: undefined, wasModified };
  }

  /** A save has made its record. */
  recorded(): void {
    this.checkpoint();
    const memory = this.#memory ?? this.#newMemory(this.#session.memory);
    this.#recorded = { state: memory.state(), bytes: memory.bytes, keys: memory.size };
  }

  /** Compares what was handed out with what it is now; tells what changed unseen, and returns its keys. */
  checkpoint(): string[] {
    const { memory } = this.#session;
    if (memory === undefined || this.#memory === undefined) return [];
    return this.#infer(this.#memory.compare(memory));
  }

  tell(operation: SessionOperation): void {
    if (operation.sessionKey !== null) this.#keys.add(operation.sessionKey);
    if (operation.previousKey) this.#keys.add(operation.previousKey);
    switch (operation.operation) {
      case 'load':
        return this.#loaded(operation);
      case 'get':
        return operation.key === undefined ? this.#readEverything(operation) : this.#read(operation);
      case 'set':
        return this.#set(operation);
      case 'delete':
        return this.#deleted(operation);
      case 'clear':
        return this.#cleared(operation);
      case 'set-expiry':
        return this.#expirySet(operation);
      case 'touch':
        return void this.#record(operation, {});
      case 'flush':
        return this.#flushed(operation);
      case 'create':
      case 'cycle-key':
        return this.#rotated(operation);
      case 'save':
        return this.#saved(operation);
    }
  }

  // ── reads ──────────────────────────────────────────────────────────────────

  #loaded(operation: SessionOperation): void {
    const { sessionKey, outcome, after, bytes } = operation;
    const data = after as ReadonlyMap<string, unknown> | undefined;
    const memory = this.#newMemory(data);
    // What the app itself loads is a copy: the session keeps what it has.
    if (operation.by === 'framework' && data !== undefined) this.#memory = memory;
    const session = this.#nameOf(sessionKey);
    const fields: Fields = { session, outcome: sessionKey === null ? 'none-sent' : (outcome ?? 'error') };
    if (outcome === 'found') {
      const { sessionAt } = clocksOf(data, this.#sessions.settings);
      Object.assign(fields, {
        state: memory.state(),
        keys: memory.size,
        bytes: bytes ?? memory.bytes,
      } satisfies Fields);
      if (sessionAt !== undefined) fields.expiry = { sessionAt };
    }
    this.#record(operation, fields, outcome === 'found' ? memory.bytes : 0);
    // The one engine that deletes what has expired when it is asked for it.
    if (outcome === 'expired' && this.#sessions.settings.engine === 'file')
      this.#append({ session, operation: 'expire', call: 'load', actor: 'framework' });
  }

  #read(operation: SessionOperation): void {
    const { hit, key = '' } = operation;
    const memory = this.#begun();
    if (operation.call === 'has' || hit !== true) {
      this.#recordKeyed(operation, 'get', hit === true, undefined, undefined, 0);
      return;
    }
    this.#infer(memory.look(key, operation.after));
    const { value, bytes } = memory.take(key, operation.after);
    const seq = this.#recordKeyed(operation, 'get', true, undefined, value, bytes);
    this.#handedOut(key, operation, seq);
  }

  /** `keys`, `values`, `entries`. */
  #readEverything(operation: SessionOperation): void {
    const memory = this.#begun();
    const seq = this.#record(operation, { hit: true, keys: memory.size });
    if (operation.call !== 'keys') this.#readAll = { seq, source: sourceOf(operation) };
  }

  // ── changes ────────────────────────────────────────────────────────────────

  #set(operation: SessionOperation): void {
    const { key = '', after } = operation;
    const memory = this.#begun();
    const before = memory.get(key);
    const { value, bytes } = memory.take(key, after);
    const seq = this.#recordKeyed(operation, 'set', undefined, before, value, bytes);
    // The app still holds what it stored: a later change inside it came through this line.
    this.#handedOut(key, operation, seq);
  }

  #handedOut(key: string, operation: SessionOperation, seq: number): void {
    if (typeof operation.after === 'object' && operation.after !== null)
      this.#reads.set(key, { seq, source: sourceOf(operation) });
  }

  #deleted(operation: SessionOperation): void {
    const { key = '', hit } = operation;
    const memory = this.#begun();
    const before = memory.get(key);
    memory.delete(key);
    this.#recordKeyed(operation, 'delete', hit === true, before, undefined, 0);
  }

  #cleared(operation: SessionOperation): void {
    const before = this.#memory?.state();
    this.#forget();
    this.#record(operation, { state: {}, keys: 0, ...(before === undefined ? {} : { before }) });
  }

  #expirySet(operation: SessionOperation): void {
    const { settings } = this.#sessions;
    const memory = this.#begun();
    const before = memory.get(EXPIRY_KEY);
    const stored = this.#session.memory?.get(EXPIRY_KEY);
    const fields: Fields = { path: [EXPIRY_KEY], expiry: clocksOf(this.#session.memory, settings) };
    if (stored === undefined) memory.delete(EXPIRY_KEY);
    else fields.after = memory.take(EXPIRY_KEY, stored).value;
    if (before !== undefined) {
      fields.before = before;
      fields.expiryBefore = { sessionAt: sessionEnd(before, settings, Date.now()) };
    }
    this.#record(operation, fields);
  }

  // ── the record ─────────────────────────────────────────────────────────────

  #flushed(operation: SessionOperation): void {
    const from = this.#nameOf(operation.previousKey ?? null);
    const fields: Fields = { session: from, from, to: null, ...outcomeOf(operation) };
    // `deleteRecord` leaves the session itself what it is, unless it is the record.
    const isWhole = operation.call === 'flush' || this.#session.memory?.size === 0;
    if (isWhole) {
      const before = this.#memory?.state();
      if (before !== undefined) fields.before = before;
      this.#forget();
    }
    this.#record(operation, fields, 0);
  }

  #rotated(operation: SessionOperation): void {
    const memory = this.#begun();
    this.#record(
      operation,
      {
        from: this.#nameOf(operation.previousKey ?? null),
        to: this.#nameOf(operation.sessionKey),
        state: memory.state(),
        keys: memory.size,
        ...outcomeOf(operation),
      },
      memory.bytes,
    );
    this.#recorded = undefined;
  }

  #saved(operation: SessionOperation): void {
    const { sessionKey, previousKey = null, error, bytes } = operation;
    const recorded = this.#recorded;
    this.#recorded = undefined;
    const fields: Fields = outcomeOf(operation);
    if (error !== undefined) fields.session = this.#nameOf(previousKey);
    else if (recorded !== undefined) {
      Object.assign(fields, recorded, bytes === undefined ? {} : { bytes });
      fields.expiry = clocksOf(this.#session.memory, this.#sessions.settings);
    }
    if (error === undefined && sessionKey !== previousKey) {
      fields.from = this.#nameOf(previousKey);
      fields.to = this.#nameOf(sessionKey);
    }
    if (operation.by === 'framework')
      fields.reason = (operation.mark as Mark | undefined)?.wasModified === false ? 'save-every-request' : 'modified';
    this.#record(operation, fields, error === undefined ? (recorded?.bytes ?? 0) : 0);
  }

  // ── for the log ────────────────────────────────────────────────────────────

  /** What the session held before this operation; a session that nothing loaded begins empty. */
  #begun(): Memory {
    if (this.#memory === undefined) {
      this.#memory = this.#newMemory();
      if (this.#session.sessionKey === null)
        this.#append({ operation: 'create', call: 'session', actor: 'framework', state: {}, keys: 0 });
    }
    return this.#memory;
  }

  #forget(): void {
    this.#memory = this.#newMemory();
    this.#reads.clear();
    this.#readAll = undefined;
  }

  #infer(changes: readonly Change[]): string[] {
    return changes.map(({ path, before, after }) => {
      const key = String(path[0]);
      const read = this.#reads.get(key) ?? this.#readAll;
      this.#append(
        {
          operation: after === undefined && path.length === 1 ? 'delete' : 'set',
          call: path.length > 1 ? 'nested change' : 'unseen change',
          actor: this.#scope.id === null ? 'background' : 'app',
          path: path.map((step) => (typeof step === 'string' ? stepOf(step) : step)),
          inferred: true,
          before: before ?? { $: 'undefined' },
          after: after ?? { $: 'undefined' },
          ...(read === undefined ? {} : { via: read.seq }),
          ...(read?.source === undefined ? {} : { source: read.source }),
        },
        64,
      );
      return key;
    });
  }

  #record(operation: SessionOperation, fields: Fields, bytes = 0): number {
    const { durationMs, error } = operation;
    const source = operation.by === 'framework' ? this.#endingOf(operation) : sourceOf(operation);
    const actor: Actor = this.#scope.id === null ? 'background' : operation.by;
    return this.#append(
      {
        operation: operation.operation,
        call: operation.call,
        actor,
        ...fields,
        ...(source === undefined ? {} : { source }),
        ...(durationMs === undefined ? {} : { durationMs: round(durationMs) }),
        ...(error === undefined ? {} : { error: this.describe(error) }),
      },
      bytes,
    );
  }

  /** A read, write or deletion of one key, of which there are many. */
  #recordKeyed(
    operation: SessionOperation,
    name: KeyedOperation['operation'],
    hit: boolean | undefined,
    before: EncodedValue | undefined,
    after: EncodedValue | undefined,
    bytes: number,
  ): number {
    const { id, owner, offsetMs } = this.#scope;
    const { key = '', call, by } = operation;
    const path = [stepOf(key)];
    if (id === null || offsetMs === undefined)
      return this.#record(
        operation,
        {
          path,
          ...(hit === undefined ? {} : { hit }),
          ...(before === undefined ? {} : { before }),
          ...(after === undefined ? {} : { after }),
        },
        bytes,
      );
    return this.#sessions.companion.log.appendKeyed(
      {
        exchange: id,
        offsetMs,
        session: this.#sessions.nameOf(this.#session),
        operation: name,
        call,
        actor: by,
        path,
        source: sourceOf(operation),
        before,
        after,
        hit,
      },
      bytes,
      owner,
    );
  }

  /** The framework's own lines say nothing: the app's that made it act, or none. */
  #endingOf({ operation }: SessionOperation): Source | undefined {
    return operation === 'save' && this.#ending?.frames[0]?.kind === 'app' ? this.#ending : undefined;
  }

  #append(fields: Fields & Pick<OperationRecorded, 'operation' | 'call' | 'actor'>, bytes = 0): number {
    const { id, owner, offsetMs } = this.#scope;
    const session = fields.session === undefined ? this.#sessions.nameOf(this.#session) : fields.session;
    return this.#sessions.companion.log.append(
      {
        type: 'operation-recorded',
        exchange: id,
        ...(offsetMs === undefined ? {} : { offsetMs }),
        ...fields,
        session,
      },
      bytes,
      id === null ? session : owner,
    );
  }

  #nameOf(sessionKey: string | null): string | null {
    return this.#sessions.nameOf({ sessionKey });
  }

  /** An error as the wire tells it, with no session key in its words. */
  describe(error: unknown): { name: string; message: string } {
    const { name, message } = describeError(error);
    const { sessionKey } = this.#session;
    if (sessionKey !== null) this.#keys.add(sessionKey);
    return { name, message: withoutKeys(message, this.#keys) };
  }
}

const outcomeOf = ({ error }: SessionOperation): { outcome: string } => ({
  outcome: error === undefined ? 'done' : 'error',
});

const sourceOf = ({ mark }: SessionOperation): Source | undefined => (mark as Mark | undefined)?.source;

/** A session's key as a step of a path. */
const stepOf = (key: string): string => key.slice(0, LIMITS.nameLength);

/** Microseconds are as fine as the clock is honest. */
export const round = (ms: number): number => Math.round(ms * 1000) / 1000;
