import { sessionOf } from '../../scenarios/hosts/express-session.ts';
import { scenarioRoutes } from '../../scenarios/hosts/serve-routes.ts';
import { pageBody, pathOf } from '../../scenarios/page-body.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { page } from '../page.ts';
import { DEMO_SECRET } from '../secret.ts';
import { SqliteStore } from '../sqlite-store.ts';
import type { Problem } from './problem.ts';

/** How long a slow store takes to write: longer than a browser needs to follow a redirect. */
const WRITE_DELAY_MS = 400;

/** The page of a scenario. `cookie`: its settings are its own, on a middleware with a cookie of that name. */
export function staged(scenario: Scenario, cookie?: string): Problem {
  const path = pathOf(scenario);
  const { title, symptom, settings = {} } = scenario;
  const code = scenario.routes[scenario.page!.culprit]!;
  return {
    path,
    title,
    symptom,
    mount(app, observed, database) {
      if (cookie === undefined) return;
      const store = new SqliteStore(database, {
        writeDelayMs: settings.writesAfter === undefined ? 0 : WRITE_DELAY_MS,
      });
      const { secure = false } = settings;
      app.use(
        path,
        observed({
          name: cookie,
          secret: DEMO_SECRET,
          store,
          resave: false,
          saveUninitialized: false,
          cookie: { secure, path },
        }),
      );
    },
    pages(app) {
      app.use(
        path,
        scenarioRoutes(scenario, {
          sessionOf,
          page: (text) => page(path, { title, body: pageBody(scenario, text), look: scenario.page!.look, code }),
        }),
      );
    },
  };
}
