/** A change of `req.session.cookie` by the app, recorded as it happens: of the expiry, or of a flag. */
import type { Exchange } from './exchange.ts';
import type { HeldSession } from './held-session.ts';
import { COOKIE } from './methods.ts';
import type { CookieLike } from './types.ts';

/** Members of express-session's Cookie that move the session's end. */
const EXPIRY: ReadonlySet<string> = new Set(['maxAge', 'expires', '_expires', 'originalMaxAge']);

/**
 * Makes a change and records it. What `change` throws, for a value that the library refuses, is the app's error and
 * passed on as it is. `below`: the function of ours that the app has called.
 */
export function recordCookieChange<T>(
  exchange: Exchange,
  held: HeldSession,
  { cookie, key, value }: { cookie: CookieLike; key: string; value: unknown },
  below: (...args: never[]) => unknown,
  change: () => T,
): T {
  const isExpiry = EXPIRY.has(key);
  const expiryBefore = isExpiry ? exchange.sessions.expiryOf(cookie) : undefined;
  const before = isExpiry ? undefined : cookie[key];
  const done = change();
  try {
    const source = exchange.source(below);
    const { value: after, bytes } = held.memory.encode(value);
    const call = `cookie.${key}=`;
    if (isExpiry) {
      const expiry = exchange.sessions.expiryOf(cookie);
      exchange.record(
        {
          operation: 'set-expiry',
          call,
          actor: 'app',
          source,
          after,
          ...(expiryBefore ? { expiryBefore } : {}),
          ...(expiry ? { expiry } : {}),
        },
        bytes,
        held.fingerprint,
      );
    } else
      exchange.record(
        {
          operation: 'set',
          call,
          actor: 'app',
          path: [COOKIE, key],
          source,
          before: held.memory.encode(before).value,
          after,
        },
        bytes,
        held.fingerprint,
      );
  } catch (error) {
    exchange.fault('session cookie', error);
  }
  return done;
}
