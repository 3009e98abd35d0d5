/**
 * One request on its way through express-session: what is seen of its session, its store and its response comes
 * together here. Everything here may fail without the app noticing: callers guard it.
 */
import type { ExchangeStarted, OperationRecorded } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import { countSent } from '../../core/sent-cookies.ts';
import { CurrentExchange, type LibraryCall, type RunsLibrary } from '../../kit/current-exchange.ts';
import { partsOf } from '../../kit/hosts/node-request.ts';
import type { DecodedRecord, KnownValues } from '../../kit/known-values.ts';
import { LibraryExchange } from '../../kit/library-exchange.ts';
import type { ObservedExchange } from '../../kit/observed-exchange.ts';
import type { ObservedSession, OperationFields } from '../../kit/observed-session.ts';
import { type Below, guard, round } from '../../kit/scope.ts';
import type { CallRunner } from '../../kit/surfaces/library-calls.ts';
import { Ending } from './ending.ts';
import type { Facts, StoreWrite } from './facts.ts';
import { ExposedSession } from './exposed-session.ts';
import { type ObservedSessions, sessionData } from './observed-sessions.ts';
import { readSent, verifyCookie } from './request-cookie.ts';
import { type PendingWrite, StoreWrites } from './store-writes.ts';
import type { RequestLike, ResponseLike, SessionLike } from './types.ts';

/** A record that the store gave, until the library has made a session of it. */
interface Found {
  key: string;
  data: SessionLike;
  call: LibraryCall | undefined;
  durationMs: number;
  /** `undefined`: others may have its values, too. */
  record: DecodedRecord | undefined;
}

export class Exchange extends LibraryExchange implements RunsLibrary {
  readonly sessions: ObservedSessions;
  readonly request: RequestLike;
  readonly response: ResponseLike;
  /** `loading`: express-session is getting the session. `open`: the app has it. `ended`: the response is over. */
  phase: Facts['phase'] = 'loading';
  /** The session that the app has, or had last. */
  held: ExposedSession | undefined = undefined;
  call: LibraryCall | undefined = undefined;
  /** The key that the cookie named, where the library accepted it. */
  sentKey: string | undefined = undefined;
  /** What is seen of the response. */
  readonly ending: Ending = new Ending(this);
  readonly writes: StoreWrites;
  #found: Found | undefined = undefined;
  /** The connection is done with the response. */
  #isClosed = false;

  constructor(sessions: ObservedSessions, request: RequestLike, response: ResponseLike) {
    super(sessions.observed);
    this.sessions = sessions;
    this.request = request;
    this.response = response;
    this.writes = new StoreWrites(this.observed, sessions);
  }

  get owner(): string | null {
    return this.observed.owner;
  }

  get offsetMs(): number {
    return this.observed.offsetMs;
  }

  get memory(): ObservedSession | undefined {
    return this.held?.session;
  }

  /** Records that the exchange began; `key`: what the library read from the cookie, where it accepted one. */
  start(key: string | undefined): void {
    if (this.observed.isStarted) return;
    this.sentKey = key;
    const cookie = this.#sentCookie(key);
    this.observed.start(partsOf(this.request), cookie);
    if (cookie.signature === 'invalid' || cookie.signature === 'malformed')
      this.#record({ operation: 'load', call: 'session', actor: 'framework', outcome: 'invalid-signature' }, null);
  }

