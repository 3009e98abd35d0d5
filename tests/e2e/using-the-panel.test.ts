/**
 * Real Chromium, real DevTools, real keys: what only DevTools itself can get wrong. Where keys go when the panel has
 * just been shown, who gets Esc and Ctrl+F, what lasts, and a whole bug hunt without a mouse.
 */
import type { Frame, Page } from 'puppeteer-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Chromium, launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { readRows, settle } from '../browsers/panel-rows.ts';
import { exchangeLabels, type PanelView, viewPanel } from '../browsers/panel-view.ts';
import { until } from '../browsers/until.ts';
import { type DemoProcess, startDemo } from '../panel/demo-process.ts';

describeIn('chromium')('using the panel in DevTools', () => {
  let demo: DemoProcess;
  let chromium: Chromium;
  let page: Page;
  let devtools: Page;
  let panel: Frame;
  let view: PanelView;

  beforeAll(async () => {
    demo = await startDemo();
    chromium = await launchChromium();
    ({ page } = chromium);
    panel = await chromium.showPanel();
    ({ devtools } = chromium);
    view = viewPanel(panel);
  });
  afterAll(async () => {
    await chromium?.close();
    await demo?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await page.goto(`${demo.origin}/`);
    await page.deleteCookie(...(await page.cookies()));
    await settle(panel);
    await view.press('[aria-label="Clear"]');
  });

  /** Keys as the browser gets them from the keyboard, of the DevTools window. */
  const press = async (...keys: string[]) => {
    for (const key of keys) {
      const parts = key.split('+').filter(Boolean);
      const held = parts.slice(0, -1);
      for (const name of held) await devtools.keyboard.down(name as 'Shift');
      await devtools.keyboard.press(parts.at(-1) as 'Tab');
      for (const name of held.toReversed()) await devtools.keyboard.up(name as 'Shift');
    }
  };
  const focused = () =>
    panel.evaluate(
      () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.className ?? 'nothing',
    );
  const hasDrawer = () =>
    devtools.evaluate(() => {
      const find = (root: ParentNode): boolean =>
        [...root.querySelectorAll('*')].some(
          (element) =>
            (element.matches('.drawer-tabbed-pane, .console-view') && element.getClientRects().length > 0) ||
            (element.shadowRoot !== null && find(element.shadowRoot)),
        );
      return find(document);
    });
  const open = (path: string) => page.goto(demo.origin + path);
  const selected = () => view.text('.timeline [aria-selected=true]');
  /** The request of a row. The middle of the row may be the word for record or cookie: those open a tab. */
  const row = async (number: number) => {
    for (const element of await panel.$$('.timeline .row.exchange'))
      if ((await element.$eval('.number', (cell) => cell.textContent))?.replace(/\D/g, '') === String(number))
        return (await element.$('.request'))!;
    throw new Error(`no row ${number}`);
  };

  test('keys work from the first moment, and after Clear', async () => {
    await open('/set_session/');
    await settle(panel);
    expect(await focused()).toBe('Timeline');
    await press('Home');
    await until(async () => (await view.text('.moment .where')).startsWith('#1'), 'the first moment');
    await view.press('[aria-label="Clear"]');
    await open('/get_session/');
    await settle(panel);
    await until(async () => (await focused()) === 'Timeline', 'the focus to be at home');
    await press('Space');
    await until(async () => (await view.text('main')).includes('Paused.'), 'the pause');
    await press('Space');
    await until(async () => !(await view.text('main')).includes('Paused.'), 'the end of the pause');
  });

  test('after a copy keys continue, and the panel says that it copied', async () => {
    await open('/set_session/');
    const rows = await settle(panel);
    await view.selectOperation(exchangeLabels(rows, 'GET /set_session/').number, 'set');
    await panel.focus('.timeline');
    await press('c');
    await view.waitFor('Copied', '.status-line');
    const before = await selected();
    await press('ArrowUp');
    await until(async () => (await selected()) !== before, 'another row');
  });

  test('Esc closes what lies over the panel, and DevTools` drawer stays shut; where it means nothing DevTools has it', async () => {
    await open('/set_session/');
    await settle(panel);
    await panel.focus('.timeline');
    expect(await hasDrawer()).toBe(false);
    await press('?');
    await panel.waitForSelector('.help');
    await press('Escape');
    await until(async () => (await panel.$('.help')) === null, 'the help to close');
    await press('/');
    await until(async () => (await focused()) === 'Filter', 'the filter');
    await press('Escape');
    await until(async () => (await focused()) === 'Timeline', 'the list');
    await panel.focus('#tab-state');
    await press('Escape');
    await until(async () => (await focused()) === 'Timeline', 'the list again');
    expect(await hasDrawer()).toBe(false);
    await press('Escape');
    await until(hasDrawer, 'the drawer, which is DevTools` own');
    await press('Escape');
    await panel.focus('.timeline');
  });

  test('Ctrl+F goes to the filter, which finds values', async () => {
    await open('/set_session/');
    await settle(panel);
    await panel.focus('.timeline');
    await press('Control+f');
    await until(async () => (await focused()) === 'Filter', 'the filter');
    await devtools.keyboard.type('john_doe');
    await view.waitFor(/username/, '.timeline');
    expect(await view.text('.status-line')).toMatch(/1 of \d+ operations/);
    await view.pressButton('Clear filter');
  });

  test('a whole value is read, searched and left by keys alone', async () => {
    await open('/cart/');
    const button = await page.waitForSelector('::-p-xpath(//button[normalize-space()="Add Mug"])');
    await Promise.all([page.waitForNavigation(), button!.click()]);
    const rows = await settle(panel);
    await view.selectOperation(exchangeLabels(rows, 'POST /cart/add/').number, 'set');
    await panel.focus('.timeline');
    await press('v');
    await panel.waitForSelector('.viewer');
    await press('/');
    await devtools.keyboard.type('mug');
    await view.waitFor(/1 of \d+/, '.viewer-tools');
    await press('Enter', 'Escape', 'Escape');
    await until(async () => (await panel.$('.viewer')) === null, 'the viewer to close');
    expect(await focused()).toBe('Timeline');
    expect(await hasDrawer()).toBe(false);
  });

  test('a whole value is opened from operation, state, history and diff, by a click and by a key', async () => {
    await open('/cart/');
    const button = await page.waitForSelector('::-p-xpath(//button[normalize-space()="Add Mug"])');
    await Promise.all([page.waitForNavigation(), button!.click()]);
    const rows = await settle(panel);
    const { number } = exchangeLabels(rows, 'POST /cart/add/');
    const opensAndCloses = async (act: () => Promise<unknown>, title: RegExp) => {
      await act();
      await view.waitFor(title, '.viewer h3');
      await press('Escape');
      await until(async () => (await panel.$('.viewer')) === null, 'the viewer to close');
    };
    await view.selectOperation(number, 'set');
    await opensAndCloses(() => panel.click('.moment button[title^="View the whole value"]'), /cart.*#\d+ set/);
    await view.press('#tab-state');
    await (await panel.waitForSelector('.tree tbody tr td'))!.click();
    await opensAndCloses(() => panel.click('.tree button[title^="View"]'), /^cart/);
    await panel.focus('.tree');
    await opensAndCloses(() => press('Enter'), /^cart/);
    await opensAndCloses(() => panel.click('.history [title="View the whole value"]'), /cart.*#\d+ set/);
    await panel.focus('.history [title="View the whole value"]');
    await opensAndCloses(() => press('Enter'), /cart.*#\d+ set/);
    await view.press('#tab-diff');
    await panel.waitForSelector('.diff .value');
    await opensAndCloses(() => panel.click('.diff .value'), /\S/);
    await panel.focus('.diff select');
    await opensAndCloses(() => press('Tab', 'Enter'), /\S/);
    await view.press('#tab-state');
  });

  test('what may follow is offered while a word of the filter is typed, and what it hides is said', async () => {
    await open('/set_session/');
    await open('/get_session/');
    await settle(panel);
    await panel.focus('.timeline');
    await press('/');
    await devtools.keyboard.type('rec');
    await view.waitFor(/record:/, '.suggestions');
    await press('Tab');
    await view.waitFor(/record:saved/, '.suggestions');
    await devtools.keyboard.type('sav');
    await press('ArrowDown', 'Enter');
    expect(await panel.$eval('[aria-label="Filter"]', (field) => (field as HTMLInputElement).value)).toBe(
      'record:saved ',
    );
    await view.waitFor(/1 request[^s][\s\S]*\d+ of \d+ operations/, '.status-line');
    expect(await view.text('.timeline')).not.toContain('/get_session/');
    await view.pressButton('Clear filter');
    await view.waitFor('/get_session/', '.timeline');
  });

  test('what was not saved is said above the tree in red, and a press leads to why, and what to do', async () => {
    await open('/problems/nested-not-saved/');
    const button = await page.waitForSelector('form[method=post] button');
    await Promise.all([page.waitForNavigation(), button!.click()]);
    const rows = await settle(panel);
    const lost = rows.findLast(({ kind, cells }) => kind === 'exchange' && cells[0]?.startsWith('POST'))!;
    await (await row(lost.number)).click();
    await view.press('#tab-state');
    await view.waitFor(/Not saved/, '.note.bad');
    await view.pressButton('Why, and what to do');
    await until(async () => (await focused()) === 'Outcome', 'the outcome to have the focus');
    expect(await view.text('.verdict')).toMatch(/Fix/);
  });

  test('panes and settings last: in a panel that is opened later they are as they were left', async () => {
    await open('/set_session/');
    await settle(panel);
    const share = () => panel.$eval('.splitter', (element) => Number(element.getAttribute('aria-valuenow')));
    await panel.focus('.splitter');
    await press('Home');
    await until(async () => (await share()) === 56, 'the size that it had');
    await press('ArrowLeft', 'ArrowLeft', 'ArrowLeft');
    await view.press('#tab-diff');
    await until(async () => (await share()) === 50, 'the narrower list');
    await until(
      () =>
        panel.evaluate(async () => {
          const { chrome } = globalThis as unknown as {
            chrome: { storage: { local: { get(key: string): Promise<{ settings?: string }> } } };
          };
          return (await chrome.storage.local.get('settings')).settings?.includes('"beside":50');
        }),
      'the settings to be saved',
    );
    const { page: other, showPanel } = await chromium.openTab();
    await other.goto(`${demo.origin}/set_session/`);
    const later = viewPanel(await showPanel());
    await other.reload();
    await later.waitForExchange('GET /set_session/');
    expect(await later.frame.$eval('.splitter', (element) => element.getAttribute('aria-valuenow'))).toBe('50');
    expect(await later.text('[role=tab][aria-selected=true]')).toBe('Diff');
    await other.close();
    await page.bringToFront();
    await view.press('#tab-state');
  });

  test('the connection can be looked at any time, and is closed by Esc', async () => {
    await open('/set_session/');
    await settle(panel);
    await view.press('.tools .link');
    await view.waitFor(/Companion answers/, '.connection-view');
    expect(await view.text('.connection-view')).toMatch(/Not paired/);
    await press('Escape');
    await until(async () => (await panel.$('.connection-view')) === null, 'it to close');
  });

  test('a Shift-click compares two rows; the scrubber is dragged', async () => {
    await open('/set_session/');
    await open('/cart/');
    const button = await page.waitForSelector('::-p-xpath(//button[normalize-space()="Add Mug"])');
    await Promise.all([page.waitForNavigation(), button!.click()]);
    const rows = await settle(panel);
    const first = exchangeLabels(rows, 'GET /set_session/').number;
    const last = exchangeLabels(rows, 'POST /cart/add/').number;
    await (await row(first)).click();
    await devtools.keyboard.down('Shift');
    await (await row(last)).click();
    await devtools.keyboard.up('Shift');
    await view.waitFor(/cart/, '.diff');
    expect(await panel.$eval('.diff select', (select) => select.value)).toBe('marked');

    const scrub = (await panel.$('.scrub'))!;
    const box = (await scrub.boundingBox())!;
    await devtools.mouse.move(box.x + box.width - 4, box.y + 20);
    await view.waitFor(/#\d+/, '.scrub-card');
    await devtools.mouse.down();
    await devtools.mouse.move(box.x + 6, box.y + 20, { steps: 8 });
    await devtools.mouse.up();
    await view.waitFor(new RegExp(`^#${first}\\b`), '.moment .where');
  });

  test('a request is copied as cURL, fetch and Markdown, with the body that DevTools saw and without its cookie', async () => {
    await open('/set_session/');
    await open('/cart/');
    const button = await page.waitForSelector('::-p-xpath(//button[normalize-space()="Add Mug"])');
    await Promise.all([page.waitForNavigation(), button!.click()]);
    const rows = await settle(panel);
    await (await row(exchangeLabels(rows, 'POST /cart/add/').number)).click();
    await panel.focus('.timeline');
    const copied = async (item: string) => {
      await press('Shift+F10');
      await panel.waitForSelector('.menu');
      return view.copiedBy(() => view.pressItem(item));
    };
    const curl = await copied('Copy as cURL');
    expect(curl).toMatch(/^curl[\s\S]*-X 'POST'[\s\S]*\/cart\/add\/'[\s\S]*--data-raw '[^']*sku=[^']*'$/);
    expect(curl).toContain(`-H 'cookie: connect.sid='"$SESSION_COOKIE"`);
    expect(await copied('Copy as fetch')).toMatch(/^await fetch\("[^"]*\/cart\/add\/",[\s\S]*"body": "[^"]*sku=/);
    const markdown = await copied('Copy as Markdown');
    expect(markdown).toMatch(/^### `POST \/cart\/add\/` 303\n[\s\S]*\*\*Record: saved\.\*\*/);
    const [cookie] = await page.cookies();
    for (const text of [curl, markdown]) expect(text).not.toContain(decodeURIComponent(cookie!.value).slice(2, 12));
    await view.waitFor('Copied', '.status-line');
  });

  test('a pinned key is watched over requests', async () => {
    await open('/set_session/');
    await open('/cart/');
    const button = await page.waitForSelector('::-p-xpath(//button[normalize-space()="Add Mug"])');
    await Promise.all([page.waitForNavigation(), button!.click()]);
    const rows = await settle(panel);
    await view.press('#tab-state');
    await (await row(exchangeLabels(rows, 'POST /cart/add/').number)).click();
    await (await panel.waitForSelector('.tree tbody tr td'))!.click();
    await panel.waitForSelector('.tree [aria-selected=true]');
    await press('w');
    await view.waitFor(/over \d+ requests/, '[aria-label="Watched key"]');
    await press('w');
  });

  test('a bug hunt without a mouse: from the red word to the reason, the fix and the line', async () => {
    await open('/set_session/');
    await open('/problems/cookie-not-set/');
    await open('/problems/cookie-not-set/');
    await settle(panel);
    await panel.focus('.timeline');
    await press('Home', 'n');
    await view.waitFor(/cookie-not-set/, '.moment .where');
    // Reason and fix stand there without another key.
    expect(await view.text('.verdict')).toMatch(/not set[\s\S]*Secure[\s\S]*Fix[\s\S]*secure: 'auto'/);
    await press('3');
    await view.waitFor(/Set-Cookie/, '.tab-body');
    await press('1', 'ArrowRight', 'ArrowDown', 'ArrowDown');
    await until(async () => /visits/.test(await selected()), 'the operation');
    await press('i');
    await view.waitFor(/cookie-not-set\.ts:\d+/, '.tip');
    await press('Escape', 'Shift+F10');
    await panel.waitForSelector('.menu');
    // Letters go to the item that begins with them.
    await press('h');
    expect(await panel.evaluate(() => document.activeElement?.textContent)).toMatch(/^(History|Hide)/);
    await press('Escape');
    expect(await readRows(panel)).not.toEqual([]);
    expect(await hasDrawer()).toBe(false);
  });
});
