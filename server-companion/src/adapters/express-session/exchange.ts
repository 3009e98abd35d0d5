/**
 * One request on its way through express-session: what the session proxy and the store observer see comes here and
 * goes to the log. Everything here may fail without the app noticing: callers guard it.
 */
import type {
  Actor,
  EncodedValue,
  ExchangeFinished,
  ExchangeStarted,
  KeyPathStep,
  OperationRecorded,
  Source,
} from '../../../../protocol/index.ts';
import type { Companion } from '../../core/companion.ts';
import { describeError } from '../../core/describe-error.ts';
import type { NewEvent } from '../../core/event-log.ts';
import { newExchangeId } from '../../core/exchange-id.ts';
import { pathOf } from '../../core/request-path.ts';
import { countSent } from '../../core/sent-cookies.ts';
import { Ending } from './ending.ts';
import { HeldSession } from './held-session.ts';
import type { Memory } from './memory.ts';
import type { ObservedSessions } from './observed-sessions.ts';
import { readSent, verifyCookie } from './request-cookie.ts';
import type { RequestLike, ResponseLike, SessionLike } from './types.ts';
import type { StoreWrite } from './verdict.ts';

type Operation = Omit<Extract<NewEvent, { type: 'operation-recorded' }>, 'type' | 'exchange' | 'session' | 'offsetMs'>;

/** What the app asked the library for, while the library does it. */
export interface Call {
  call: string;
  actor: Actor;
  source?: Source;
}

/** A store call that has been made and not yet answered. */
export interface PendingWrite extends StoreWrite {
  startedAt: number;
}

/** A record that the store gave, until the library has made a session of it. */
interface Found {
  key: string;
  data: SessionLike;
  call: Call | undefined;
  durationMs: number;
}

export class Exchange {
  readonly id: string = newExchangeId();
  readonly companion: Companion;
  readonly sessions: ObservedSessions;
  readonly request: RequestLike;
  readonly response: ResponseLike;
  readonly #startedAt = performance.now();
  /** `loading`: express-session is getting the session. `open`: the app has it. `ended`: the response is over. */
  phase: 'loading' | 'open' | 'ended' = 'loading';
  /** Above 0 while express-session's own code runs: what it does to the session is not the app's doing. */
  depth = 0;
  /** The session that the app has, or had last. */
  held: HeldSession | undefined = undefined;
  /** What the app has asked for and the library is doing. */
  call: Call | undefined = undefined;
  /** Fingerprint of the session that the cookie named. */
  owner: string | null = null;
  /** The key that the cookie named, where the library accepted it. */
  sentKey: string | undefined = undefined;
  /** What is seen of the response. */
  readonly ending: Ending = new Ending(this);
  #isStarted = false;
  #faults = 0;
  #found: Found | undefined = undefined;
  readonly #writes: PendingWrite[] = [];

  constructor(sessions: ObservedSessions, request: RequestLike, response: ResponseLike) {
    this.sessions = sessions;
    this.companion = sessions.companion;
    this.request = request;
    this.response = response;
  }

