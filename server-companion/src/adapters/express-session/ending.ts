/** How an exchange ends: what is seen of the response on its way out, and the verdict that follows from it. */
import type { Expiry, Verdict } from '../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import { readSetCookie } from '../../core/set-cookie.ts';
import type { Exchange } from './exchange.ts';
import { isSecure } from './settings.ts';
import { type Facts, judge, type StoreWrite } from './verdict.ts';

export class Ending {
  /** How the load of the session that the cookie named went. */
  load: Facts['load'] = undefined;
  /** Why the library let the request pass without a session, where it did. */
  passedBy: Facts['passedBy'] = undefined;
  readonly #exchange: Exchange;
  /** `req.session` was there when the app ended its response; `undefined` before. */
  #hadSession: boolean | undefined = undefined;
  #error: unknown = undefined;
  /** The session when the headers were written. */
  #headers: { setCookie: Facts['setCookie']; key: string | undefined; isModified: boolean } | undefined = undefined;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** The headers are written: what they say of the cookie is final. */
  seeHeaders(): void {
    if (this.#headers !== undefined) return;
    const { held, sessions, response } = this.#exchange;
    this.#headers = {
      setCookie: readSetCookie(response.getHeader('set-cookie'), sessions.settings.cookieName, Date.now()),
      key: held?.key,
      isModified: held?.memory.isModified ?? false,
    };
  }

  /** The app ends its response: the last look before the library decides. */
  seeEnd(): void {
    if (this.#hadSession !== undefined) return;
    this.#exchange.checkpoint();
    this.#hadSession = this.#hasSession();
  }

  /** The library's own `end` threw: the session could not be serialized, or the app's store threw. */
  failed(error: unknown): void {
    this.#error = error;
    // What a store threw stands on its save. Else the library gave up before it asked one, and nothing else would tell
    // why the request hangs from here on: express-session sends nothing more for it.
    if (this.#exchange.isStoreFailing) return;
    const { call } = this.#exchange;
    const source = call?.source === undefined ? {} : { source: call.source };
    this.#exchange.record(
      { operation: 'save', call: 'end', actor: 'framework', ...source, outcome: 'error', error: describeError(error) },
      0,
    );
  }

  #hasSession(): boolean {
    const { session } = this.#exchange.request;
    return session !== undefined && session !== null;
  }

  /** To be asked once the connection is done with the response. `writes`: to the store, in order. */
  judge(writes: readonly StoreWrite[]): { ending: Facts['ending']; verdict: Verdict; sessionAfter: string | null } {
    const ending = this.#exchange.response.writableFinished ? 'completed' : 'aborted';
    const verdict = judge(this.#facts(ending, writes));
    return { ending, verdict, sessionAfter: this.#sessionAfter(verdict, writes) };
  }

  #facts(ending: Facts['ending'], writes: readonly StoreWrite[]): Facts {
    const { held, request, sessions, sentKey } = this.#exchange;
    const { settings } = sessions;
    const cookie = held?.raw.cookie;
    const headers = this.#headers;
    return {
      settings,
      passedBy: this.passedBy,
      load: this.load,
      ending,
      writes,
      hasSession: this.#hadSession ?? this.#hasSession(),
      hasKey: typeof request.sessionID === 'string',
      isNewKey: held !== undefined && held.key !== sentKey,
      isModified: held?.memory.isModified ?? false,
      wasDueAtHeaders:
        headers === undefined || (headers.key === held?.key && (headers.isModified || settings.saveUninitialized)),
      hasExpiry: cookie?.expires !== undefined && cookie.expires !== null,
      isSecureCookie: Boolean(cookie?.secure),
      isSecureRequest: isSecure(request, settings.proxy),
      forwardedProto: request.headers['x-forwarded-proto'],
      setCookie: headers?.setCookie,
      endError: this.#error === undefined ? undefined : describeError(this.#error),
      now: Date.now(),
    };
  }

  /** Fingerprint of the session that a next request of this client would find. */
  #sessionAfter({ record }: Verdict, writes: readonly StoreWrite[]): string | null {
    const { owner, fingerprint } = this.#exchange;
    switch (record.outcome) {
      case 'deleted':
        return null;
      case 'saved':
      case 'touched':
      case 'unchanged':
        return fingerprint;
      case 'failed':
      case 'not-saved':
      case 'missing':
        return this.load === 'found' ? owner : null;
      case 'none': {
        const isGone = writes.some(({ kind, outcome }) => kind === 'destroy' && outcome === 'done');
        return this.load === 'found' && !isGone ? owner : null;
      }
    }
  }

  /** The three clocks, as far as this exchange tells them. */
  expiry({ cookie }: Verdict): Expiry | undefined {
    const { held, sessions } = this.#exchange;
    const own = held === undefined ? undefined : sessions.expiryOf(held.raw.cookie);
    return cookie.attributes === undefined ? own : { ...own, cookieAt: cookie.attributes.expiresAt ?? null };
  }
}
