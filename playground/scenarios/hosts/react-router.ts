/**
 * Scenarios on React Router's cookie storage, Express 5. It saves what is committed: what a handler writes is committed
 * at once, where the scenario doesn't ask itself.
 */
import express, { type Request, type Response } from 'express';
import { createCookieSessionStorage, type Session, type SessionStorage } from 'react-router';
import type { Life, ScenarioHost, ScenarioSession, Variant } from '../scenario.ts';
import { listen, routesBefore, scenarioRoutes, secretOf } from './serve-routes.ts';

type CreateStorage = (options: Parameters<typeof createCookieSessionStorage>[0]) => SessionStorage;

const sessions = new WeakMap<Request, Session>();

/** In place of what an earlier commit of this response set; the app's own cookies stay. */
function setCookie(response: Response, line: string): void {
  const name = line.slice(0, line.indexOf('=') + 1);
  const lines = [response.getHeader('Set-Cookie') ?? []].flat() as string[];
  response.setHeader('Set-Cookie', [...lines.filter((other) => !other.startsWith(name)), line]);
}

function sessionOf(request: Request, storage: SessionStorage, savesWhenAsked = false): ScenarioSession {
  const session = sessions.get(request)!;
  const response = request.res!;
  const commit = async () => setCookie(response, await storage.commitSession(session));
  return {
    get: session.get,
    set: savesWhenAsked
      ? session.set
      : (key, value) => {
          session.set(key, value);
          return commit();
        },
    delete: savesWhenAsked
      ? session.unset
      : (key) => {
          session.unset(key);
          return commit();
        },
    save: commit,
    rotate: () => undefined,
    end: async () => setCookie(response, await storage.destroySession(session)),
  };
}

/** `create`: `createCookieSessionStorage`, observed or bare, whatever an app keeps in it. */
export function startReactRouter(
  variant: Variant,
  create: CreateStorage = createCookieSessionStorage,
  life?: Life,
): Promise<ScenarioHost> {
  const { secure = false, maxAgeMs, cookieName, cookiePath = '/', savesWhenAsked } = variant.settings ?? {};
  const storage = create({
    cookie: {
      secrets: [secretOf(variant)],
      secure,
      path: cookiePath,
      httpOnly: true,
      sameSite: 'lax',
      ...(cookieName === undefined ? {} : { name: cookieName }),
      ...(maxAgeMs === undefined ? {} : { maxAge: maxAgeMs / 1000 }),
    },
  });
  const app = express();
  app.use(routesBefore(variant));
  app.use(async (request, _response, next) => {
    sessions.set(request, await storage.getSession(request.get('cookie')));
    next();
  });
  app.use(scenarioRoutes(variant, { sessionOf: (request) => sessionOf(request, storage, savesWhenAsked) }));
  return listen(app, life);
}
