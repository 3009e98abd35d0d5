/** One request on its way through @fastify/secure-session: one of its sessions, the cookie it came from and becomes. */
import type { Expiry } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import { firstSent } from '../../core/sent-cookies.ts';
import { isExpired, lastSetValue, readSetCookie } from '../../core/set-cookie.ts';
import type { HostedExchange } from '../../kit/hosts/middleware.ts';
import { partsOf } from '../../kit/hosts/node-request.ts';
import type { HeaderReader } from '../../kit/hosts/response.ts';
import { storedText } from '../../kit/app-saved-exchange.ts';
import { LibraryExchange } from '../../kit/library-exchange.ts';
import type { ObservedLibrary } from '../../kit/observed-library.ts';
import { ObservedSession } from '../../kit/observed-session.ts';
import { cookieExpiry, endWith, ResponseHead } from '../../kit/response-head.ts';
import { type Below, guard } from '../../kit/scope.ts';
import { exposeAs, rawOf } from '../../kit/surfaces/raw-sessions.ts';
import { dataOf, type SecureSessionLibrary, type SentSeal } from './library.ts';
import { observeSession, type SessionUses } from './session-surface.ts';
import type { ReplyLike, RequestLike, SessionLike } from './types.ts';
import { type Facts, judge } from './verdict.ts';

export type Library = ObservedLibrary & { readonly library: SecureSessionLibrary };

/** A session of the library's, and what the app has in its place. */
interface Held {
  readonly raw: SessionLike;
  readonly given: SessionLike;
  readonly session: ObservedSession;
  /** No cookie that the library took is behind it. */
  readonly isNew: boolean;
  /** The app put it in the place of the library's. */
  readonly isAssigned: boolean;
}

const isSession = (value: unknown): value is SessionLike =>
  typeof value === 'object' &&
  value !== null &&
  ['get', 'set', 'data', 'touch', 'regenerate'].every(
    (name) => typeof (value as Record<string, unknown>)[name] === 'function',
  );

/** What the app did with the session, beside what it holds. */
const nothingDone = { isAsked: false, isDeleteIgnored: false, hasOptions: false, isWrittenAfterEnd: false };

export class Exchange extends LibraryExchange implements HostedExchange {
  readonly library: SecureSessionLibrary;
  readonly #reply: ReplyLike;
  readonly #sent: SentSeal | undefined;
  #taken: Facts['sent'];
  #held: Held | undefined;
  /** What stands in the request's member. */
  #value: unknown;
  #isRotated = false;
  #done = { ...nothingDone };
  /** As the hook saw it that saves; `undefined`: it did not run. */
  #atEnd: Pick<Facts, 'hasSession' | 'isChanged' | 'isDeleted' | 'isModified'> | undefined;
  /** What the session held then, as text. */
  #endText: string | undefined;
  #failure: string | undefined;
  readonly #head = new ResponseHead();
  #sessionAfter: string | null;
  #isClosed = false;

