/** One request on its way through koa-session: its session, the commits, and the cookie that left. */
import type { Expiry, OperationRecorded } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import { cookiesOf, countSent } from '../../core/sent-cookies.ts';
import { isExpired, lastSetValue } from '../../core/set-cookie.ts';
import type { LibraryCall } from '../../kit/current-exchange.ts';
import type { HostedExchange } from '../../kit/hosts/middleware.ts';
import { partsOf } from '../../kit/hosts/node-request.ts';
import type { HeaderReader } from '../../kit/hosts/response.ts';
import type { CookieReading } from '../../kit/library.ts';
import { LibraryExchange } from '../../kit/library-exchange.ts';
import type { ObservedLibrary } from '../../kit/observed-library.ts';
import type { ObservedSession } from '../../kit/observed-session.ts';
import { cookieExpiry, endWith, ResponseHead } from '../../kit/response-head.ts';
import { type Below, round } from '../../kit/scope.ts';
import { Commits } from './commits.ts';
import { ExposedSession } from './exposed-session.ts';
import type { KoaSessionLibrary } from './library.ts';
import type { AnsweredContext, ContextSessionLike, SessionLike } from './types.ts';
import { type Facts, judge } from './verdict.ts';

export type Library = ObservedLibrary & { readonly library: KoaSessionLibrary };

export class Exchange extends LibraryExchange implements HostedExchange {
  /** What the app has asked for and the library begins to do. */
  call: LibraryCall | undefined;
  readonly commits: Commits;
  readonly library: KoaSessionLibrary;
  readonly context: AnsweredContext;
  readonly instance: ContextSessionLike;
  readonly #sent: CookieReading | undefined;
  /** The session that the app has, or had last. */
  held: ExposedSession | undefined;
  /** Epoch ms; `null`: it names no end. */
  endsAt: number | null | undefined;
  #state: Facts['session'] = 'unused';
  #load: Facts['load'];
  #readMs: number | undefined;
  /** Code before the middleware has used the session: how it was loaded was not seen. */
  readonly #isEarly: boolean;
  #isAssigned = false;
  readonly #head = new ResponseHead();
  #sealedAs: string | null | undefined;
  #isPassed = false;
  #hasThrown = false;
  #isClosed = false;

