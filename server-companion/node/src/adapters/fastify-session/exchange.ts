/** One request on its way through @fastify/session: what is seen of its session, its store and its response. */
import type { Expiry } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import { firstSent } from '../../core/sent-cookies.ts';
import { isExpired } from '../../core/set-cookie.ts';
import { CurrentExchange, type LibraryCall, type RunsLibrary } from '../../kit/current-exchange.ts';
import type { HostedExchange } from '../../kit/hosts/middleware.ts';
import { partsOf } from '../../kit/hosts/node-request.ts';
import type { HeaderReader } from '../../kit/hosts/response.ts';
import type { CookieReading } from '../../kit/library.ts';
import { LibraryExchange } from '../../kit/library-exchange.ts';
import type { ObservedLibrary } from '../../kit/observed-library.ts';
import type { ObservedSession } from '../../kit/observed-session.ts';
import { cookieExpiry, endWith, ResponseHead } from '../../kit/response-head.ts';
import { guard, round } from '../../kit/scope.ts';
import type { StoreKind } from '../../kit/stores/store-kind.ts';
import type { CallRunner } from '../../kit/surfaces/library-calls.ts';
import { rawOf } from '../../kit/surfaces/raw-sessions.ts';
import { expiryOf, ExposedSession } from './exposed-session.ts';
import type { FastifySessionLibrary } from './library.ts';
import type { ReplyLike, RequestLike, SessionLike } from './types.ts';
import type { RecordOutcome } from '../../kit/verdict/table.ts';
import { type Facts, judge } from './verdict.ts';
import { AT_END, AT_START, type Write, Writes } from './writes.ts';

export type Library = ObservedLibrary & { readonly library: FastifySessionLibrary };

const isSession = (value: unknown): value is SessionLike =>
  typeof value === 'object' && value !== null && typeof (value as { sessionId?: unknown }).sessionId === 'string';

export class Exchange extends LibraryExchange implements RunsLibrary, HostedExchange {
  /** What the library does now: for the app, or by itself. */
  call: LibraryCall | undefined = AT_START;
  readonly writes: Writes;
  readonly storeKind: StoreKind;
  /** The session that the app has, or had last. */
  held: ExposedSession | undefined;
  readonly #library: FastifySessionLibrary;
  readonly #request: RequestLike;
  readonly #reply: ReplyLike;
  readonly #sent: CookieReading | undefined;
  /** What stands in `request.session`. */
  #value: unknown;
  #load: Facts['load'];
  #readMs = 0;
  #isFound = false;
  #isPassed = false;
  /** As the hook saw it that saves; `undefined`: it did not run. */
  #atEnd: Pick<Facts, 'hasSession' | 'isModified' | 'isSecureCookie'> | undefined;
  #isSaving = false;
  #savedText: string | undefined;
  #isDestroyed = false;
  #isSkipped = false;
  readonly #head = new ResponseHead();
  #isClosed = false;

  constructor(library: Library, storeKind: StoreKind, request: RequestLike, reply: ReplyLike) {
    super(library);
    this.#library = library.library;
    this.storeKind = storeKind;
    this.#request = request;
    this.#reply = reply;
    this.writes = new Writes(this);
    const { cookie: header } = request.raw.headers;
    const { cookieName: name } = this.#library;
    const { sent, value } = firstSent(header, name);
    this.#sent = sent === 0 ? undefined : this.#library.read(value);
    const { key, signature } = this.#sent ?? {};
    const cookie = this.observed.sentCookie({ name, sent, taken: 'first', signature, key });
    this.observed.start(partsOf(request.raw, request.originalUrl), cookie);
  }

  get memory(): ObservedSession | undefined {
    return this.held?.session;
  }

  /** The library and the app share `request.session` by its accessor. */
  takeBack(): void {}
  exposeToApp(): void {}

  // ── request.session ────────────────────────────────────────────────────────

