import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatDiscovery, type OperationRecorded, type SessionscopeEvent } from '../protocol/index.ts';
import { until } from '../tests/browsers/until.ts';
import { type DemoProcess, startDemo } from '../tests/panel/demo-process.ts';
import { createSmallBrowser, PANEL_ORIGIN, type SmallBrowser } from '../tests/panel/small-browser.ts';
import type { ConnectionChange } from './connection-change.ts';
import { Connector } from './connector.ts';
import { isLoopbackOrigin } from './origin.ts';

interface Panel {
  connector: Connector;
  browser: SmallBrowser;
  connection: ConnectionChange;
  /** Every change, in order. */
  changes: ConnectionChange[];
  events: SessionscopeEvent[];
  stores: string[];
  /** The lives of the server that each of them came from. */
  storesOf: (readonly string[])[];
  mores: boolean[];
}

const disposals: (() => unknown)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0).toReversed()) await dispose();
});

/** A panel beside a browser; not started yet. */
function openPanel(browser = createSmallBrowser(), fetcher: typeof fetch = browser.panelFetch): Panel {
  const panel: Omit<Panel, 'connector'> = {
    browser,
    connection: {},
    changes: [],
    events: [],
    stores: [],
    storesOf: [],
    mores: [],
  };
  const connector = new Connector({
    host: browser,
    fetch: fetcher,
    retryMs: [30, 200],
    origin: PANEL_ORIGIN,
    sink: {
      connection(change) {
        panel.changes.push(change);
        Object.assign(panel.connection, change);
      },
      events(events, isMore) {
        panel.events.push(...events);
        panel.mores.push(isMore);
      },
      session: ({ store }, epochs) => {
        panel.stores.push(store.outcome);
        panel.storesOf.push(epochs);
      },
    },
  });
  disposals.push(() => connector.dispose());
  return Object.assign(panel, { connector });
}

/** Listens on a free loopback port until the test ends. */
async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server: Server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  disposals.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const startedPaths = ({ events }: Panel) =>
  events.flatMap((event) => (event.type === 'exchange-started' ? [event.path] : []));
const isFinished = (panel: Panel, path: string) => () => {
  const started = panel.events.findLast((event) => event.type === 'exchange-started' && event.path === path);
  return (
    started !== undefined &&
    panel.events.some(
      (event) => event.type === 'exchange-finished' && event.exchange === (started as { exchange: string }).exchange,
    )
  );
};
const isLive = (panel: Panel) => () => panel.connection.stream === 'live';

/** Seen more than once is fine, the model takes each once; missing is not. */
const held = ({ events }: Panel, epoch: string) =>
  [
    ...new Set(events.flatMap((event) => (event.epoch === epoch && event.type !== 'gap-opened' ? [event.seq] : []))),
  ].sort((a, b) => a - b);

