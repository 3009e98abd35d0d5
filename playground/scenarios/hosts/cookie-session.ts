/** Scenarios on cookie-session, Express 5. */
import cookieSession from 'cookie-session';
import express, { type Request } from 'express';
import type { Life, ScenarioHost, ScenarioSession, Variant } from '../scenario.ts';
import { listen, routesBefore, scenarioRoutes, secretOf } from './serve-routes.ts';

/** `req.session` is another after it was set: it is asked for each time. */
export const sessionOf = (request: Request): ScenarioSession => ({
  get get() {
    return Reflect.get.bind(undefined, request.session);
  },
  get set() {
    return Reflect.set.bind(undefined, request.session);
  },
  get delete() {
    return Reflect.deleteProperty.bind(undefined, request.session);
  },
  // It saves as the headers are written, and has no key that could be another.
  save: () => undefined,
  rotate: () => undefined,
  end: Reflect.set.bind(undefined, request, 'session', null),
});

/** `factory`: cookie-session, observed or bare. */
export function startCookieSession(
  variant: Variant,
  factory: typeof cookieSession = cookieSession,
  life?: Life,
): Promise<ScenarioHost> {
  const { secure, maxAgeMs, cookieName, cookiePath } = variant.settings ?? {};
  const app = express();
  app.use(routesBefore(variant));
  app.use(
    factory({
      keys: [secretOf(variant)],
      ...(secure ? { secure } : {}),
      ...(maxAgeMs === undefined ? {} : { maxAge: maxAgeMs }),
      ...(cookieName === undefined ? {} : { name: cookieName }),
      ...(cookiePath === undefined ? {} : { path: cookiePath }),
    }),
  );
  app.use(scenarioRoutes(variant, { sessionOf }));
  return listen(app, life);
}
