/** Several DevTools windows on one app in real Chromium: they share a stream; a private window is kept apart. */
import type { Frame, Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Chromium, launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { exchangeLabels, type PanelView, viewPanel } from '../browsers/panel-view.ts';
import { until } from '../browsers/until.ts';
import { type DemoProcess, startDemo } from '../panel/demo-process.ts';

/** The file beside the shared stream tests eight; here each costs a DevTools window. */
const WINDOWS = 3;

describeIn('chromium')('DevTools windows in Chromium', () => {
  let demo: DemoProcess;
  let chromium: Chromium;
  const windows: { page: Page; panel: PanelView }[] = [];

  beforeAll(async () => {
    demo = await startDemo();
    chromium = await launchChromium({ allowsPrivate: true });
  });
  afterAll(async () => {
    await chromium?.close();
    await demo?.[Symbol.asyncDispose]();
  });

  /** How many panels read the stream, and how many stand in line for it. */
  const readers = (frame: Frame) =>
    frame.evaluate(async () => {
      const { held = [], pending = [] } = await navigator.locks.query();
      return { reading: held.length, waiting: pending.length };
    });
  const startSlow = async (page: Page) => {
    await page.goto(`${demo.origin}/slow/`);
    // A tab in the background paints nothing, and puppeteer clicks on what is painted.
    await page.evaluate(() => document.querySelector<HTMLElement>('form button')!.click());
  };

  test('the windows on one app read one stream, and each shows a running request while it runs', async () => {
    const first = viewPanel(await chromium.showPanel());
    await chromium.page.goto(`${demo.origin}/set_session/`);
    await first.waitForExchange('GET /set_session/');
    windows.push({ page: chromium.page, panel: first });
    while (windows.length < WINDOWS) {
      const tab = await chromium.openTab();
      await tab.page.goto(`${demo.origin}/get_session/`);
      const panel = viewPanel(await tab.showPanel());
      await panel.waitFor('Live', '.link');
      windows.push({ page: tab.page, panel });
    }
    expect(await readers(first.frame)).toEqual({ reading: 1, waiting: WINDOWS - 1 });
    await startSlow(windows[1]!.page);
    await Promise.all(
      windows.map(async ({ panel }) => {
        await panel.waitFor('set', '.timeline');
        await panel.waitFor('order', '.timeline');
      }),
    );
    // What is asked beside the stream does not hang: the record is read in the last window.
    const [last] = windows.slice(-1);
    await last!.panel.waitForExchange('POST /slow/');
  });

  test('the window that reads is closed: another reads on', async () => {
    const [first] = windows.splice(0, 1);
    await first!.page.close();
    const [second] = windows;
    await until(async () => (await readers(second!.panel.frame)).waiting === windows.length - 1, 'the next in line');
    await second!.page.goto(`${demo.origin}/cart/`);
    for (const { panel } of windows) await panel.waitForExchange('GET /cart/');
  });

  test('a private window shows its own session, and nothing of the others', async () => {
    const context = await chromium.browser.createBrowserContext();
    const { page, showPanel } = await chromium.openTab(context);
    const panel = viewPanel(await showPanel());
    await page.goto(`${demo.origin}/get_session/`);
    const rows = await panel.waitForExchange('GET /get_session/');
    expect(exchangeLabels(rows, 'GET /get_session/').session).toBe('');
    await page.goto(`${demo.origin}/set_session/`);
    const own = exchangeLabels(await panel.waitForExchange('GET /set_session/'), 'GET /set_session/');
    await panel.waitFor('Live', '.link');
    expect(await readers(panel.frame)).toEqual({ reading: 1, waiting: 0 });
    const other = windows[0]!;
    await other.page.goto(`${demo.origin}/set_session/`);
    const theirs = exchangeLabels(await other.panel.waitForExchange('GET /set_session/'), 'GET /set_session/');
    expect(own.session).not.toBe(theirs.session);
    expect(await panel.text('.timeline')).not.toContain(theirs.session);
  });

  test('a private window that is paired stores nothing', async () => {
    const { page, showPanel } = await chromium.openTab(await chromium.browser.createBrowserContext());
    const panel = viewPanel(await showPanel());
    // Private windows and others have one storage.
    const stored = () =>
      panel.frame.evaluate(async () => {
        const { chrome } = globalThis as unknown as {
          chrome: { storage: { local: { get(keys: null): Promise<Record<string, unknown>> } } };
        };
        return chrome.storage.local.get(null);
      });
    const before = await stored();
    await page.goto(`${demo.origin}/set_session/`);
    await panel.waitFor('Live', '.link');
    // A setting, which lasts in any other window.
    await panel.press('#tab-cookie');
    await panel.frame.waitForSelector('#tab-cookie[aria-selected=true]');
    await panel.pressButton('Pair…');
    await panel.pressButton('Print a code in the terminal');
    const code = await until(() => /pairing code for [^:]+: ([A-Z0-9]{8})/.exec(demo.terminal())?.[1], 'the code');
    await panel.frame.waitForSelector('#pairing-code');
    await panel.frame.type('#pairing-code', code);
    await panel.pressButton('Pair');
    await panel.waitFor('paired', '.link');
    // Longer than a change waits for the next one before it is saved.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await stored()).toEqual(before);
  });
});
