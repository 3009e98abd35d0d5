/** What real Chromium shows DevTools of the network, as it arrives in the panel: every response, every Set-Cookie. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { SeenResponse } from '../../transport/index.ts';
import { type Chromium, launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { readRows } from '../browsers/panel-rows.ts';
import { exchangeLabels, type PanelView, viewPanel } from '../browsers/panel-view.ts';
import { until } from '../browsers/until.ts';
import { HOPS, type NetworkApp, startNetworkApp } from './network-app.ts';

describeIn('chromium')('the network in Chromium', () => {
  let app: NetworkApp;
  let chromium: Chromium;
  let page: Page;
  let panel: PanelView;
  const state = mkdtempSync(join(tmpdir(), 'sessionscope-network-'));

  beforeAll(async () => {
    vi.stubEnv('XDG_STATE_HOME', state);
    app = await startNetworkApp();
    chromium = await launchChromium({ args: ['--disable-popup-blocking'] });
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
    await panel.press('[aria-label="Clear"]');
    await page.goto(`${app.origin}/`);
    await panel.waitForExchange('GET /');
    await panel.press('[aria-label="Clear"]');
  });

  /** What the devtools page holds, in the words that it sends a panel that opens. */
  const seen = () =>
    panel.frame.evaluate(
      () =>
        new Promise<SeenResponse[]>((resolve) => {
          const { devtools } = (
            globalThis as unknown as { chrome: { devtools: { inspectedWindow: { tabId: number } } } }
          ).chrome;
          const channel = new BroadcastChannel(`sessionscope-har-${devtools.inspectedWindow.tabId}`);
          channel.addEventListener('message', ({ data }) => {
            channel.close();
            resolve((data as { responses: SeenResponse[] }).responses);
          });
          channel.postMessage({ type: 'panel-opened' });
        }),
    );
  const pathsOf = (responses: readonly SeenResponse[]) => responses.map(({ url }) => new URL(url).pathname);
  /** Of the app's own pages: DevTools asks each origin for a workspace by itself. */
  const requests = async () =>
    (await readRows(panel.frame)).flatMap(({ kind, cells }) =>
      kind === 'exchange' && !cells[0]!.includes('/.well-known/') && cells[0] !== 'GET /' ? [cells[0]!] : [],
    );

  test('forty-five redirects in a row of three pages: their cookies are seen or not known, never none', async () => {
    const chains = ['a', 'b', 'c'];
    // One behind the other without a pause: a navigation takes the log of the page before it away, and with it what
    // Chromium had not completed by then.
    for (const chain of chains) await page.goto(`${app.origin}/chain/${chain}/1`);
    const wanted = chains.flatMap((chain) => Array.from({ length: HOPS }, (_hop, index) => `${chain}-${index + 1}`));
    const isLast = ({ url }: SeenResponse) => url.includes(`/chain/${chains.at(-1)}/`);
    const hops = await until(async () => {
      const all = (await seen()).filter(({ url }) => url.includes('/chain/'));
      const isKnown = all.filter(isLast).every(({ hidesSetCookies }) => !hidesSetCookies);
      return all.length === wanted.length && isKnown ? all : undefined;
    }, 'every hop, those of the last page with their headers');
    expect(
      hops.map(({ hidesSetCookies, setCookies }) =>
        hidesSetCookies ? 'not known' : setCookies.map(({ name }) => name).toSorted(),
      ),
    ).toEqual(
      hops.map(({ hidesSetCookies }, index) =>
        hidesSetCookies ? 'not known' : ['connect.sid', `hop-${wanted[index]}`],
      ),
    );
    // Nothing is missing in the panel either: where a cookie stopped on its way, it would say so.
    const rows = await panel.waitForExchange(`GET /chain/c/${HOPS}`);
    expect(rows.filter(({ kind, cells }) => kind === 'exchange' && cells[6] !== 'set')).toEqual([]);
    await panel.press('#tab-cookie');
    expect(await panel.waitFor('Cookie path', '.tab-body')).not.toContain('lost here');
  });

  test('a 304 is an exchange of its own, with its own operations', async () => {
    await page.goto(`${app.origin}/unchanged`);
    await page.goto(`${app.origin}/unchanged`);
    await until(async () => (await requests()).filter((request) => request === 'GET /unchanged').length === 2, 'both');
    expect(exchangeLabels(await readRows(panel.frame), 'GET /unchanged').status).toBe('304');
  });

  test('what the memory cache answers is no exchange', async () => {
    for (let turn = 0; turn < 3; turn++) await page.goto(`${app.origin}/with-picture`);
    const pictures = await until(async () => {
      const all = (await seen()).filter(({ url }) => url.endsWith('/kept.svg'));
      return all.length === 3 ? all : undefined;
    }, 'three pictures');
    expect(pictures.map(({ fromCache }) => fromCache)).toEqual([false, true, true]);
    const shown = await until(async () => {
      const all = await requests();
      return all.filter((request) => request === 'GET /with-picture').length === 3 ? all : undefined;
    }, 'three pages');
    expect(shown.filter((request) => request === 'GET /kept.svg')).toHaveLength(1);
  });

  test('fetch, XHR, beacon, preflight and frames of either site are seen, and tied to their exchanges', async () => {
    await page.evaluate(async (elsewhere) => {
      await fetch('/called?by=fetch');
      await new Promise((resolve) => {
        const request = new XMLHttpRequest();
        request.addEventListener('load', resolve);
        request.open('POST', '/called?by=xhr');
        request.send();
      });
      navigator.sendBeacon('/beacon', 'x');
      await fetch(`${elsewhere}/called?by=preflight`, { headers: { 'x-called': '1' } });
      for (const src of ['/in-frame', `${elsewhere}/in-frame`]) {
        const frame = document.createElement('iframe');
        frame.src = src;
        document.body.append(frame);
        await new Promise((resolve) => frame.addEventListener('load', resolve));
      }
    }, app.elsewhere);
    const wanted = [
      'GET /called',
      'POST /called',
      'POST /beacon',
      'OPTIONS /called',
      'GET /called',
      'GET /in-frame',
      'GET /in-frame',
    ];
    await until(async () => (await requests()).length === wanted.length, 'all of them').catch(async (error: Error) => {
      throw new Error(`${error.message}; there were ${JSON.stringify(await requests())}`);
    });
    const rows = await readRows(panel.frame);
    expect((await requests()).toSorted()).toEqual(wanted.toSorted());
    // "another tab or client" stands where this tab's DevTools did not see the request.
    expect(rows.filter(({ kind, cells }) => kind === 'exchange' && cells.includes('another tab or client'))).toEqual(
      [],
    );
  });

  test('a worker`s request: its exchange is seen, and of its cookies nothing is claimed', async () => {
    await page.evaluate(
      () =>
        new Promise((resolve) => {
          const worker = new Worker('/worker.js');
          worker.addEventListener('message', resolve);
          worker.postMessage('go');
        }),
    );
    const rows = await panel.waitForExchange('GET /from-worker');
    const { number, cookie, elsewhere } = exchangeLabels(rows, 'GET /from-worker');
    expect({ cookie, elsewhere }).toEqual({ cookie: 'set', elsewhere: '' });
    const reported = (await seen()).find(({ url }) => url.endsWith('/from-worker'));
    expect(reported).toMatchObject({ hidesSetCookies: true, setCookies: [] });
    await panel.selectOperation(number, 'set');
    await panel.press('#tab-cookie');
    expect(await panel.waitFor('Cookie path', '.tab-body')).toMatch(/browser not known/);
  });

  const pressScope = () => panel.press('label[title^="Show only requests that this tab made"] input');

  test('a popup`s request comes by the stream, marked as from elsewhere', async () => {
    const popup = new Promise<Page | null>((resolve) => page.once('popup', resolve));
    await page.evaluate(() => void window.open('/in-popup'));
    const opened = await popup;
    const rows = await panel.waitForExchange('GET /in-popup');
    expect(pathsOf(await seen())).not.toContain('/in-popup');
    expect(exchangeLabels(rows, 'GET /in-popup').record).toBe('saved');
    await panel.waitFor('another tab or client', '.timeline');
    // "This tab" leaves it out.
    await pressScope();
    await until(async () => !(await requests()).includes('GET /in-popup'), 'the popup to be left out');
    await pressScope();
    await opened?.close();
  });
});
