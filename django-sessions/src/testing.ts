/** For an app's tests: Django's `client.session`. */
import type { AnyData } from './data-types.ts';
import type { Session } from './session.ts';
import type { Sessions } from './core.ts';
import { readCookie } from './middleware/request-cookie.ts';

/**
 * The session of a cookie jar, given as the `Cookie` header that it would send. As in Django's test client it is saved
 * by hand; where the jar has no session, it is made, and `cookie` is what the jar must send from then on.
 */
export async function sessionOf<Data extends object = AnyData>(
  sessions: Sessions<Data>,
  cookieHeader = '',
): Promise<{ session: Session<Data>; cookie: string }> {
  const { cookieName } = sessions.settings;
  const session = sessions.open(readCookie(cookieHeader, cookieName));
  await session.keys();
  if (session.sessionKey === null) await session.save();
  return { session, cookie: `${cookieName}=${session.sessionKey ?? ''}` };
}
