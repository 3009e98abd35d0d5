/** A walk through a demo in a real browser, and what the real panel shows of it, as it happens. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Frame, Page } from 'puppeteer-core';
import { type PanelRow, readRows, settle } from '../tests/browsers/panel-rows.ts';
import type { DemoName } from './demos.ts';

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

/** What every demo has. */
export const STOPS: readonly Stop[] = [
  { says: 'Store two values: a set each, one save, a cookie', act: visit('/set_session/') },
  { says: 'Read them back: nothing is saved', act: visit('/get_session/') },
  {
    says: 'Fill a cart: changes inside a value that nobody assigned',
    act: both(visit('/cart/'), press('Add Mug'), press('+')),
  },
  { says: 'Log out, and in again: the session is flushed, the key rotated', act: logOutAndIn },
  {
    says: 'Two requests at once: the later save loses an item',
    act: both(visit('/problems/lost-update/'), burst('Send both')),
  },
  { says: 'A cookie that never arrives', act: visit('/problems/cookie-not-set/') },
  { says: 'An end in ten seconds', act: both(visit('/expiry/'), press('End it in ten seconds')) },
];

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
    says: '“What I change in the session is saved.” Nobody said that it was changed',
    act: both(visit('/problems/nested-not-saved/'), press('Append a tag')),
  },
  {
    says: '“A session is a place for secrets.” The panel holds them back, the record does not',
    act: both(visit('/beliefs/place-for-secrets/'), press('Store a password')),
  },
];

/** The stops of a demo, in order. The last one leaves a panel worth a picture. */
export const stopsOf = (demo: DemoName): readonly Stop[] =>
  demo === 'express' ? STOPS : [...STOPS.slice(0, 5), ...BELIEFS, ...STOPS.slice(5)];

/** How often the panel is looked at while a stop goes on. */
const LOOK_MS = 60;

/** Told of each stop as it begins, and of each row as the panel comes to show it, or shows more in it. */
export interface Onlooker {
  stop(stop: Stop): void;
  row(row: PanelRow): void;
}

/** Goes through all stops. */
export async function walk(
  { page, panel, origin, stops }: { page: Page; panel: Frame; origin: string; stops: readonly Stop[] },
  onlooker: Onlooker,
): Promise<void> {
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
  }
}