  constructor(library: Library, request: RequestLike, reply: ReplyLike) {
    super(library);
    this.library = library.library;
    this.#reply = reply;
    const { cookie: header } = request.raw.headers;
    const { cookieName: name } = this.library;
    const { sent, value } = firstSent(header, name);
    this.#sent = sent === 0 ? undefined : this.library.read(value);
    const seal = this.#sent?.seal;
    this.#taken = seal?.outcome;
    const key = seal?.outcome === 'open' ? this.#sent!.key : undefined;
    const cookie = this.observed.sentCookie({ name, sent, taken: 'first', signature: this.#sent?.signature, key });
    this.observed.start(partsOf(request.raw, request.originalUrl), cookie);
    this.#sessionAfter = this.observed.owner;
  }

  get memory(): ObservedSession | undefined {
    return this.#held?.session;
  }

  // ── the request's member ───────────────────────────────────────────────────

  /** As whoever asks gets it: the library its own object, the app what stands in its place. */
  get value(): unknown {
    const held = this.#held;
    return held !== undefined && held.raw === this.#value && !this.observed.isLibraryRunning ? held.given : this.#value;
  }

  /** The app puts another session, or none, in its place. */
  assign(value: unknown, below: Below): void {
    this.#value = rawOf(value);
    const raw = this.#value;
    if (!isSession(raw) || raw === this.#held?.raw) return;
    guard(this.observed, `request.${this.library.sessionName} =`, () => {
      const before = this.#held?.session.known.state();
      const { session } = this.#hold(raw, true, true);
      this.#done = { ...nothingDone };
      session.record(
        {
          operation: 'create',
          call: 'session =',
          actor: 'app',
          source: this.source(below),
          ...session.whole(),
          ...(before === undefined ? {} : { before }),
        },
        session.known.bytes,
      );
    });
  }

  /** The library has put its session there: opened from the cookie, or new. */
  opened(raw: unknown): void {
    this.#value = raw;
    if (!isSession(raw)) return;
    const { seal, bytes } = this.#sent ?? {};
    const call = { call: 'onRequest', actor: 'framework' } as const;
    // It may have ended between our look and the library's.
    if (seal?.outcome === 'open' && this.library.endOf(raw) !== seal.expiresAt) this.#taken = 'expired';
    const isFound = this.#taken === 'open';
    const { session } = this.#hold(raw, !isFound, false);
    this.#isRotated = isFound && raw.changed;
    const load = { operation: 'load', layer: 'cookie', ...call } as const;
    if (isFound) {
      const found = { outcome: 'found', bytes: bytes!, expiry: this.#expiry(raw), ...session.whole() } as const;
      session.record({ ...load, ...found }, session.known.bytes);
      return;
    }
    if (this.#taken === 'expired') session.record({ ...load, outcome: 'expired', reason: 'expired' });
    else if (this.#taken === 'invalid') session.record({ ...load, outcome: 'invalid-signature' });
    else if (this.#taken !== undefined) session.record({ ...load, outcome: 'unreadable', reason: 'malformed' });
    session.record({ operation: 'create', ...call, ...session.whole(), expiry: this.#expiry(raw) });
  }

  #hold(raw: SessionLike, isNew: boolean, isAssigned: boolean): Held {
    const session = new ObservedSession(this.observed, dataOf(raw), isNew ? null : this.observed.owner);
    const given = exposeAs(observeSession(raw, this.observed, session, this.#uses(raw, session)), raw);
    return (this.#held = { raw, given, session, isNew, isAssigned });
  }

  #uses(raw: SessionLike, session: ObservedSession): SessionUses {
    return {
      asksToSave: () => {
        this.#done.isAsked = true;
        if (raw.deleted) this.#done.isWrittenAfterEnd = true;
      },
      deletesNothing: () => void (this.#done.isDeleteIgnored = true),
      setsOptions: (options, source) => {
        this.#done.hasOptions = true;
        session.record({
          operation: 'set-expiry',
          call: 'options',
          actor: 'app',
          source,
          expiry: { cookieAt: cookieEnd(options) },
        });
      },
      touches: (call, source) => {
        this.#done.isAsked = true;
        session.record({ operation: 'touch', call, actor: 'app', source, expiry: this.#expiry(raw) });
      },
      ends: (call, source) => {
        const { fingerprint } = session;
        const before = session.known.state();
        session.record({ operation: 'flush', call, actor: 'app', source, from: fingerprint, to: null, before });
      },
      clears: (removed, source) => {
        this.#done.isAsked = true;
        const before = session.known.state();
        // With something kept it is these keys that go, and the session goes on.
        if (session.data.keys()[Symbol.iterator]().next().done !== true)
          for (const key of removed) session.deleted(key, true, 'regenerate', source);
        else {
          for (const key of removed) session.known.delete(key);
          session.record({ operation: 'clear', call: 'regenerate', actor: 'app', source, before, ...session.whole() });
        }
      },
    };
  }

  /** The session's own clock. */
  #expiry(raw: SessionLike): Expiry {
    return { sessionAt: this.library.endOf(raw) };
  }

  // ── the hook that saves ────────────────────────────────────────────────────

  /** It begins: the last look before the library decides. After an error of the app's own answer it may run once more. */
  ends(): void {
    const held = isSession(this.#value) ? this.#held : undefined;
    held?.session.checkpoint();
    this.#failure = undefined;
    this.#atEnd = {
      hasSession: held !== undefined,
      isChanged: held?.raw.changed === true,
      isDeleted: held?.raw.deleted === true,
      isModified: this.#isModified,
    };
    this.#endText = held === undefined ? undefined : storedText(held.session);
  }

  /** It has ended, `error`: by throwing. */
  ended(error?: unknown): void {
    const { hasSession, isChanged, isDeleted } = this.#atEnd ?? {};
    if (hasSession !== true || isChanged !== true || isDeleted === true) return;
    const { raw, session, isNew } = this.#held!;
    const save = { operation: 'save', call: 'onSend', actor: 'framework' } as const;
    const value = lastSetValue([this.#reply.getHeader('set-cookie')].flat(), this.library.cookieName) || undefined;
    if (value === undefined) {
      if (error === undefined) return;
      const described = describeError(error);
      this.#failure = described.message;
      session.record({ ...save, outcome: 'error', error: described, ...session.whole() }, session.known.bytes);
      return;
    }
    const from = session.fingerprint;
    const to = this.fingerprint(this.library.keyOf(value));
    session.fingerprint = to;
    const cookieAt = readSetCookie(this.#reply.getHeader('set-cookie'), this.library.cookieName, Date.now())?.expiresAt;
    session.record(
      {
        ...save,
        outcome: 'done',
        reason: isNew ? 'new-session' : this.#isRotated && !this.#done.isAsked ? 'key-rotated' : 'modified',
        ...session.whole(),
        stored: session.known.stored(session.data).state,
        bytes: value.length,
        cookieProduced: true,
        from,
        to,
        expiry: { ...this.#expiry(raw), cookieAt: cookieAt ?? null },
      },
      session.known.bytes,
    );
  }

  // ── the response ───────────────────────────────────────────────────────────

  seeHead(header: HeaderReader): void {
    if (this.#head.isWritten) return;
    this.#head.see(header, this.observed, this.library.cookieName, this.#isClosed);
    if (this.#head.setCookie !== undefined) {
      const value = lastSetValue([header('set-cookie')].flat(), this.library.cookieName);
      this.#sessionAfter = value ? this.fingerprint(this.library.keyOf(value)) : null;
    }
    this.settle();
  }

  /** The connection is done with the response. */
  closed(): void {
    this.#isClosed = true;
    this.observed.observed.open.delete(this);
    this.settle();
  }

  /** Once the connection is done with the response, reports how it went: twice, where the app still goes on. */
  settle(): void {
    if (!this.#isClosed) return;
    const { raw } = this.#reply;
    const isUndecided = !this.#head.isWritten && !raw.writableEnded;
    if (!this.observed.settle(isUndecided)) return;
    this.#held?.session.checkpoint();
    const facts = this.#facts(isUndecided);
    const verdict = judge(facts);
    const expiry: Expiry = {
      ...(this.#held === undefined ? {} : this.#expiry(this.#held.raw)),
      ...cookieExpiry(facts.setCookie),
    };
    const sessionAfter = verdict.record.outcome === 'missing' ? null : this.#sessionAfter;
    this.observed.finish(endWith(raw, this.#head.facts, { sessionAfter, verdict, expiry }));
  }

  get #isModified(): boolean {
    const held = this.#held;
    if (held === undefined) return false;
    const { known } = held.session;
    // What was assigned is compared with nothing.
    return held.isAssigned ? known.size > 0 : known.isModified;
  }

  #facts(isUndecided: boolean): Facts {
    const held = this.#held;
    const setCookie = this.#head.setCookie;
    const now = {
      hasSession: isSession(this.#value),
      isChanged: held?.raw.changed === true,
      isDeleted: held?.raw.deleted === true,
      isModified: this.#isModified,
    };
    return {
      ...(this.#atEnd ?? now),
      ...this.#done,
      sent: this.#taken,
      isNew: held?.isNew ?? true,
      isAssigned: held?.isAssigned ?? false,
      isEmpty: held?.session.known.size === 0,
      isRotated: this.#isRotated,
      isHookRun: this.#atEnd !== undefined,
      isUnsaved:
        this.#atEnd !== undefined && this.#endText !== undefined && storedText(held!.session) !== this.#endText,
      failure: this.#failure,
      isHeadSent: this.#head.isSent,
      isUndecided,
      isCleared: setCookie !== undefined && isExpired(setCookie, Date.now()),
      setCookie,
    };
  }
}

/** Of the options for one cookie; `null`: it ends with the browser. */
function cookieEnd(options: { maxAge?: number; expires?: Date } | null | undefined): number | null {
  if (typeof options?.maxAge === 'number') return Date.now() + options.maxAge * 1000;
  return options?.expires instanceof Date ? options.expires.getTime() : null;
}
