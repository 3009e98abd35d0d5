/** Scenarios on Django's sessions in TypeScript, Express 5 and a database in memory. */
import express from 'express';
import { createSessions } from '../../../django-sessions/src/sessions.ts';
import { expressSessions } from '../../../django-sessions/src/middleware/express.ts';
import type { ScenarioHost, Variant } from '../scenario.ts';
import { scenarioSession } from './django-session.ts';
import { listen, scenarioRoutes } from './serve-routes.ts';

/** `factory`: `createSessions`, observed or bare. */
export async function startDjangoSessions(
  variant: Variant,
  factory: typeof createSessions = createSessions,
): Promise<ScenarioHost> {
  const { secure = false, maxAgeMs, saveAlways = false } = variant.settings ?? {};
  const sessions = factory({
    secretKey: 'scenario',
    database: ':memory:',
    cookieSecure: secure,
    saveEveryRequest: saveAlways,
    logger: { warn: () => undefined },
    ...(maxAgeMs === undefined ? {} : { cookieAge: maxAgeMs / 1000 }),
  });
  await sessions.createTable();
  const app = express();
  app.use(expressSessions(sessions));
  app.use(scenarioRoutes(variant, { sessionOf: (request) => scenarioSession(sessions.of(request)) }));
  const host = await listen(app);
  return {
    ...host,
    async close() {
      await host.close();
      await sessions.close();
    },
  };
}
