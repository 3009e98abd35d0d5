/** The stops of a walk that are bugs: each is a scenario, played on its page in the demo as its user would. */
import type { Page } from 'puppeteer-core';
import { cookieNotSet } from '../playground/scenarios/cookie-not-set.ts';
import { logoutUndone } from '../playground/scenarios/logout-undone.ts';
import { lostUpdate } from '../playground/scenarios/lost-update.ts';
import { nestedNotSaved } from '../playground/scenarios/nested-not-saved.ts';
import { pathOf } from '../playground/scenarios/page-body.ts';
import { redirectBeforeSave } from '../playground/scenarios/redirect-before-save.ts';
import type { Scenario } from '../playground/scenarios/scenario.ts';
import { sessionInterrupted } from '../playground/scenarios/session-interrupted.ts';
import { serverError } from '../playground/scenarios/server-error.ts';
import { streaming } from '../playground/scenarios/streaming.ts';
import { unfitValue } from '../playground/scenarios/unfit-value.ts';
import type { DemoName } from './demos.ts';
import type { Stop } from './walk.ts';

const OF_DJANGO = [lostUpdate, cookieNotSet, nestedNotSaved, sessionInterrupted, serverError, streaming, unfitValue];

/** What each demo has a page for. */
const SCENARIOS: Readonly<Record<DemoName, readonly Scenario[]>> = {
  express: [lostUpdate, cookieNotSet, redirectBeforeSave, logoutUndone],
  'django-sessions': OF_DJANGO,
  django: OF_DJANGO,
};

export const scenarioStops = (demo: DemoName): readonly Stop[] =>
  SCENARIOS[demo].map((scenario) => ({
    says: `${scenario.title}: “${scenario.symptom}”`,
    act: (page, origin) => play(page, origin, scenario),
  }));

/** Presses each button of its page, and comes back to it: what the user has lost shows there. */
async function play(page: Page, origin: string, scenario: Scenario): Promise<void> {
  const path = pathOf(scenario);
  const visit = () => page.goto(origin + path);
  // Each begins without a session, as for a new visitor.
  const context = page.browserContext();
  await context.deleteCookie(...(await context.cookies()));
  for (const { sends } of scenario.page!.buttons) {
    await visit();
    const [[send]] = sends as [[string]];
    const [method, below = ''] = send.split(' /');
    if (sends.length > 1) await sendTogether(page);
    else if (method === 'GET') await page.goto(origin + path + below);
    else {
      const button = await page.waitForSelector(`form[action="${path}${below}"] button`);
      await Promise.all([page.waitForNavigation(), button!.click()]);
    }
  }
  // A cookie that does not come back takes as many visits as its user needs to notice.
  for (let visits = scenario.page!.buttons.length === 0 ? 3 : 1; visits > 0; visits--) await visit();
}

/** Waits until all of them are answered. */
async function sendTogether(page: Page): Promise<void> {
  const button = await page.waitForSelector('[data-burst]');
  await button!.click();
  await page.waitForFunction(
    () =>
      document.querySelector('output')?.textContent?.includes('→') &&
      document.querySelector('[data-burst]:disabled') === null,
  );
}
