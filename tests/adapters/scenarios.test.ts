/** Each scenario is the bug that it says it is: a client sees the symptom, and with the fix it does not. */
import { describe, expect, test } from 'vitest';
import { play } from '../../playground/scenarios/client.ts';
import { startCookieSession } from '../../playground/scenarios/hosts/cookie-session.ts';
import { startDjangoSessions } from '../../playground/scenarios/hosts/django-sessions.ts';
import { startExpressSession } from '../../playground/scenarios/hosts/express-session.ts';
import { startIronSession } from '../../playground/scenarios/hosts/iron-session.ts';
import { SCENARIOS } from '../../playground/scenarios/index.ts';
import { type LibraryName, type ScenarioHost, type Variant, variantOf } from '../../playground/scenarios/scenario.ts';

const HOSTS: Record<LibraryName, (variant: Variant) => Promise<ScenarioHost>> = {
  'express-session': (variant) => startExpressSession(variant),
  'django-sessions': (variant) => startDjangoSessions(variant),
  'cookie-session': (variant) => startCookieSession(variant),
  'iron-session': (variant) => startIronSession(variant),
};

describe.each(Object.entries(HOSTS))('%s', (library, start) => {
  const scenarios = SCENARIOS.filter(({ libraries }) => libraries.includes(library as LibraryName));

  test.each(scenarios.map((scenario) => [scenario.id, scenario] as const))('%s', async (_id, scenario) => {
    const seenBy = async (variant: Variant) => {
      const host = await start(variant);
      try {
        return await play(host.origin, variant);
      } finally {
        await host.close();
      }
    };
    const broken = await seenBy(variantOf(scenario, false));
    const fixed = await seenBy(variantOf(scenario, true));
    expect(scenario.isSeen(broken), JSON.stringify(broken)).toBe(true);
    expect(scenario.isSeen(fixed), JSON.stringify(fixed)).toBe(false);
  });
});
