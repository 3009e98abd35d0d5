/** The shared demo on Django's sessions in TypeScript, in real Chromium with real DevTools: what each page promises. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, Page } from 'puppeteer-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ROOT } from '../../scripts/project.ts';
import { type Chromium, launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { type PanelRow, readRows, settle } from '../browsers/panel-rows.ts';
import { expandAll } from '../browsers/panel-view.ts';
import { until } from '../browsers/until.ts';
import { type DemoProcess, startDemo } from '../panel/demo-process.ts';

describeIn('chromium')("the Sessions panel on Django's sessions in TypeScript", () => {
  let chromium: Chromium;
  let page: Page;
  let panel: Frame;
  let demo: DemoProcess;

  beforeAll(async () => {
    demo = await startDemo({ script: 'django-sessions/main.ts' });
    chromium = await launchChromium();
    ({ page } = chromium);
    panel = await chromium.showPanel();
  });
  afterAll(async () => {
    await chromium?.close();
    await demo?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await page.deleteCookie(...(await page.cookies()));
    await click('[aria-label="Clear"]');
    await click('.live-button');
    await expandAll(panel);
  });

  const open = (path: string) => page.goto(demo.origin + path);
  const click = (selector: string) =>
    panel.evaluate((found) => document.querySelector<HTMLElement>(found)?.click(), selector);
  const press = async (label: string) => {
    const button = await page.waitForSelector(`::-p-xpath(//button[normalize-space()="${label}"])`);
    await Promise.all([page.waitForNavigation(), button!.click()]);
  };
  /** Presses a button that sends requests of its own; gives what the page shows of their answers. */
  const burst = async () => {
    await page.click('[data-burst]');
    await page.waitForFunction(() => document.querySelector('output')?.dataset['done'] !== undefined);
    return page.$eval('output', (output) => output.textContent);
  };
  const exchange = (rows: readonly PanelRow[], request: string) => {
    const row = rows.findLast(({ kind, cells }) => kind === 'exchange' && cells[0] === request);
    if (row === undefined) throw new Error(`no ${request} in ${JSON.stringify(rows)}`);
    const [, changes, , status, session, record, cookie] = row.cells;
    return { number: row.number, changes, status, session, record, cookie };
  };
  const operations = (rows: readonly PanelRow[], number: number) =>
    rows
      .filter((row) => row.kind === 'operation' && row.number === number && row.cells[0] !== '')
      .map(({ cells: [, operation, path, mark, value, source] }) =>
        [operation, path, mark, value, source].filter(Boolean).join(' '),
      );
  const verdict = async (rows: readonly PanelRow[], request: string) => {
    const { number } = exchange(rows, request);
    await panel.evaluate((wanted) => {
      for (const row of document.querySelectorAll<HTMLElement>('.timeline .row.exchange'))
        if (Number(row.querySelector<HTMLElement>('.number')!.innerText.replace(/\D/g, '')) === wanted) row.click();
    }, number);
    await click('#tab-exchange');
    return until(() => panel.$eval('.verdict', (element) => (element as HTMLElement).innerText), 'the verdict');
  };

  test('set and get: each operation with the very line that did it', async () => {
    await open('/set_session/');
    const written = await settle(panel);
    const set = exchange(written, 'GET /set_session/');
    expect(set).toMatchObject({ status: '200', record: 'saved', cookie: 'set', changes: '+username +is_logged_in' });
    const lines = operations(written, set.number);
    expect(lines).toEqual([
      'create a new, empty session framework',
      expect.stringMatching(/^set username absent → "john_doe" .*set-and-get\.ts:\d+$/),
      expect.stringMatching(/^set is_logged_in absent → true .*set-and-get\.ts:\d+$/),
      expect.stringMatching(/^save 2 keys · .*set-and-get\.ts:\d+$/),
    ]);
    const [, file, line] = /(\S+\.ts):(\d+)$/.exec(lines[1]!)!;
    const source = readFileSync(join(ROOT, 'playground', file!), 'utf8').split('\n')[Number(line) - 1];
    expect(source!.trim()).toBe("await session.set('username', 'john_doe');");
    expect(await page.$eval('h1', (title) => title.textContent)).toBe('Session data has been set');

    await page.click('main a[href="/get_session/"]');
    const rows = await settle(panel);
    const read = exchange(rows, 'GET /get_session/');
    expect(read).toMatchObject({ status: '200', record: 'unchanged', cookie: '' });
    expect(operations(rows, read.number)).toEqual([
      expect.stringMatching(/^load 2 keys · .* framework$/),
      expect.stringMatching(/^get username "john_doe" /),
      expect.stringMatching(/^get is_logged_in true /),
    ]);
    const shown = () => page.$$eval('dd', (values) => values.map(({ textContent }) => textContent));
    expect(await shown()).toEqual(['john_doe', 'true']);
    await page.deleteCookie(...(await page.cookies()));
    await open('/get_session/');
    expect(await shown()).toEqual(['Guest', 'false']);
  });

  test('login rotates, the cart goes along, logout flushes', async () => {
    await open('/cart/');
    await press('Add Tea');
    await press('+');
    const filled = await settle(panel);
    expect(operations(filled, exchange(filled, 'POST /cart/more/').number).join('\n')).toMatch(
      /touch modified = true .*\nset cart\.items\[0\]\.qty inferred 1 → 2 .*cart\.ts:\d+\nsave /,
    );
    await open('/login/');
    await press('Log in');
    const loggedIn = await settle(panel);
    const login = exchange(loggedIn, 'POST /login/');
    expect(login.session).toMatch(/^[0-9a-f]{4} → [0-9a-f]{4}$/);
    expect(operations(loggedIn, login.number).join('\n')).toMatch(/cycleKey [0-9a-f]{4} → [0-9a-f]{4} · 1 key kept/);
    await press('Log out');
    const loggedOut = await settle(panel);
    expect(exchange(loggedOut, 'POST /logout/')).toMatchObject({ record: 'deleted', cookie: 'expired' });
  });

  test('“A set is stored at once”: the set shows while its request runs, the save at its end', async () => {
    await open('/set_session/');
    await open('/beliefs/stored-at-once/');
    const answers = burst();
    const running = await until(async () => {
      const rows = await readRows(panel);
      const row = rows.find(
        ({ kind, cells }) => kind === 'exchange' && cells[0] === 'POST /beliefs/stored-at-once/write',
      );
      const own = row && operations(rows, row.number);
      return own?.some((line) => line.startsWith('set note')) ? { row, own } : undefined;
    }, 'the set of a running request');
    expect(running.row?.cells[5]).toBe('not yet');
    expect(running.own.some((line) => line.startsWith('save'))).toBe(false);
    expect(await answers).toMatch(/meanwhile → 200 it is not there\n.*afterwards → 200 it is there/);
    const rows = await settle(panel);
    const write = exchange(rows, 'POST /beliefs/stored-at-once/write');
    expect(operations(rows, write.number).at(-1)).toMatch(/^save 3 keys/);
  });

  test('“Any object can be stored”: the set succeeds, the save fails and names key and class', async () => {
    await open('/beliefs/any-object/');
    await press('Store an object of a class');
    const rows = await settle(panel);
    const failed = exchange(rows, 'POST /beliefs/any-object/');
    expect(failed).toMatchObject({ status: '500', record: 'failed' });
    expect(operations(rows, failed.number).join('\n')).toMatch(/set customer absent → Customer \{name: "Ann"\}/);
    expect(await verdict(rows, 'POST /beliefs/any-object/')).toMatch(/customer \(Customer\)/);
  });

  test('“Deleting a key logs the user out”: the session, its key and the rest stay', async () => {
    await open('/set_session/');
    await open('/beliefs/delete-logs-out/');
    await press('Log in, and out by deleting username');
    const rows = await settle(panel);
    const deleted = exchange(rows, 'POST /beliefs/delete-logs-out/');
    expect(deleted).toMatchObject({ record: 'saved' });
    expect(deleted.session).toMatch(/^[0-9a-f]{4}$/);
    expect(await page.$$eval('dd', (values) => values.map(({ textContent }) => textContent))).toEqual(['–', 'admin']);
  });

  test('“What I change is saved”: a nested change is inferred, not saved, and the fix is said', async () => {
    await open('/problems/nested-not-saved/');
    await press('Append a tag');
    const rows = await settle(panel);
    const append = exchange(rows, 'POST /problems/nested-not-saved/');
    expect(append.record).toBe('not saved');
    expect(operations(rows, append.number).at(-1)).toMatch(/^set tags\[1\] inferred absent → "unseen 1" /);
    expect(await verdict(rows, 'POST /problems/nested-not-saved/')).toMatch(/session\.modified = true/);
  });

  test('“A session is a place for secrets”: redacted in the panel, plain in the record', async () => {
    await open('/beliefs/place-for-secrets/');
    await press('Store a password');
    const rows = await settle(panel);
    const stored = exchange(rows, 'POST /beliefs/place-for-secrets/');
    expect(operations(rows, stored.number).join('\n')).toMatch(/set password redacted/);
    expect(await panel.evaluate(() => document.documentElement.outerHTML)).not.toContain('correct horse');
    expect(await page.$eval('pre', (record) => record.textContent)).toContain('correct horse');
    const key = (await page.cookies()).find(({ name }) => name === 'sessionid')!.value;
    expect(await panel.evaluate(() => document.documentElement.outerHTML)).not.toContain(key);
  });

  test('“It never expires”: after three seconds the cookie is not sent any more, and the note is gone', async () => {
    await open('/beliefs/never-expires/');
    expect(await burst()).toMatch(/one second → 200 it is there\n.* → 200 it is gone/);
    const rows = await settle(panel);
    const begin = exchange(rows, 'POST /beliefs/never-expires/begin');
    expect(operations(rows, begin.number).join('\n')).toMatch(/setExpiry _session_expiry 3\.0 s/);
    expect(exchange(rows, 'POST /beliefs/never-expires/read')).toMatchObject({ session: '' });
  });

  test('bugs, happening: lost update, cookie refused, save after logout, lost with an error, too late', async () => {
    await open('/problems/lost-update/');
    await burst();
    await open('/problems/cookie-not-set/');
    const first = await settle(panel);
    expect(operations(first, exchange(first, 'POST /problems/lost-update/coupon').number).join('\n')).toMatch(
      /set coupon absent → "AUTUMN10" .*lost-update\.ts:\d+/,
    );
    // What the library decided stands above the tabs; what a browser makes of it, on the cookie's own.
    expect(await verdict(first, 'GET /problems/cookie-not-set/')).toMatch(/Cookie set/);
    await click('#tab-cookie');
    await until(
      async () => /shop\.example/.test(await panel.$eval('.tab-body', (body) => body.textContent)),
      'the domain',
    );

    await open('/problems/session-interrupted/');
    await press('Log in');
    await burst();
    const undone = await settle(panel);
    expect(exchange(undone, 'POST /problems/session-interrupted/autosave')).toMatchObject({
      status: '400',
      record: 'failed',
    });

    await open('/problems/server-error/');
    await press('Store a draft and fail');
    expect(exchange(await settle(panel), 'POST /problems/server-error/')).toMatchObject({ record: 'not saved' });

    await page.evaluate(() => fetch('/problems/streaming/download').then((response) => response.text()));
    const late = await settle(panel);
    expect(await verdict(late, 'GET /problems/streaming/download')).toMatch(/after the response had begun/);
  });
});
