/** The connection doctor in real DevTools: each of its rows by the set-up that causes it, and each way in. */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Frame, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createServer as createViteServer } from 'vite';
import { formatDiscovery, parseDiscovery } from '../../protocol/index.ts';
import { ROOT } from '../../scripts/project.ts';
import { type Chromium, launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { readRows } from '../browsers/panel-rows.ts';
import { until } from '../browsers/until.ts';
import { type DemoProcess, startDemo } from '../panel/demo-process.ts';

/** A name that is no loopback to the extension and leads here all the same. */
const REMOTE_NAME = 'app.test';

describeIn('chromium')('the connection doctor in Chromium', () => {
  let demo: DemoProcess;
  let chromium: Chromium;
  let page: Page;
  let panel: Frame;
  const servers: Server[] = [];

  beforeAll(async () => {
    demo = await startDemo();
    chromium = await launchChromium({ args: [`--host-resolver-rules=MAP ${REMOTE_NAME} 127.0.0.1`] });
    ({ page } = chromium);
    panel = await chromium.showPanel();
  });
  afterAll(async () => {
    await chromium?.close();
    await demo?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await page.goto('about:blank');
    await panel.evaluate(() => document.querySelector<HTMLElement>('[aria-label="Clear"]')?.click());
    await until(async () => (await step('page')) === 'failed', 'a panel without a page');
  });
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  const text = (selector = 'body') =>
    panel.evaluate((found) => document.querySelector<HTMLElement>(found)?.innerText ?? '', selector);
  const step = (id: string) =>
    panel.evaluate((name) => document.querySelector<HTMLElement>(`[data-step="${name}"]`)?.dataset['status'], id);
  /** Opens a page and waits until the doctor stops at a step. */
  const stopsAt = async (url: string, id: string) => {
    await page.goto(url);
    await until(async () => (await step(id)) === 'failed', `the doctor to stop at "${id}"`);
    return text('[aria-label="Connection"]');
  };
  const listen = async (handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> => {
    const server = createHttpServer(handler);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const answer = (header?: string) => (request: IncomingMessage, response: ServerResponse) => {
    const isPage = request.method === 'GET';
    if (isPage && header !== undefined) response.setHeader('Sessionscope', header);
    response.statusCode = isPage ? 200 : 404;
    response.setHeader('Content-Type', 'text/html');
    response.end('<!doctype html><title>page</title>');
  };
  const realHeader = async () => {
    const response = await fetch(`${demo.origin}/get_session/`);
    const parsed = parseDiscovery(response.headers.get('sessionscope')!);
    if (!parsed.ok) throw new Error(parsed.fault);
    return parsed.items[0]!;
  };

  test('no page of an app', async () => {
    expect(await text('[aria-label="Connection"]')).toContain('Open a page of your app in this tab.');
  });

  test('no header: the line to add, for the framework', async () => {
    const said = await stopsAt(await listen(answer()), 'header');
    expect(said).toContain('One line is missing in your app.');
    expect(said).toContain('observe(session)');
    expect(said).toContain('NODE_ENV is production or test');
  });

  test.for([
    ['a host in place of a path', (header: string) => header.replace('"/__', '"//evil.test/__')],
    ['a host behind a backslash', (header: string) => header.replace('"/__', '"/\\\\evil.test/__')],
    ['no structured field at all', () => '<script>alert(1)</script>'],
  ] as const)('a header that no companion writes: %s', async ([, change]) => {
    const header = change(formatDiscovery([await realHeader()]));
    const said = await stopsAt(await listen(answer(header)), 'header');
    expect(said).toContain('not to be trusted');
    expect(said).toContain('No request was made to where it points.');
  });

  test('another protocol version', async () => {
    const header = formatDiscovery([await realHeader()]).replace('v=1', 'v=2');
    const said = await stopsAt(await listen(answer(header)), 'header');
    expect(said).toContain('speak different versions');
  });

  test('no site access: nothing is asked, the button asks for it', async () => {
    let asked = 0;
    const header = formatDiscovery([await realHeader()]);
    const origin = await listen((request, response) => {
      if (request.method === 'POST') asked += 1;
      answer(header.replace(/at="[^"]*"/, `at="http://${REMOTE_NAME}"`))(request, response);
    });
    const said = await stopsAt(origin.replace('127.0.0.1', REMOTE_NAME), 'permission');
    expect(said).toContain(`needs access to ${REMOTE_NAME}`);
    expect(said).toContain('Allow access');
    expect(asked).toBe(0);
  });

  test('a companion that does not answer', async () => {
    const item = await realHeader();
    const origin = await listen(answer(formatDiscovery([{ ...item, at: 'http://127.0.0.1:1' }])));
    const said = await stopsAt(origin, 'hello');
    expect(said).toContain('The companion named by the page does not answer.');
  });

  test('the companion of another project', async () => {
    const item = await realHeader();
    const origin = await listen(answer(formatDiscovery([{ ...item, app: 'not-this-one', at: demo.origin }])));
    await stopsAt(origin, 'hello');
    await until(
      async () => (await text('[aria-label="Connection"]')).includes('Another companion answers'),
      'the second place to be asked too',
    );
  });

  test('a door out of reach, as a port mapping leaves it: pairing opens the way through the app', async () => {
    const origin = await listen(passOn({ hidesDoor: true }));
    await page.goto(origin);
    await page.goto(`${origin}/set_session/`);
    await until(async () => (await step('door')) === 'failed', 'the doctor to stop at the door');
    expect(await text('[aria-label="Connection"]')).toContain('Pair this panel');
    await pair('WRONG-99');
    await until(async () => (await text('[role="alert"]')).includes('not the code'), 'the refusal');
    await panel.type('#pairing-code', lastCode());
    await press('Pair');
    await until(async () => (await requests()).includes('GET /set_session/'), 'events through the app');
  });

  test('a proxy that holds the stream back: the panel polls, and says so', async () => {
    const origin = await listen(passOn({ hidesDoor: true, buffers: true }));
    await page.goto(`${origin}/set_session/`);
    await until(async () => (await step('door')) === 'failed', 'the doctor to stop at the door');
    await pair();
    await until(async () => (await text('.link')).includes('Polling'), 'the word for it', 30_000);
    await page.goto(`${origin}/get_session/`);
    await until(async () => (await requests()).includes('GET /get_session/'), 'events in spite of the proxy');
  });

  test('a page that was loaded before DevTools: the session as it is', async () => {
    await using other = await launchChromium({ opensDevtools: false });
    await other.page.goto(`${demo.origin}/set_session/`);
    await other.openDevtools();
    const frame = await other.showPanel();
    const words = () => frame.evaluate(() => document.body.innerText);
    const said = await until(async () => {
      const all = await words();
      return all.includes('The store holds this record.') ? all : undefined;
    }, 'the record of the session');
    expect(said).toContain('"john_doe"');
    // What the log still holds of this session stands in the timeline.
    expect(said).toContain('/set_session/');
  });

  test('a Vite dev server that forwards /api alone', async () => {
    const vite = await createViteServer({
      root: join(ROOT, 'tests', 'panel'),
      configFile: false,
      logLevel: 'silent',
      server: {
        port: 0,
        host: '127.0.0.1',
        proxy: { '/api': { target: demo.origin, rewrite: (path) => path.replace(/^\/api/, '') } },
      },
    });
    try {
      await vite.listen();
      const { port } = vite.httpServer!.address() as AddressInfo;
      await page.goto(`http://127.0.0.1:${port}/page.html`);
      await page.evaluate(async () => {
        await fetch('/api/set_session/');
      });
      await until(async () => (await requests()).includes('GET /set_session/'), 'the request through the proxy');
      expect(await text('.link')).toContain('Live');
    } finally {
      await vite.close();
    }
  });

  const lastCode = () => [...demo.terminal().matchAll(/pairing code for [^:]+: ([A-Z0-9]{8})/g)].at(-1)?.[1] ?? '';
  /** Asks for a code and types it, or another in its place. */
  const pair = async (typed?: string) => {
    const before = lastCode();
    await press('Pair…');
    await press('Print a code in the terminal');
    await until(() => lastCode() !== before, 'the code');
    await panel.waitForSelector('#pairing-code');
    await panel.type('#pairing-code', typed ?? lastCode());
    await press('Pair');
  };
  const requests = async () => (await readRows(panel)).map(({ cells }) => cells[0]);
  const press = (label: string) =>
    panel.evaluate((wanted) => {
      const found = [...document.querySelectorAll('button')].find((button) => button.innerText.trim() === wanted);
      if (found === undefined) throw new Error(`no button "${wanted}"`);
      found.click();
    }, label);

  /** A reverse proxy before the demo, as a container or a remote machine has one. */
  const passOn =
    ({ hidesDoor, buffers = false }: { hidesDoor: boolean; buffers?: boolean }) =>
    async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const headers = new Headers();
      for (const [name, value] of Object.entries(request.headers))
        if (typeof value === 'string' && !['connection', 'content-length', 'accept-encoding'].includes(name))
          headers.set(name, value);
      const gone = new AbortController();
      response.on('close', () => gone.abort());
      try {
        const upstream = await fetch(demo.origin + request.url, {
          method: request.method!,
          headers,
          redirect: 'manual',
          signal: gone.signal,
          ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
        });
        response.statusCode = upstream.status;
        for (const [name, value] of upstream.headers)
          if (!['transfer-encoding', 'content-length', 'set-cookie'].includes(name)) response.setHeader(name, value);
        response.setHeader('set-cookie', upstream.headers.getSetCookie());
        const isStream = upstream.headers.get('content-type')?.startsWith('text/event-stream') === true;
        if (isStream && !buffers) {
          for await (const chunk of upstream.body!) response.write(chunk);
          response.end();
          return;
        }
        let body = await upstream.text();
        // A door in a container listens on a port that nobody mapped.
        if (hidesDoor) body = body.replace(/"door":\{"origin":"[^"]*"/, '"door":{"origin":"http://127.0.0.1:1"');
        response.end(body);
      } catch {
        response.destroy();
      }
    };
});
