/** One session of Django's framework while it is watched: what the framework says of it becomes events. */
import type { ObservedSession as FrameworkSession, SessionOperation } from '@sessionscope/django-sessions';
import type { EncodedValue, Expiry, Source } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import { KnownValues, type LiveData } from '../../kit/known-values.ts';
import { withoutKeys } from '../../kit/observed-library.ts';
import { ObservedSession, type OperationFields } from '../../kit/observed-session.ts';
import { type Below, type ExchangeScope, round } from '../../kit/scope.ts';
import { clocksOf, EXPIRY_KEY, sessionEnd } from './expiry.ts';
import { readSealed } from './library.ts';
import type { ObservedSessions } from './observed-sessions.ts';
import { LAYERS, LOAD_OUTCOMES, outcomeOf } from './outcomes.ts';

/** Taken when a method is called, for when it is reported. */
interface Mark {
  /** `undefined`: the framework's own doing. */
  source: Source | undefined;
  /** The session was to be saved already. */
  wasModified: boolean;
}

type Fields = Partial<Omit<OperationFields, 'operation' | 'call' | 'actor'>>;

/** Calls before which what was handed out is looked at again; a save has a moment of its own. */
const CHECKPOINTS: ReadonlySet<string> = new Set(['flush', 'cycleKey', 'clear', 'create']);

export class SessionRecorder {
  readonly #scope: ExchangeScope;
  readonly #sessions: ObservedSessions;
  readonly #session: FrameworkSession;
  readonly #observed: ObservedSession;
  /** Something has been loaded or begun. */
  #isBegun = false;
  /** Where the response was ended, once the middleware has begun to save. */
  #ending: Source | undefined;
  /** What the record under way is made of. */
  #recorded: { state: EncodedValue; bytes: number; keys: number } | undefined;
  /** What the record holds, as it was loaded or written last; `undefined`: there is none, or nobody has read it. */
  #stored: EncodedValue | undefined;
  /** This request has read, written or deleted the record. */
  #isRecordKnown = false;
  /** The store's clock since the last write; `undefined`: nothing was written. */
  #clock: Expiry | undefined;
  /** Every key that the session had: none of them may stand in an error's words. */
  readonly #keys = new Set<string>();

  constructor(scope: ExchangeScope, sessions: ObservedSessions, session: FrameworkSession) {
    this.#scope = scope;
    this.#sessions = sessions;
    this.#session = session;
    if (session.sessionKey !== null) this.#keys.add(session.sessionKey);
    this.#observed = new ObservedSession(scope, memoryOf(session), null);
  }

  #known(data?: LiveData): KnownValues {
    return new KnownValues(this.#scope.companion.identity.digest, data);
  }

  // ── what the framework says ────────────────────────────────────────────────

  /** A method begins: its caller's line is still on the stack. */
  mark(method: Below, call: string, by: SessionOperation['by']): Mark {
    if (CHECKPOINTS.has(call)) this.checkpoint();
    const wasModified = this.#session.modified;
    const { sources } = this.#scope.companion;
    if (by === 'app') return { source: sources.take(method), wasModified };
    // Its own lines say nothing. As it first asks, the app's line that ended the response is still on the stack.
    this.#ending ??= sources.take(method);
    return { source: undefined, wasModified };
  }

  /** A save has made its record; returns the keys inside of which something had changed unseen. */
  recorded(): string[] {
    const changed = this.checkpoint();
    const known = this.#isBegun ? this.#observed.known : this.#observed.look();
    this.#recorded = { state: known.state(), bytes: known.bytes, keys: known.size };
    return changed;
  }

