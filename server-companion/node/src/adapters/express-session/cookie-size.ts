/** How large a session's cookie is in its record, where a store keeps JSON. No code of the app runs. */
import { types } from 'node:util';
import type { Digest } from '../../core/encode.ts';
import { jsonForm } from '../../kit/json-form.ts';
import type { CookieLike } from './types.ts';

/** Bytes of the cookie as JSON; `undefined`: not known. */
export function cookieSize(cookie: CookieLike | undefined, digest: Digest): number | undefined {
  if (last !== undefined && cookie !== undefined && isSameCookie(cookie, last.data)) return last.size;
  const data = cookieData(cookie);
  if (data === cookie) return jsonForm(data, digest)?.size;
  const own = data as CookieData;
  if (!isFlat(own)) return jsonForm(data, digest)?.size;
  const size = Buffer.byteLength(JSON.stringify(own));
  last = { data: own, size };
  return size;
}

interface CookieData {
  originalMaxAge: unknown;
  partitioned: unknown;
  priority: unknown;
  expires: unknown;
  secure: unknown;
  httpOnly: unknown;
  domain: unknown;
  path: unknown;
  sameSite: unknown;
}

/** The last flat one, and its size: the library's own holds scalars and one date, with each request the same but for it. */
let last: { data: CookieData; size: number } | undefined;

const isSameCookie = (cookie: CookieLike, b: CookieData): boolean =>
  cookie !== null &&
  Object.hasOwn(cookie, '_expires') &&
  cookie.originalMaxAge === b.originalMaxAge &&
  standInOf(cookie['_expires']) === b.expires &&
  cookie.path === b.path &&
  cookie['httpOnly'] === b.httpOnly &&
  cookie.secure === b.secure &&
  cookie['sameSite'] === b.sameSite &&
  cookie['domain'] === b.domain &&
  cookie['priority'] === b.priority &&
  cookie['partitioned'] === b.partitioned;

/** What express-session's Cookie gives for JSON (its `data`). */
function cookieData(cookie: CookieLike | undefined): CookieData | CookieLike | undefined {
  // A record that the app wrote itself may hold any other.
  if (typeof cookie !== 'object' || cookie === null || !Object.hasOwn(cookie, '_expires')) return cookie;
  return {
    originalMaxAge: cookie.originalMaxAge,
    partitioned: cookie['partitioned'],
    priority: cookie['priority'],
    expires: standInOf(cookie['_expires']),
    secure: cookie.secure,
    httpOnly: cookie['httpOnly'],
    domain: cookie['domain'],
    path: cookie.path,
    sameSite: cookie['sameSite'],
  };
}

/** As long as the text of any date from 1970 to 9999. */
const ANY_DATE = '2000-01-01T00:00:00.000Z';
const YEAR_10000 = Date.UTC(10_000, 0);

function standInOf(expires: unknown): unknown {
  if (!types.isDate(expires) || Object.getPrototypeOf(expires) !== Date.prototype) return expires;
  const time = Date.prototype.getTime.call(expires);
  return time >= 0 && time < YEAR_10000 && !Object.hasOwn(expires, 'toJSON') ? ANY_DATE : expires;
}

/** Nothing in it has a `toJSON`, and JSON takes each of its values. */
function isFlat(data: object): boolean {
  for (const value of Object.values(data))
    if ((typeof value === 'object' && value !== null) || typeof value === 'bigint') return false;
  return true;
}
