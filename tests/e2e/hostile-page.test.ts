/** What pages in a real Chromium can do to the endpoint: nothing, and read nothing. docs/security.md. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, launch, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBrowser } from '../../scripts/browsers.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { CALLS } from '../../protocol/index.ts';
import { type GuardedApp, serveGuarded } from '../security/guarded-app.ts';
import { PATIENCE_MS, until } from '../browsers/until.ts';

/** Every way in which a page can send something, tried on one URL; gives all that the page could read. */
async function attack(urls: string[], note: string): Promise<string[]> {
  const read: string[] = [];
  const body = JSON.stringify({ v: 1, proofs: {}, versions: [1], after: null, wait: false });
  const attempt = async (name: string, work: () => Promise<string>) => {
    try {
      read.push(`${name}: ${await work()}`);
    } catch {
      // Refused by the browser: nothing was read.
    }
  };
  const gone = (element: HTMLElement) =>
    new Promise<string>((resolve) => {
      element.addEventListener('load', () => resolve('loaded'));
      element.addEventListener('error', () => resolve(''));
      document.body.append(element);
      setTimeout(() => resolve(''), 1_500);
    });
  const settled = (open: (done: (text: string) => void) => void) =>
    new Promise<string>((resolve) => {
      open(resolve);
      setTimeout(() => resolve(''), 1_500);
    });
  const work = urls.flatMap((url) => [
    ...['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST'].flatMap((method) =>
      (['cors', 'no-cors', 'same-origin'] as const).map((mode) =>
        attempt(`fetch ${method} ${mode}`, async () => {
          const init: RequestInit = { method, mode, credentials: 'include' };
          if (method === 'POST' || method === 'PUT') {
            init.body = body;
            init.headers = { 'content-type': mode === 'no-cors' ? 'text/plain' : 'application/json' };
          }
          return (await fetch(url, init)).text();
        }),
      ),
    ),
    attempt('beacon', async () => String(navigator.sendBeacon(url, new Blob([body], { type: 'text/plain' })))),
    attempt('script', () => gone(Object.assign(document.createElement('script'), { src: url }))),
    attempt('module', () => gone(Object.assign(document.createElement('script'), { src: url, type: 'module' }))),
    attempt('style', () => gone(Object.assign(document.createElement('link'), { href: url, rel: 'stylesheet' }))),
    attempt('image', () => gone(Object.assign(document.createElement('img'), { src: url }))),
    attempt('event source', () =>
      settled((done) => {
        const source = new EventSource(url, { withCredentials: true });
        source.addEventListener('message', ({ data }) => done(String(data)));
        source.addEventListener('open', () => done('opened'));
        source.addEventListener('error', () => {
          source.close();
          done('');
        });
      }),
    ),
    attempt('web socket', () =>
      settled((done) => {
        const socket = new WebSocket(url.replace('http', 'ws'));
        socket.addEventListener('open', () => done('opened'));
        socket.addEventListener('message', ({ data }) => done(String(data)));
        socket.addEventListener('error', () => done(''));
      }),
    ),
    attempt('sandboxed frame', () =>
      settled((done) => {
        addEventListener('message', ({ data, source }) => source === frame.contentWindow && done(String(data)));
        const frame = document.createElement('iframe');
        frame.setAttribute('sandbox', 'allow-scripts');
        frame.srcdoc = `<script>fetch(${JSON.stringify(url)}, { method: 'POST', body: ${JSON.stringify(body)}, headers: { 'content-type': 'application/json' } })
          .then((response) => response.text()).then((text) => parent.postMessage(text, '*'), () => parent.postMessage('', '*'))</script>`;
        document.body.append(frame);
      }),
    ),
    attempt('form in a frame', () =>
      settled((done) => {
        const name = `frame${Math.random()}`;
        const frame = document.createElement('iframe');
        frame.name = name;
        document.body.append(frame);
        const form = document.createElement('form');
        Object.assign(form, { method: 'POST', action: url, target: name, enctype: 'text/plain' });
        const field = document.createElement('input');
        Object.assign(field, { name: body.slice(0, -1), value: '}' });
        form.append(field);
        document.body.append(form);
        frame.addEventListener('load', () => {
          if (frame.contentWindow?.location.href !== 'about:blank') done(frame.contentDocument?.body.innerText ?? '');
        });
        form.submit();
      }),
    ),
  ]);
  await Promise.all(work);
  return read.filter((line) => !/: (?:true)?$/.test(line) || line.includes(note));
}

describeIn('chromium')('pages in Chromium', () => {
  let guarded: GuardedApp;
  let browser: Browser;
  let page: Page;
  let other: Server;
  let urls: string[];
  const answered: { method: string; origin: string | undefined; status: number; listener: string }[] = [];

  beforeAll(async () => {
    guarded = await serveGuarded({
      after: (app) => app.get('/', (_request, response) => void response.type('html').send('<body>app')),
    });
    other = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<body>other'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    guarded.app.server.prependListener('request', (request, response) => {
      if (request.url!.startsWith('/__sessionscope__'))
        response.on('finish', () =>
          answered.push({
            method: request.method!,
            origin: request.headers.origin,
            status: response.statusCode,
            listener: 'app',
          }),
        );
    });
    urls = Object.values(guarded.ports).flatMap((port) =>
      CALLS.map((call) => `http://127.0.0.1:${port}/__sessionscope__/v1/${call}`),
    );
    browser = await launch({
      executablePath: findBrowser('chromium')!,
      timeout: PATIENCE_MS,
      pipe: true,
      args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu'],
    });
    page = await browser.newPage();
    // A browser that holds the session, as the developer's does.
    await page.goto(`${guarded.app.origin}/write?note=${guarded.note}`);
  });
  afterAll(async () => {
    await browser?.close();
    other?.close();
    await guarded?.[Symbol.asyncDispose]();
  });

  const run = async () => {
    answered.length = 0;
    const { app, note } = guarded;
    const records = JSON.stringify(guarded.store.records);
    const read = await page.evaluate(attack, urls, note);
    expect(read.join('\n')).not.toContain(note);
    await until(() => answered.length > 20, 'the requests to arrive');
    expect(answered.filter(({ status }) => ![403, 404, 405].includes(status))).toEqual([]);
    expect(JSON.stringify(guarded.store.records)).toBe(records);
    expect(app.companion!.faults.total).toBe(0);
    expect((await guarded.ask('direct')).status).toBe(200);
    return read;
  };

  test('a page of another origin reads nothing, by any element, form, socket or fetch', async () => {
    await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
    expect(await run()).toEqual([]);
    expect(answered.some(({ origin }) => origin === 'null')).toBe(true);
  });

  test('the page of the app itself reads refusals and no data, its session cookie along', async () => {
    await page.goto(guarded.app.origin);
    const read = await run();
    expect(read.length).toBeGreaterThan(20);
    for (const line of read)
      expect(line).toMatch(
        /^(?:fetch|form in a frame)[^:]*: \{"error":\{"code":"(?:refused|method-not-allowed|not-found)"/,
      );
  });
});