  constructor(library: Library, context: AnsweredContext, instance: ContextSessionLike) {
    super(library);
    this.library = library.library;
    this.context = context;
    this.instance = instance;
    this.#isEarly = instance.session !== undefined;
    this.commits = new Commits(this);
    this.#sent = this.library.isByCookie ? this.library.readSent(cookiesOf(context.req.headers.cookie)) : undefined;
    // Where a key of the app's own way comes, only the library's question to the store shows it.
    if (this.library.isByCookie) this.start(this.#sent?.key);
  }

  get memory(): ObservedSession | undefined {
    return this.#state === 'open' ? this.held?.session : undefined;
  }

  /** Records that the exchange began; `key`: what names the session that was sent. */
  start(key: string | undefined): void {
    if (this.observed.isStarted) return;
    const { req, originalUrl } = this.context;
    const { cookieName: name } = this.library;
    const sent = countSent(req.headers.cookie, name);
    const cookie = this.observed.sentCookie({ name, sent, taken: 'first', signature: this.#sent?.signature, key });
    this.observed.start(partsOf(req, originalUrl), cookie);
  }

  // ── the library loads the session, or makes one ────────────────────────────

  /** The library refuses what it found: `missed`, `expired` or `invalid`. */
  refused(event: string): void {
    if (event !== 'missed' && event !== 'expired' && event !== 'invalid') return;
    this.#load = event === 'missed' && !this.library.isStored ? 'malformed' : event;
  }

  /** The store has answered. */
  read(error: unknown, data: unknown, startedAt: number): void {
    this.#readMs = round(performance.now() - startedAt);
    if (error !== undefined) this.loadFailed(error);
    else if (typeof data === 'object' && data !== null) this.#load = 'found';
  }

  /** The store failed, or a `decode` of the app's. */
  loadFailed(error: unknown): void {
    if (this.#load === 'failed') return;
    this.#load = 'failed';
    this.observed.record({
      ...this.#loadFields(),
      session: this.observed.owner,
      outcome: 'error',
      error: describeError(error),
    });
  }

  /** The library has looked into its store, before any code of the app. */
  loaded(): void {
    this.start(undefined);
    const { session } = this.instance;
    if (typeof session === 'object') this.opened(session);
  }

  /** The library has made `raw`, from what was sent or new. Safe to repeat. */
  opened(raw: SessionLike): ExposedSession {
    if (this.held?.raw === raw) return this.held;
    const held = this.#hold(raw, this.#keyOf(raw));
    const { session } = held;
    if (!raw.isNew) {
      this.#load = 'found';
      const { _expire: endsAt = null } = raw;
      this.endsAt = endsAt;
      session.record(
        {
          ...this.#loadFields(),
          outcome: 'found',
          ...session.whole(),
          ...(this.library.isStored ? {} : { bytes: this.#sent?.key?.length ?? 0 }),
          expiry: { sessionAt: this.endsAt },
        },
        session.known.bytes,
      );
      return held;
    }
    if (this.#load === undefined && this.#sent !== undefined && !this.#isEarly)
      this.#load = this.#sent.signature === 'invalid' ? 'invalid-signature' : 'malformed';
    if (this.#load !== undefined) {
      this.observed.record({ ...this.#loadFields(), session: this.observed.owner, ...REFUSALS[this.#load] });
    }
    session.record({ operation: 'create', call: 'ctx.session', actor: 'framework', ...session.whole() });
    return held;
  }

  #loadFields() {
    return {
      operation: 'load',
      call: 'ctx.session',
      actor: 'framework',
      layer: this.library.isStored ? 'store' : 'cookie',
      ...(this.#readMs === undefined ? {} : { durationMs: this.#readMs }),
    } as const;
  }

  /** What names a session: the key in the store, or the cookie that it was made of. */
  #keyOf({ isNew }: SessionLike): string | undefined {
    if (this.library.isStored) return this.instance.externalKey;
    return isNew || this.#isAssigned ? undefined : this.#sent?.key;
  }

  #hold(raw: SessionLike, key: string | undefined): ExposedSession {
    this.#state = 'open';
    const fingerprint = key === undefined ? null : this.fingerprint(key);
    return (this.held = new ExposedSession(this, raw, fingerprint, this.held));
  }

  /** The app has set `ctx.session` to an object, of which the library has made `raw`. */
  assigned(raw: SessionLike, below: Below): void {
    const before = this.held;
    before?.session.checkpoint();
    this.#isAssigned = true;
    const { session } = this.#hold(raw, this.#keyOf(raw));
    session.record(
      {
        operation: 'create',
        call: 'ctx.session =',
        actor: 'app',
        source: this.source(below),
        ...session.whole(),
        ...(before === undefined ? {} : { before: before.session.known.state() }),
      },
      session.known.bytes,
    );
  }

  /** The app has set `ctx.session` to null. */
  unset(below: Below): void {
    const session = this.held?.session;
    session?.checkpoint();
    const from = session?.fingerprint ?? this.observed.owner;
    this.#state = 'unset';
    this.observed.record({
      session: from,
      operation: 'flush',
      call: 'ctx.session = null',
      actor: 'app',
      source: this.source(below),
      from,
      to: null,
      ...(session === undefined ? {} : { before: session.known.state() }),
    });
  }

  /** The app has set `ctx.session.maxAge`: the next save is forced. */
  maxAgeChanged(below: Below): void {
    this.held?.session.record({
      operation: 'set-expiry',
      call: 'maxAge=',
      actor: 'app',
      source: this.source(below),
      expiry: { sessionAt: this.commits.endIfSaved() },
    });
  }

  // ── the response ───────────────────────────────────────────────────────────

  /** The head is being written. */
  seeHead(header: HeaderReader): void {
    if (this.#head.isWritten) return;
    this.#head.see(header, this.observed, this.library.cookieName, this.#isClosed);
    if (this.#head.setCookie === undefined) return;
    const value = lastSetValue([header('set-cookie')].flat(), this.library.cookieName);
    this.#sealedAs = value === undefined || value === '' ? null : this.fingerprint(value);
  }

  /** The middleware has come to its end, with an error or without. */
  passed(hasThrown: boolean): void {
    this.#isPassed = true;
    this.#hasThrown = hasThrown;
    this.settle();
  }

  /** The connection is done with the response. */
  closed(): void {
    this.#isClosed = true;
    this.observed.observed.open.delete(this);
    this.start(undefined);
    this.settle();
  }

  /** Once the connection is done with the response, reports how it went: twice, where the app still goes on. */
  settle(): void {
    const isUndecided = !this.#isPassed || this.commits.isPending;
    if (!this.#isClosed || !this.observed.settle(isUndecided)) return;
    this.held?.session.checkpoint();
    const { res } = this.context;
    const facts = this.#facts(isUndecided);
    const verdict = judge(facts);
    const expiry: Expiry = {
      ...(this.endsAt === undefined ? {} : { sessionAt: this.endsAt }),
      ...cookieExpiry(facts.setCookie),
    };
    const sessionAfter = this.#sessionAfter(facts, verdict.record.outcome);
    this.observed.finish(endWith(res, this.#head.facts, { sessionAfter, verdict, expiry }));
  }

  /** The app has put its object in the place of a session that was sent, which without a store nobody need have read. */
  get #hasReplaced(): boolean {
    return this.#load === 'found' || (this.#load === undefined && this.observed.owner !== null);
  }

  /** Fingerprint of the session that a next request of this client would find. */
  #sessionAfter({ isStored, isWritten }: Facts, outcome: string): string | null {
    if (outcome === 'missing' || outcome === 'deleted') return null;
    const { owner } = this.observed;
    if (!isStored) return this.#sealedAs === undefined ? owner : this.#sealedAs;
    if (isWritten) return this.held?.session.fingerprint ?? null;
    return this.#load === 'found' || this.#load === 'failed' ? owner : null;
  }

  #facts(isUndecided: boolean): Facts {
    const commits = this.commits.all;
    const { held } = this;
    const { isStored, isByCookie, autoCommit } = this.library;
    const last = commits.findLast(
      ({ reason, isRemoval, outcome }) => reason !== undefined || isRemoval || outcome === 'failed',
    );
    const setCookie = this.#head.setCookie;
    return {
      isStored,
      isByCookie,
      isAutomatic: autoCommit,
      session: this.#state,
      load: this.#load,
      isNew: held?.raw.isNew === true || (this.#isAssigned && !this.#hasReplaced),
      hasPrivateKeys: held?.hasPrivateKeys ?? false,
      reason: last?.reason,
      isRemoval: last?.isRemoval ?? false,
      failure: last?.failure,
      error: last?.error,
      isWritten: isStored && commits.some(({ store }) => store === 'done'),
      isUnsaved: this.#state === 'open' && held !== undefined && held.isUnsaved,
      hasCommitted: commits.length > 0,
      hasThrown: this.#hasThrown,
      isHeadSent: this.#head.isSent,
      isUndecided,
      isKnownCookie: this.observed.owner !== null && held?.session.fingerprint === this.observed.owner,
      isCleared: setCookie !== undefined && (this.#sealedAs === null || isExpired(setCookie, Date.now())),
      setCookie,
    };
  }
}

/** How the load of what was refused went, by the library's event or by the cookie. */
const REFUSALS: Record<NonNullable<Facts['load']>, Pick<OperationRecorded, 'outcome' | 'reason'>> = {
  missed: { outcome: 'missing' },
  expired: { outcome: 'expired', reason: 'expired' },
  invalid: { outcome: 'found', reason: 'invalid' },
  'invalid-signature': { outcome: 'invalid-signature' },
  malformed: { outcome: 'unreadable', reason: 'malformed' },
  found: { outcome: 'found' },
  failed: { outcome: 'error' },
};
