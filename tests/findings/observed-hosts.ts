/** How each library's host is started with a companion beside it. */
import secureSession from '@fastify/secure-session';
import fastifySession from '@fastify/session';
import cookieSession from 'cookie-session';
import session from 'express-session';
import { useSession } from 'h3';
import { useSession as useSession1 } from 'h3v1';
import { sessionMiddleware } from 'hono-sessions';
import { getIronSession } from 'iron-session';
import koaSession from 'koa-session';
import { createCookieSessionStorage } from 'react-router';
import { createSessions } from '../../django-sessions/src/sessions.ts';
import { startCookieSession } from '../../playground/scenarios/hosts/cookie-session.ts';
import { startDjangoSessions } from '../../playground/scenarios/hosts/django-sessions.ts';
import { startExpressSession } from '../../playground/scenarios/hosts/express-session.ts';
import { startFastifySecureSession } from '../../playground/scenarios/hosts/fastify-secure-session.ts';
import { startFastifySession } from '../../playground/scenarios/hosts/fastify-session.ts';
import { startH3 } from '../../playground/scenarios/hosts/h3.ts';
import { startH31 } from '../../playground/scenarios/hosts/h3-1.ts';
import { startHonoSessions } from '../../playground/scenarios/hosts/hono-sessions.ts';
import { startIronSession } from '../../playground/scenarios/hosts/iron-session.ts';
import { type KoaSessionFactory, startKoaSession } from '../../playground/scenarios/hosts/koa-session.ts';
import { startReactRouter } from '../../playground/scenarios/hosts/react-router.ts';
import type { LibraryName, StartHost } from '../../playground/scenarios/scenario.ts';
import { observeWith as observeCookie } from '../../server-companion/node/src/adapters/cookie-session/observe-with.ts';
import { observeWith as observeDjango } from '../../server-companion/node/src/adapters/django-sessions/observe-with.ts';
import { observeWith as observeExpress } from '../../server-companion/node/src/adapters/express-session/observe-with.ts';
import { observeWith as observeSecure } from '../../server-companion/node/src/adapters/fastify-secure-session/observe-with.ts';
import { observeWith as observeFastify } from '../../server-companion/node/src/adapters/fastify-session/observe-with.ts';
import { observeWith as observeH3 } from '../../server-companion/node/src/adapters/h3/observe-with.ts';
import { observeWith as observeHono } from '../../server-companion/node/src/adapters/hono/observe-with.ts';
import { observeWith as observeIron } from '../../server-companion/node/src/adapters/iron-session/observe-with.ts';
import { observeWith as observeKoa } from '../../server-companion/node/src/adapters/koa-session/observe-with.ts';
import { observeWith as observeReactRouter } from '../../server-companion/node/src/adapters/react-router/observe-with.ts';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';

const koa = koaSession as unknown as KoaSessionFactory;

export const OBSERVED_HOSTS: Readonly<Record<LibraryName, (companion: Companion) => StartHost>> = {
  'express-session': (companion) => (variant, life) =>
    startExpressSession(variant, observeExpress(companion, session), life),
  'django-sessions': (companion) => (variant, life) =>
    startDjangoSessions(variant, observeDjango(companion, createSessions) as typeof createSessions, life),
  'koa-session with a store': (companion) => (variant, life) =>
    startKoaSession(variant, { factory: observeKoa(companion, koa), isStored: true, life }),
  'fastify-session': (companion) => (variant, life) =>
    startFastifySession(variant, observeFastify(companion, fastifySession), life),
  'hono-sessions': (companion) => (variant, life) =>
    startHonoSessions(variant, observeHono(companion, sessionMiddleware), life),
  'cookie-session': (companion) => (variant, life) =>
    startCookieSession(variant, observeCookie(companion, cookieSession), life),
  'iron-session': (companion) => (variant, life) =>
    startIronSession(variant, observeIron(companion, getIronSession), life),
  'koa-session': (companion) => (variant, life) =>
    startKoaSession(variant, { factory: observeKoa(companion, koa), life }),
  'fastify-secure-session': (companion) => (variant, life) =>
    startFastifySecureSession(variant, observeSecure(companion, secureSession), life),
  h3: (companion) => (variant, life) => startH3(variant, observeH3(companion, useSession), life),
  'h3 1': (companion) => (variant, life) => startH31(variant, observeH3(companion, useSession1), life),
  'react-router': (companion) => (variant, life) =>
    startReactRouter(variant, observeReactRouter(companion, createCookieSessionStorage), life),
};