  #sentCookie(key: string | undefined): ExchangeStarted['cookie'] {
    const { cookieName: name, secrets } = this.sessions.settings;
    const header = this.request.headers.cookie;
    const count = countSent(header, name);
    const sent: ExchangeStarted['cookie'] = { name, sent: count };
    if (count > 1) sent.taken = 'first';
    if (key !== undefined) {
      sent.fingerprint = this.fingerprint(key);
      sent.signature = 'valid';
      return sent;
    }
    const value = count === 0 ? undefined : readSent(header, name);
    if (value === undefined) return sent;
    const { secret } = this.request;
    const all = secrets.length > 0 || secret === undefined ? secrets : [secret];
    sent.signature = verifyCookie(value, all).signature;
    return sent;
  }

  #record(operation: OperationFields, session: string | null, bytes = 0): number {
    return this.observed.record({ ...operation, session }, bytes);
  }

  // ── the library gets or makes the session ──────────────────────────────────

  /**
   * The store gave a record: recorded once the library has made a session of it, whose content is looked at once.
   * `text`: what the store held, where it can be seen.
   */
  found(key: string, startedAt: number, data: SessionLike, text: string | undefined): void {
    if (this.phase === 'loading') this.ending.load = 'found';
    const durationMs = round(performance.now() - startedAt);
    const record = this.sessions.storeKind.decodesEachLoad ? { text } : undefined;
    this.#found = { key, data, call: this.call, durationMs, record };
  }

  /** Records what `found` was given where the library made no session of it. */
  flushPendingLoad(): void {
    if (this.#found !== undefined) this.#recordFound(this.sessions.memoryOf(this.#found.data));
  }

  #recordFound(memory: KnownValues): void {
    const { key, data, call, durationMs } = this.#found!;
    this.#found = undefined;
    const session = this.fingerprint(key);
    const event = this.observed.operation('load', call?.call ?? 'session', call?.actor ?? 'framework', session);
    event.outcome = 'found';
    event.durationMs = durationMs;
    event.layer = 'store';
    event.state = memory.state();
    event.keys = memory.size;
    const { bytes } = this.sessions.storedForm(memory, sessionData(data), data.cookie);
    if (bytes !== undefined) event.bytes = bytes;
    this.writes.loaded(data);
    const expiry = this.sessions.expiryOf(data.cookie, 'load');
    if (expiry) event.expiry = expiry;
    if (call?.source) event.source = call.source;
    this.observed.log(event, memory.bytes);
  }

  /** The store answered a load with no record, or with an error. */
  notFound(
    outcome: 'missing' | 'expired' | 'unreadable' | 'error',
    key: string,
    startedAt: number,
    error?: unknown,
  ): void {
    const described = error === undefined ? undefined : describeError(error);
    // What a parser says quotes the record.
    if (described !== undefined && outcome === 'unreadable') described.message = UNREADABLE_MESSAGE;
    if (this.phase === 'loading') {
      this.ending.load = outcome;
      this.ending.loadError = described;
    }
    const session = this.fingerprint(key);
    this.#record(
      {
        operation: 'load',
        call: this.call?.call ?? 'session',
        actor: this.call?.actor ?? 'framework',
        outcome,
        durationMs: round(performance.now() - startedAt),
        ...(this.call?.source ? { source: this.call.source } : {}),
        ...(outcome === 'unreadable' ? { reason: 'malformed' } : {}),
        ...(described === undefined ? {} : { error: described }),
      },
      session,
    );
    if (outcome === 'expired') this.#record({ operation: 'expire', call: 'store.get', actor: 'framework' }, session);
  }

  /** The library has put a new session object on the request: `generated`, or inflated from a record. */
  adopt(raw: SessionLike, key: string, generated: boolean): void {
    const before = this.held;
    const fingerprint = this.fingerprint(key);
    const record = generated ? undefined : this.#found?.record;
    const held = new ExposedSession(this.observed, this.sessions, { raw, key, fingerprint, record }, (own) =>
      this.#runner(own),
    );
    this.held = held;
    if (!generated) {
      if (this.#found !== undefined) this.#recordFound(held.session.known);
      return;
    }
    const isRegenerated = before !== undefined && this.call?.call === 'regenerate';
    const expiry = this.sessions.expiryOf(raw.cookie);
    const operation: OperationFields = {
      operation: isRegenerated ? 'cycle-key' : 'create',
      call: isRegenerated ? 'regenerate' : 'generate',
      actor: this.call?.actor ?? 'framework',
      ...held.session.whole(),
    };
    if (expiry) operation.expiry = expiry;
    if (this.call?.source) operation.source = this.call.source;
    if (isRegenerated) {
      operation.before = before.session.known.state();
      operation.from = before.fingerprint;
      operation.to = fingerprint;
      const destroyed = this.writes.all.at(-1);
      if (destroyed?.kind === 'destroy') operation.durationMs = round(performance.now() - destroyed.startedAt);
    }
    this.#record(operation, fingerprint, isRegenerated ? before.session.known.bytes : 0);
  }

  // ── the library's own code runs ────────────────────────────────────────────

  exposeToApp(): void {
    const { held, request } = this;
    if (held === undefined || request.session !== held.raw) return;
    const observed = held.observed();
    if (observed !== held.raw) request.session = observed;
  }

  takeBack(): void {
    const { held, request } = this;
    if (held === undefined) return;
    // What the app has hooked into the library or the response may use the plain session from here on.
    held.session.known.handOutAll();
    if (held.given !== undefined && request.session === held.given) request.session = held.raw;
  }

  /** Runs the library's methods on a session for the app. */
  #runner(held: ExposedSession): CallRunner {
    const { observed } = this;
    return {
      raw: held.raw,
      isOfApp: (self) => held.is(self) && !observed.isLibraryRunning,
      asApp: (run) => current.asApp(this, run),
      run: (name, below, run) => {
        const { call } = this;
        const isTouch = name === 'touch' || name === 'resetMaxAge';
        const expiryBefore = isTouch ? this.sessions.expiryOf(held.raw.cookie) : undefined;
        guard(observed, `session ${name}`, () => {
          this.call = { call: name, actor: 'app', source: observed.companion.sources.take(below) };
          this.checkpoint();
        });
        try {
          return current.asLibrary(this, () => run(held.raw));
        } finally {
          if (isTouch) guard(observed, `session ${name}`, () => this.#recordTouch(held, name, expiryBefore));
          this.call = call;
        }
      },
    };
  }

  #recordTouch(held: ExposedSession, name: string, expiryBefore: OperationRecorded['expiryBefore']): void {
    const expiry = this.sessions.expiryOf(held.raw.cookie);
    const source = this.call?.source;
    held.session.record({
      operation: 'touch',
      call: name,
      actor: 'app',
      ...(source ? { source } : {}),
      ...(expiryBefore ? { expiryBefore } : {}),
      ...(expiry ? { expiry } : {}),
    });
  }

  /** Compares what was handed out with what it is now, and records what changed unseen. */
  checkpoint(): void {
    this.held?.session.checkpoint();
    this.held?.cover();
  }

  // ── the store ──────────────────────────────────────────────────────────────

  write(kind: StoreWrite['kind'], key: string): PendingWrite {
    const wasGone =
      kind !== 'destroy' && key === this.sentKey && this.ending.load === 'found' && this.sessions.isGone(key);
    return this.writes.begin(kind, key, this.call, this.held, wasGone);
  }

  written(write: PendingWrite, error: unknown): void {
    this.writes.end(write, error);
    this.settle();
  }

  // ── the response ───────────────────────────────────────────────────────────

  /** The app ends its response: the last look before the library decides. */
  responseEnds(below: Below): void {
    if (!this.ending.isEnded) this.checkpoint();
    this.ending.seeEnd();
    this.call = { call: 'end', actor: 'framework', source: this.source(below) };
  }

  /** The library's own `end` threw: the session could not be serialized, or the app's store threw. */
  endFailed(error: unknown): void {
    this.ending.error = error;
    // What a store threw stands on its save. Else the library gave up before it asked one, and nothing else would say
    // why the request hangs from here on: express-session sends nothing more for it.
    if (this.writes.isFailing) return;
    const source = this.call?.source === undefined ? {} : { source: this.call.source };
    this.#record(
      { operation: 'save', call: 'end', actor: 'framework', ...source, outcome: 'error', error: describeError(error) },
      this.held?.fingerprint ?? null,
    );
  }

  /** The connection is done with this response. */
  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.sessions.observed.open.delete(this);
    this.start(undefined);
    this.settle();
  }

  /** The library still has to load the session, the app to end its response, or the store to answer. */
  get #isUndecided(): boolean {
    if (this.phase === 'loading') return true;
    if (this.ending.skippedBecause !== undefined) return false;
    const mayEnd = this.ending.isResponse && !this.ending.isEnded;
    return mayEnd || this.writes.isPending;
  }

  /** Once the connection is done with the response, reports how it went: twice, where the app still goes on with it. */
  settle(): void {
    if (!this.#isClosed) return;
    const isUndecided = this.#isUndecided;
    if (!this.observed.settle(isUndecided)) return;
    if (!isUndecided) {
      this.checkpoint();
      this.phase = 'ended';
    }
    const { ending, verdict, sessionAfter } = this.ending.judge(this.writes.all, isUndecided);
    const expiry = this.writes.expiry(this.held, verdict);
    const end: Parameters<ObservedExchange['finish']>[0] = { ending, ...this.ending.head, sessionAfter, verdict };
    if (this.response.headersSent) end.status = this.response.statusCode;
    if (expiry) end.expiry = expiry;
    this.observed.finish(end);
    if (!isUndecided && this.held !== undefined)
      this.sessions.recent.keep(this.held.fingerprint, this.held.session.known);
  }
}

/** The exchange for which express-session's own code is running right now. */
export const current = new CurrentExchange<Exchange>();

/** In the place of a parser's own words, which quote what it read. */
const UNREADABLE_MESSAGE = 'The record could not be decoded.';
