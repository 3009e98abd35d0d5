/** One request in which better-auth is at work: the session that it finds, and what it does to the rows of its database. */
import type { Source, Verdict } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import { firstSent } from '../../core/sent-cookies.ts';
import { lastSetValue } from '../../core/set-cookie.ts';
import { AppSavedExchange, type AppSavedFacts, type OpenedSession } from '../../kit/app-saved-exchange.ts';
import type { RequestContext } from '../../kit/hosts/request-exchanges.ts';
import type { ObservedLibrary } from '../../kit/observed-library.ts';
import { ObservedSession } from '../../kit/observed-session.ts';
import { type BetterAuthLibrary, dataOf, endOf } from './library.ts';
import type { SessionRow, SessionWithUser } from './types.ts';
import { type Did, type Failure, judge } from './verdict.ts';

export type Library = ObservedLibrary & { readonly library: BetterAuthLibrary };

/** A call of the adapter's. */
export interface Call {
  readonly name: string;
  readonly source: Source;
  /** Once it is over. */
  readonly durationMs: number;
}

interface Opened extends OpenedSession {
  readonly token: string;
  readonly held: { now: Partial<SessionWithUser> };
}

export class Exchange extends AppSavedExchange<Failure> {
  readonly #library: BetterAuthLibrary;
  /** By token. */
  readonly #opened = new Map<string, Opened>();
  readonly #did: Did = {
    load: undefined,
    isCreated: false,
    isRefreshed: false,
    isUpdated: false,
    isRevoked: false,
    error: undefined,
  };
  #isEnded = false;

  constructor(library: Library, context: RequestContext<Exchange>) {
    const { cookieName, read } = library.library;
    const { sent, value } = firstSent(context.request.headers.cookie, cookieName);
    const { signature, key } = value === '' ? {} : read(value);
    super(library, context, [cookieName], { name: cookieName, sent, taken: 'first', signature, key });
    this.#library = library.library;
  }

  protected sessionIn(lines: readonly unknown[]): string | null {
    const { cookieName, read } = this.#library;
    const { key } = read(lastSetValue(lines, cookieName) ?? '');
    return key === undefined ? null : this.fingerprint(key);
  }

  protected judge(facts: AppSavedFacts<Failure>): Verdict {
    return judge({ ...facts, ...this.#did, isDestroyed: this.#isEnded });
  }

  #open(token: string, held: Partial<SessionWithUser>, isNew: boolean): Opened {
    const opened = this.#opened.get(token);
    if (opened !== undefined) {
      opened.held.now = held;
      opened.session.restart(opened.session.look());
      return opened;
    }
    const now = { now: held };
    const session = new ObservedSession(
      this.observed,
      dataOf(() => now.now),
      this.fingerprint(token),
    );
    const made: Opened = { token, held: now, session, isNew, isDestroyed: false, saved: undefined };
    this.#opened.set(token, made);
    return this.hold(made);
  }

  // ── what is found ──────────────────────────────────────────────────────────

  /** The adapter was asked for a session. */
  found(token: string, found: SessionWithUser | null, { name, source, durationMs }: Call): void {
    const load = { operation: 'load', call: name, actor: 'framework', source, layer: 'store', durationMs } as const;
    if (found === null) {
      this.#did.load = 'missing';
      this.observed.record({ session: this.fingerprint(token), ...load, outcome: 'missing' });
      return;
    }
    const sessionAt = endOf(found.session);
    const isOver = sessionAt < Date.now();
    this.#did.load = isOver ? 'expired' : 'store';
    const { session } = this.#open(token, found, false);
    session.record(
      { ...load, outcome: isOver ? 'expired' : 'found', expiry: { sessionAt }, ...session.whole() },
      session.known.bytes,
    );
  }

  /** An endpoint has a session that no adapter was asked for in this request: it came from the cookie cache. */
  foundInCookie(found: SessionWithUser, call: string, source: Source): void {
    const { token } = found.session;
    if (this.#opened.has(token) && this.#did.load !== 'cache') return;
    this.#did.load = 'cache';
    const { session } = this.#open(token, found, false);
    session.record(
      {
        operation: 'load',
        call,
        actor: 'framework',
        source,
        layer: 'cookie',
        outcome: 'found',
        expiry: { sessionAt: endOf(found.session) },
        ...session.whole(),
      },
      session.known.bytes,
    );
  }

  // ── what is written ────────────────────────────────────────────────────────

  created(row: SessionRow, { name, source, durationMs }: Call): void {
    this.#did.isCreated = true;
    this.#isEnded = false;
    const { session } = this.#open(row.token, { session: row }, true);
    const by = { call: name, actor: 'framework', source } as const;
    const expiry = { sessionAt: endOf(row) };
    session.record({ operation: 'create', ...by, expiry, ...session.whole() });
    session.record(
      { operation: 'save', ...by, ...session.whole(), outcome: 'done', reason: 'new-session', durationMs, expiry },
      session.known.bytes,
    );
    this.savedByLibrary();
  }

  updated(token: string, change: object, row: SessionRow | null, { name, source, durationMs }: Call): void {
    const by = { call: name, actor: 'framework', source, durationMs } as const;
    if (row === null) {
      this.observed.record({ session: this.fingerprint(token), operation: 'save', ...by, outcome: 'gone' });
      return;
    }
    const keys = Object.keys(change).filter((key) => key !== 'token' && key !== 'updatedAt');
    const isRefresh = keys.every((key) => key === 'expiresAt');
    const known = this.#opened.get(token);
    const { user } = known?.held.now ?? {};
    const opened = known ?? this.#open(token, { session: row }, false);
    const { session } = opened;
    opened.held.now = { session: row, ...(user === undefined ? {} : { user }) };
    if (isRefresh) this.#did.isRefreshed = true;
    else {
      this.#did.isUpdated = true;
      for (const key of keys) session.wrote(key, session.data.get(key), name, source, 'framework');
    }
    session.restart(session.look());
    session.record(
      {
        operation: isRefresh ? 'touch' : 'save',
        ...by,
        outcome: 'done',
        ...(isRefresh ? {} : { reason: 'updated' }),
        expiry: { sessionAt: endOf(row) },
        ...session.whole(),
      },
      session.known.bytes,
    );
    this.savedByLibrary();
  }

  /** Rows were deleted. `isOwn`: that of the request's own session may be among them. */
  deleted(tokens: readonly string[], { name, source, durationMs }: Call): void {
    for (const token of tokens) {
      const from = this.fingerprint(token);
      const opened = this.#opened.get(token);
      const isOwn = from === this.observed.owner || opened !== undefined;
      if (isOwn) this.#isEnded = true;
      else this.#did.isRevoked = true;
      this.observed.record({
        session: from,
        operation: 'flush',
        call: name,
        actor: 'framework',
        source,
        durationMs,
        from,
        to: null,
        ...(opened === undefined ? {} : { before: opened.session.known.state() }),
      });
      if (opened === undefined) continue;
      opened.held.now = {};
      opened.session.restart();
      opened.session.fingerprint = null;
    }
  }

  /** All rows of a user's: their tokens are not known, but for those that this request has met. */
  deletedOf(userId: string, call: Call): void {
    const mine = [...this.#opened.values()].filter(({ held }) => held.now.session?.userId === userId);
    this.#did.isRevoked = true;
    this.deleted(
      mine.map(({ token }) => token),
      call,
    );
  }

  failed(token: string | undefined, error: unknown, { name, source, durationMs }: Call): void {
    this.#did.error = { call: name, error: describeError(error) };
    this.observed.record({
      session: token === undefined ? this.observed.owner : this.fingerprint(token),
      operation: name === 'findSession' ? 'load' : name.startsWith('delete') ? 'flush' : 'save',
      call: name,
      actor: 'framework',
      source,
      durationMs,
      ...(name === 'findSession' ? { layer: 'store' as const } : {}),
      outcome: 'error',
      error: this.#did.error.error,
    });
  }
}
