import { scenarioSession } from '../../scenarios/hosts/django-session.ts';
import { scenarioRoutes } from '../../scenarios/hosts/serve-routes.ts';
import { pageBody, pathOf } from '../../scenarios/page-body.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { Html } from '../../html.ts';
import { page } from '../page.ts';
import type { Topic } from '../topic.ts';

/** What is said otherwise where Django's framework makes something else of the same app. */
interface Otherwise {
  belief?: string;
  look?: Html;
}

/** The page of a scenario. */
export function staged(scenario: Scenario, { look = scenario.page!.look, belief }: Otherwise = {}): Topic {
  const path = pathOf(scenario);
  const { title, symptom: says } = scenario;
  const code = scenario.routes[scenario.page!.culprit]!;
  return {
    path,
    title,
    says,
    pages(app, sessions) {
      app.use(
        path,
        scenarioRoutes(scenario, {
          sessionOf: (request) => scenarioSession(sessions.of(request)),
          page: (text) =>
            page(path, {
              title,
              belief,
              body: pageBody(scenario, text),
              look,
              code,
            }),
        }),
      );
    },
  };
}
