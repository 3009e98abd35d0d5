/** A walk through a demo in a real browser, and what the real panel shows of it, as it happens. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Frame, Page } from 'puppeteer-core';
import { type PanelRow, readRows, settle } from '../tests/browsers/panel-rows.ts';
import { expandAll, viewPanel } from '../tests/browsers/panel-view.ts';
import type { DemoName } from './demos.ts';
import { scenarioStops } from './walk-scenarios.ts';

/** One stop: what a user would do, and what it is for. */
export interface Stop {
  says: string;
  act(page: Page, origin: string): Promise<void>;
}

const visit =
  (path: string): Stop['act'] =>
  async (page, origin) => {
    await page.goto(origin + path);
  };

/** Presses the button with this text and waits for the page that follows. */
const press =
  (text: string): Stop['act'] =>
  async (page) => {
    const button = await page.waitForSelector(`::-p-xpath(//button[normalize-space()="${text}"])`);
    await Promise.all([page.waitForNavigation(), button!.click()]);
  };

/** Presses a button whose script sends requests from the page, and waits until all of them are answered. */
const burst =
  (text: string): Stop['act'] =>
  async (page) => {
    const button = await page.waitForSelector(`::-p-xpath(//button[normalize-space()="${text}"])`);
    await button!.click();
    await page.waitForFunction(
      () =>
        document.querySelector('output')?.textContent?.includes('→') &&
        document.querySelector('[data-burst]:disabled') === null,
    );
  };

const both =
  (...acts: Stop['act'][]): Stop['act'] =>
  async (page, origin) => {
    for (const act of acts) await act(page, origin);
  };

/** A bug that the panel explains: `showLostUpdate` leaves it on that. */
export const LOST_UPDATE: Stop = {
  says: 'Two requests at once: the later save loses an item',
  act: both(visit('/problems/lost-update/'), burst('Send both')),
};

/** What every demo has. */
const STOPS: readonly Stop[] = [
  { says: 'Store two values: a set each, one save, a cookie', act: visit('/set_session/') },
  { says: 'Read them back: nothing is saved', act: visit('/get_session/') },
  {
    says: 'Fill a cart: changes inside a value that nobody assigned',
    act: both(visit('/cart/'), press('Add Mug'), press('+')),
  },
  { says: 'Log out, and in again: the session is flushed, the key rotated', act: logOutAndIn },
];

/** Last: what comes after it has ten seconds. */
const EXPIRY: Stop = {
  says: 'An end in ten seconds',
  act: both(visit('/expiry/'), press('End it in ten seconds')),
};

async function logOutAndIn(page: Page, origin: string): Promise<void> {
  await visit('/login/')(page, origin);
  await press('Log out')(page, origin);
  await press('Log in')(page, origin);
}

/** What people believe of sessions, and what happens. */
const BELIEFS: readonly Stop[] = [
  {
    says: '“A set is stored at once.” Look when the save comes, and what the request between finds',
    act: both(visit('/beliefs/stored-at-once/'), burst('Set a note, and look for it')),
  },
  {
    says: '“Any object can be stored.” The set succeeds, the save does not',
    act: both(visit('/beliefs/any-object/'), press('Store an object of a class')),
  },
  {
    says: '“Deleting a key logs the user out.” The session, its key and what else it holds stay',
    act: both(visit('/beliefs/delete-logs-out/'), press('Log in, and out by deleting username')),
  },
  {
    says: '“A session is a place for secrets.” The panel redacts them, the record does not',
    act: both(visit('/beliefs/place-for-secrets/'), press('Store a password')),
  },
];

/** The stops of a demo, in order. */
export const stopsOf = (demo: DemoName): readonly Stop[] => [
  ...STOPS,
  ...(demo === 'express' ? [] : BELIEFS),
  ...scenarioStops(demo),
  EXPIRY,
];

/** The request whose save wrote its older copy back: with a slash at its end in Django. */
const LOST_BY = /^POST \/problems\/lost-update\/coupon\/?$/;

/**
 * Leaves the panel on a bug that it explains: of the lost update, what the later save wrote over. Gives the words that
 * stand there, or `undefined` where the walk did not come by it.
 */
