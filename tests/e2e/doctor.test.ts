/** The connection doctor in real DevTools: each of its rows by the set-up that causes it, and each way in. */
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createServer as createViteServer } from 'vite';
import { CHROMIUM_EXTENSION_ID } from '../../extension-identity.ts';
import { formatDiscovery, parseDiscovery } from '../../protocol/index.ts';
import { ROOT } from '../../scripts/project.ts';
import { type Chromium, CHROME_BUILD, launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { type PanelView, viewPanel } from '../browsers/panel-view.ts';
import { type ProxyOptions, startReverseProxy } from '../browsers/reverse-proxy.ts';
import { until } from '../browsers/until.ts';
import { type DemoProcess, startDemo } from '../panel/demo-process.ts';

/** Names that are no loopback to the extension and lead here anyway: with access given, and without. */
const ALLOWED_NAME = 'app.test';
const FOREIGN_NAME = 'foreign.test';
const EVIL_NAME = 'evil.test';

describeIn('chromium')('the connection doctor in Chromium', () => {
  let demo: DemoProcess;
  let chromium: Chromium;
  let page: Page;
  let panel: PanelView;
  /** Counts what comes for `EVIL_NAME`, at whatever port. */
  let evil: string;
  const asked: string[] = [];
  const servers: Server[] = [];
  const disposables: AsyncDisposable[] = [];
  const builds: string[] = [];

  beforeAll(async () => {
    demo = await startDemo();
    evil = await listen((request, response) => {
      asked.push(`${request.method} ${request.headers.host}${request.url}`);
      response.end();
    });
    servers.length = 0;
    const rules = [
      `MAP ${ALLOWED_NAME} 127.0.0.1`,
      `MAP ${FOREIGN_NAME} 127.0.0.1`,
      `MAP ${EVIL_NAME} ${new URL(evil).host}`,
    ];
    // No click of a test's can give access to a site: this build has it for one name from the start.
    const extension = changedBuild(({ host_permissions, ...manifest }) => ({
      ...manifest,
      host_permissions: [...(host_permissions as string[]), `http://${ALLOWED_NAME}/*`],
    }));
    chromium = await launchChromium({ extension, args: [`--host-resolver-rules=${rules.join(',')}`] });
    ({ page } = chromium);
    panel = viewPanel(await chromium.showPanel());
  });
  afterAll(async () => {
    await chromium?.close();
    await demo?.[Symbol.asyncDispose]();
    for (const build of builds) rmSync(build, { recursive: true, force: true });
  });
  beforeEach(async () => {
    asked.length = 0;
    await page.goto('about:blank');
    // What a test that failed has left open would fail those behind it too.
    if ((await panel.text('.pairing')) !== '') await panel.pressButton('Not now');
    await panel.press('[aria-label="Clear"]');
    await until(async () => (await panel.step('page')) === 'failed', 'a panel without a page');
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    for (const disposable of disposables.splice(0)) await disposable[Symbol.asyncDispose]();
  });

  /** The extension as it was built, with another manifest; its folder. */
  const changedBuild = (change: (manifest: Record<string, unknown>) => Record<string, unknown>): string => {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), 'sessionscope-build-')));
    builds.push(directory);
    cpSync(CHROME_BUILD, directory, { recursive: true });
    const path = join(directory, 'manifest.json');
    writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)));
    return directory;
  };
  /** What the doctor says. */
  const said = () => panel.text('[aria-label="Connection"]');
  /** Opens a page and waits until the doctor stops at a step. */
  const stopsAt = async (url: string, id: string) => {
    await page.goto(url);
    await until(async () => (await panel.step(id)) === 'failed', `the doctor to stop at "${id}"`);
    return said();
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
  const passOn = async (options: ProxyOptions) => {
    const proxy = await startReverseProxy(demo.origin, options);
    disposables.push(proxy);
    return proxy.origin;
  };
  const realHeader = async () => {
    const response = await fetch(`${demo.origin}/get_session/`);
    const parsed = parseDiscovery(response.headers.get('sessionscope')!);
    if (!parsed.ok) throw new Error(parsed.fault);
    return parsed.items[0]!;
  };

  test.for(['about:blank', 'chrome://version/'])('no page of an app: %s', async (url) => {
    await page.goto(url);
    await panel.waitFor('Open a page of your app in this tab.', '[aria-label="Connection"]');
  });

  test('no header: the line to add, for the framework', async () => {
    const words = await stopsAt(await listen(answer()), 'header');
    expect(words).toContain('One line is missing in your app.');
    expect(words).toContain('Choose:');
    await panel.pressButton('Express, NestJS, Passport');
    await panel.waitFor('observe(session)', '[aria-label="Connection"]');
  });

  test('production: the companion is off, and the doctor names that as a cause', async () => {
    await using production = await startDemo({ env: { NODE_ENV: 'production' } });
    const words = await stopsAt(`${production.origin}/set_session/`, 'header');
    expect(words).toContain('came without the Sessionscope header');
    expect(words).toContain('NODE_ENV is production or test');
  });

  const many = (header: string) => Array.from({ length: 200 }, () => header).join(', ');
  test.for<[string, (header: string) => string]>([
    ['a host in place of a path', (header) => header.replace('"/__', `"//${EVIL_NAME}/__`)],
    ['a host behind a backslash', (header) => header.replace('"/__', `"/\\\\${EVIL_NAME}/__`)],
    ['an absolute URL', (header) => header.replace('"/__', `"http://${EVIL_NAME}/__`)],
    ['two hundred items', many],
    ['sixty-four kilobytes', (header) => `${header};x="${'y'.repeat(64_000)}"`],
    ['no structured field at all', () => '<script>alert(1)</script>'],
  ])('a header that no companion writes: %s', async ([, change]) => {
    const calls: string[] = [];
    const header = change(formatDiscovery([await realHeader()]));
    const origin = await listen((request, response) => {
      if (request.method !== 'GET') calls.push(`${request.method} ${request.url}`);
      answer(header)(request, response);
    });
    const words = await stopsAt(origin, 'header');
    expect(words).toContain('not to be trusted');
    expect(words).toContain('No request was made to where it points.');
    expect(asked).toEqual([]);
    // The page's own origin may be asked at the usual place, as any page is, before its header was seen.
    expect(new Set(calls.filter((call) => call !== 'POST /__sessionscope__/v1/hello'))).toEqual(new Set());
  });

  test('a foreign `at`: the page`s own origin is asked, and nobody else', async () => {
    const header = formatDiscovery([{ ...(await realHeader()), at: `http://${EVIL_NAME}` }]);
    const words = await stopsAt(await listen(answer(header)), 'hello');
    expect(words).toContain('does not answer');
    expect(asked).toEqual([]);
  });

  test('another protocol version in the header', async () => {
    const header = formatDiscovery([await realHeader()]).replace('v=1', 'v=2');
    const words = await stopsAt(await listen(answer(header)), 'header');
    expect(words).toContain('speak different versions');
    expect(words).toContain('protocol version 2');
  });

  test('another protocol version in the answer to hello', async () => {
    const error = {
      code: 'unsupported-version',
      message: 'This companion speaks version 2.',
      fix: 'Update the panel.',
    };
    const item = await realHeader();
    const origin = await listen((request, response) => {
      if (request.method === 'GET')
        return answer(formatDiscovery([{ ...item, at: 'http://127.0.0.1:1' }]))(request, response);
      response.statusCode = 400;
      response.end(JSON.stringify({ error }));
    });
    await page.goto(origin);
    await panel.waitFor('speak different versions', '[aria-label="Connection"]');
  });

  /** As a user does it in the extension's details. */
  const inSettings = async <Result>(act: (settings: Page) => Promise<Result>): Promise<Result> => {
    const { page: settings } = await chromium.openTab();
    try {
      await settings.goto('chrome://extensions/');
      return await act(settings);
    } finally {
      await settings.close();
    }
  };
  const configure = (settings: Page, call: string, ...args: unknown[]) =>
    settings.evaluate(
      (name, given) =>
        (
          globalThis as unknown as {
            chrome: { developerPrivate: Record<string, (...args: unknown[]) => Promise<unknown>> };
          }
        ).chrome.developerPrivate[name]!(...given),
      call,
      args,
    );

  test('no site access: nothing is asked, and the button asks for it', async () => {
    const proxy = await startReverseProxy(demo.origin, { hidesSocket: true });
    disposables.push(proxy);
    const words = await stopsAt(`${proxy.origin.replace('127.0.0.1', FOREIGN_NAME)}/set_session/`, 'permission');
    expect(words).toContain(`needs access to ${FOREIGN_NAME}`);
    expect(words).toContain('Allow access');
    expect(proxy.requests.filter((request) => request.startsWith('POST'))).toEqual([]);
  });

  test('a name that the companion does not answer to: it says where to add it', async () => {
    const origin = (await passOn({ hidesSocket: true })).replace('127.0.0.1', ALLOWED_NAME);
    const words = await stopsAt(`${origin}/set_session/`, 'hello');
    expect(words).toContain('The companion refused this panel.');
    expect(words).toContain('options.allowedHosts');
  });

  test('site access "on click": reported for localhost too; given back, it goes on by itself', async () => {
    const setAccess = (hostAccess: string) =>
      inSettings((settings) =>
        configure(settings, 'updateExtensionConfiguration', { extensionId: CHROMIUM_EXTENSION_ID, hostAccess }),
      );
    await setAccess('ON_CLICK');
    const words = await stopsAt(`${demo.origin}/set_session/`, 'permission');
    expect(words).toContain('needs access to 127.0.0.1');
    expect(words).toContain('on click');
    await setAccess('ON_ALL_SITES');
    await panel.waitForExchange('GET /set_session/');
  });

  test('a companion that does not answer', async () => {
    const header = formatDiscovery([{ ...(await realHeader()), at: 'http://127.0.0.1:1' }]);
    expect(await stopsAt(await listen(answer(header)), 'hello')).toContain(
      'The companion named by the page does not answer.',
    );
  });

  test('a build of one`s own: the companion shows it nothing until it is paired, and says where to name it', async () => {
    const directory = changedBuild(({ key: _key, ...manifest }) => manifest);
    // Without a key, Chromium makes the ID from the path.
    const extensionId = createHash('sha256')
      .update(directory)
      .digest('hex')
      .slice(0, 32)
      .replace(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)));
    await using own = await launchChromium({ extension: directory, extensionId });
    const other = viewPanel(await own.showPanel());
    await own.page.goto(`${demo.origin}/set_session/`);
    const words = await other.waitFor('The companion shows nothing to this panel yet.', '[aria-label="Connection"]');
    expect(words).toContain('options.allowedExtensions');
  });

  test('the companion of another project: asked for its name, and sent nothing', async () => {
    const header = formatDiscovery([{ ...(await realHeader()), app: 'not-this-one', at: demo.origin }]);
    await stopsAt(await listen(answer(header)), 'hello');
    await panel.waitFor('Another companion answers', '[aria-label="Connection"]');
    expect(await said()).toContain('Nothing was sent to it.');
  });

  test('a direct listener out of reach, as a port mapping leaves it: pairing opens the way through the app', async () => {
    const origin = await passOn({ hidesDirectListener: true });
    await page.goto(origin);
    const words = await stopsAt(`${origin}/set_session/`, 'listener');
    expect(words).toContain('Pair this panel');
    await pair('WRONGONE');
    await panel.waitFor('not the code', '[role="alert"]');
    await type(lastCode());
    await panel.waitForExchange('GET /set_session/');
  });

  test('a proxy that holds the stream back: the panel polls, and says so', async () => {
    const origin = await passOn({ hidesDirectListener: true, buffers: true });
    await stopsAt(`${origin}/set_session/`, 'listener');
    await pair();
    await panel.waitFor('Polling', '.link');
    await page.goto(`${origin}/get_session/`);
    await panel.waitForExchange('GET /get_session/');
  });

  test('a page that was loaded before DevTools: the session as it is, with the history that the log holds', async () => {
    await using other = await launchChromium({ opensDevtools: false });
    await other.page.goto(`${demo.origin}/set_session/`);
    const second = await other.browser.newPage();
    await second.goto(`${demo.origin}/get_session/`);
    await other.page.bringToFront();
    await other.openDevtools();
    const late = viewPanel(await other.showPanel());
    const words = await late.waitFor('The store holds this record.');
    expect(words).toContain('"john_doe"');
    // The record and the history are two answers: either may come first.
    await late.waitFor('/set_session/', '.timeline');
    // The page lists its own request; of the other one no tab is known.
    const rows = await late.waitFor(
      /set_session\/[^/]*missed by DevTools[\s\S]*get_session\/[^/]*tab not known/,
      '.timeline',
    );
    expect(rows).not.toContain('another tab or client');
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
      await panel.waitForExchange('GET /set_session/');
      await panel.waitFor('Live', '.link');
    } finally {
      await vite.close();
    }
  });

  const lastCode = () => [...demo.terminal().matchAll(/pairing code for [^:]+: ([A-Z0-9]{8})/g)].at(-1)?.[1] ?? '';
  /** Codes that were good for a pairing: they are good for no other. */
  const used = new Set<string>();
  const type = async (code: string) => {
    await panel.frame.type('#pairing-code', code);
    await panel.pressButton('Pair');
    used.add(code);
  };
  /** Asks for a code and types it, or another in its place. A code that a failed test left behind is still good. */
  const pair = async (typed?: string) => {
    await panel.pressButton('Pair…');
    await panel.pressButton('Print a code in the terminal');
    await panel.waitFor('Type the code', '.pairing');
    await until(() => lastCode() !== '' && !used.has(lastCode()), 'the code in the terminal');
    await type(typed ?? lastCode());
  };
});