describe('a real companion', () => {
  let demo: DemoProcess;
  beforeEach(async () => {
    demo = await startDemo();
    disposals.push(() => demo[Symbol.asyncDispose]());
  });

  test('header, hello, direct listener, stream: and nothing secret is sent before hello has echoed the app', async () => {
    const panel = openPanel();
    const { browser } = panel;
    await browser.visit(`${demo.origin}/set_session/`);
    await panel.connector.start();
    await until(isFinished(panel, '/set_session/'), 'the exchange');
    // The exchange may come with the log before the stream's first event.
    await until(isLive(panel), 'the stream');
    expect(panel.connection).toMatchObject({
      header: 'found',
      permission: 'granted',
      hello: 'ok',
      listener: 'ok',
      stream: 'live',
      paired: false,
      companion: { project: '@sessionscope/playground', libraries: ['express-session 1.19.0'] },
    });
    await until(() => panel.stores.includes('found'), 'the record');
    const [cookie] = browser.jar;
    const calls = browser.calls.map(({ url, body }) => ({
      call: url.slice(url.lastIndexOf('/') + 1),
      isInApp: url.startsWith(demo.origin),
      isSecret: JSON.stringify(body).includes(cookie!.value) || 'proofs' in (body as object),
    }));
    expect(calls.slice(0, 2)).toEqual([
      { call: 'hello', isInApp: true, isSecret: false },
      { call: 'hello', isInApp: false, isSecret: false },
    ]);
    // What proves goes to the direct listener alone.
    expect(calls.filter(({ isSecret }) => isSecret).length).toBeGreaterThan(0);
    expect(calls.some(({ isSecret, isInApp }) => isSecret && isInApp)).toBe(false);
    expect(browser.calls.every(({ headers }) => !headers.has('cookie') && !headers.has('sessionscope-token'))).toBe(
      true,
    );
  });

  test('a page that was loaded before DevTools opened: asked at its own origin, shown as it is', async () => {
    const panel = openPanel();
    await panel.browser.visit(`${demo.origin}/set_session/`);
    const { browser } = panel;
    // DevTools has seen nothing.
    const late = { ...browser, onResponse: () => () => {} };
    const connector = new Connector({
      host: late,
      fetch: browser.panelFetch,
      sink: {
        connection: (change) => Object.assign(panel.connection, change),
        events: (events) => panel.events.push(...events),
        session: ({ store }, epochs) => {
          panel.stores.push(store.outcome);
          panel.storesOf.push(epochs);
        },
      },
    });
    disposals.push(() => connector.dispose());
    await connector.start();
    await until(() => panel.stores.includes('found'), 'the record');
    // And what the log still holds of this session.
    await until(isLive(panel), 'the stream');
    expect(panel.connection.header).toBe('found');
  });

  test('operations come while their request is still running', async () => {
    const panel = openPanel();
    await panel.browser.visit(`${demo.origin}/set_session/`);
    await panel.connector.start();
    await until(isLive(panel), 'the stream');
    const slow = panel.browser.submit('/slow/?ms=1500');
    const set = await until(
      () => panel.events.find((event) => event.type === 'operation-recorded' && event.path?.[0] === 'order'),
      'the first set',
    );
    expect(
      panel.events.some(
        (event) => event.type === 'exchange-finished' && event.exchange === (set as { exchange: string }).exchange,
      ),
    ).toBe(false);
    await slow;
  });

  test('every event once the dust has settled, over logins that change the cookie', async () => {
    const panel = openPanel();
    const { browser } = panel;
    await browser.visit(`${demo.origin}/`);
    await panel.connector.start();
    await browser.visit(`${demo.origin}/set_session/`);
    await browser.submit('/login/', { username: 'ann' });
    await browser.submit('/cart/add/', { sku: 'TEA-01' });
    await browser.submit('/logout/');
    await until(isFinished(panel, '/login/'), 'the last exchange');
    const all = await until(() => {
      const { epoch } = panel.events[0]!;
      const seqs = held(panel, epoch);
      return seqs.length === seqs.at(-1) && isFinished(panel, '/logout/')() ? seqs : undefined;
    }, 'every event');
    expect(all[0]).toBe(1);
    expect(panel.mores.at(-1)).toBe(false);
  });

  test('killed mid-stream: said so, nothing lost; started again: a new epoch, and on it goes', async () => {
    const panel = openPanel();
    const { browser } = panel;
    await browser.visit(`${demo.origin}/set_session/`);
    await panel.connector.start();
    await until(isFinished(panel, '/set_session/'), 'the exchange');
    const before = panel.events.length;
    const [first] = panel.events;
    await demo.kill();
    await until(() => panel.connection.stream === 'broken', 'the broken stream');
    expect(panel.connection.streamFault).toMatch(/server ended|connection was lost/);
    expect(panel.events).toHaveLength(before);
    await demo.start();
    await until(isLive(panel), 'the stream');
    await browser.visit(`${demo.origin}/get_session/`);
    await until(isFinished(panel, '/get_session/'), 'the exchange after the restart');
    const last = panel.events.at(-1)!;
    expect(last.epoch).not.toBe(first!.epoch);
    // SQLite kept the record, and the fingerprint outlived the process.
    const sessions = new Set(
      panel.events.flatMap((event) => ('session' in event && event.session ? [event.session] : [])),
    );
    expect(sessions.size).toBeLessThanOrEqual(2);
    const seqs = held(panel, last.epoch);
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_seq, index) => index + 1));
  });

  /** A panel, live, while a request runs; `abandon`: its browser gives that up, so that no response of it is ever seen. */
  async function openWithSlowRequest(): Promise<{ panel: Panel; abandon: () => Promise<void> }> {
    const panel = openPanel();
    const { browser } = panel;
    await browser.visit(`${demo.origin}/set_session/`);
    await panel.connector.start();
    await until(isLive(panel), 'the stream');
    const gone = new AbortController();
    const slow = browser.request('/slow/?ms=900', { method: 'POST', signal: gone.signal }).catch(() => {});
    const isStarted = () => startedPaths(panel).includes('/slow/');
    await until(isStarted, 'the slow request');
    const abandon = async () => {
      gone.abort();
      await slow;
    };
    return { panel, abandon };
  }

  test('the end of a request that outlives its cookie is reported, though its response never came', async () => {
    const { panel, abandon } = await openWithSlowRequest();
    const { browser } = panel;
    browser.jar.splice(0);
    await browser.visit(`${demo.origin}/set_session/`);
    await abandon();
    await until(isFinished(panel, '/slow/'), 'the end of the slow request');
  });

  test('the end of a request whose session another window ends meanwhile is reported, though its response never came', async () => {
    const { panel, abandon } = await openWithSlowRequest();
    const { browser } = panel;
    // Neither this panel's browser nor its jar hears of it: from now on the cookie shows nothing.
    const [{ name, value }] = browser.jar as [SmallBrowser['jar'][number]];
    await fetch(`${demo.origin}/logout/`, { method: 'POST', headers: { cookie: `${name}=${value}` } });
    await abandon();
    await until(isFinished(panel, '/slow/'), 'the end of the slow request');
  });

  test('a page that is opened while the panel asks which one is open is the one that counts', async () => {
    const panel = openPanel();
    const { browser } = panel;
    // As DevTools does where the page goes away under the question.
    browser.pageUrl = async () => {
      await browser.visit(`${demo.origin}/set_session/`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      return undefined;
    };
    await panel.connector.start();
    await until(isLive(panel), 'the stream');
    expect(panel.connection.pageOrigin).toBe(demo.origin);
  });

  test('an API under another name: its cookie is read from its own place in the jar', async () => {
    const panel = openPanel();
    const { browser } = panel;
    const site = await listen((_request, response) => void response.end('page'));
    await browser.visit(`${site.replace('127.0.0.1', 'localhost')}/`);
    await panel.connector.start();
    await browser.request(`${demo.origin}/set_session/`);
    await until(isLive(panel), 'the stream by the cookie of the API');
  });

  test('paired: a code from the terminal, a token for this origin and app, every session', async () => {
    const panel = openPanel();
    const { browser } = panel;
    await browser.visit(`${demo.origin}/set_session/`);
    await panel.connector.start();
    await until(isLive(panel), 'the stream');
    const stranger = createSmallBrowser();
    await stranger.visit(`${demo.origin}/expiry/`);
    await panel.connector.beginPairing();
    const code = await until(() => /pairing code for .*: ([A-Z0-9]{8})/.exec(demo.terminal())?.[1], 'the code');
    await expect(panel.connector.completePairing('BBBBBBBB')).rejects.toThrow(/not the code/);
    expect(startedPaths(panel)).not.toContain('/expiry/');
    await panel.connector.completePairing(` ${code.toLowerCase()} `);
    await until(isFinished(panel, '/expiry/'), 'the stranger`s exchange');
    expect(panel.connection.paired).toBe(true);
    const [[key, token]] = [...browser.stored] as [[string, string]];
    expect(key).toBe(`token ${demo.origin} ${panel.connection.companion?.app}`);
    expect(browser.calls.filter(({ headers }) => headers.has('sessionscope-proof')).length).toBeGreaterThan(0);
    for (const { headers, body } of browser.calls) expect(JSON.stringify([[...headers], body])).not.toContain(token);
    // The next panel finds it, and the companion remembers.
    const next = openPanel(browser);
    await next.connector.start();
    await until(() => next.connection.paired === true && isFinished(next, '/expiry/')(), 'the paired stream');
  });

  test('a direct listener that can`t be reached: said so, nothing secret sent; paired, through the app', async () => {
    const browser = createSmallBrowser();
    const isMapped = (input: Parameters<typeof fetch>[0]) => String(input).startsWith(demo.origin);
    // A container that maps the app's port alone.
    const panel = openPanel(browser, (input, init) =>
      isMapped(input) ? browser.panelFetch(input, init) : Promise.reject(new TypeError('connection refused')),
    );
    await browser.visit(`${demo.origin}/set_session/`);
    await panel.connector.start();
    await until(() => panel.connection.listener === 'unreachable', 'the doctor');
    expect(panel.connection.listenerFault).toMatch(/^http:\/\/127\.0\.0\.1:\d+ does not answer for this app$/);
    await browser.visit(`${demo.origin}/get_session/`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(panel.events).toEqual([]);
    expect(JSON.stringify(browser.calls.map(({ body }) => body))).not.toContain(browser.jar[0]!.value);
    await panel.connector.beginPairing();
    const code = await until(() => /pairing code for .*: ([A-Z0-9]{8})/.exec(demo.terminal())?.[1], 'the code');
    await panel.connector.completePairing(code);
    await until(isFinished(panel, '/get_session/'), 'the exchange');
    expect(panel.connection.stream).toBe('live');
  });

  test('resumed after drops, no event is lost and the model`s order is kept', async () => {
    const browser = createSmallBrowser();
    const streams: AbortController[] = [];
    const panel = openPanel(browser, (input, init) => {
      if (!String(init?.body).includes('"wait":true')) return browser.panelFetch(input, init);
      const drop = new AbortController();
      streams.push(drop);
      return browser.panelFetch(input, { ...init, signal: AbortSignal.any([init!.signal!, drop.signal]) });
    });
    await browser.visit(`${demo.origin}/set_session/`);
    await panel.connector.start();
    await until(isLive(panel), 'the stream');
    for (let turn = 0; turn < 8; turn++) {
      await browser.visit(`${demo.origin}/get_session/?turn=${turn}`);
      streams.at(-1)?.abort();
    }
    await browser.visit(`${demo.origin}/expiry/`);
    await until(isFinished(panel, '/expiry/'), 'the last exchange');
    const { epoch } = panel.events[0]!;
    const seqs = await until(() => {
      const all = held(panel, epoch);
      return all.length === all.at(-1) ? all : undefined;
    }, 'every event');
    expect(seqs.at(-1)).toBeGreaterThan(30);
    expect(panel.changes.some(({ stream }) => stream === 'broken')).toBe(true);
    expect(startedPaths(panel).filter((path) => path === '/get_session/').length).toBeGreaterThanOrEqual(8);
  });

  test('a proxy that holds the stream back: reported from when the answers were sent, and polled', async () => {
    // The way through the app, with a token, behind a proxy that lets answers go every 3 seconds.
    const proxy = await listen((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
        const answer = await fetch(demo.origin + request.url, {
          method: request.method!,
          headers: headers as Record<string, string>,
          ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
          redirect: 'manual',
        });
        for (const [name, value] of answer.headers) if (name !== 'content-length') response.setHeader(name, value);
        response.statusCode = answer.status;
        const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream');
        let buffered: Uint8Array[] = [];
        const timer = isStream
          ? setInterval(() => {
              for (const part of buffered.splice(0)) response.write(part);
            }, 3_500)
          : undefined;
        response.on('close', () => clearInterval(timer));
        response.flushHeaders();
        try {
          for await (const part of answer.body ?? []) {
            if (isStream) buffered.push(part);
            else response.write(part);
          }
        } catch {
          // The server went away with the test.
        }
        buffered = [];
        response.end();
      })().catch(() => response.destroy());
    });
    const browser = createSmallBrowser();
    const panel = openPanel(browser, (input, init) =>
      String(input).startsWith(proxy) ? browser.panelFetch(input, init) : Promise.reject(new TypeError('refused')),
    );
    await browser.visit(`${proxy}/set_session/`);
    await panel.connector.start();
    await until(() => panel.connection.listener === 'unreachable', 'the doctor');
    await panel.connector.beginPairing();
    const code = await until(() => /pairing code for .*: ([A-Z0-9]{8})/.exec(demo.terminal())?.[1], 'the code');
    await panel.connector.completePairing(code);
    await until(() => panel.connection.stream === 'polling', 'polling');
    await browser.visit(`${proxy}/get_session/`);
    await until(isFinished(panel, '/get_session/'), 'the exchange');
  });

  test('a dev proxy that forwards /api alone: the first such response leads to the socket behind it', async () => {
    const { createServer: createVite } = await import('vite');
    const vite = await createVite({
      configFile: false,
      root: new URL('../tests/panel/', import.meta.url).pathname,
      logLevel: 'silent',
      server: {
        port: 0,
        host: '127.0.0.1',
        ws: false,
        proxy: { '/api': { target: demo.origin, rewrite: (path) => path.slice('/api'.length) } },
      },
      optimizeDeps: { noDiscovery: true },
    });
    await vite.listen();
    disposals.push(() => vite.close());
    const origin = `http://127.0.0.1:${(vite.httpServer!.address() as AddressInfo).port}`;
    const panel = openPanel();
    const { browser } = panel;
    await browser.visit(`${origin}/page.html`);
    await panel.connector.start();
    await until(() => panel.connection.header === 'missing', 'the page without a header');
    await browser.request('/api/set_session/');
    await until(isFinished(panel, '/set_session/'), 'the exchange');
    expect(panel.connection).toMatchObject({ hello: 'ok', helloOrigin: demo.origin, listener: 'ok', stream: 'live' });
  });

  test('an endpoint that is discovered while the page`s own origin is being asked is not dropped', async () => {
    const page = await listen((_request, response) => {
      // No companion here, and no hurry.
      setTimeout(() => response.writeHead(404).end('not found'), 400);
    });
    const panel = openPanel();
    const { browser } = panel;
    await browser.visit(`${page}/`);
    const started = panel.connector.start();
    await new Promise((resolve) => setTimeout(resolve, 100));
    // From the page to the app on another port of this machine.
    await browser.request(`${demo.origin}/set_session/`);
    await started;
    await until(isFinished(panel, '/set_session/'), 'the exchange');
  });

  test('another app in the same tab: its companion is found, though its response was reported before the navigation', async () => {
    const other = await startDemo();
    disposals.push(() => other[Symbol.asyncDispose]());
    const panel = openPanel();
    const { browser } = panel;
    await browser.visit(`${demo.origin}/set_session/`);
    await panel.connector.start();
    await until(isFinished(panel, '/set_session/'), 'the first app');
    // The small browser reports the response first, then the navigation.
    await browser.visit(`${other.origin}/expiry/`);
    await until(isFinished(panel, '/expiry/'), 'the second app');
    expect(panel.connection).toMatchObject({ pageOrigin: other.origin, helloOrigin: other.origin });
  });

  test('an API on another port with a companion of its own is in the same recording, and the page stays the main one', async () => {
    const api = await startDemo();
    disposals.push(() => api[Symbol.asyncDispose]());
    const panel = openPanel();
    const { browser } = panel;
    await browser.visit(`${demo.origin}/set_session/`);
    await panel.connector.start();
    await until(isFinished(panel, '/set_session/'), 'the page`s exchange');
    await browser.request(`${api.origin}/get_session/`);
    await browser.request('/expiry/');
    await until(isFinished(panel, '/expiry/'), 'the page`s next exchange');
    await until(isFinished(panel, '/get_session/'), 'the exchange of the API');
    await until(() => panel.connection.companions?.length === 2, 'both servers');
    expect(panel.connection.helloOrigin).toBe(demo.origin);
    expect(panel.connection.companions).toMatchObject([
      { origins: [demo.origin], at: demo.origin, isOfPage: true },
      { origins: [api.origin], at: api.origin, isOfPage: true },
    ]);
    // Each is asked about its own values.
    const set = panel.events.find((event) => event.type === 'operation-recorded' && event.path?.[0] === 'username');
    expect(await panel.connector.loadValue(set as OperationRecorded, 'after', [])).toBe('john_doe');
  });

  test('a login over another local app and back: every hop is recorded, by whichever server it was', async () => {
    const login = await startDemo();
    disposals.push(() => login[Symbol.asyncDispose]());
    const panel = openPanel();
    const { browser } = panel;
    // Sends on to the other app, which sends on again within itself.
    const hop = await listen((_request, response) => {
      response.writeHead(302, { location: `${login.origin}/set_session/` }).end();
    });
    await browser.visit(`${demo.origin}/set_session/`);
    await panel.connector.start();
    await until(isLive(panel), 'the stream');
    await browser.visit(`${hop}/authorize`);
    await browser.visit(`${demo.origin}/expiry/`);
    await until(isFinished(panel, '/expiry/'), 'the way back');
    const epochs = () =>
      new Set(panel.events.flatMap((event) => (event.type === 'exchange-finished' ? [event.epoch] : [])));
    await until(() => epochs().size === 2, 'the exchanges of both');
    expect(panel.connection.pageOrigin).toBe(demo.origin);
    expect(panel.connection.stream).toBe('live');
    expect(panel.connection.companions?.map(({ at, isOfPage }) => [at, isOfPage])).toEqual([
      [demo.origin, true],
      [login.origin, false],
    ]);
  });

  test('one project on two ports: two servers, distinguished', async () => {
    const state = mkdtempSync(join(tmpdir(), 'sessionscope-two-'));
    disposals.push(() => rmSync(state, { recursive: true, force: true }));
    const [one, two] = await Promise.all([1, 2].map(() => startDemo({ env: { XDG_STATE_HOME: state } })));
    disposals.push(
      () => one![Symbol.asyncDispose](),
      () => two![Symbol.asyncDispose](),
    );
    const panel = openPanel();
    await panel.browser.visit(`${one!.origin}/set_session/`);
    await panel.connector.start();
    await panel.browser.request(`${two!.origin}/expiry/`);
    await until(isFinished(panel, '/expiry/'), 'the exchange of the second');
    await until(() => panel.connection.companions?.length === 2, 'both servers');
    const companions = panel.connection.companions!;
    expect(new Set(companions.map(({ app }) => app)).size).toBe(1);
    expect(companions.map(({ at }) => at)).toEqual([one!.origin, two!.origin]);
    expect(companions.some(({ epochs }) => epochs.includes(panel.events[0]!.epoch))).toBe(true);
    // The store is read at the server of the request, and the answer names it; of one that is gone nothing is asked.
    for (const { epochs } of companions) {
      panel.storesOf.length = 0;
      await panel.connector.readStore(epochs[0]);
      expect(panel.storesOf.at(-1)).toContain(epochs[0]);
    }
    await expect(panel.connector.readStore('0123456789ab')).rejects.toThrow('The server of this request');
  });

  test('one app by two hosts is one server, with both of them named', async () => {
    const panel = openPanel();
    const { browser } = panel;
    await browser.visit(`${demo.origin}/set_session/`);
    await panel.connector.start();
    await until(isLive(panel), 'the stream');
    const other = demo.origin.replace('127.0.0.1', 'localhost');
    await browser.request(`${other}/expiry/`);
    await until(isFinished(panel, '/expiry/'), 'the exchange by the other host');
    await until(() => panel.connection.companions?.[0]?.origins.length === 2, 'both hosts');
    expect(panel.connection.companions).toHaveLength(1);
  });

  test('without permission for the page`s origin nobody is asked; with it, it goes on', async () => {
    const panel = openPanel();
    const { browser } = panel;
    let isGranted = false;
    browser.permits = () => isGranted;
    await browser.visit(`${demo.origin}/set_session/`);
    await panel.connector.start();
    await until(() => panel.connection.permission === 'missing', 'the doctor');
    expect(browser.calls).toEqual([]);
    isGranted = true;
    await panel.connector.requestPermission();
    await until(isLive(panel), 'the stream');
  });

  test('access given in the browser`s own settings is noticed', async () => {
    const panel = openPanel();
    panel.browser.permits = () => false;
    await panel.browser.visit(`${demo.origin}/set_session/`);
    await panel.connector.start();
    await until(() => panel.connection.permission === 'missing', 'the doctor');
    panel.browser.permit(() => true);
    await until(isLive(panel), 'the stream');
  });

  test('a large value is fetched from the direct listener, a redacted one only by a token', async () => {
    const panel = openPanel();
    await panel.browser.visit(`${demo.origin}/set_session/`);
    await panel.connector.start();
    await until(isFinished(panel, '/set_session/'), 'the exchange');
    const set = panel.events.find((event) => event.type === 'operation-recorded' && event.operation === 'set');
    if (set?.type !== 'operation-recorded') throw new Error('no set');
    expect(await panel.connector.loadValue(set, 'after', [])).toBe('john_doe');
    await expect(panel.connector.loadValue(set, 'after', [], true)).rejects.toThrow(/paired panel only/);
    await expect(panel.connector.loadValue({ ...set, seq: 1 }, 'after', [])).rejects.toThrow(
      /does not hold this value/,
    );
  });
});