export async function showLostUpdate(panel: Frame): Promise<string | undefined> {
  const view = viewPanel(panel);
  await view.press('.timeline');
  await panel.focus('.timeline');
  // Only what matters is open: the two requests that overlap.
  await view.key('ArrowLeft', { shiftKey: true });
  const number = (await readAll(panel)).findLast(({ cells }) => LOST_BY.test(cells[0] ?? ''))?.number;
  if (number === undefined) return undefined;
  await panel.evaluate((wanted) => {
    for (const row of document.querySelectorAll<HTMLElement>('.timeline .row.exchange')) {
      const own = Number(row.querySelector<HTMLElement>('.number')!.innerText.replace(/\D/g, ''));
      if (own !== wanted && own !== wanted - 1) continue;
      row.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    }
  }, number);
  await settle(panel);
  await view.selectOperation(number, 'save');
  await view.press('#tab-diff');
  await panel.select('.diff select', 'previous');
  await settle(panel);
  // Nobody is at a keyboard: no focus is drawn into the picture.
  await panel.$eval('.panel', (element) => element.dispatchEvent(new Event('pointerdown', { bubbles: true })));
  const when = await panel.$eval('.moment .where', (where) => (where as HTMLElement).title);
  const changes = await panel.$$eval('.diff tr:is(.removed, .added, .changed)', (rows) =>
    rows.map((row) => {
      const text = (selector: string) => (row.querySelector<HTMLElement>(selector)?.innerText ?? '').trim();
      const isGone = row.classList.contains('removed');
      const value = text(isGone ? 'td:nth-child(2)' : 'td:nth-last-child(2)');
      return `${isGone ? '−' : '+'} ${value}  ${text('td.by')}`;
    }),
  );
  return [`${when}. Beside the end of the previous request of this session:`, ...changes].join('\n');
}

/** All rows, those above included: a collapsed list is short. */
async function readAll(panel: Frame): Promise<PanelRow[]> {
  const rows: PanelRow[] = [];
  const height = await panel.$eval('.timeline', (list) => list.scrollHeight);
  const page = await panel.$eval('.timeline', (list) => list.clientHeight);
  for (let top = 0; top < height; top += page) {
    await panel.$eval('.timeline', (list, to) => list.scrollTo(0, to), top);
    await wait(LOOK_MS);
    rows.push(...(await readRows(panel)));
  }
  // The newest of that name is looked for from the end: what was found last is in sight.
  return rows;
}

/** How often the panel is looked at while a stop goes on. */
const LOOK_MS = 60;

/** A problem or a warning, as it stands in the list of findings. */
export interface ShownFinding {
  title: string;
  sentence: string;
}

/**
 * Called with each stop as it begins, with each row as the panel comes to show it, or shows more in it, and with each
 * finding that a stop has brought about.
 */
export interface Onlooker {
  stop(stop: Stop): void;
  row(row: PanelRow): void;
  finding(finding: ShownFinding): void;
}

async function readFindings(panel: Frame): Promise<ShownFinding[]> {
  await panel.waitForSelector('#tab-findings');
  await viewPanel(panel).press('#tab-findings');
  await panel.waitForSelector('.body.findings');
  return panel.$$eval('.finding-row:has(.severity:is(.remove, .time))', (rows) =>
    rows.map((row) => ({
      title: row.querySelector('b')?.textContent ?? '',
      sentence: row.querySelector<HTMLElement>('.what')?.innerText ?? '',
    })),
  );
}

/** Goes through all stops. */
export async function walk(
  { page, panel, origin, stops }: { page: Page; panel: Frame; origin: string; stops: readonly Stop[] },
  onlooker: Onlooker,
): Promise<void> {
  await expandAll(panel);
  const seen = new Set<string>();
  const look = (rows: readonly PanelRow[]) => {
    for (const row of rows) {
      // An operation whose exchange has scrolled away, and what DevTools itself asks of every page.
      if (row.number === 0 || row.cells[2] === 'DevTools') continue;
      const name = JSON.stringify(row);
      if (seen.has(name)) continue;
      seen.add(name);
      onlooker.row(row);
    }
  };
  for (const stop of stops) {
    onlooker.stop(stop);
    const acting = stop.act(page, origin).then(() => 'over' as const);
    // Where the look at the panel fails first, nobody waits for it any more.
    acting.catch(() => {});
    do look(await readRows(panel));
    while ((await Promise.race([acting, wait(LOOK_MS)])) !== 'over');
    look(await settle(panel));
    for (const finding of await readFindings(panel)) {
      if (seen.has(finding.sentence)) continue;
      seen.add(finding.sentence);
      onlooker.finding(finding);
    }
  }
}
