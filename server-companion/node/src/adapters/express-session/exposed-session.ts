/** A session object of express-session, and what the app has in its place. */
import type { DecodedRecord } from '../../kit/known-values.ts';
import { liveProperties } from '../../kit/live-properties.ts';
import { ObservedSession } from '../../kit/observed-session.ts';
import type { ExchangeScope } from '../../kit/scope.ts';
import { coverMethods, coverProperties, readPastAccessor } from '../../kit/surfaces/accessors.ts';
import { CookieObject, type CookieObjectOptions } from '../../kit/surfaces/cookie-object.ts';
import { type CallRunner, LibraryCalls } from '../../kit/surfaces/library-calls.ts';
import { NestedValues } from '../../kit/surfaces/nested-values.ts';
import { type BagOptions, observeBag } from '../../kit/surfaces/property-bag.ts';
import { CALLS, COOKIE, isData } from './methods.ts';
import type { ObservedSessions } from './observed-sessions.ts';
import type { CookieLike, SessionLike } from './types.ts';

type Method = (...args: unknown[]) => unknown;

const COOKIE_MEMBERS: Omit<CookieObjectOptions<CookieLike>, 'expiryOf'> = {
  name: COOKIE,
  expiry: new Set(['maxAge', 'expires', '_expires', 'originalMaxAge']),
  inherited: ['maxAge', 'expires'],
  flags: ['path', 'domain', 'secure', 'httpOnly', 'sameSite', 'partitioned', 'priority'],
};

interface SessionParts {
  raw: SessionLike;
  key: string;
  fingerprint: string;
  /** What the library has just made it of. */
  record: DecodedRecord | undefined;
}

/** A session and what its surfaces need in one object: it is made with every request. */
export class ExposedSession implements BagOptions {
  readonly raw: SessionLike;
  readonly key: string;
  readonly fingerprint: string;
  readonly session: ObservedSession;
  /** What the app has in its place: the proxy, once it was handed over. */
  given: SessionLike | undefined = undefined;
  readonly #scope: ExchangeScope;
  readonly isData = isData;
  nested: NestedValues | undefined = undefined;
  readonly #sessions: ObservedSessions;
  readonly #runner: (held: ExposedSession) => CallRunner;
  /** Made when the app asks for the member. */
  #calls: LibraryCalls | undefined = undefined;
  #cookie: CookieObject<CookieLike> | undefined = undefined;
  #areMethodsCovered = false;

  /** `runner`: runs the library's methods for the app. */
  constructor(
    scope: ExchangeScope,
    sessions: ObservedSessions,
    { raw, key, fingerprint, record }: SessionParts,
    runner: (held: ExposedSession) => CallRunner,
  ) {
    this.raw = raw;
    this.key = key;
    this.fingerprint = fingerprint;
    this.#scope = scope;
    this.#sessions = sessions;
    this.#runner = runner;
    const { proxy } = sessions.observation;
    const data = liveProperties(raw, isData, proxy ? undefined : readPastAccessor);
    const earlier = sessions.recent.get(fingerprint);
    // Without a proxy the app has the library's own object, and all that is in it.
    this.session = new ObservedSession(scope, data, fingerprint, earlier, proxy ? record : undefined);
  }

  #callsOf(): LibraryCalls {
    return (this.#calls ??= new LibraryCalls(this.#runner(this)));
  }

  #cookieOf(): CookieObject<CookieLike> {
    return (this.#cookie ??= new CookieObject(this.#scope, this.session, {
      ...COOKIE_MEMBERS,
      expiryOf: (cookie) => this.#sessions.expiryOf(cookie),
    }));
  }

  /** Whether an object is this session: the library's own, or what the app has. */
  is(session: unknown): boolean {
    return session === this.raw || (this.given !== undefined && session === this.given);
  }

  /** The session as the app gets it: a proxy, or the raw object with accessors on it. */
  observed(): SessionLike {
    if (this.#sessions.observation.proxy) return (this.given ??= this.#proxy());
    this.cover();
    return this.raw;
  }

  #proxy(): SessionLike {
    if (this.#sessions.observation.deep) this.nested = new NestedValues(this.#scope, this.session);
    return observeBag(this.raw, this.#scope, this.session, this);
  }

  member(name: string, value: unknown): unknown {
    if (name === COOKIE) return this.#cookieOf().observed(value as CookieLike);
    return typeof value === 'function' && CALLS.has(name) ? this.#callsOf().observed(name, value as Method) : value;
  }

  plain(value: unknown): unknown {
    const plain = this.#cookie === undefined ? value : this.#cookie.plain(value);
    return this.nested === undefined ? plain : this.nested.plain(plain);
  }

  /** Without a proxy: keys that came unseen are seen from now on. */
  cover(): void {
    if (this.#sessions.observation.proxy) return;
    coverProperties(this.raw, this.#scope, this.session, isData, (key, value) => {
      if (key === COOKIE) this.#cookieOf().cover(value as CookieLike);
    });
    if (this.#areMethodsCovered) return;
    this.#areMethodsCovered = true;
    coverMethods(this.raw, this.#scope, CALLS, (name, method) => this.#callsOf().observed(name, method));
  }
}
