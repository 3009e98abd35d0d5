/** Real Chromium, real DevTools, the real extension, the demo in a process of its own: what a developer sees. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Frame, Page } from 'puppeteer-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Chromium, launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { readRows, settle } from '../browsers/panel-rows.ts';
import { exchangeLabels, operationLines, type PanelView, viewPanel } from '../browsers/panel-view.ts';
import { until } from '../browsers/until.ts';
import { type DemoProcess, startDemo } from '../panel/demo-process.ts';

describeIn('chromium')('the Sessions panel in Chromium', () => {
  let demo: DemoProcess;
  let chromium: Chromium;
  let page: Page;
  let panel: Frame;
  let view: PanelView;

  beforeAll(async () => {
    demo = await startDemo();
    chromium = await launchChromium();
    ({ page } = chromium);
    panel = await chromium.showPanel();
    view = viewPanel(panel);
  });
  afterAll(async () => {
    await chromium?.close();
    await demo?.[Symbol.asyncDispose]();
  });
  /** Each test begins without a session and with an empty timeline. */
  beforeEach(async () => {
    await page.goto(`${demo.origin}/`);
    await page.deleteCookie(...(await page.cookies()));
    await settle(panel);
    await press('[aria-label="Clear"]');
    await press('.live-button');
    await view.expandAll();
  });

  const open = (path: string) => page.goto(demo.origin + path);
  const text = (selector?: string) => view.text(selector);
  const press = (selector: string) => view.press(selector);
  const pressInPage = async (label: string) => {
    const button = await page.waitForSelector(`::-p-xpath(//button[normalize-space()="${label}"])`);
    await Promise.all([page.waitForNavigation(), button!.click()]);
  };
  test('two keys set: the operations with their lines, the record saved, the cookie set', async () => {
    await open('/set_session/');
    const rows = await settle(panel);
    const set = exchangeLabels(rows, 'GET /set_session/');
    expect(set).toMatchObject({ status: '200', changes: '+username +is_logged_in', record: 'saved', cookie: 'set' });
    expect(operationLines(rows, set.number)).toEqual([
      'create a new, empty session framework',
      'set username absent → "john_doe" session-pages.ts:13',
      'set is_logged_in absent → true session-pages.ts:14',
      expect.stringMatching(/^save 2 keys · .* session-pages\.ts:15$/),
    ]);
    await press('#tab-state');
    // While the store agrees, it takes no column.
    expect(await text('.tree')).toMatch(/username\s+"john_doe"\s+#\d+\s+.*session-pages\.ts:13/);
  });

  test('reading changes nothing: two gets, no save', async () => {
    await open('/get_session/');
    const rows = await settle(panel);
    const read = exchangeLabels(rows, 'GET /get_session/');
    expect(read).toMatchObject({ record: '', cookie: '' });
    expect(operationLines(rows, read.number)).toEqual([
      'create a new, empty session framework',
      'get username miss session-pages.ts:27',
      'get is_logged_in miss session-pages.ts:28',
    ]);
  });

  test('login rotates the key, logout ends the session', async () => {
    await open('/cart/');
    await pressInPage('Add Tea');
    await open('/login/');
    await pressInPage('Log in');
    const loggedIn = await settle(panel);
    const login = exchangeLabels(loggedIn, 'POST /login/');
    expect(login.session).toMatch(/^[0-9a-f]{4} → [0-9a-f]{4}$/);
    expect(operationLines(loggedIn, login.number).join('\n')).toMatch(/regenerate [0-9a-f]{4} → [0-9a-f]{4}/);
    await pressInPage('Log out');
    const loggedOut = await settle(panel);
    const logout = exchangeLabels(loggedOut, 'POST /logout/');
    expect(logout).toMatchObject({ record: 'deleted', cookie: 'expired' });
    expect(operationLines(loggedOut, logout.number).join('\n')).toContain('destroy');
  });

  test('a nested change is found, marked as inferred, and stands in the diff with its line', async () => {
    await open('/cart/');
    await pressInPage('Add Mug');
    await pressInPage('+');
    const rows = await settle(panel);
    const more = exchangeLabels(rows, 'POST /cart/more/');
    expect(operationLines(rows, more.number)).toContain('set cart.items[0].qty inferred 1 → 2 cart-pages.ts:7');
    await view.selectOperation(more.number, 'save');
    await press('#tab-diff');
    const diff = await text('.diff');
    expect(diff).toMatch(/\[0\] \{sku: "MUG-11", name: "Mug", qty: 1\}/);
    expect(diff).toMatch(/\[0\] \{sku: "MUG-11", name: "Mug", qty: 2\}/);
    expect(diff).toMatch(/cart-pages\.ts:7/);
  });

  test('an operation shows while its request is still running', async () => {
    // A browser that has a session already: without one, only the response can prove whose the request is.
    await open('/set_session/');
    await open('/slow/');
    const button = await page.waitForSelector('button');
    const done = page.waitForNavigation();
    await button!.click();
    const running = await until(async () => {
      const rows = await readRows(panel);
      const row = rows.find(({ kind, cells }) => kind === 'exchange' && cells[0] === 'POST /slow/');
      const own = row && operationLines(rows, row.number);
      return own?.some((line) => line.startsWith('set order')) ? { row, own } : undefined;
    }, 'the set of a running request');
    expect(running.row?.cells.slice(5, 7)).toEqual(['not yet', 'not yet']);
    expect(running.own.join('\n')).toMatch(/set order absent → \{draft: true, lines: 4\} session-pages\.ts:73/);
    expect(running.own.some((line) => line.startsWith('set step'))).toBe(false);
    await press('#tab-state');
    expect(await text('.tree')).toMatch(/order[^\n]*\n?\s*.*≠ absent/);
    await done;
    const rows = await settle(panel);
    expect(exchangeLabels(rows, 'POST /slow/')).toMatchObject({ status: '303', record: 'saved' });
  });

  test('a server that is killed and started again: what was recorded stays, the restart is reported, events come again', async () => {
    await open('/set_session/');
    await open('/slow/');
    await settle(panel);
    const lost = page.evaluate(() => fetch('/slow/?ms=60000', { method: 'POST' }).catch(() => {}));
    await view.waitFor(/running · no operation for/, '.timeline');
    await demo.kill();
    await lost;
    await until(async () => (await text()).includes('Connection lost'), 'the lost connection');
    expect(await text('.timeline')).toContain('/set_session/');
    expect(await text('.note')).toContain('Recorded events are kept.');
    await demo.start();
    await until(async () => (await text('.link')).includes('Live'), 'the connection to the new process');
    await open('/get_session/');
    const rows = await settle(panel);
    expect(await text('.timeline')).toContain('Server restarted.');
    // What was running then runs no more.
    expect(exchangeLabels(rows, 'POST /slow/')).toMatchObject({ status: 'cut off', record: 'not known' });
    const read = exchangeLabels(rows, 'GET /get_session/');
    expect(operationLines(rows, read.number)).toContain('get username "john_doe" session-pages.ts:27');
  });

  test('pause keeps events waiting and says how many, the filter names what it hides', async () => {
    await press('[aria-label="Pause"]');
    await open('/set_session/');
    await until(async () => /Paused\.\s+\d+ events? waiting/.test(await text('main')), 'events that wait');
    await press('[aria-label="Pause"]');
    await settle(panel);
    await panel.focus('.filter');
    await panel.type('.filter', 'nothing-is-called-so');
    await until(async () => (await text('.list')).includes('match "nothing-is-called-so"'), 'the empty filter');
    await panel.evaluate(() => {
      const clear = [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Clear filter');
      clear?.click();
    });
    expect(exchangeLabels(await settle(panel), 'GET /set_session/').record).toBe('saved');
  });

  test('what was recorded is kept over a navigation, unless it is not to be preserved', async () => {
    const requests = async () =>
      (await readRows(panel)).flatMap(({ kind, cells }) =>
        kind === 'exchange' && !cells[0]!.includes('/.well-known/') ? [cells[0]] : [],
      );
    await open('/set_session/');
    await open('/get_session/');
    await settle(panel);
    expect(await requests()).toEqual(['GET /set_session/', 'GET /get_session/']);
    await press('.tools .check input');
    await open('/cart/');
    await view.waitForExchange('GET /cart/');
    await until(async () => (await requests()).join() === 'GET /cart/', 'the page`s own request alone');
    // A router changes the address, and the document stays.
    await page.evaluate(async () => {
      history.pushState({}, '', '/by-the-router');
      await fetch('/get_session/');
    });
    await view.waitForExchange('GET /get_session/');
    expect(await requests()).toEqual(['GET /cart/', 'GET /get_session/']);
    await open('/cart/');
    await until(async () => (await requests()).join() === 'GET /cart/', 'the next page`s own request alone');
    await press('.tools .check input');
    await open('/get_session/');
    await settle(panel);
    expect(await requests()).toEqual(['GET /cart/', 'GET /get_session/']);
  });

  test('the secret stays on the server: no session key anywhere in the panel', async () => {
    await open('/set_session/');
    await settle(panel);
    const cookie = (await page.cookies()).find(({ name }) => name === 'connect.sid');
    const key = decodeURIComponent(cookie!.value).slice(2).split('.')[0]!;
    expect(key.length).toBeGreaterThan(20);
    for (const tab of ['state', 'diff', 'cookie', 'exchange']) {
      await press(`#tab-${tab}`);
      await wait(50);
      const markup = await panel.evaluate(() => document.documentElement.outerHTML);
      expect(markup).not.toContain(key);
    }
  });
});
