/** Scenarios on iron-session 9, Express 5. It saves when it is asked to: what a handler writes is saved at once. */
import express, { type Request, type Response } from 'express';
import { getIronSession, type IronSession, type SessionOptions } from 'iron-session';
import type { ScenarioHost, ScenarioSession, Variant } from '../scenario.ts';
import { listen, scenarioRoutes } from './serve-routes.ts';

type Session = IronSession<Record<string, unknown>>;

const sessions = new WeakMap<Request, Session>();

function sessionOf(request: Request): ScenarioSession {
  const session = sessions.get(request)!;
  return {
    get: Reflect.get.bind(undefined, session),
    set: async (key, value) => {
      session[key] = value;
      await session.save();
    },
    delete: async (key) => {
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
): Promise<ScenarioHost> {
  const { secure = false, maxAgeMs } = variant.settings ?? {};
  const options: SessionOptions = {
    cookieName: 'iron',
    password: 'a password of at least 32 characters',
    cookieOptions: { secure },
    ...(maxAgeMs === undefined ? {} : { ttl: maxAgeMs / 1000 }),
  };
  const app = express();
  app.use(async (request: Request, response: Response, next) => {
    sessions.set(request, await getSession(request, response, options));
    next();
  });
  app.use(scenarioRoutes(variant, { sessionOf }));
  return listen(app);
}
