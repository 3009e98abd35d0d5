/** A session object of @fastify/session, and what the app has in its place. */
import type { Expiry } from '../../../../../protocol/index.ts';
import { liveProperties } from '../../kit/live-properties.ts';
import { ObservedSession } from '../../kit/observed-session.ts';
import type { ExchangeScope } from '../../kit/scope.ts';
import { cookieEnd } from '../../kit/stores/store-kind.ts';
import { CookieObject } from '../../kit/surfaces/cookie-object.ts';
import { type CallRunner, LibraryCalls } from '../../kit/surfaces/library-calls.ts';
import { observeBag } from '../../kit/surfaces/property-bag.ts';
import { exposeAs } from '../../kit/surfaces/raw-sessions.ts';
import { CALLS, COOKIE, isData } from './library.ts';
import type { CookieLike, SessionLike } from './types.ts';

/** The session's own clock. */
export const expiryOf = (cookie: CookieLike): Expiry => ({ sessionAt: cookieEnd(cookie) });

export class ExposedSession {
  readonly raw: SessionLike;
  readonly key: string;
  readonly session: ObservedSession;
  /** What the app has in its place. */
  readonly given: SessionLike;

  constructor(
    scope: ExchangeScope,
    raw: SessionLike,
    fingerprint: string,
    runner: (exposed: ExposedSession) => CallRunner,
  ) {
    this.raw = raw;
    this.key = raw.sessionId;
    this.session = new ObservedSession(scope, liveProperties(raw, isData), fingerprint);
    const calls = new LibraryCalls(runner(this));
    const cookie = new CookieObject<CookieLike>(scope, this.session, {
      name: COOKIE,
      expiry: new Set(['maxAge', 'expires', '_expires', 'originalMaxAge']),
      inherited: [],
      flags: [],
      expiryOf,
    });
    const given = observeBag(raw, scope, this.session, {
      isData,
      member: (name, value) => {
        if (name === COOKIE) return cookie.observed(value as CookieLike);
        return typeof value === 'function' && CALLS.has(name)
          ? calls.observed(name, value as (...args: unknown[]) => unknown)
          : value;
      },
      plain: (value) => cookie.plain(value),
    });
    this.given = exposeAs(given, raw);
  }
}
