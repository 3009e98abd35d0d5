/**
 * Scenarios on iron-session 9, Express 5. It saves when it is asked to: what a handler writes is saved at once, where
 * the scenario doesn't ask itself.
 */
import express, { type Request, type Response } from 'express';
import { getIronSession, type IronSession, type SessionOptions } from 'iron-session';
import type { Life, ScenarioHost, ScenarioSession, Variant } from '../scenario.ts';
import { listen, routesBefore, scenarioRoutes, secretOf } from './serve-routes.ts';

type Session = IronSession<Record<string, unknown>>;

const sessions = new WeakMap<Request, Session>();

function sessionOf(request: Request, savesWhenAsked = false): ScenarioSession {
  const session = sessions.get(request)!;
  return {
    get: Reflect.get.bind(undefined, session),
    set: savesWhenAsked
      ? Reflect.set.bind(undefined, session)
      : async (key, value) => {
          session[key] = value;
          await session.save();
        },
    delete: savesWhenAsked
      ? Reflect.deleteProperty.bind(undefined, session)
      : async (key) => {
          delete session[key];
          await session.save();
        },
    save: session.save,
    rotate: () => undefined,
    end: session.destroy,
  };
}

/** `getSession`: of iron-session, observed or bare. */
export function startIronSession(
  variant: Variant,
  getSession: typeof getIronSession = getIronSession,
  life?: Life,
): Promise<ScenarioHost> {
  const { secure = false, maxAgeMs, cookieName = 'iron', cookiePath = '/', savesWhenAsked } = variant.settings ?? {};
  const options: SessionOptions = {
    cookieName,
    password: secretOf(variant),
    cookieOptions: { secure, path: cookiePath },
    ...(maxAgeMs === undefined ? {} : { ttl: maxAgeMs / 1000 }),
  };
  const app = express();
  app.use(routesBefore(variant));
  app.use(async (request: Request, response: Response, next) => {
    sessions.set(request, await getSession(request, response, options));
    next();
  });
  app.use(scenarioRoutes(variant, { sessionOf: (request) => sessionOf(request, savesWhenAsked) }));
  return listen(app, life);
}
