/** A walk through the demo in a real browser, and what the real panel shows of it, row by row. */
import type { Frame, Page } from 'puppeteer-core';
import { type PanelRow, settle } from '../tests/browsers/panel-rows.ts';

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

/** Presses a button whose script sends requests from the page, and waits until it shows their answers. */
const burst =
  (text: string): Stop['act'] =>
  async (page) => {
    const button = await page.waitForSelector(`::-p-xpath(//button[normalize-space()="${text}"])`);
    await button!.click();
    await page.waitForFunction(() => document.querySelector('output')?.textContent?.includes('→'));
  };

const both =
  (...acts: Stop['act'][]): Stop['act'] =>
  async (page, origin) => {
    for (const act of acts) await act(page, origin);
  };

export const STOPS: readonly Stop[] = [
  {
    says: 'Fill a cart: changes inside a value that nobody assigned',
    act: both(visit('/cart/'), press('Add Mug'), press('Add Tea'), press('+')),
  },
  { says: 'Log in: the key is rotated, the cart goes along', act: both(visit('/login/'), press('Log in')) },
  { says: 'Read what is there', act: visit('/get_session/') },
  {
    says: 'Two requests at once: the later save loses an item',
    act: both(visit('/problems/lost-update/'), burst('Send both')),
  },
  { says: 'A cookie that never leaves', act: visit('/problems/cookie-not-set/') },
  { says: 'An end in ten seconds', act: both(visit('/expiry/'), press('End it in ten seconds')) },
  { says: 'Log out: the session is destroyed', act: both(visit('/login/'), press('Log out')) },
];

/** Goes through all stops; `show` gets the rows that each of them brought. */
export async function walk(
  { page, panel, origin }: { page: Page; panel: Frame; origin: string },
  show: (stop: Stop, rows: PanelRow[]) => void,
): Promise<void> {
  const seen = new Set<string>();
  for (const stop of STOPS) {
    await stop.act(page, origin);
    const rows = (await settle(panel)).filter((row) => row.number > 0 && !seen.has(JSON.stringify(row)));
    for (const row of rows) seen.add(JSON.stringify(row));
    show(stop, rows);
  }
}
