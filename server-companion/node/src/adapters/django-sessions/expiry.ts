/** The clocks of a session, read without changing anything. */
import type { ObservedSession, Settings } from '@sessionscope/django-sessions';
import type { Expiry } from '../../../../../protocol/index.ts';

export const EXPIRY_KEY = '_session_expiry';

/** An ISO time that says which zone it is in. */
const AWARE = /(?:Z|[+-]\d\d:?\d\d)$/;

/** When an expiry, as the session holds it, ends; epoch ms. `null`: it names no end. */
export function sessionEnd(expiry: unknown, settings: Settings, now: number): number | null {
  // 0: when the browser closes.
  if (typeof expiry === 'number') return expiry === 0 ? null : now + expiry * 1000;
  if (typeof expiry !== 'string') return null;
  const time = Date.parse(AWARE.test(expiry) ? expiry : `${expiry}Z`);
  if (Number.isNaN(time)) return null;
  return AWARE.test(expiry) ? time : settings.clock.toInstant(time);
}

/** The session's own clock, and the store's as a save would set it now. */
export function clocksOf(
  { defaultAge }: Pick<ObservedSession, 'defaultAge'>,
  data: ReadonlyMap<string, unknown> | undefined,
  settings: Settings,
): Expiry {
  const now = Date.now();
  const own = data?.get(EXPIRY_KEY);
  const sessionAt = sessionEnd(own, settings, now);
  // A session class of the app's own may say otherwise than the option.
  const storeFrom = defaultAge === settings.cookieAge ? 'cookieAge' : 'cookieAge() of the session class';
  const cookieAge = { storeAt: now + defaultAge * 1000, storeFrom };
  // Django takes the cookie's own age there, whatever the session says.
  if (settings.engine === 'signed_cookies' || sessionAt === null) return { sessionAt, ...cookieAge };
  // Its quirk: the file engine counts a number of seconds from each load again.
  if (settings.engine === 'file' && typeof own === 'number')
    return { sessionAt, storeAt: null, storeFrom: 'setExpiry(seconds), which the file engine never ends' };
  return { sessionAt, storeAt: sessionAt, storeFrom: 'setExpiry' };
}
