/** What one exchange writes to the store, from the moment that it asks until the store has answered. */
import type { EncodedValue, Expiry, Verdict } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import type { LibraryCall } from '../../kit/current-exchange.ts';
import type { ObservedExchange } from '../../kit/observed-exchange.ts';
import type { KnownValues } from '../../kit/known-values.ts';
import { round } from '../../kit/scope.ts';
import type { StoreClock } from '../../kit/stores/store-kind.ts';
import type { StoreWrite } from './facts.ts';
import type { ExposedSession } from './exposed-session.ts';
import type { ObservedSessions } from './observed-sessions.ts';
import type { SessionLike } from './types.ts';

/** A store call that has been made and not yet answered. */
export interface PendingWrite extends StoreWrite {
  readonly key: string;
  readonly startedAt: number;
  /** What it is part of. */
  readonly part: LibraryCall | undefined;
  /** `save`: the session in memory, and the record that the store makes of it. */
  saved?: {
    known: KnownValues;
    state: EncodedValue;
    keys: number;
    bytes: number;
    stored: { stored?: EncodedValue; bytes?: number };
  };
  /** `destroy`: what is away with it. */
  before?: EncodedValue;
  /** The store's clock after it; empty: not known. `undefined`: it leaves the clock as it is. */
  clock: Expiry | undefined;
}

export class StoreWrites {
  readonly all: PendingWrite[] = [];
  readonly #exchange: ObservedExchange;
  readonly #sessions: ObservedSessions;
  /** The store's clock as this exchange knows it; `undefined`: there is no record. */
  #clock: StoreClock | undefined = undefined;

  constructor(exchange: ObservedExchange, sessions: ObservedSessions) {
    this.#exchange = exchange;
    this.#sessions = sessions;
  }

  /** The store has still to answer. */
  get isPending(): boolean {
    for (const { outcome } of this.all) if (outcome === 'pending') return true;
    return false;
  }

  /** The last call failed. */
  get isFailing(): boolean {
    return this.all.at(-1)?.outcome === 'error';
  }

  /** A record was loaded, whose clock is known. */
  loaded(record: SessionLike): void {
    this.#clock = this.#sessions.storeKind.clock('load', record.cookie);
  }

  /** A write begins: what the store is given is looked at now, before the app changes it further. */
  begin(
    kind: StoreWrite['kind'],
    key: string,
    part: LibraryCall | undefined,
    held: ExposedSession | undefined,
    wasGone: boolean,
  ): PendingWrite {
    const write: PendingWrite = {
      kind,
      key,
      part,
      actor: part?.actor ?? 'framework',
      call: part?.call,
      outcome: 'pending',
      wasGone,
      isDropped: false,
      startedAt: performance.now(),
      clock: undefined,
    };
    this.all.push(write);
    if (held === undefined) return write;
    const { raw, session } = held;
    if (kind === 'destroy') write.before = session.known.state();
    // Of a record that is gone, the store has no clock to reset.
    else write.clock = this.#sessions.expiryOf(raw.cookie, kind === 'touch' && wasGone ? undefined : kind);
    if (kind === 'save')
      write.saved = {
        known: session.known,
        state: session.known.state(),
        keys: session.known.size,
        bytes: session.known.bytes,
        stored: this.#sessions.storedForm(session.known, session.data, raw.cookie),
      };
    return write;
  }

  /** A save has been asked for: a store in this process has the record by now. */
  seeRecord({ key, saved }: PendingWrite): void {
    const { decodesEachLoad, peek } = this.#sessions.storeKind;
    const bytes = saved?.stored.bytes;
    const text = decodesEachLoad && bytes !== undefined ? peek?.(key) : undefined;
    if (text !== undefined) saved!.known.storedAs(text, bytes!);
  }

  /** The store has answered. */
  end(write: PendingWrite, error: unknown): void {
    if (write.outcome !== 'pending') return;
    const isGone = write.kind === 'touch' && write.wasGone && this.#sessions.storeKind.needsRecord;
    write.outcome = error ? 'error' : isGone ? 'gone' : 'done';
    if (error) write.error = describeError(error);
    const isThere = write.kind === 'save' && !write.isDropped;
    if (write.outcome === 'done' && write.kind !== 'touch') this.#sessions.noteRecord(write.key, isThere);
    if (write.outcome === 'gone') this.#clock = undefined;
    else if (write.outcome === 'done') this.#noteClock(write);
    // Recorded with the new session, as one operation.
    if (write.call !== 'regenerate' || error) this.#record(write);
  }

  #noteClock({ kind, clock, isDropped }: PendingWrite): void {
    if (kind === 'destroy' || isDropped) this.#clock = undefined;
    else if (kind === 'save' || this.#sessions.storeKind.touchDisabled === undefined) this.#clock = clock ?? {};
  }

  #record(write: PendingWrite): void {
    const { kind, key, part, outcome, saved, before, clock } = write;
    const event = this.#exchange.operation(
      kind === 'destroy' ? 'flush' : kind,
      part?.call ?? (kind === 'destroy' ? 'unset' : 'end'),
      write.actor,
      this.#exchange.companion.identity.fingerprint(key),
    );
    event.outcome = outcome as 'done' | 'gone' | 'error';
    event.durationMs = round(performance.now() - write.startedAt);
    if (part?.source) event.source = part.source;
    if (write.error) event.error = write.error;
    if (saved !== undefined) {
      event.state = saved.state;
      event.keys = saved.keys;
      // Nothing is said of a record that was not written.
      if (outcome === 'done' && !write.isDropped) {
        if (saved.stored.stored !== undefined) event.stored = saved.stored.stored;
        if (saved.stored.bytes !== undefined) event.bytes = saved.stored.bytes;
      }
    }
    if (kind === 'destroy') {
      if (before !== undefined) event.before = before;
      event.from = event.session;
      event.to = null;
    } else if (clock !== undefined && outcome === 'done') event.expiry = clock;
    this.#exchange.log(event, saved?.bytes ?? 0);
    if (write.isDropped)
      this.#exchange.record({
        session: event.session,
        operation: 'expire',
        call: 'store.destroy',
        actor: 'framework',
      });
  }

  /** The three clocks, as far as this exchange knows them. */
  expiry(held: ExposedSession | undefined, { cookie }: Verdict): Expiry | undefined {
    let expiry = held === undefined ? undefined : this.#sessions.expiryOf(held.raw.cookie);
    const { storeAt, storeFrom, storeAssumed } = this.#clock ?? NO_CLOCK;
    if (storeAt !== undefined) (expiry ??= {}).storeAt = storeAt;
    if (storeFrom !== undefined) (expiry ??= {}).storeFrom = storeFrom;
    if (storeAssumed !== undefined) (expiry ??= {}).storeAssumed = storeAssumed;
    if (cookie.attributes !== undefined) (expiry ??= {}).cookieAt = cookie.attributes.expiresAt ?? null;
    return expiry;
  }
}

const NO_CLOCK: StoreClock = {};
