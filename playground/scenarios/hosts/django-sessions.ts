/** Scenarios on Django's sessions in TypeScript, Express 5 and a database in memory. */
import express from 'express';
import { createSessions } from '../../../django-sessions/src/sessions.ts';
import { expressSessions } from '../../../django-sessions/src/middleware/express.ts';
import type { Life, ScenarioHost, Variant } from '../scenario.ts';
import { scenarioSession } from './django-session.ts';
import { listen, routesBefore, scenarioRoutes, secretOf } from './serve-routes.ts';

/** `factory`: `createSessions`, observed or bare. */
export async function startDjangoSessions(
  variant: Variant,
  factory: typeof createSessions = createSessions,
  life?: Life,
): Promise<ScenarioHost> {
  const { secure = false, maxAgeMs, saveAlways = false, cookieName, cookiePath } = variant.settings ?? {};
  const sessions = factory({
    secretKey: secretOf(variant),
    database: life?.recordsAt ?? ':memory:',
    cookieSecure: secure,
    saveEveryRequest: saveAlways,
    logger: { warn: () => undefined },
    ...(maxAgeMs === undefined ? {} : { cookieAge: maxAgeMs / 1000 }),
    ...(cookieName === undefined ? {} : { cookieName }),
    ...(cookiePath === undefined ? {} : { cookiePath }),
  });
  await sessions.createTable();
  const app = express();
  app.use(routesBefore(variant));
  app.use(expressSessions(sessions));
  app.use(scenarioRoutes(variant, { sessionOf: (request) => scenarioSession(sessions.of(request)) }));
  const host = await listen(app, life);
  return {
    ...host,
    async close() {
      await host.close();
      await sessions.close();
    },
  };
}
