import { parseCookie } from 'cookie';
import { unsign } from 'cookie-signature';
import type { RequestHandler } from 'express';
import type { SessionData, Store } from 'express-session';
import type { Sessions } from '@sessionscope/django-sessions';

/** Takes over the session that a browser has from express-session, once. Mount it after `expressSessions(sessions)`. */
export function carryOver(sessions: Sessions, store: Store, secret: string, name = 'connect.sid'): RequestHandler {
  const read = (id: string) =>
    new Promise<SessionData | null | undefined>((resolve, reject) =>
      store.get(id, (error: unknown, data) => (error ? reject(error as Error) : resolve(data))),
    );
  return async (request, response, next) => {
    const session = sessions.of(request);
    const signed = parseCookie(request.headers.cookie ?? '')[name];
    const id = signed?.startsWith('s:') && unsign(signed.slice(2), secret);
    if (id && session.sessionKey === null) {
      const { cookie: _cookie, ...data } = (await read(id)) ?? {};
      await session.update(data);
      // Nobody may come back with it after a logout here.
      await new Promise((resolve) => store.destroy(id, resolve));
      response.clearCookie(name);
    }
    next();
  };
}
