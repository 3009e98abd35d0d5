/** What one exchange writes to the store, from the moment that it asks until the store has answered. */
import type { EncodedValue, Expiry, OperationRecorded } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import type { LibraryCall } from '../../kit/current-exchange.ts';
import type { ObservedExchange } from '../../kit/observed-exchange.ts';
import { round } from '../../kit/scope.ts';
import type { StoreKind } from '../../kit/stores/store-kind.ts';
import { type ExposedSession, expiryOf } from './exposed-session.ts';
import type { SessionLike } from './types.ts';

/** What the library asks the store for by itself, as the response is sent. */
export const AT_END: LibraryCall = { call: 'onSend', actor: 'framework' };
/** As it gets the session. */
export const AT_START: LibraryCall = { call: 'onRequest', actor: 'framework' };

/** A store call that has been made and not yet answered. */
export interface Write {
  readonly kind: 'save' | 'destroy';
  readonly key: string;
  readonly part: LibraryCall;
  readonly startedAt: number;
  /** Of a save: what the session held as the store was asked. */
  readonly saved: { state: EncodedValue; keys: number; stored?: EncodedValue } | undefined;
  readonly before: EncodedValue | undefined;
  readonly expiry: Expiry | undefined;
  outcome: 'pending' | 'done' | 'failed';
  error: { name: string; message: string } | undefined;
}

/** The exchange around them. */
export interface WriteScope {
  readonly observed: ObservedExchange;
  readonly storeKind: StoreKind;
  readonly call: LibraryCall | undefined;
  readonly held: ExposedSession | undefined;
  /** The session object that is saved, made known before the store has answered. */
  exposedOf(raw: SessionLike): ExposedSession;
  /** A record is gone, or another than the one that the store was asked for. */
  wrote(write: Write): void;
}

export class Writes {
  readonly all: Write[] = [];
  readonly #scope: WriteScope;

  constructor(scope: WriteScope) {
    this.#scope = scope;
  }

  /** The store has still to answer. */
  get isPending(): boolean {
    return this.all.some(({ outcome }) => outcome === 'pending');
  }

  begin(name: 'set' | 'destroy', key: string, raw: SessionLike): Write {
    const { held, call, storeKind } = this.#scope;
    const exposed = name === 'set' ? this.#scope.exposedOf(raw) : held;
    if (name === 'set') exposed!.session.checkpoint();
    const { session } = exposed ?? {};
    const write: Write = {
      kind: name === 'set' ? 'save' : 'destroy',
      key,
      part: call ?? AT_END,
      startedAt: performance.now(),
      saved:
        name === 'set' && session !== undefined
          ? {
              ...session.whole(),
              ...(storeKind.keepsJson ? { stored: session.known.stored(session.data).state } : {}),
            }
          : undefined,
      before: name === 'destroy' ? session?.known.state() : undefined,
      expiry: name === 'set' ? { ...expiryOf(raw.cookie), ...storeKind.clock('save', raw.cookie) } : undefined,
      outcome: 'pending',
      error: undefined,
    };
    this.all.push(write);
    return write;
  }

  end(write: Write, error: unknown): void {
    if (write.outcome !== 'pending') return;
    write.outcome = error ? 'failed' : 'done';
    if (error) write.error = describeError(error);
    this.#record(write);
    this.#scope.wrote(write);
  }

  #record({ kind, key, part, outcome, error, saved, before, expiry, startedAt }: Write): void {
    const { observed } = this.#scope;
    const isDone = outcome === 'done';
    // Recorded with the new session, as one operation.
    if (kind === 'destroy' && isDone && part.call !== 'destroy') return;
    const session = observed.companion.identity.fingerprint(key);
    const { call, actor, source } = part;
    const { stored, ...whole } = saved ?? {};
    const operation: Partial<OperationRecorded> =
      kind === 'save'
        ? { ...whole, ...(isDone && stored !== undefined ? { stored } : {}), ...(isDone ? { expiry: expiry! } : {}) }
        : { from: session, to: null, ...(before === undefined ? {} : { before }) };
    observed.record({
      session,
      operation: kind === 'save' ? 'save' : 'flush',
      call,
      actor,
      ...(source === undefined ? {} : { source }),
      outcome: isDone ? 'done' : 'error',
      durationMs: round(performance.now() - startedAt),
      ...(error === undefined ? {} : { error }),
      ...operation,
    });
  }
}
