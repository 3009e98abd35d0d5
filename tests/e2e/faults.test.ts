/** What goes wrong in an app, a store or a browser, as the real panel reports it; nothing recorded is lost by it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Chromium, launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { readRows } from '../browsers/panel-rows.ts';
import { exchangeLabels, operationLines, type PanelView, viewPanel } from '../browsers/panel-view.ts';
import { until } from '../browsers/until.ts';
import { type FaultyApp, startFaultyApp } from './faulty-app.ts';

describeIn('chromium')('faults of an app in Chromium', () => {
  let app: FaultyApp;
  let chromium: Chromium;
  let page: Page;
  let panel: PanelView;
  const state = mkdtempSync(join(tmpdir(), 'sessionscope-faults-'));

  beforeAll(async () => {
    vi.stubEnv('XDG_STATE_HOME', state);
    app = await startFaultyApp();
    chromium = await launchChromium();
    ({ page } = chromium);
    panel = viewPanel(await chromium.showPanel());
  });
  afterAll(async () => {
    await chromium?.close();
    await app?.[Symbol.asyncDispose]();
    rmSync(state, { recursive: true, force: true });
    vi.unstubAllEnvs();
  });
  beforeEach(async () => {
    await page.goto(`${app.origin}/`);
    await page.deleteCookie(...(await page.cookies()));
    await page.goto(`${app.origin}/kept`);
    await panel.waitForExchange('GET /kept');
  });

  test('a store that fails: the error stands on the save, and the record is not saved', async () => {
    await page.goto(`${app.origin}/fault/fails`);
    const rows = await panel.waitForExchange('GET /fault/fails');
    const { number, record } = exchangeLabels(rows, 'GET /fault/fails');
    expect(record).toMatch(/failed|not saved/);
    expect(operationLines(rows, number).join('\n')).toContain('connect ECONNREFUSED 127.0.0.1:6379');
    // What was recorded before is there still.
    exchangeLabels(rows, 'GET /kept');
  });

  /** express-session never answers a request whose save throws: with the panel and without it. */
  const openHanging = async (path: string, words: RegExp) => {
    const hanging = page.goto(app.origin + path).catch(() => {});
    const lines = await until(
      async () => {
        const rows = await readRows(panel.frame);
        const row = rows.findLast(({ kind, cells }) => kind === 'exchange' && cells[0] === `GET ${path}`);
        const all = row && operationLines(rows, row.number).join('\n');
        return all !== undefined && words.test(all) ? all : undefined;
      },
      `${String(words)} among the operations`,
    );
    return {
      lines,
      [Symbol.asyncDispose]: async () => {
        await page.goto('about:blank');
        await hanging;
      },
    };
  };

  test('a store that throws: the error stands on the save while the request hangs', async () => {
    await using request = await openHanging('/fault/throws', /save .*the store threw/);
    expect(request.lines).toContain('set fault absent → "throws"');
  });

  test('a store that never answers: the request runs on in the panel, and says since when', async () => {
    const hanging = page.goto(`${app.origin}/fault/hangs`).catch(() => {});
    const row = await until(async () => {
      const rows = await readRows(panel.frame);
      return rows.findLast(({ kind, cells }) => kind === 'exchange' && cells[0] === 'GET /fault/hangs');
    }, 'the running request');
    expect(row.cells.slice(5, 7)).toEqual(['not yet', 'not yet']);
    await panel.waitFor(/running · no operation for/, '.timeline');
    // Whoever gives up waiting ends it, and the panel says that too.
    await page.goto('about:blank');
    await hanging;
    await page.goto(`${app.origin}/`);
    await until(async () => {
      const rows = await readRows(panel.frame);
      return rows.some(({ cells }) => cells[0] === 'GET /fault/hangs' && cells[3] === 'aborted');
    }, 'the request to be reported as aborted');
  });

  test('a session that can not be encoded: the values show, the save failed with its reason', async () => {
    await using request = await openHanging('/unfit', /save .*(?:circular|serialize a BigInt)/i);
    expect(request.lines).toMatch(/set big .*12n/);
    await panel.press('#tab-state');
    expect(await panel.waitFor('circle', '.tree')).toContain('12n');
  });

  test('the theme of DevTools changes: the panel follows', async () => {
    const look = () =>
      panel.frame.evaluate(() => ({
        theme: document.documentElement.dataset['theme'],
        background: getComputedStyle(document.body).backgroundColor,
      }));
    expect(await look()).toMatchObject({ theme: 'light', background: 'rgb(255, 255, 255)' });
    await chromium.setTheme('dark');
    await until(async () => (await look()).theme === 'dark', 'the dark theme');
    expect((await look()).background).not.toBe('rgb(255, 255, 255)');
    await chromium.setTheme('light');
    await until(async () => (await look()).theme === 'light', 'the light theme');
  });
});