describe('who answers the page may have written the header', () => {
  const ITEM = {
    path: '/__sessionscope__',
    v: 1,
    app: 'app-app-app-app-app-ap',
    at: 'http://127.0.0.1:9',
    exchange: 'e'.repeat(32),
    epoch: 'epoch00001',
  };
  const HELLO = {
    v: 1,
    app: 'another-app-another-ap',
    project: 'impostor',
    epoch: 'epoch00001',
    companion: { name: 'x', version: '1' },
    runtime: 'x',
    libraries: [{ name: 'x', version: '1', cookieNames: ['sid'] }],
    paired: true,
    directListener: null,
  };
  const text = (path: string, at = ITEM.at, v = '1') =>
    `"${path}";v=${v};app="${ITEM.app}";at="${at}";exchange="${ITEM.exchange}";epoch="${ITEM.epoch}"`;

  /** A page whose responses bear this header; every path but / is counted. */
  async function pageWith(header: string): Promise<{ origin: string; asked: string[] }> {
    const asked: string[] = [];
    const origin = await listen((request, response) => {
      if (request.url !== '/') asked.push(request.url!);
      response.setHeader('Sessionscope', header);
      response.end('page');
    });
    return { origin, asked };
  }

  test.each([
    ['a host in the path', text('//evil.test/x')],
    ['a host behind a backslash', text('/\\\\evil.test')],
    ['a way up', text('/../x')],
    ['a query', text('/x?y')],
    ['percent-encoding', text('/%2e%2e/x')],
    ['an absolute URL', text('http://evil.test/x')],
    ['credentials in `at`', text('/x', 'http://user@evil.test')],
    ['a path in `at`', text('/x', 'http://127.0.0.1:9/x')],
    ['no origin', text('/x', 'javascript:alert(1)')],
    ['no structured field', 'hello'],
    ['one bad item among good ones', `${text('/good')}, ${text('//evil.test')}`],
    ['four kilobytes too many', `${text('/x')};x="${'y'.repeat(4_200)}"`],
  ])('%s: refused, and nobody is asked but the page`s own origin, at the usual path', async (_name, header) => {
    const { origin, asked } = await pageWith(header);
    const panel = openPanel();
    await panel.browser.visit(`${origin}/`);
    await panel.connector.start();
    await until(() => panel.connection.header === 'refused', 'the refusal');
    expect(panel.connection.headerFault).toBeTruthy();
    expect(new Set(asked)).toEqual(new Set(asked.length > 0 ? ['/__sessionscope__/v1/hello'] : []));
    expect(panel.browser.calls.every(({ url }) => url.startsWith(`${origin}/__sessionscope__/`))).toBe(true);
  });

  test('a header of another version is reported as that', async () => {
    const { origin } = await pageWith(text('/x', ITEM.at, '2'));
    const panel = openPanel();
    await panel.browser.visit(`${origin}/`);
    await panel.connector.start();
    await until(() => panel.connection.header === 'other-version', 'the doctor');
    expect(panel.connection.headerFault).toBe('protocol version 2');
  });

  test('`at` that is not loopback is never asked', async () => {
    const { origin } = await pageWith(formatDiscovery([{ ...ITEM, at: 'http://intranet.test' }]));
    const panel = openPanel();
    await panel.browser.visit(`${origin}/`);
    await panel.connector.start();
    await until(() => panel.connection.hello === 'failed', 'the doctor');
    expect(panel.browser.calls.map(({ url }) => url)).toEqual([`${origin}/__sessionscope__/v1/hello`]);
  });

  test('a page that the panel may not ask names no port of this machine to be asked', async () => {
    const asked: string[] = [];
    const victim = await listen((request, response) => {
      asked.push(request.url!);
      response.end();
    });
    const { origin } = await pageWith(formatDiscovery([{ ...ITEM, path: '/admin/delete-all', at: victim }]));
    const panel = openPanel();
    panel.browser.permits = (one) => one !== origin;
    await panel.browser.visit(`${origin}/`);
    await panel.connector.start();
    await until(() => panel.connection.permission === 'missing', 'the doctor');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(asked).toEqual([]);
    expect(panel.browser.calls).toEqual([]);
  });

  test.for(['@127.0.0.1:$/x', '//127.0.0.1:$/x', '/../x', '/x?'])(
    'a direct listener whose path leads to another host is not taken: %s',
    async (path) => {
      const elsewhere: string[] = [];
      const foreign = await listen((request, response) => {
        elsewhere.push(String(request.url));
        response.end();
      });
      const companion = await listen((_request, response) => {
        const directListener = { origin: ITEM.at, path: path.replace('$', new URL(foreign).port) };
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ ...HELLO, app: ITEM.app, directListener }));
      });
      const { origin } = await pageWith(formatDiscovery([{ ...ITEM, at: companion }]));
      const panel = openPanel();
      await panel.browser.visit(`${origin}/`);
      await panel.connector.start();
      await until(() => panel.browser.calls.length >= 2, 'both addresses to be asked');
      await until(() => panel.connection.hello === 'failed', 'the answer to be refused');
      expect(elsewhere).toEqual([]);
    },
  );

  test('another app that answers gets no proof', async () => {
    const impostor = await listen((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(HELLO));
    });
    const { origin } = await pageWith(formatDiscovery([{ ...ITEM, at: impostor }]));
    const panel = openPanel();
    panel.browser.jar.push({ name: 'sid', value: 'bearer', host: '127.0.0.1', path: '/' });
    await panel.browser.visit(`${origin}/`);
    await panel.connector.start();
    await until(() => panel.connection.hello === 'other-app', 'the doctor');
    expect(panel.browser.calls.every(({ url }) => url.endsWith('/hello'))).toBe(true);
    expect(JSON.stringify(panel.browser.calls)).not.toContain('bearer');
  });

  test('a response of another site in the page leads nowhere', async () => {
    const page = await listen((_request, response) => void response.end('page'));
    const panel = openPanel();
    const { browser } = panel;
    await browser.visit(`${page}/`);
    await panel.connector.start();
    browser.show({
      key: 'x',
      url: 'http://cdn.test/x.js',
      origin: 'http://cdn.test',
      method: 'GET',
      status: 200,
      startedAt: 0,
      durationMs: 1,
      discovery: { ok: true, items: [{ ...ITEM, at: 'http://cdn.test' }] },
      setCookies: [],
      hidesSetCookies: false,
      fromCache: false,
      browser: 'chromium',
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(browser.calls.every(({ url }) => url.startsWith(page))).toBe(true);
  });

  test.each([
    [
      'a companion of another version',
      {
        status: 400,
        body: {
          error: { code: 'unsupported-version', message: 'It speaks version 2.', fix: 'Update.', versions: [2] },
        },
      },
      { hello: 'other-version', helloFault: 'It speaks version 2. Update.' },
    ],
    [
      'a companion that refuses',
      { status: 403, body: { error: { code: 'refused', message: 'Not you.' } } },
      { hello: 'refused', helloFault: 'Not you.' },
    ],
    ['something that is no companion', { status: 200, body: { hello: 'world' } }, { hello: 'failed' }],
    [
      'a page in place of an answer',
      { status: 502, body: '<html>' },
      { hello: 'failed', helloFault: 'it answered 502, and not as a companion does' },
    ],
  ])('%s', async (_name, { status, body }, expected) => {
    const origin = await listen((request, response) => {
      if (request.method === 'POST') response.writeHead(status).end(JSON.stringify(body));
      else {
        response.setHeader('Sessionscope', formatDiscovery([{ ...ITEM, at: 'http://127.0.0.1:9' }]));
        response.end();
      }
    });
    const panel = openPanel(createSmallBrowser());
    // Port 9 is not asked: it has no permission.
    panel.browser.permits = (asked) => asked === origin;
    await panel.browser.visit(`${origin}/`);
    await panel.connector.start();
    await until(() => panel.connection.hello !== 'untried' && panel.connection.hello, 'the doctor');
    expect(panel.connection).toMatchObject(expected);
    expect(panel.browser.calls.every(({ url }) => url.endsWith('/hello'))).toBe(true);
  });
});

test.each([
  ['http://localhost:3000', true],
  ['https://app.localhost', true],
  ['http://127.0.0.1:1', true],
  ['http://[::1]:3000', true],
  ['http://localhost.evil.test', false],
  ['http://127.0.0.1.evil.test', false],
  ['http://10.0.0.1', false],
  ['http://evil.test/localhost', false],
  ['ftp://localhost', false],
])('%s is loopback: %s', (origin, expected) => {
  expect(isLoopbackOrigin(origin)).toBe(expected);
});
