/** The commits of one request, as the library makes them: each is recorded with what it saved. */
import type { Expiry, OperationRecorded } from '../../../../../protocol/index.ts';
import type { ServerResponse } from 'node:http';
import { lastSetValue } from '../../core/set-cookie.ts';
import type { LibraryCall } from '../../kit/current-exchange.ts';
import type { ObservedExchange } from '../../kit/observed-exchange.ts';
import { guard, round } from '../../kit/scope.ts';
import { type Commit, decided, failed, newCommit, type Written } from './commit.ts';
import type { ExposedSession } from './exposed-session.ts';
import { type KoaSessionLibrary, ONE_DAY } from './library.ts';
import type { CommitOptions, ContextSessionLike } from './types.ts';

/** The exchange around them. */
export interface CommitScope {
  readonly observed: ObservedExchange;
  readonly library: KoaSessionLibrary;
  readonly instance: ContextSessionLike;
  readonly context: { readonly res: ServerResponse };
  readonly held: ExposedSession | undefined;
  readonly call: LibraryCall | undefined;
  endsAt: number | null | undefined;
  settle(): void;
}

export class Commits {
  /** In order. */
  readonly all: Commit[] = [];
  readonly #scope: CommitScope;
  /** The commit whose code runs now, synchronously. */
  #committing: Commit | undefined;
  /** It deletes first, and saves when the store has answered. */
  #regenerating: Commit | undefined;

  constructor(scope: CommitScope) {
    this.#scope = scope;
  }

  get isPending(): boolean {
    return this.all.some(({ outcome }) => outcome === 'pending');
  }

  /** Epoch ms at which the session ends that is saved now; `null`: it names no end. */
  endIfSaved(): number | null {
    const { maxAge } = this.#scope.instance.opts;
    return maxAge === 'session' ? null : Date.now() + (maxAge || ONE_DAY);
  }

  /** The commit whose store call begins now. */
  get writing(): Commit | undefined {
    return this.#committing ?? this.#regenerating;
  }

  /** Runs the library's `commit`. */
  commit(options: CommitOptions, run: () => Promise<void>): Promise<void> {
    const { observed } = this.#scope;
    const commit = guard(observed, 'commit', () => {
      this.#scope.held?.session.checkpoint();
      const made = newCommit(
        this.#scope.call ?? { call: 'commit', actor: 'framework' },
        options,
        this.#scope.instance.session,
      );
      this.all.push(made);
      if (made.reason === 'regenerated') this.#regenerating = made;
      return made;
    });
    if (commit === undefined) return run();
    return this.#during(commit, run).then(
      (result) => {
        guard(observed, 'commit', () => this.#done(commit));
        return result;
      },
      (error: unknown) => {
        guard(observed, 'commit', () => this.#failed(commit, error));
        throw error;
      },
    );
  }

  #during<T>(commit: Commit | undefined, run: () => T): T {
    const before = this.#committing;
    this.#committing = commit;
    try {
      return run();
    } finally {
      this.#committing = before;
    }
  }

  #done(commit: Commit): void {
    if (commit.outcome === 'pending') commit.outcome = 'done';
    if (this.#regenerating === commit) this.#regenerating = undefined;
    // What it saw no reason to save is as it was saved.
    if (commit.reason === undefined && !commit.isRemoval) this.#scope.held?.noteSaved();
    this.#scope.settle();
  }

  #failed(commit: Commit, error: unknown): void {
    if (commit.outcome !== 'failed') failed(commit, error);
    if (this.#regenerating === commit) this.#regenerating = undefined;
    const { part, isRemoval } = commit;
    const session = this.#scope.held?.session;
    if (isRemoval)
      this.#scope.observed.record({
        ...operationBy(part, 'flush'),
        session: session?.fingerprint ?? this.#scope.observed.owner,
        outcome: 'error',
        error: commit.error!,
      });
    // A save that reached the store is recorded as such, whatever the cookie did.
    else if (commit.store !== 'done')
      session?.record({ ...operationBy(part, 'save'), ...session.whole(), outcome: 'error', error: commit.error! });
    this.#scope.settle();
  }

  /** Runs the library's `_shouldSaveSession`, which says why it saves. */
  decide(run: () => unknown): unknown {
    const commit = this.#committing;
    try {
      const reason = run();
      if (commit !== undefined) decided(commit, reason);
      return reason;
    } catch (error) {
      // It makes JSON of the session, to compare.
      if (commit !== undefined) failed(commit, error, true);
      throw error;
    }
  }

  /** Runs the library's `save`, for the commit that has decided so. */
  save(run: () => Promise<void>): Promise<void> {
    const { observed } = this.#scope;
    const commit = this.writing;
    const written = guard(observed, 'save', () => this.#beginSave());
    if (commit === undefined || written === undefined) return run();
    const recordSaved = () => guard(observed, 'save', () => this.#saved(commit, written));
    return this.#during(commit, run).then(
      (result) => {
        recordSaved();
        return result;
      },
      (error: unknown) => {
        if (commit.store === 'done') recordSaved();
        throw error;
      },
    );
  }

  #beginSave(): Written | undefined {
    const { held } = this.#scope;
    if (held === undefined) return undefined;
    // A `beforeSave` of the app's has had the library's own object.
    held.session.checkpoint();
    const { known } = held.session;
    const stored = held.noteSaved();
    return {
      whole: held.session.whole(),
      stored,
      bytes: known.bytes,
      endsAt: this.endIfSaved(),
      from: held.session.fingerprint ?? (this.#scope.library.isStored ? null : this.#scope.observed.owner),
      startedAt: performance.now(),
    };
  }

  #saved(commit: Commit, { whole, stored, bytes, endsAt, from, startedAt }: Written): void {
    const { session } = this.#scope.held!;
    const { isStored, isJson, cookieName } = this.#scope.library;
    this.#scope.endsAt = endsAt;
    const value = isStored
      ? this.#scope.instance.externalKey
      : lastSetValue([this.#scope.context.res.getHeader('set-cookie')].flat(), cookieName) || undefined;
    const to = value === undefined ? undefined : this.#scope.observed.companion.identity.fingerprint(value);
    if (to !== undefined) session.fingerprint = to;
    const operation = operationBy(commit.part, isStored && commit.reason === 'regenerated' ? 'cycle-key' : 'save');
    const isAnother = operation.operation === 'cycle-key' || !isStored;
    session.record(
      {
        ...operation,
        outcome: 'done',
        ...(commit.reason === undefined ? {} : { reason: commit.reason }),
        durationMs: round(performance.now() - startedAt),
        ...whole,
        ...(isStored || !isJson ? {} : { stored }),
        ...(isStored || value === undefined ? {} : { bytes: value.length, cookieProduced: true }),
        ...(isAnother && to !== undefined ? { from, to } : {}),
        expiry: { sessionAt: endsAt, ...(isStored ? storeEnd(endsAt) : {}) },
      },
      bytes,
    );
  }
}

const operationBy = <Name extends OperationRecorded['operation']>(
  { call, actor, source }: LibraryCall,
  operation: Name,
) => ({
  operation,
  call,
  actor,
  ...(source === undefined ? {} : { source }),
});

/** The library asks the store to keep a record ten seconds longer than the session; whether it does is the store's. */
const storeEnd = (endsAt: number | null): Expiry =>
  endsAt === null ? {} : { storeAt: endsAt + 10_000, storeFrom: 'maxAge', storeAssumed: true };
