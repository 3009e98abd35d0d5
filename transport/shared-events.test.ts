import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SessionscopeEvent } from '../protocol/index.ts';
import { until } from '../tests/browsers/until.ts';
import { type DemoProcess, startDemo } from '../tests/panel/demo-process.ts';
import { createSmallBrowser, PANEL_ORIGIN, type SmallBrowser } from '../tests/panel/small-browser.ts';
import type { ConnectionChange } from './connection-change.ts';
import { Connector } from './connector.ts';

interface Window {
  connector: Connector;
  connection: ConnectionChange;
  events: SessionscopeEvent[];
}

let demo: DemoProcess;
const windows: Window[] = [];
/** Streams open now, and all that ever were. */
let open = 0;
let opened = 0;

beforeEach(async () => {
  demo = await startDemo();
  open = opened = 0;
});
afterEach(async () => {
  for (const { connector } of windows.splice(0)) connector.dispose();
  await demo[Symbol.asyncDispose]();
});

/** A DevTools window on a tab of `browser`, which has loaded its page already. */
function openWindow(browser: SmallBrowser): Window {
  const counted: typeof fetch = async (input, init) => {
    if (!String(init?.body).includes('"wait":true')) return browser.panelFetch(input, init);
    opened += 1;
    open += 1;
    init!.signal!.addEventListener('abort', () => (open -= 1));
    return browser.panelFetch(input, init);
  };
  const events: SessionscopeEvent[] = [];
  const connection: ConnectionChange = {};
  const connector = new Connector({
    // It has seen no response itself: what comes, comes by the stream.
    host: { ...browser, onResponse: () => () => {} },
    fetch: counted,
    retryMs: [30, 200],
    origin: PANEL_ORIGIN,
    sink: {
      connection: (change) => Object.assign(connection, change),
      events: (more) => events.push(...more),
      session: () => {},
    },
  });
  const made = { connector, connection, events };
  windows.push(made);
  return made;
}

const sequence = ({ events }: Window) => [...new Set(events.map(({ seq }) => seq))].sort((a, b) => a - b);
/** Exchanges that finished; an event that comes by two ways at a handover is one. */
const finished = ({ events }: Window) =>
  new Set(events.flatMap((event) => (event.type === 'exchange-finished' ? [event.exchange] : []))).size;

test('eight windows on one app share a stream: each sees a running request as it runs, and all of the past', async () => {
  const browser = createSmallBrowser();
  await browser.visit(`${demo.origin}/set_session/`);
  const all = Array.from({ length: 8 }, () => openWindow(browser));
  for (const { connector } of all) await connector.start();
  await until(() => all.every(({ connection }) => connection.stream === 'live'), 'eight live windows');
  expect(opened).toBe(1);
  const slow = browser.submit('/slow/?ms=1200');
  await until(
    () =>
      all.every(({ events }) =>
        events.some((event) => event.type === 'operation-recorded' && event.path?.[0] === 'order'),
      ),
    'the set of a running request in each',
  );
  // The request that set the session, from before any of them was there, and no more.
  expect(all.map(finished)).toEqual(all.map(() => 1));
  await slow;
  await until(() => all.every((window) => finished(window) === 3), 'the end of all');
  for (const window of all.slice(1)) expect(sequence(window)).toEqual(sequence(all[0]!));
});

test('the window that reads goes: the next one reads on, and nothing is lost between them', async () => {
  const browser = createSmallBrowser();
  await browser.visit(`${demo.origin}/set_session/`);
  const [first, second, third] = [openWindow(browser), openWindow(browser), openWindow(browser)];
  for (const { connector } of windows) await connector.start();
  await until(() => windows.every(({ connection }) => connection.stream === 'live'), 'live windows');
  for (const leaving of [first, second]) {
    const requests = Promise.all(Array.from({ length: 6 }, () => browser.request('/get_session/')));
    await wait(5);
    leaving.connector.dispose();
    await requests;
  }
  await browser.visit(`${demo.origin}/expiry/`);
  await until(() => finished(third) === 14, 'every exchange in the last window');
  const seqs = sequence(third);
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_seq, index) => index + 1));
  expect(opened).toBe(3);
  expect(open).toBe(1);
});

test('another jar, a private window or a container, has a stream of its own and sees its own', async () => {
  const [one, other] = [createSmallBrowser(), createSmallBrowser()];
  await one.visit(`${demo.origin}/set_session/`);
  await other.visit(`${demo.origin}/set_session/`);
  const [a, b] = [openWindow(one), openWindow(other)];
  for (const { connector } of windows) await connector.start();
  await until(() => finished(a) === 1 && finished(b) === 1, 'each its own exchange');
  await one.request('/get_session/');
  await until(() => finished(a) === 2, 'the exchange of the first');
  expect(opened).toBe(2);
  const sessions = ({ events }: Window) =>
    new Set(events.flatMap((event) => ('session' in event && event.session ? [event.session] : [])));
  expect([...sessions(a)].some((session) => sessions(b).has(session))).toBe(false);
  expect(finished(b)).toBe(1);
});

test('a server that dies and comes back: every window says so, and they share one stream again', async () => {
  const browser = createSmallBrowser();
  await browser.visit(`${demo.origin}/set_session/`);
  const all = [openWindow(browser), openWindow(browser), openWindow(browser)];
  for (const { connector } of all) await connector.start();
  await until(() => all.every(({ connection }) => connection.stream === 'live'), 'live windows');
  // A window is live while it still fetches the past, and that dies with the server.
  await until(() => all.every((window) => finished(window) === 1), 'the first exchange in each');
  await demo.kill();
  await until(() => all.every(({ connection }) => connection.stream === 'broken'), 'the loss in each');
  open = opened = 0;
  await demo.start();
  await until(() => all.every(({ connection }) => connection.stream === 'live'), 'live windows again');
  await browser.request('/get_session/');
  await until(() => all.every((window) => finished(window) === 2), 'the new exchange in each');
  expect(open).toBe(1);
});

test('a server that stands at a breakpoint is silent in every window, not only in the one that reads', async () => {
  const browser = createSmallBrowser();
  await browser.visit(`${demo.origin}/set_session/`);
  const all = [openWindow(browser), openWindow(browser)];
  for (const { connector } of all) await connector.start();
  await until(() => all.every(({ connection }) => connection.stream === 'live'), 'live windows');
  demo.halt();
  try {
    await until(() => all.every(({ connection }) => connection.isSilent === true), 'the silence in each');
  } finally {
    demo.resume();
  }
  await until(() => all.every(({ connection }) => connection.isSilent === false), 'a sign of life in each');
  expect(opened).toBe(1);
});
