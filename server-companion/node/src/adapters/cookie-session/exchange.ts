/** One request on its way through cookie-session: its session, the cookie that it came from and the one that it becomes. */
import type { Expiry } from '../../../../../protocol/index.ts';
import { cookiesOf, countSent } from '../../core/sent-cookies.ts';
import { lastSetValue, readSetCookie } from '../../core/set-cookie.ts';
import { partsOf } from '../../kit/hosts/node-request.ts';
import { liveProperties } from '../../kit/live-properties.ts';
import { LibraryExchange } from '../../kit/library-exchange.ts';
import type { ObservedLibrary } from '../../kit/observed-library.ts';
import { ObservedSession } from '../../kit/observed-session.ts';
import { cookieExpiry, endWith, ResponseHead } from '../../kit/response-head.ts';
import { type Below, guard } from '../../kit/scope.ts';
import { type CookieSessionLibrary, isData } from './library.ts';
import type { RequestLike, ResponseLike, SessionLike } from './types.ts';
import { type Facts, judge } from './verdict.ts';

export class Exchange extends LibraryExchange {
  readonly #library: CookieSessionLibrary;
  readonly #request: RequestLike;
  readonly #response: ResponseLike;
  readonly #sent: ReturnType<CookieSessionLibrary['readSent']>;
  #session: ObservedSession | undefined;
  #state: Facts['session'] = 'unused';
  #isNew = false;
  #isAssigned = false;
  #isLate = false;
  readonly #head = new ResponseHead();
  #isSignedAgain = false;
  /** As the head was written: what was changed later is not in the cookie. */
  #wasModified = false;
  #sessionAfter: string | null;
  /** The connection is done with the response. */
  #isClosed = false;

  constructor(
    library: ObservedLibrary & { readonly library: CookieSessionLibrary },
    request: RequestLike,
    response: ResponseLike,
  ) {
    super(library);
    this.#library = library.library;
    this.#request = request;
    this.#response = response;
    const { cookie: header } = request.headers;
    const name = this.#library.cookieName;
    const sent = countSent(header, name);
    this.#sent = sent === 0 ? undefined : this.#library.readSent(cookiesOf(header));
    const { signature, key } = this.#sent ?? {};
    this.observed.start(partsOf(request), this.observed.sentCookie({ name, sent, taken: 'first', signature, key }));
    this.#sessionAfter = this.observed.owner;
  }

  get memory(): ObservedSession | undefined {
    return this.#state === 'open' ? this.#session : undefined;
  }

  // ── the session ────────────────────────────────────────────────────────────