  /** As whoever asks gets it: the library its own object, the app what stands in its place. */
  get value(): unknown {
    if (this.observed.isLibraryRunning || !isSession(this.#value)) return this.#value;
    const raw = this.#value;
    return guard(this.observed, 'request.session', () => this.exposedOf(raw).given) ?? raw;
  }

  set value(value: unknown) {
    this.#value = rawOf(value);
    const raw = this.#value;
    if (isSession(raw)) guard(this.observed, 'request.session =', () => this.exposedOf(raw));
  }

  /** A session object of the library's, made known as it is met first. */
  exposedOf(raw: SessionLike): ExposedSession {
    if (this.held?.raw === raw) return this.held;
    const before = this.held;
    const exposed = new ExposedSession(this.observed, raw, this.fingerprint(raw.sessionId), (own) => this.#runner(own));
    this.held = exposed;
    this.#recordMade(exposed, before);
    return exposed;
  }

  #recordMade({ session, raw, key }: ExposedSession, before: ExposedSession | undefined): void {
    const { call, actor, source } = this.call ?? AT_END;
    const fields = { call, actor, ...(source === undefined ? {} : { source }), ...session.whole() };
    const expiry = expiryOf(raw.cookie);
    const isStart = this.call === AT_START && !this.#isPassed;
    const isFound = isStart ? key === this.#sent?.key : call === 'reload' && this.#isFound;
    if (isStart && isFound) this.#load = 'found';
    else if (isStart) this.#recordRefusal();
    if (isFound)
      session.record(
        { operation: 'load', layer: 'store', outcome: 'found', durationMs: this.#readMs, ...fields, expiry },
        session.known.bytes,
      );
    else if (call === 'regenerate' && before !== undefined)
      session.record(
        {
          operation: 'cycle-key',
          ...fields,
          before: before.session.known.state(),
          from: before.session.fingerprint,
          to: session.fingerprint,
        },
        session.known.bytes,
      );
    else session.record({ operation: 'create', ...fields, expiry });
  }

  /** Why the library began another session than the one that was sent. */
  #recordRefusal(): void {
    if (this.#load === undefined && this.#sent !== undefined && this.#sent.key === undefined)
      this.#load = 'invalid-signature';
    // An error stands with its own load already.
    if (this.#load === undefined || this.#load === 'error') return;
    this.observed.record({
      session: this.observed.owner,
      operation: 'load',
      call: AT_START.call,
      actor: 'framework',
      layer: 'store',
      outcome: this.#load,
      ...(this.#load === 'expired' ? { reason: 'expired' } : {}),
    });
  }

  // ── the library's calls ────────────────────────────────────────────────────

  /** The store has answered a load. */
  read(part: LibraryCall, error: unknown, data: unknown, startedAt: number): void {
    const { call, actor, source } = part;
    this.#readMs = round(performance.now() - startedAt);
    // The library takes this code for "no such session", not for a failure.
    const isFailed = Boolean(error) && (error as { code?: unknown }).code !== 'ENOENT';
    this.#isFound = !error && Boolean(data);
    if (part === AT_START && !this.#isFound) this.#load = isFailed ? 'error' : 'missing';
    // What was found, or not, at the start is recorded with the session that is made of it.
    if (this.#isFound || (part === AT_START && !isFailed)) return;
    this.observed.record({
      session: this.held?.session.fingerprint ?? this.observed.owner,
      operation: 'load',
      call,
      actor,
      layer: 'store',
      outcome: isFailed ? 'error' : 'missing',
      durationMs: this.#readMs,
      ...(source === undefined ? {} : { source }),
      ...(isFailed ? { error: describeError(error) } : {}),
    });
  }

  /** The store has answered a write. */
  wrote({ kind, part, outcome, key }: Write): void {
    if (outcome === 'done' && kind === 'destroy') {
      if (part.call === 'destroy') this.#isDestroyed = true;
      // Only the end of what was found makes the library delete it by itself.
      else if (part === AT_START && key === this.#sent?.key) this.#load = 'expired';
    }
    if (outcome === 'done' && kind === 'save') this.#savedText = this.#text();
    this.settle();
  }

  /** Runs the library's methods on a session for the app. */
  #runner(exposed: ExposedSession): CallRunner {
    const { observed } = this;
    return {
      raw: exposed.raw,
      isOfApp: (self) => (self === exposed.given || self === exposed.raw) && !observed.isLibraryRunning,
      asApp: (run) => current.asApp(this, run),
      run: (name, below, run) => {
        const { call } = this;
        guard(observed, `session ${name}`, () => {
          exposed.session.checkpoint();
          this.call = { call: name, actor: 'app', source: observed.companion.sources.take(below) };
        });
        const before = expiryOf(exposed.raw.cookie);
        try {
          return current.asLibrary(this, () => run(exposed.raw));
        } finally {
          if (name === 'touch' || name === 'options')
            guard(observed, `session ${name}`, () => this.#recordEnd(exposed, name, before));
          this.call = call;
        }
      },
    };
  }

  #recordEnd({ session, raw }: ExposedSession, name: 'touch' | 'options', expiryBefore: Expiry): void {
    const { source } = this.call ?? AT_END;
    session.record({
      operation: name === 'touch' ? 'touch' : 'set-expiry',
      call: name,
      actor: 'app',
      ...(source === undefined ? {} : { source }),
      expiryBefore,
      expiry: expiryOf(raw.cookie),
    });
  }

  // ── the hooks ──────────────────────────────────────────────────────────────

  /** The library has passed the request on, `error`: to the app's error handler. */
  passed(error: unknown): void {
    this.call = AT_END;
    this.#isPassed = true;
    this.#isSkipped = !error && !isSession(this.#value);
  }

  /** The hook begins that saves: the last look before the library decides. */
  ends(): void {
    const held = isSession(this.#value) ? this.held : undefined;
    held?.session.checkpoint();
    this.call = AT_END;
    this.#isSaving = true;
    this.#atEnd = {
      hasSession: held !== undefined,
      isModified: held?.session.known.isModified ?? false,
      isSecureCookie: held?.raw.cookie.secure === true,
    };
    this.#savedText = this.#text();
  }

  /** The hook has ended. */
  ended(): void {
    this.#isSaving = false;
    this.settle();
  }

  /** The head is being written. */
  seeHead(header: HeaderReader): void {
    if (this.#head.isWritten) return;
    this.#head.see(header, this.observed, this.#library.cookieName, this.#isClosed);
    this.settle();
  }

  /** The connection is done with the response. */
  closed(): void {
    this.#isClosed = true;
    this.observed.observed.open.delete(this);
    this.settle();
  }

  /** The content as the store would keep it. */
  #text(): string | undefined {
    const session = this.held?.session;
    return session === undefined ? undefined : JSON.stringify(session.known.stored(session.data).state);
  }

  /** Once the connection is done with the response, reports how it went: twice, where the app still goes on. */
  settle(): void {
    if (!this.#isClosed) return;
    const { raw } = this.#reply;
    const isOver = this.#atEnd !== undefined || this.#head.isWritten || raw.writableEnded;
    const isUndecided = !isOver || this.#isSaving || this.writes.isPending;
    if (!this.observed.settle(isUndecided)) return;
    this.held?.session.checkpoint();
    const facts = this.#facts(isUndecided);
    const verdict = judge(facts);
    const expiry: Expiry = {
      ...(this.held === undefined ? {} : expiryOf(this.held.raw.cookie)),
      ...cookieExpiry(facts.setCookie),
    };
    const sessionAfter = this.#sessionAfter(facts, verdict.record.outcome);
    this.observed.finish(endWith(raw, this.#head.facts, { sessionAfter, verdict, expiry }));
  }

  /** Fingerprint of the session that a next request of this client would find. */
  #sessionAfter({ load, isCleared, isWritten }: Facts, outcome: RecordOutcome): string | null {
    if (outcome === 'missing' || outcome === 'deleted') return null;
    if (isCleared) return null;
    if (isWritten) return this.held?.session.fingerprint ?? null;
    return load === 'found' || load === 'error' ? this.observed.owner : null;
  }

  #facts(isUndecided: boolean): Facts {
    const { held } = this;
    const { rolling, saveUninitialized } = this.#library;
    const known = held?.session.known;
    const { all } = this.writes;
    const last = all.at(-1);
    const isWritten = all.some(({ kind, outcome, key }) => kind === 'save' && outcome === 'done' && key === held?.key);
    const setCookie = this.#head.setCookie;
    return {
      rolling,
      saveUninitialized,
      load: this.#load,
      isSkipped: this.#isSkipped,
      hasSession: this.#atEnd?.hasSession ?? isSession(this.#value),
      isHookRun: this.#atEnd !== undefined,
      isDestroyed: this.#isDestroyed,
      isNewKey: held !== undefined && held.key !== this.#sent?.key,
      isModified: this.#atEnd?.isModified ?? known?.isModified ?? false,
      isUnsaved: held !== undefined && this.#atEnd !== undefined && this.#text() !== this.#savedText,
      isRegenerated: all.some(({ part }) => part.call === 'regenerate'),
      isWritten,
      savedBy: all.findLast(({ kind, outcome }) => kind === 'save' && outcome === 'done')?.part.actor,
      failed: last?.outcome === 'failed' ? { kind: last.kind, error: last.error! } : undefined,
      isSecureCookie: this.#atEnd?.isSecureCookie ?? held?.raw.cookie.secure === true,
      isSecureRequest: this.#request.protocol === 'https',
      isHeadSent: this.#head.isSent,
      isUndecided,
      isCleared: setCookie !== undefined && isExpired(setCookie, Date.now()),
      setCookie,
    };
  }
}

/** The exchange for which the library's own code is running right now. */
export const current = new CurrentExchange<Exchange>();