  /** Milliseconds since the exchange started. */
  get offsetMs(): number {
    return round(performance.now() - this.#startedAt);
  }

  get fingerprint(): string | null {
    return this.held?.fingerprint ?? null;
  }

  /** The last call to the store failed. */
  get isStoreFailing(): boolean {
    return this.#writes.at(-1)?.outcome === 'error';
  }

  /** Notes a fault of the companion's own in this exchange. */
  fault(where: string, error: unknown): void {
    this.#faults += 1;
    this.companion.faults.note(where, error, this.id, this.owner);
  }

  /** Tells that the exchange began; `key`: what the library read from the cookie, where it accepted one. */
  start(key: string | undefined): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.sentKey = key;
    const name = this.sessions.settings.cookieName;
    const header = this.request.headers.cookie;
    const sent = countSent(header, name);
    let cookie: ExchangeStarted['cookie'];
    if (key !== undefined) {
      this.owner = this.companion.identity.fingerprint(key);
      cookie = { name, sent, fingerprint: this.owner, signature: 'valid' };
    } else {
      const value = sent === 0 ? undefined : readSent(header, name);
      cookie =
        value === undefined
          ? { name, sent }
          : { name, sent, signature: verifyCookie(value, this.#secrets()).signature };
    }
    this.companion.log.append(
      {
        type: 'exchange-started',
        exchange: this.id,
        middleware: this.sessions.index,
        method: this.request.method ?? 'GET',
        path: pathOf(this.request.originalUrl ?? this.request.url),
        protocol: (this.request.socket as { encrypted?: boolean }).encrypted ? 'https' : 'http',
        cookie,
      },
      0,
      this.owner,
    );
    if (cookie.signature === 'invalid' || cookie.signature === 'malformed')
      this.record({ operation: 'load', call: 'session', actor: 'framework', outcome: 'invalid-signature' }, 0, null);
  }

  #secrets(): readonly string[] {
    const { secrets } = this.sessions.settings;
    return secrets.length > 0 ? secrets : this.request.secret === undefined ? [] : [this.request.secret];
  }

  /** Logs an operation of this exchange; returns its `seq`. `bytes`: of its values. */
  record(operation: Operation, bytes: number, session: string | null = this.fingerprint): number {
    return this.log(
      {
        type: 'operation-recorded',
        epoch: '',
        seq: 0,
        at: 0,
        exchange: this.id,
        offsetMs: this.offsetMs,
        session,
        ...operation,
      },
      bytes,
    );
  }

  /** As `record`, of an event that is whole but for what the log fills in: no object is copied on the hot path. */
  log(event: OperationRecorded, bytes: number): number {
    return this.companion.log.append(event, bytes, this.owner);
  }

  source(below: (...args: never[]) => unknown): Source {
    return this.companion.sources.take(below);
  }

  // ── the library gets or makes the session ──────────────────────────────────

  /** The store gave a record: told once the library has made a session of it, whose content is looked at once. */
  found(key: string, startedAt: number, data: SessionLike): void {
    if (this.phase === 'loading') this.ending.load = 'found';
    this.#found = { key, data, call: this.call, durationMs: round(performance.now() - startedAt) };
  }

  /** Tells of what `found` gave where the library made no session of it. */
  settleFound(): void {
    if (this.#found !== undefined) this.#recordFound(this.sessions.memoryOf(this.#found.data));
  }

  #recordFound(memory: Memory): void {
    const { key, data, call, durationMs } = this.#found!;
    this.#found = undefined;
    const event: OperationRecorded = {
      type: 'operation-recorded',
      epoch: '',
      seq: 0,
      at: 0,
      exchange: this.id,
      offsetMs: this.offsetMs,
      session: this.companion.identity.fingerprint(key),
      operation: 'load',
      call: call?.call ?? 'session',
      actor: call?.actor ?? 'framework',
      outcome: 'found',
      durationMs,
      state: memory.state(),
      keys: memory.size,
      bytes: memory.bytes,
    };
    const expiry = this.sessions.expiryOf(data.cookie);
    if (expiry) event.expiry = expiry;
    if (call?.source) event.source = call.source;
    this.log(event, memory.bytes);
  }

  /** The store answered a load with no record. */
  notFound(outcome: 'missing' | 'expired' | 'error', key: string, startedAt: number, error?: unknown): void {
    if (this.phase === 'loading') this.ending.load = outcome;
    const session = this.companion.identity.fingerprint(key);
    this.record(
      {
        operation: 'load',
        call: this.call?.call ?? 'session',
        actor: this.call?.actor ?? 'framework',
        outcome,
        durationMs: round(performance.now() - startedAt),
        ...(this.call?.source ? { source: this.call.source } : {}),
        ...(error === undefined ? {} : { error: describeError(error) }),
      },
      0,
      session,
    );
    if (outcome === 'expired') this.record({ operation: 'expire', call: 'store.get', actor: 'framework' }, 0, session);
  }

  /** The library has put a new session object on the request: `generated`, or inflated from a record. */
  adopt(raw: SessionLike, key: string, generated: boolean): void {
    const before = this.held;
    const held = new HeldSession(this, raw, key, this.companion.identity.fingerprint(key));
    this.held = held;
    if (!generated) {
      if (this.#found !== undefined) this.#recordFound(held.memory);
      return;
    }
    const isRegenerated = before !== undefined && this.call?.call === 'regenerate';
    const expiry = this.sessions.expiryOf(raw.cookie);
    const operation: Operation = {
      operation: isRegenerated ? 'cycle-key' : 'create',
      call: isRegenerated ? 'regenerate' : 'generate',
      actor: this.call?.actor ?? 'framework',
      state: held.memory.state(),
      keys: held.memory.size,
    };
    if (expiry) operation.expiry = expiry;
    if (this.call?.source) operation.source = this.call.source;
    if (isRegenerated) {
      operation.before = before.memory.state();
      operation.from = before.fingerprint;
      operation.to = held.fingerprint;
      const destroyed = this.#writes.at(-1);
      if (destroyed?.kind === 'destroy') operation.durationMs = round(performance.now() - destroyed.startedAt);
    }
    this.record(operation, isRegenerated ? before.memory.bytes : 0);
  }

  /** Gives the app the observed session in place of the library's own. */
  handOver(): void {
    const { held, request } = this;
    if (held === undefined || request.session !== held.raw) return;
    const observed = held.observed();
    if (observed !== held.raw) request.session = observed;
  }

  // ── the library's own code runs ────────────────────────────────────────────

  /** Puts the library's own session object in the proxy's place, so that its code runs unobserved and fast. */
  enter(): void {
    this.depth += 1;
    const { held, request } = this;
    if (held?.given !== undefined && this.depth === 1 && request.session === held.given) request.session = held.raw;
  }

  leave(): void {
    this.depth -= 1;
    if (this.depth === 0) this.handOver();
  }

  // ── checkpoints and the store ──────────────────────────────────────────────

  /** Compares what was handed out with what it is now, and records what changed unseen. */
  checkpoint(): void {
    const { held } = this;
    if (held === undefined) return;
    for (const { path, before, after } of held.memory.compare(held.raw)) this.recordInferred(held, path, before, after);
    held.checkpointed();
  }

  /** A nested change, or one that no trap saw: dated now, sourced by the read that handed the value out. */
  recordInferred(
    held: HeldSession,
    path: KeyPathStep[],
    before: EncodedValue | undefined,
    after: EncodedValue | undefined,
  ): void {
    const read = held.readOf(String(path[0]));
    const operation: Operation = {
      operation: after === undefined && path.length === 1 ? 'delete' : 'set',
      call: path.length > 1 ? 'nested change' : 'unseen change',
      actor: 'app',
      path,
      inferred: true,
      before: before ?? { $: 'undefined' },
      after: after ?? { $: 'undefined' },
    };
    if (read !== undefined) {
      operation.via = read.seq;
      operation.source = read.source;
    }
    this.record(operation, sizeOf(before) + sizeOf(after), held.fingerprint);
  }

  /** A store write begins. */
  write(kind: StoreWrite['kind']): PendingWrite {
    const write: PendingWrite = {
      kind,
      actor: this.call?.actor ?? 'framework',
      call: this.call?.call,
      outcome: 'pending',
      startedAt: performance.now(),
    };
    this.#writes.push(write);
    return write;
  }

  /** A store write was answered; `call` is what it was part of when it was made. */
  written(
    write: PendingWrite,
    call: Call | undefined,
    key: string,
    state: EncodedValue | undefined,
    error?: unknown,
  ): void {
    if (write.outcome !== 'pending') return;
    write.outcome = error ? 'error' : 'done';
    if (error) write.error = describeError(error);
    if (call?.call === 'regenerate' && !error) return;
    const memory = this.held?.memory;
    const isSave = write.kind === 'save' && state !== undefined && memory !== undefined;
    const event: OperationRecorded = {
      type: 'operation-recorded',
      epoch: '',
      seq: 0,
      at: 0,
      exchange: this.id,
      offsetMs: this.offsetMs,
      session: this.companion.identity.fingerprint(key),
      operation: write.kind === 'destroy' ? 'flush' : write.kind,
      call: call?.call ?? (write.kind === 'destroy' ? 'unset' : 'end'),
      actor: write.actor,
      outcome: write.outcome,
      durationMs: round(performance.now() - write.startedAt),
      ...(isSave ? { state, keys: memory.size, bytes: memory.bytes } : {}),
    };
    if (call?.source) event.source = call.source;
    if (write.error) event.error = write.error;
    if (write.kind === 'destroy') {
      if (state !== undefined) event.before = state;
      event.from = event.session;
      event.to = null;
    } else if (memory !== undefined) {
      const expiry = this.sessions.expiryOf(this.held!.raw.cookie);
      if (expiry) event.expiry = expiry;
    }
    this.log(event, state === undefined ? 0 : (memory?.bytes ?? 0));
  }

  // ── the response ───────────────────────────────────────────────────────────

  /** The connection is done with this response. */
  finish(): void {
    if (this.phase === 'ended') return;
    this.sessions.open.delete(this);
    if (this.phase === 'loading') this.ending.passedBy ??= 'load-pending';
    this.start(undefined);
    this.checkpoint();
    this.phase = 'ended';
    const { ending, verdict, sessionAfter } = this.ending.judge(this.#writes);
    const event: ExchangeFinished = {
      type: 'exchange-finished',
      epoch: '',
      seq: 0,
      at: 0,
      exchange: this.id,
      durationMs: this.offsetMs,
      ending,
      sessionBefore: this.owner,
      sessionAfter,
      verdict,
    };
    if (this.response.headersSent) event.status = this.response.statusCode;
    const expiry = this.ending.expiry(verdict);
    if (expiry) event.expiry = expiry;
    if (this.#faults > 0) event.faults = this.#faults;
    this.companion.log.append(event, FINISHED_BYTES, this.owner);
    if (this.held !== undefined) this.sessions.recent.keep(this.held.fingerprint, this.held.memory);
  }
}

/** Of a verdict's sentences and attributes, roughly: for the log's account. */
const FINISHED_BYTES = 400;

/** Microseconds are as fine as the clock is honest. */
const round = (ms: number): number => Math.round(ms * 1000) / 1000;

/** Values of one operation, roughly: for the log's account. */
const sizeOf = (value: EncodedValue | undefined): number =>
  value === undefined
    ? 0
    : typeof value === 'string'
      ? value.length
      : typeof value === 'object' && value !== null
        ? JSON.stringify(value).length
        : 8;