  /** The app reads `req.session` for the first time: the library has made `raw` from the cookie, or a new one. */
  opened(raw: SessionLike): ObservedSession {
    this.#isNew = raw.isNew;
    const { owner } = this.observed;
    const session = this.#begin(raw, this.#isNew ? null : owner);
    const load = { operation: 'load', call: 'req.session', actor: 'framework', layer: 'cookie' } as const;
    if (!this.#isNew)
      session.record(
        { ...load, outcome: 'found', ...session.whole(), bytes: this.#sent?.key?.length ?? 0 },
        session.known.bytes,
      );
    else {
      if (this.#sent?.signature === 'invalid') session.record({ ...load, outcome: 'invalid-signature' });
      else if (this.#sent !== undefined) session.record({ ...load, outcome: 'unreadable', reason: 'malformed' });
      session.record({ operation: 'create', call: 'req.session', actor: 'framework', ...session.whole() });
    }
    return session;
  }

  /** The app has set `req.session` to an object, of which the library has made `raw`. */
  assigned(raw: SessionLike, below: Below): ObservedSession {
    const before = this.#session?.known.state();
    const source = this.source(below);
    this.#isNew = true;
    this.#isAssigned = true;
    const session = this.#begin(raw, null);
    session.record(
      {
        operation: 'create',
        call: 'req.session =',
        actor: 'app',
        source,
        ...session.whole(),
        ...(before === undefined ? {} : { before }),
      },
      session.known.bytes,
    );
    return session;
  }

  /** The app has set `req.session` to null. */
  unset(below: Below): void {
    const { owner } = this.observed;
    this.#session?.checkpoint();
    const before = this.#session?.known.state();
    this.#state = 'unset';
    this.#isLate ||= this.#head.isWritten;
    this.observed.record({
      session: owner,
      operation: 'flush',
      call: 'req.session = null',
      actor: 'app',
      source: this.source(below),
      from: owner,
      to: null,
      ...(before === undefined ? {} : { before }),
    });
  }

  #begin(raw: SessionLike, fingerprint: string | null): ObservedSession {
    this.#state = 'open';
    this.#isLate ||= this.#head.isWritten && this.#isAssigned;
    return (this.#session = new ObservedSession(this.observed, liveProperties(raw, isData), fingerprint));
  }

  // ── the response ───────────────────────────────────────────────────────────

  /** The head is being written: the library compares, and saves in it. */
  writeHead<T>(below: Below, write: () => T): T {
    if (this.#head.isWritten) return write();
    const { observed } = this;
    guard(observed, 'response headers', () => {
      this.#session?.checkpoint();
      this.#wasModified = this.#isModified;
    });
    observed.libraryDepth += 1;
    try {
      return write();
    } finally {
      observed.libraryDepth -= 1;
      guard(observed, 'response headers', () => this.#seeHead(below));
    }
  }

  #seeHead(below: Below): void {
    const response = this.#response;
    const { cookieName } = this.#library;
    this.#head.see((name) => response.getHeader(name), this.observed, cookieName, this.#isClosed);
    const header = response.getHeader('set-cookie');
    this.#isSignedAgain =
      this.#head.written === undefined &&
      (this.#sent?.keyAt ?? 0) > 0 &&
      readSetCookie(header, `${cookieName}.sig`, Date.now()) !== undefined;
    if (this.#state === 'unset' && this.#head.setCookie !== undefined) this.#sessionAfter = null;
    if (this.#state === 'open' && this.#session !== undefined)
      this.#recordSave(this.#session, lastSetValue([header].flat(), cookieName) || undefined, below);
    // The client had gone before the app began: all is decided now.
    this.#settle();
  }

  #recordSave(session: ObservedSession, value: string | undefined, below: Below): void {
    const source = this.source(below);
    const save = { operation: 'save', call: 'save', actor: 'framework', source } as const;
    if (value === undefined || !this.#head.isSent) {
      const error = this.#head.isSent ? SWALLOWED : UNSENT;
      if (this.#wasModified && !(this.#isNew && session.known.size === 0))
        session.record({ ...save, outcome: 'error', error, ...session.whole() }, session.known.bytes);
      return;
    }
    const { owner, companion } = this.observed;
    const to = companion.identity.fingerprint(value);
    this.#sessionAfter = to;
    session.fingerprint = to;
    session.record(
      {
        ...save,
        outcome: 'done',
        reason: this.#isNew ? 'new-session' : 'modified',
        ...session.whole(),
        stored: session.known.stored(session.data).state,
        bytes: value.length,
        cookieProduced: true,
        from: owner,
        to,
        expiry: this.#expiry(),
      },
      session.known.bytes,
    );
  }

  /** There is no end in the session itself: the cookie's is the only one. */
  #expiry(): Expiry {
    return cookieExpiry(this.#head.written);
  }

  /** The app ends the response: of a client that has gone no head is written any more. */
  end<T>(finish: () => T): T {
    const finished = finish();
    guard(this.observed, 'response end', () => this.#settle());
    return finished;
  }

  /** The connection is done with the response. */
  closed(): void {
    this.#isClosed = true;
    this.observed.observed.open.delete(this);
    this.#settle();
  }

  #settle(): void {
    const isUndecided = !this.#head.isWritten && !this.#response.writableEnded;
    if (!this.#isClosed || !this.observed.settle(isUndecided)) return;
    const late = this.#session === undefined || this.#state !== 'open' ? [] : this.#session.checkpoint();
    this.#isLate ||= this.#head.isWritten && (late.length > 0 || (this.#isModified && !this.#wasModified));
    const verdict = judge(this.#facts(isUndecided));
    const { response } = this;
    const expiry = this.#expiry();
    const sessionAfter = verdict.record.outcome === 'missing' ? null : this.#sessionAfter;
    this.observed.finish(endWith(response, this.#head.facts, { sessionAfter, verdict, expiry }));
  }

  get response(): ResponseLike {
    return this.#response;
  }

  get #isModified(): boolean {
    const known = this.#session?.known;
    // What was assigned is compared with nothing: any content makes it another session.
    return known !== undefined && (this.#isAssigned ? known.size > 0 : known.isModified);
  }

  #facts(isUndecided: boolean): Facts {
    const { socket, protocol, sessionOptions } = this.#request;
    return {
      session: this.#state,
      sent: this.#sent?.signature,
      isNew: this.#isNew,
      isAssigned: this.#isAssigned,
      isEmpty: this.#session?.known.size === 0,
      isModified: this.#isModified,
      isLate: this.#isLate,
      isSecureCookie: sessionOptions?.secure === true,
      // The library's own rule.
      isSecureRequest: protocol === 'https' || (socket as { encrypted?: boolean } | undefined)?.encrypted === true,
      isHeadSent: this.#head.isSent,
      isUndecided,
      isSignedAgain: this.#isSignedAgain,
      // What was set after the client had gone reached nobody.
      setCookie: this.#head.setCookie,
    };
  }
}

/** cookie-session catches what saving throws. */
const SWALLOWED = { name: 'Error', message: 'cookie-session caught an error and wrote it to debug() only.' };

const UNSENT = { name: 'Error', message: 'The connection had closed before the headers were written.' };