  /** Whether the session holds what its record holds. `undefined`: nobody has read the record. */
  isAllStored(): boolean | undefined {
    // Nothing was loaded, so nothing of it can have changed.
    if (this.#session.memory === undefined) return !this.#isRecordKnown || this.#stored !== undefined;
    const stored = this.#storedNow();
    if (stored === 'not known') return undefined;
    const known = this.#isBegun ? this.#observed.known : this.#observed.look();
    return stored !== undefined && JSON.stringify(stored.state) === JSON.stringify(known.state());
  }

  /** `undefined`: there is none. */
  #storedNow(): { state: EncodedValue } | 'not known' | undefined {
    if (this.#isRecordKnown) return this.#stored === undefined ? undefined : { state: this.#stored };
    const { sessionKey } = this.#session;
    const { settings } = this.#sessions;
    if (sessionKey === null) return undefined;
    // Where the cookie is the record, to read it asks nobody.
    if (settings.engine !== 'signed_cookies') return 'not known';
    return { state: this.#known(readSealed(sessionKey, settings)).state() };
  }

  /** The record was read, written or (`undefined`) deleted. */
  #setStored(state: EncodedValue | undefined): void {
    this.#stored = state;
    this.#isRecordKnown = true;
  }

  /** Compares what was handed out with what it is now; records what changed unseen, and returns its keys. */
  checkpoint(): string[] {
    if (this.#session.memory === undefined || !this.#isBegun) return [];
    this.#name();
    return this.#observed.checkpoint();
  }

  /** The session's key may be another than at the last operation. */
  #name(): void {
    this.#observed.fingerprint = this.#sessions.nameOf(this.#session);
  }

  observe(operation: SessionOperation): void {
    if (operation.sessionKey !== null) this.#keys.add(operation.sessionKey);
    if (operation.previousKey) this.#keys.add(operation.previousKey);
    this.#name();
    switch (operation.operation) {
      case 'load':
        return this.#loaded(operation);
      case 'get':
        return operation.key === undefined ? this.#readEverything(operation) : this.#read(operation);
      case 'set':
        this.#begin();
        return this.#observed.wrote(operation.key ?? '', operation.after, ...seenOf(operation));
      case 'delete':
        this.#begin();
        return this.#observed.deleted(operation.key ?? '', operation.hit === true, ...seenOf(operation));
      case 'clear':
        return this.#cleared(operation);
      case 'set-expiry':
        return this.#expirySet(operation);
      case 'touch':
        return this.#record(operation, {});
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
    const known = this.#known(data);
    // What the app itself loads is a copy: the session keeps what it has.
    if (operation.by === 'framework' && data !== undefined) {
      this.#isBegun = true;
      this.#observed.restart(known);
    }
    const session = this.#nameOf(sessionKey);
    const { settings } = this.#sessions;
    const fields: Fields = { session, outcome: sessionKey === null ? 'none-sent' : LOAD_OUTCOMES[outcome ?? 'error'] };
    if (outcome === 'error') fields.reason = 'malformed';
    const layer = operation.layer ?? LAYERS[settings.engine];
    if (layer !== undefined && sessionKey !== null) fields.layer = layer;
    if (operation.by === 'framework') this.#setStored(outcome === 'found' ? known.state() : undefined);
    if (outcome === 'found') {
      const { sessionAt } = clocksOf(this.#session, data, settings);
      Object.assign(fields, {
        state: known.state(),
        keys: known.size,
        ...(bytes === undefined ? {} : { bytes }),
        ...(sessionAt === undefined ? {} : { expiry: { sessionAt } }),
      } satisfies Fields);
    }
    this.#record(operation, fields, outcome === 'found' ? known.bytes : 0);
    // The one engine that deletes what has expired when it is asked for it.
    if (outcome === 'expired' && settings.engine === 'file')
      this.#observed.record({ session, operation: 'expire', call: 'load', actor: 'framework' });
  }

  #read(operation: SessionOperation): void {
    const { hit, key = '', call, after } = operation;
    this.#begin();
    if (call === 'has' || hit !== true) this.#observed.asked(key, hit === true, ...seenOf(operation));
    else this.#observed.read(key, after, ...seenOf(operation));
  }

  /** `keys`, `values`, `entries`. */
  #readEverything(operation: SessionOperation): void {
    this.#begin();
    this.#observed.listed(this.#fields(operation), operation.call !== 'keys');
  }

  // ── changes ────────────────────────────────────────────────────────────────

  #cleared(operation: SessionOperation): void {
    const before = this.#isBegun ? this.#observed.known.state() : undefined;
    this.#forget();
    this.#record(operation, { state: {}, keys: 0, ...(before === undefined ? {} : { before }) });
  }

  #expirySet(operation: SessionOperation): void {
    const { settings } = this.#sessions;
    this.#begin();
    const { known } = this.#observed;
    const before = known.get(EXPIRY_KEY);
    const stored = this.#session.memory?.get(EXPIRY_KEY);
    const fields: Fields = { path: [EXPIRY_KEY], expiry: clocksOf(this.#session, this.#session.memory, settings) };
    if (stored === undefined) known.delete(EXPIRY_KEY);
    else fields.after = known.take(EXPIRY_KEY, stored).value;
    if (before !== undefined) {
      fields.before = before;
      fields.expiryBefore = { sessionAt: sessionEnd(before, settings, Date.now()) };
    }
    this.#record(operation, fields);
  }

  // ── the record ─────────────────────────────────────────────────────────────

  #flushed(operation: SessionOperation): void {
    const isOwn = operation.call === 'flush' || operation.previousKey === this.#session.sessionKey;
    if (operation.error === undefined && isOwn) this.#setStored(undefined);
    const from = this.#nameOf(operation.previousKey ?? null);
    const fields: Fields = { session: from, from, to: null, ...outcomeOf(operation) };
    // `deleteRecord` leaves the session itself what it is, unless it is the record.
    const isWhole = operation.call === 'flush' || this.#session.memory?.size === 0;
    if (isWhole) {
      this.#clock = undefined;
      if (this.#isBegun) fields.before = this.#observed.known.state();
      this.#forget();
    }
    this.#record(operation, fields);
  }

  #rotated(operation: SessionOperation): void {
    this.#begin();
    const { bytes, error } = operation;
    const whole = this.#observed.whole();
    const isWritten = error === undefined;
    this.#record(
      operation,
      {
        from: this.#nameOf(operation.previousKey ?? null),
        to: this.#nameOf(operation.sessionKey),
        ...whole,
        ...(isWritten ? this.#sessions.storedForm(whole.state) : {}),
        ...(isWritten && bytes !== undefined ? { bytes } : {}),
        ...outcomeOf(operation),
      },
      this.#observed.known.bytes,
    );
    if (isWritten) this.#setStored(this.#recorded?.state ?? whole.state);
    this.#recorded = undefined;
    if (isWritten) this.#clock = clocksOf(this.#session, this.#session.memory, this.#sessions.settings);
  }

