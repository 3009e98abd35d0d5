/**
 * Real Chromium, real DevTools, a real server: columns, the scrubber's zoom, DevTools' own search, values that are
 * loaded on demand, what is opened and closed all at once, and pairing from the panel and back.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import type { ElementHandle, Frame, Page } from 'puppeteer-core';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Chromium, launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { settle } from '../browsers/panel-rows.ts';
import { exchangeLabels, type PanelView, viewPanel } from '../browsers/panel-view.ts';
import { until } from '../browsers/until.ts';
import { type LongValuesApp, ROWS, startLongValuesApp } from './long-values-app.ts';

describeIn('chromium')('panes and values in DevTools', () => {
  let app: LongValuesApp;
  let chromium: Chromium;
  let page: Page;
  let devtools: Page;
  let panel: Frame;
  let view: PanelView;
  const state = mkdtempSync(join(tmpdir(), 'sessionscope-panes-'));
  const terminal: string[] = [];

  beforeAll(async () => {
    vi.stubEnv('XDG_STATE_HOME', state);
    vi.spyOn(process.stderr, 'write').mockImplementation((words) => terminal.push(String(words)) > 0);
    app = await startLongValuesApp();
    chromium = await launchChromium();
    ({ page } = chromium);
    panel = await chromium.showPanel();
    ({ devtools } = chromium);
    view = viewPanel(panel);
  });
  afterAll(async () => {
    await chromium?.close();
    await app?.[Symbol.asyncDispose]();
    rmSync(state, { recursive: true, force: true });
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });
  beforeEach(async () => {
    await page.goto(`${app.origin}/visit`);
    await settle(panel);
    await view.press('[aria-label="Clear"]');
  });

  const open = (path: string) => page.goto(app.origin + path);
  const box = async (element: ElementHandle | null) => (await element!.boundingBox())!;
  /** From the middle of an element, by so many px. */
  const drag = async (element: ElementHandle | null, by: number) => {
    const { x, y, width, height } = await box(element);
    await devtools.mouse.move(x + width / 2, y + height / 2);
    await devtools.mouse.down();
    await devtools.mouse.move(x + width / 2 + by, y + height / 2, { steps: 6 });
    await devtools.mouse.up();
  };
  const rowOf = (text: string, kind = 'exchange') =>
    until(
      () =>
        panel.evaluate(
          (wanted, of) =>
            [...document.querySelectorAll<HTMLElement>(`.timeline .row.${of}`)].findIndex((row) =>
              row.innerText.includes(wanted),
            ) >= 0,
          text,
          kind,
        ),
      `a row with ${text}`,
    );

  /** Takes the focus out of the panel, to a button of DevTools` own. */
  const focusDevtools = () =>
    devtools.evaluate(() => {
      const find = (root: ParentNode): HTMLElement | undefined => {
        for (const element of root.querySelectorAll<HTMLElement>('*')) {
          if (element.matches('button[aria-label^="Settings"]')) return element;
          const inner = element.shadowRoot && find(element.shadowRoot);
          if (inner) return inner;
        }
        return undefined;
      };
      find(document)!.focus();
    });
  /** Label or placeholder of what has the focus in DevTools' own window; empty: a panel has it. */
  const focusedInDevtools = () =>
    devtools.evaluate(() => {
      let active = document.activeElement;
      while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
      return active?.getAttribute('aria-label') ?? active?.getAttribute('placeholder') ?? '';
    });
  /** The value of a list longer than an operation brings, in the viewer. */
  const openRows = async () => {
    await open('/rows');
    const rows = await view.waitForExchange('GET /rows');
    await view.expandAll();
    await rowOf('rows', 'operation');
    await view.selectOperation(exchangeLabels(rows, 'GET /rows').number, 'set');
    await panel.focus('.timeline');
    await devtools.keyboard.press('v');
    await panel.waitForSelector('.viewer');
  };
  const shownValue = () => panel.$eval('.value-text-body', (body) => body.textContent);
  const copiedBy = (button: string) => view.copiedBy(() => view.pressButton(button));

  test('the panes are resized by dragging the line between them, within bounds; a double click gives the size back', async () => {
    await open('/visit');
    await settle(panel);
    const list = () => panel.$eval('.list', (pane) => Math.round(pane.getBoundingClientRect().width));
    const share = () => panel.$eval('.splitter', (line) => Number(line.getAttribute('aria-valuenow')));
    const line = () => panel.$('.splitter');
    const before = await list();
    await drag(await line(), -200);
    await until(async () => Math.abs((await list()) - (before - 200)) <= 4, 'the list to be 200 px narrower');
    // A plain move of the mouse afterwards drags nothing.
    await devtools.mouse.move(300, 300, { steps: 3 });
    expect(Math.abs((await list()) - (before - 200))).toBeLessThanOrEqual(4);
    await drag(await line(), -2_000);
    await until(async () => (await share()) === 20, 'the least share');
    await drag(await line(), 2_000);
    await until(async () => (await share()) === 80, 'the largest share');
    const at = await box(await line());
    await devtools.mouse.click(at.x + at.width / 2, at.y + at.height / 2, { count: 2 });
    await until(async () => (await list()) === before, 'the size that it had');
  });

  test('a column is resized by drag and by keys, reset by a double click, and as it was left in a panel opened later', async () => {
    await open('/visit');
    await settle(panel);
    const width = (frame: Frame) =>
      frame.$eval('.row.head .record', (cell) => Math.round(cell.getBoundingClientRect().width));
    const cells = () => panel.$eval('.row.exchange .record', (cell) => Math.round(cell.getBoundingClientRect().width));
    const before = await width(panel);
    await drag(await panel.$('[aria-label="Width of Record"]'), -40);
    await until(async () => (await width(panel)) === before + 40, 'the column to be 40 px wider');
    expect(await cells()).toBe(before + 40);

    await panel.focus('[aria-label="Width of Record"]');
    await devtools.keyboard.press('ArrowLeft');
    await until(async () => (await width(panel)) === before + 48, 'a key to make it wider');
    await devtools.keyboard.press('ArrowRight');
    await devtools.keyboard.press('ArrowRight');
    await until(async () => (await width(panel)) === before + 32, 'a key to make it narrower');
    // Up and down go from grip to grip.
    await devtools.keyboard.press('ArrowDown');
    expect(await panel.evaluate(() => document.activeElement!.getAttribute('aria-label'))).toBe('Width of Cookie');

    await until(
      () =>
        panel.evaluate(async () => {
          const { chrome } = globalThis as unknown as {
            chrome: { storage: { local: { get(key: string): Promise<{ settings?: string }> } } };
          };
          return /"record":\d+/.test((await chrome.storage.local.get('settings')).settings ?? '');
        }),
      'the width to be saved',
    );
    const { page: other, showPanel } = await chromium.openTab();
    await other.goto(`${app.origin}/visit`);
    const later = await showPanel();
    await other.reload();
    await viewPanel(later).waitForExchange('GET /visit');
    expect(await width(later)).toBe(before + 32);
    await other.close();
    await page.bringToFront();

    const grip = await box(await panel.$('[aria-label="Width of Record"]'));
    await devtools.mouse.click(grip.x + grip.width / 2, grip.y + grip.height / 2, { count: 2 });
    await until(async () => (await width(panel)) === before, 'the width that it had');
  });

  test('a stretch of the scrubber is enlarged by a drag with Shift, and by keys; one press shows all again', async () => {
    for (const path of ['/visit', '/read', '/visit']) await open(path);
    await settle(panel);
    const bars = () => panel.$$eval('.scrub > i:not(.gap, .epoch)', (all) => all.length);
    const all = await bars();
    expect(all).toBe(3);
    const scrub = await box(await panel.$('.scrub'));
    const first = await box(await panel.$('.scrub > i'));
    await devtools.keyboard.down('Shift');
    await devtools.mouse.move(scrub.x + 1, scrub.y + 20);
    await devtools.mouse.down();
    await devtools.mouse.move(first.x + first.width + 4, scrub.y + 20, { steps: 6 });
    await devtools.mouse.up();
    await devtools.keyboard.up('Shift');
    await panel.waitForSelector('.whole');
    await until(async () => (await bars()) === 1, 'the first request alone');
    expect((await box(await panel.$('.scrub > i'))).width).toBeGreaterThan(first.width * 2);
    await view.pressButton('Whole recording');
    await until(async () => (await bars()) === all, 'all of them');

    await panel.focus('.scrub');
    await devtools.keyboard.type('++');
    await panel.waitForSelector('.whole');
    await devtools.keyboard.press('0');
    await until(async () => (await panel.$('.whole')) === null, 'the whole recording');
  });

  test('DevTools` own search is the panel`s filter, and what stood there comes back', async () => {
    await open('/rows');
    await open('/visit');
    await settle(panel);
    await focusDevtools();
    await devtools.keyboard.down('Control');
    await devtools.keyboard.press('f');
    await devtools.keyboard.up('Control');
    await until(async () => (await focusedInDevtools()) === 'Find', 'the search field of DevTools');
    // What comes meanwhile does not take the keys away.
    await open('/read');
    await view.waitForExchange('GET /read');
    expect(await focusedInDevtools()).toBe('Find');
    const filter = () => panel.$eval('[aria-label="Filter"]', (field) => (field as HTMLInputElement).value);
    await devtools.keyboard.type('visits');
    await devtools.keyboard.press('Enter');
    await until(async () => (await filter()) === 'visits', 'the search to be the filter');
    await view.waitFor(/of \d+ operations/, '.status-line');
    await devtools.keyboard.press('Escape');
    await until(async () => (await filter()) === '', 'the filter as it was');
    await panel.focus('.timeline');
  });

  test('a list of ten thousand items is all there after one press, in the viewer and in the state', async () => {
    await openRows();
    // Blocks out of sight are not rendered: the text is there.
    expect(await shownValue()).not.toContain(`row ${ROWS - 1}`);
    await view.pressButton('Load all');
    await until(async () => (await shownValue()).includes(`"row ${ROWS - 1}"`), 'the last row');
    const list = JSON.parse(await shownValue()) as string[];
    expect(list).toEqual(Array.from({ length: ROWS }, (_, at) => `row ${at}`));
    expect(await view.text('.viewer h3')).toContain('10000 items');
    expect(await view.text('.viewer-tools')).not.toContain('Load');
    await devtools.keyboard.press('Escape');

    await view.press('#tab-state');
    await panel.waitForSelector('.tree tbody tr');
    await panel.evaluate(() => {
      const row = [...document.querySelectorAll<HTMLElement>('.tree tbody tr')].find((one) =>
        one.innerText.includes('rows'),
      );
      row!.querySelector<HTMLElement>('td')!.click();
    });
    await panel.focus('.tree');
    await devtools.keyboard.down('Shift');
    await devtools.keyboard.press('F10');
    await devtools.keyboard.up('Shift');
    await view.waitFor('Load the rest', '.menu');
    await view.pressItem('Load the rest');
    // Without the mark of a part.
    await view.waitFor(new RegExp(`^(?![\\s\\S]*\\d+ of ${ROWS})[\\s\\S]*\\[${ROWS}\\]`), '.tree');
  });

  test('the viewer`s buttons: copied as JSON and as code, searched, wrapped', async () => {
    await openRows();
    // What the test before has loaded is known by its digest.
    if ((await view.text('.viewer-tools')).includes('Load all')) await view.pressButton('Load all');
    await until(async () => (await shownValue()).includes(`"row ${ROWS - 1}"`), 'all of it');
    const all = Array.from({ length: ROWS }, (_, at) => `row ${at}`);
    expect(JSON.parse(await copiedBy('Copy as JSON'))).toEqual(all);
    await view.waitFor('Copied', '.status-line');
    expect(JSON.stringify(runInNewContext(await copiedBy('Copy as JavaScript')))).toBe(JSON.stringify(all));

    await panel.type('[aria-label="Find in value"]', 'ROW 999');
    await view.waitFor(/^1 of 11$/, '.viewer-tools [role=status]');
    const current = () => panel.$eval('.viewer mark.current', (mark) => mark.nextSibling!.textContent!.slice(0, 3));
    expect(await current()).toMatch(/^",/);
    await devtools.keyboard.press('Enter');
    await view.waitFor(/^2 of 11$/, '.viewer-tools [role=status]');
    expect(await current()).toMatch(/^0"/);
    await devtools.keyboard.down('Shift');
    for (let press = 0; press < 2; press++) await devtools.keyboard.press('Enter');
    await devtools.keyboard.up('Shift');
    await view.waitFor(/^11 of 11$/, '.viewer-tools [role=status]');

    const wraps = () =>
      panel.$eval('.value-text-body', (body) => getComputedStyle(body.querySelector('pre')!).whiteSpace);
    const before = await wraps();
    await panel.click('.viewer-tools .check input');
    await until(async () => (await wraps()) !== before, 'the other way');
    await panel.click('.viewer-tools .check input');
    await until(async () => (await wraps()) === before, 'as it was');
    await view.pressButton('Close');
    expect(await panel.$('.viewer')).toBeNull();
  });

  test('all requests are closed and opened at once, by keys and from the menu', async () => {
    await open('/visit');
    await open('/read');
    await settle(panel);
    const operations = () => panel.$$eval('.timeline .row.operation', (all) => all.length);
    await panel.focus('.timeline');
    const chord = async (key: 'ArrowLeft' | 'ArrowRight' | 'F10') => {
      await devtools.keyboard.down('Shift');
      await devtools.keyboard.press(key);
      await devtools.keyboard.up('Shift');
    };
    await chord('ArrowLeft');
    await until(async () => (await operations()) === 0, 'all to be closed');
    await chord('ArrowRight');
    // The request that only reads too.
    const all = await until(async () => (await operations()) || undefined, 'all to be open');
    expect(await panel.$$eval('.row.exchange', (rows) => rows.map((row) => row.getAttribute('aria-expanded')))).toEqual(
      ['true', 'true'],
    );
    await devtools.keyboard.press('Home');
    await devtools.keyboard.press('ArrowUp');
    await chord('F10');
    await view.waitFor('Collapse all', '.menu');
    await view.pressItem('Collapse all');
    await until(async () => (await operations()) === 0, 'all to be closed again');
    await panel.focus('.timeline');
    await chord('F10');
    await view.pressItem('Expand all');
    await until(async () => (await operations()) === all, 'all to be open again');
  });

  test('paired from the panel and unpaired again: another client`s session is seen only in between', async () => {
    const visit = () => fetch(`${app.origin}/another`);
    await open('/visit');
    await settle(panel);
    await view.pressButton('Pair…');
    await view.pressButton('Print a code in the terminal');
    await panel.waitForSelector('#pairing-code');
    const code = await until(() => /pairing code for [^:]+: ([A-Z0-9]{8})/.exec(terminal.join('\n'))?.[1], 'the code');
    await panel.type('#pairing-code', code);
    await view.pressButton('Pair');
    await view.waitFor('paired', '.tools .link');
    await visit();
    await view.waitFor('/another', '.timeline');

    await view.press('.tools .link');
    await view.waitFor(/Paired: you see every session/, '.connection-view');
    await view.pressButton('Unpair');
    await view.waitFor(/Not paired/, '.connection-view');
    await view.pressButton('Close');
    await view.press('[aria-label="Clear"]');
    await visit();
    await open('/read');
    await view.waitForExchange('GET /read');
    expect(await view.text('.timeline')).not.toContain('/another');
    expect(await view.text('.tools .link')).not.toContain('paired');
  });
});
