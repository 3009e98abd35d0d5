/** How each library's host is started, with nothing observed. */
import type { LibraryName, StartHost } from '../scenario.ts';
import { startCookieSession } from './cookie-session.ts';
import { startDjangoSessions } from './django-sessions.ts';
import { startExpressSession } from './express-session.ts';
import { startFastifySecureSession } from './fastify-secure-session.ts';
import { startFastifySession } from './fastify-session.ts';
import { startH3 } from './h3.ts';
import { startH31 } from './h3-1.ts';
import { startHonoSessions } from './hono-sessions.ts';
import { startIronSession } from './iron-session.ts';
import { startKoaSession } from './koa-session.ts';
import { startReactRouter } from './react-router.ts';

export const BARE_HOSTS: Readonly<Record<LibraryName, StartHost>> = {
  'express-session': (variant, life) => startExpressSession(variant, undefined, life),
  'django-sessions': (variant, life) => startDjangoSessions(variant, undefined, life),
  'koa-session with a store': (variant, life) => startKoaSession(variant, { isStored: true, life }),
  'fastify-session': (variant, life) => startFastifySession(variant, undefined, life),
  'hono-sessions': (variant, life) => startHonoSessions(variant, undefined, life),
  'cookie-session': (variant, life) => startCookieSession(variant, undefined, life),
  'iron-session': (variant, life) => startIronSession(variant, undefined, life),
  'koa-session': (variant, life) => startKoaSession(variant, { life }),
  'fastify-secure-session': (variant, life) => startFastifySecureSession(variant, undefined, life),
  h3: (variant, life) => startH3(variant, undefined, life),
  'h3 1': (variant, life) => startH31(variant, undefined, life),
  'react-router': (variant, life) => startReactRouter(variant, undefined, life),
};
