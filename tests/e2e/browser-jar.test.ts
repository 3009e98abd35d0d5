/** The browser's side of a cookie, as real Chromium's own jar gives it to the panel. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Chromium, launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { type PanelView, viewPanel } from '../browsers/panel-view.ts';
import { until } from '../browsers/until.ts';
import { startReverseProxy } from '../browsers/reverse-proxy.ts';
import { type JarApp, startJarApp } from './jar-app.ts';

describeIn('chromium')('the jar of Chromium', () => {
  let app: JarApp;
  let chips: JarApp;
  let chromium: Chromium;
  let page: Page;
  let panel: PanelView;
  const state = mkdtempSync(join(tmpdir(), 'sessionscope-jar-'));

  beforeAll(async () => {
    vi.stubEnv('XDG_STATE_HOME', state);
    app = await startJarApp();
    chips = await startJarApp({ partitioned: true });
    chromium = await launchChromium();
    ({ page } = chromium);
    await page.goto(`${app.origin}/plain`);
    panel = viewPanel(await chromium.showPanel());
  });
  afterAll(async () => {
    await chromium?.close();
    await app?.[Symbol.asyncDispose]();
    await chips?.[Symbol.asyncDispose]();
    rmSync(state, { recursive: true, force: true });
    vi.unstubAllEnvs();
  });
  beforeEach(async () => {
    const session = await page.createCDPSession();
    await session.send('Network.clearBrowserCookies');
    await session.detach();
    await panel.press('[aria-label="Clear"]');
  });

  /** The cookie tab of the newest request to this path, once it says this. */
  async function cookieTab(request: string, words: RegExp | string): Promise<string> {
    await panel.waitForExchange(request);
    await panel.press('#tab-cookie');
    return panel.waitFor(words, '.tab-body');
  }
  /** What a step of the cookie path says. */
  const step = (name: string) =>
    until(
      () =>
        panel.frame.evaluate((wanted) => {
          const found = [...document.querySelectorAll<HTMLElement>('.chain li')].find((item) =>
            item.innerText.includes(wanted),
          );
          return found === undefined ? undefined : `${found.className}: ${found.title}`;
        }, name),
      `the step ${name}`,
    );
  const stepIs = (name: string, words: RegExp) =>
    until(
      async () => {
        const said = await step(name);
        return words.test(said) ? said : undefined;
      },
      `${name} to say ${String(words)}`,
    ).catch(async (error: Error) => {
      throw new Error(`${error.message}; it says: ${await step(name)}; ${await panel.text('.tab-body')}`);
    });

  test('what the jar holds is read from it', async () => {
    await page.goto(`${app.origin}/visit`);
    await cookieTab('GET /visit', 'Cookie path');
    await stepIs('browser', /^done: The browser's jar holds it: path \/ on 127\.0\.0\.1/);
  });

  test('page on localhost, server on 127.0.0.1: the browser does not keep the cookie, and the cause is said', async () => {
    await page.goto(`${app.elsewhere}/plain`);
    await page.evaluate((url) => fetch(url, { credentials: 'include' }), `${app.origin}/visit`);
    await cookieTab('GET /visit', 'Cookie path');
    await stepIs('browser', /^stopped: .*did not keep it.*cross-site.*localhost and 127\.0\.0\.1, are two sites/);
  });

  test('two cookies of one name: both with path and host, and which one the server took', async () => {
    await page.goto(`${app.origin}/visit`);
    await panel.waitForExchange('GET /visit');
    await page.evaluate(() => {
      document.cookie = 'connect.sid=s%3Aold.junk; path=/deep';
    });
    await page.goto(`${app.origin}/deep/visit`);
    const words = await cookieTab('GET /deep/visit', /2 cookies named connect\.sid were sent/);
    expect(words).toMatch(
      /2 cookies named connect\.sid were sent \(path \/deep on 127\.0\.0\.1; path \/ on 127\.0\.0\.1\)/,
    );
  });

  test('a second Set-Cookie of that name: the last one counts', async () => {
    await page.goto(`${app.origin}/second-cookie`);
    await cookieTab('GET /second-cookie', 'Cookie path');
    await stepIs('browser', /^unknown: 2 Set-Cookie headers named connect\.sid/);
    await page.goto(`${app.origin}/visit`);
    await panel.waitForExchange('GET /visit');
    // Back to the request that set both.
    await panel.frame.evaluate(() => {
      const rows = [...document.querySelectorAll<HTMLElement>('.timeline .row.exchange')];
      rows.find((row) => row.innerText.includes('/second-cookie'))?.click();
    });
    await stepIs('next request', /^stopped: #2 GET \/visit brought another connect\.sid/);
  });

  test('a proxy that removes our header: its requests are this tab`s, and marked as matched', async () => {
    await using proxy = await startReverseProxy(app.origin, { removesHeader: true });
    await page.goto(`${proxy.origin}/visit`);
    // The session is proven by its cookie: from the second request on, all come by the stream.
    await page.goto(`${proxy.origin}/deep/visit`);
    const rows = await panel.waitFor(/\/visit[\s\S]*matched[\s\S]*\/deep\/visit[\s\S]*matched/, '.timeline');
    expect(rows).not.toContain('another tab or client');
    // Matched, they have the browser's side as any other.
    await cookieTab('GET /deep/visit', 'Cookie path');
    await panel.press('button[title^="Connection:"]');
    await panel.waitFor('a proxy removes the Sessionscope header: 2 requests were matched', '[data-step="header"]');
    await panel.pressButton('Close');
  });

  test('what the browser fetched before anyone asked for it is marked', async () => {
    await page.goto(`${app.origin}/plain`);
    await page.evaluate(() => {
      const link = document.createElement('link');
      link.rel = 'prefetch';
      link.href = '/visit';
      document.head.append(link);
    });
    await panel.waitForExchange('GET /visit');
    await panel.waitFor(/\/visit[\s\S]*prefetch/, '.timeline');
  });

  test('a page that the browser renders before anyone asked for it is marked, and is nobody else`s', async () => {
    await page.goto(`${app.origin}/plain`);
    await page.evaluate(() => {
      const rules = document.createElement('script');
      rules.type = 'speculationrules';
      rules.textContent = '{"prerender":[{"source":"list","urls":["/deep/visit"],"eagerness":"immediate"}]}';
      document.head.append(rules);
    });
    await panel.waitForExchange('GET /deep/visit');
    const rows = await panel.waitFor(/\/deep\/visit[\s\S]*(?:prefetch|prerender)/, '.timeline');
    expect(rows).not.toContain('another tab or client');
  });

  test('what a service worker answers out of its cache: a row says that the server was not asked', async () => {
    await page.goto(`${app.origin}/offline/plain`);
    await page.evaluate(async () => {
      await caches.delete('visits');
      await navigator.serviceWorker.register('/offline/worker.js');
      while (navigator.serviceWorker.controller === null) await new Promise((resolve) => setTimeout(resolve, 50));
      for (let turn = 0; turn < 2; turn++) await (await fetch('/offline/visit')).text();
    });
    // Chromium does not say whose cache it was.
    await panel.waitFor(/\/offline\/visit from a cache in the browser: the server was not asked/, '.timeline');
    expect(await panel.text('.timeline')).not.toContain('another tab or client');
    await page.evaluate(async () => {
      for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
    });
  });

  test('back from the browser`s own cache: a row says that the server was not asked', async () => {
    await page.goto(`${app.origin}/visit`);
    await panel.waitForExchange('GET /visit');
    await page.goto(`${app.origin}/deep/visit`);
    await panel.waitForExchange('GET /deep/visit');
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    await page.goBack();
    await panel.waitFor(
      /\/visit from (?:the browser's back\/forward cache|a cache in the browser): the server was not asked/,
      '.timeline',
    );
  });

  test('a page that only changes its address was not asked of any cache: no row', async () => {
    await page.goto(`${app.origin}/visit`);
    await panel.waitForExchange('GET /visit');
    // As routers do in the browser.
    await page.evaluate(() => history.pushState({}, '', '/visit/in-the-browser'));
    await page.evaluate(() => fetch('/deep/visit'));
    await panel.waitForExchange('GET /deep/visit');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await panel.text('.timeline')).not.toContain('in-the-browser');
  });

  test('a cookie that is deleted in the browser is said so', async () => {
    await page.goto(`${app.origin}/visit`);
    await cookieTab('GET /visit', 'Cookie path');
    await stepIs('browser', /^done/);
    // Later than what a response may have done.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const session = await page.createCDPSession();
    await session.send('Network.deleteCookies', { name: 'connect.sid', url: app.origin });
    await session.detach();
    // A row at its time, and a line beside the cookie.
    await panel.waitFor(/Cookie connect\.sid deleted in the browser\./, '.timeline');
    await panel.waitFor(/connect\.sid\s+deleted/, '.tab-body');
  });

  test('an app in a cross-site iframe with a partitioned cookie: its session is read, and its partition said', async () => {
    await page.goto(`${app.elsewhere}/plain`);
    await page.evaluate(async (url) => {
      const frame = document.createElement('iframe');
      frame.src = url;
      document.body.append(frame);
      await new Promise((resolve) => frame.addEventListener('load', resolve));
    }, `${chips.origin}/visit`);
    await cookieTab('GET /visit', 'Cookie path');
    await stepIs(
      'browser',
      /^done: The browser's jar holds it: path \/ on 127\.0\.0\.1, only below http:\/\/localhost/,
    );
  });

  /** Fills in *Would it be sent?*. */
  const askSending = (kind: string, onPage: string) =>
    panel.frame.evaluate(
      (wanted, from) => {
        const set = (selector: string, value: string, event: string) => {
          const field = document.querySelector<HTMLInputElement>(`.sending ${selector}`)!;
          field.value = value;
          field.dispatchEvent(new Event(event, { bubbles: true }));
        };
        set('select', wanted, 'change');
        set('input:last-of-type', from, 'input');
      },
      kind,
      onPage,
    );

  test('whether the cookie will be sent is said before, from the jar, and the next request shows it', async () => {
    await page.goto(`${app.origin}/visit`);
    await cookieTab('GET /visit', /Would connect\.sid be sent\?[\s\S]*From the browser's jar, as it is now\./);
    await askSending('fetch-include', `${app.elsewhere}/plain`);
    await panel.waitFor(/No\.[\s\S]*localhost and 127\.0\.0\.1 are two sites[\s\S]*same-site-lax/, '.sending');
    await askSending('link', `${app.elsewhere}/plain`);
    await panel.waitFor(/Yes\.[\s\S]*same-site-lax-link/, '.sending');
    await page.goto(`${app.elsewhere}/plain`);
    await page.evaluate((url) => fetch(url, { credentials: 'include' }), `${app.origin}/visit?fetched`);
    await cookieTab('GET /visit', /No cookie connect\.sid was sent\./);
    await page.evaluate((href) => {
      document.body.append(Object.assign(document.createElement('a'), { href, id: 'go' }));
      document.getElementById('go')!.click();
    }, `${app.origin}/deep/visit`);
    await cookieTab('GET /deep/visit', /connect\.sid was sent, its signature is valid\./);
    // Deleted in the browser: the jar is asked again by itself.
    await panel.waitFor(/Yes\./, '.sending');
    const session = await page.createCDPSession();
    await session.send('Network.deleteCookies', { name: 'connect.sid', url: app.origin });
    await session.detach();
    await panel.waitFor(/No\.[\s\S]*There is no connect\.sid to send/, '.sending');
  });
});