  #saved(operation: SessionOperation): void {
    const { sessionKey, previousKey = null, error, bytes } = operation;
    const recorded = this.#recorded;
    this.#recorded = undefined;
    const fields: Fields = outcomeOf(operation);
    if (error !== undefined) fields.session = this.#nameOf(previousKey);
    else if (recorded !== undefined) {
      const { state, keys } = recorded;
      this.#setStored(state);
      Object.assign(fields, { state, keys }, this.#sessions.storedForm(state), bytes === undefined ? {} : { bytes });
      this.#clock = clocksOf(this.#session, this.#session.memory, this.#sessions.settings);
      fields.expiry = this.#clock;
    }
    if (error === undefined && sessionKey !== previousKey) {
      fields.from = this.#nameOf(previousKey);
      fields.to = this.#nameOf(sessionKey);
    }
    if (operation.by === 'framework')
      fields.reason = (operation.mark as Mark | undefined)?.wasModified === false ? 'save-every-request' : 'modified';
    this.#record(operation, fields, error === undefined ? (recorded?.bytes ?? 0) : 0);
  }

  /** The clocks of the record, where this exchange wrote it; else the session's own. */
  expiry(): Expiry {
    const { memory } = this.#session;
    if (memory === undefined) return {};
    return this.#clock ?? { sessionAt: sessionEnd(memory.get(EXPIRY_KEY), this.#sessions.settings, Date.now()) };
  }

  // ── for the log ────────────────────────────────────────────────────────────

  /** A session that nothing loaded begins empty. */
  #begin(): void {
    if (this.#isBegun) return;
    this.#forget();
    if (this.#session.sessionKey === null)
      this.#observed.record({ operation: 'create', call: 'session', actor: 'framework', state: {}, keys: 0 });
  }

  #forget(): void {
    this.#isBegun = true;
    this.#observed.restart();
  }

  #record(operation: SessionOperation, fields: Fields, bytes = 0): void {
    this.#observed.record({ operation: operation.operation, ...this.#fields(operation), ...fields }, bytes);
  }

  /** What every operation says of who did it and how it went. */
  #fields(operation: SessionOperation): Omit<OperationFields, 'operation'> {
    const { call, by, durationMs, error } = operation;
    const source = by === 'framework' ? this.#endingOf(operation) : sourceOf(operation);
    return {
      call,
      actor: this.#scope.id === null ? 'background' : by,
      ...(source === undefined ? {} : { source }),
      ...(durationMs === undefined ? {} : { durationMs: round(durationMs) }),
      ...(error === undefined ? {} : { error: this.describe(error) }),
    };
  }

  /** The framework's own lines say nothing: the app's that made it act, or none. */
  #endingOf({ operation }: SessionOperation): Source | undefined {
    return operation === 'save' && this.#ending?.frames[0]?.kind === 'app' ? this.#ending : undefined;
  }

  #nameOf(sessionKey: string | null): string | null {
    return this.#sessions.nameOf({ sessionKey });
  }

  /** An error as the wire takes it, with no session key in its words. */
  describe(error: unknown): { name: string; message: string } {
    const { name, message } = describeError(error);
    const { sessionKey } = this.#session;
    if (sessionKey !== null) this.#keys.add(sessionKey);
    return { name, message: withoutKeys(message, this.#keys) };
  }
}

/** The session's data as it is now; none where nothing is loaded. */
export const memoryOf = (session: FrameworkSession): LiveData => ({
  keys: () => session.memory?.keys() ?? [],
  has: (key) => session.memory?.has(key) === true,
  get: (key) => session.memory?.get(key),
});

const sourceOf = ({ mark }: SessionOperation): Source | undefined => (mark as Mark | undefined)?.source;

/** By which name, from where and by whom: as the observed session takes them. */
const seenOf = (operation: SessionOperation) => [operation.call, sourceOf(operation), operation.by] as const;
