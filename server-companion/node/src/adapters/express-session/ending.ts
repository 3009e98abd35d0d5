/** How an exchange ends: what is seen of the response on its way out, and the verdict that follows from it. */
import type { Verdict } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import { readSetCookie } from '../../core/set-cookie.ts';
import { responseFacts, type ResponseFacts } from '../../kit/response-facts.ts';
import { decisive, type Facts, type StoreWrite } from './facts.ts';
import type { ExposedSession } from './exposed-session.ts';
import type { ObservedSessions } from './observed-sessions.ts';
import { isSecure } from './settings.ts';
import type { RequestLike, ResponseLike } from './types.ts';
import { judge } from './verdict.ts';

/** What the ending looks at. */
export interface EndingScope {
  readonly sessions: ObservedSessions;
  readonly request: RequestLike;
  readonly response: ResponseLike;
  readonly phase: Facts['phase'];
  readonly held: ExposedSession | undefined;
  readonly sentKey: string | undefined;
  readonly owner: string | null;
  readonly offsetMs: number;
}

export class Ending {
  /** How the load of the session that the cookie named went. */
  load: Facts['load'] = undefined;
  /** Why a load failed. */
  loadError: Facts['loadError'] = undefined;
  /** Why the library let the request pass without a session, where it did. */
  skippedBecause: Facts['skippedBecause'] = undefined;
  /** What the response's head says, once it is written. */
  head: ResponseFacts = {};
  /** There is a response to end; a WebSocket's upgrade has none. */
  isResponse = true;
  /** What the library threw as the response was ended. */
  error: unknown = undefined;
  readonly #exchange: EndingScope;
  /** `req.session` was there when the app ended its response; `undefined` before. */
  #hadSession: boolean | undefined = undefined;
  /** The session when the headers were written. */
  #headers: { setCookie: Facts['setCookie']; key: string | undefined; isModified: boolean } | undefined = undefined;

  constructor(exchange: EndingScope) {
    this.#exchange = exchange;
  }

  /** The headers are written: what they say of the cookie is final. */
  seeHeaders(): void {
    if (this.#headers !== undefined) return;
    const { held, sessions, response, offsetMs } = this.#exchange;
    this.head = responseFacts((name) => response.getHeader(name), offsetMs);
    this.#headers = {
      setCookie: readSetCookie(response.getHeader('set-cookie'), sessions.settings.cookieName, Date.now()),
      key: held?.key,
      isModified: held?.session.known.isModified ?? false,
    };
  }

  /** The app has ended its response. */
  get isEnded(): boolean {
    return this.#hadSession !== undefined;
  }

  /** The app ends its response. */
  seeEnd(): void {
    this.#hadSession ??= this.#hasSession();
  }

  /** The app has put an object of its own in the session's place. */
  #isReplaced(): boolean {
    const { held, request } = this.#exchange;
    const session: unknown = request.session;
    return held !== undefined && typeof session === 'object' && session !== null && !held.is(session);
  }

  #hasSession(): boolean {
    const { session } = this.#exchange.request;
    return session !== undefined && session !== null;
  }

  /** To be asked once the connection is done with the response. `writes`: to the store, in order. */
  judge(
    writes: readonly StoreWrite[],
    isUndecided: boolean,
  ): { ending: Facts['ending']; verdict: Verdict; sessionAfter: string | null } {
    const ending = !this.isResponse || this.#exchange.response.writableFinished ? 'completed' : 'aborted';
    const verdict = judge(this.#facts(ending, writes, isUndecided));
    return { ending, verdict, sessionAfter: this.#sessionAfter(verdict, writes) };
  }

  #facts(ending: Facts['ending'], writes: readonly StoreWrite[], isUndecided: boolean): Facts {
    const { held, request, sessions, sentKey } = this.#exchange;
    const { settings } = sessions;
    const cookie = held?.raw.cookie;
    const known = held?.session.known;
    const headers = this.#headers;
    return {
      settings,
      skippedBecause: this.skippedBecause,
      load: this.load,
      loadError: this.loadError,
      phase: this.#exchange.phase,
      isUndecided,
      isResponse: this.isResponse,
      isEnded: this.isEnded,
      touchDisabled: sessions.storeKind.touchDisabled,
      isReplaced: this.#isReplaced(),
      isEmpty: known?.size === 0,
      ending,
      writes,
      write: decisive(writes),
      hasSession: this.#hadSession ?? this.#hasSession(),
      hasKey: typeof request.sessionID === 'string',
      isNewKey: held !== undefined && held.key !== sentKey,
      isModified: known?.isModified ?? false,
      wasDueAtHeaders:
        headers === undefined || (headers.key === held?.key && (headers.isModified || settings.saveUninitialized)),
      hasExpiry: cookie?.expires !== undefined && cookie.expires !== null,
      isSecureCookie: Boolean(cookie?.secure),
      isSecureRequest: isSecure(request, settings.proxy),
      forwardedProto: request.headers['x-forwarded-proto'],
      setCookie: headers?.setCookie,
      endError: this.error === undefined ? undefined : describeError(this.error),
      now: Date.now(),
    };
  }

  /** Fingerprint of the session that a next request of this client would find. */
  #sessionAfter({ record }: Verdict, writes: readonly StoreWrite[]): string | null {
    const { owner, held } = this.#exchange;
    switch (record.outcome) {
      case 'deleted':
        return null;
      case 'missing':
        return record.reason !== 'gone' && this.load === 'found' ? owner : null;
      case 'saved':
      case 'touched':
      case 'unchanged':
        return held?.fingerprint ?? null;
      case 'failed':
      case 'pending':
      case 'unreadable':
      case 'not-saved':
      case 'not-compared':
        // A record that could not be read is still there.
        return this.load === 'found' || this.load === 'unreadable' || this.load === 'error' ? owner : null;
      case 'none': {
        const isGone = writes.some(({ kind, outcome }) => kind === 'destroy' && outcome === 'done');
        return this.load === 'found' && !isGone ? owner : null;
      }
    }
  }
}
