/**
 * Makes `recordings/*.json`: drives the demo as a browser would, with the panel's own connector attached, and keeps
 * what it reports. `npm run record -w playground`; names of recordings as arguments make only those.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { harOf } from '../../entrypoints/panel/har-of.ts';
import type { HarExchange } from '../../model/index.ts';
import type { SessionAnswer, SessionscopeEvent } from '../../protocol/index.ts';
import { until } from '../../tests/browsers/until.ts';
import { type DemoProcess, type DemoProcessOptions, startDemo } from '../../tests/panel/demo-process.ts';
import { createSmallBrowser, PANEL_ORIGIN, type SmallBrowser } from '../../tests/panel/small-browser.ts';
import { type ConnectionChange, Connector, JarCheck, type JarFate, type SeenResponse } from '../../transport/index.ts';
import type { Recording } from './recording.ts';

interface Stage {
  demo: DemoProcess;
  browser: SmallBrowser;
  connector: Connector;
  events: SessionscopeEvent[];
  /** Opens a page, and waits as a person does. */
  open(path: string): Promise<void>;
  press(path: string, fields?: Record<string, string>): Promise<void>;
  /** Requests of the page's own, at once or `afterMs` the first. */
  send(requests: readonly (readonly [method: string, path: string, afterMs?: number])[]): Promise<void>;
  /** Types the code of the terminal in. */
  pair(): Promise<void>;
}

interface Scenario {
  app?: DemoProcessOptions;
  /** Before the panel is opened. */
  before?: (stage: Stage) => Promise<void>;
  act: (stage: Stage) => Promise<void>;
  /** Ends while a request runs. */
  isCut?: boolean;
}

/** A person's pause between two clicks; longer than what parts two bursts. */
const PAUSE_MS = 1_150;

const ODD = { script: 'panel/odd-app.ts' };

const visitAll =
  (...paths: string[]) =>
  async ({ open }: Stage) => {
    for (const path of paths) await open(path);
  };

const SCENARIOS: Record<string, Scenario> = {
  everyday: {
    async act({ open, press }) {
      await open('/set_session/');
      await open('/get_session/');
      await press('/login/', { username: 'john_doe' });
      await press('/cart/add/', { sku: 'TEA-01' });
      await press('/cart/add/', { sku: 'MUG-11' });
      await press('/cart/more/', { sku: 'TEA-01' });
      await press('/cart/remove/', { sku: 'MUG-11' });
      await press('/expiry/');
      await press('/logout/');
    },
  },
  'lost-update': {
    async act({ open, send }) {
      const path = '/problems/lost-update/';
      await open(path);
      await send([
        ['POST', `${path}items`],
        ['POST', `${path}coupon`, 15],
      ]);
      await open(path);
    },
  },
  'cookie-not-set': { act: visitAll('/problems/cookie-not-set/', '/problems/cookie-not-set/') },
  'redirect-before-save': {
    async act({ open, press, send }) {
      const path = '/problems/redirect-before-save/';
      await open(path);
      await press(path);
      // A browser follows the redirect as its headers come; this small one waits for the whole response.
      await send([
        ['POST', path],
        ['GET', path, 60],
      ]);
      await open(path);
    },
  },
  'nested-not-saved': {
    async act({ open, press }) {
      const path = '/problems/nested-not-saved/';
      await open(path);
      await press(path);
      await press(`${path}in-time/`);
      await open(path);
    },
  },
  'logout-undone': {
    async act({ open, press, send }) {
      const path = '/problems/logout-undone/';
      await press(`${path}login`);
      await send([
        ['POST', `${path}autosave`],
        ['POST', `${path}logout`, 60],
      ]);
      await open(path);
    },
  },
  expiry: {
    async act({ open, press }) {
      const path = '/problems/expiry/';
      await open(path);
      await press(path);
      await wait(4_000);
      await press(path);
    },
  },
  running: {
    isCut: true,
    async act({ open, browser, events }) {
      await open('/set_session/');
      // Cut off by the end of the recording.
      browser.submit('/slow/?ms=60000').catch(() => undefined);
      await until(
        () => events.some((event) => event.type === 'operation-recorded' && event.path?.[0] === 'order'),
        'the first set',
      );
      await wait(611);
    },
  },
  restart: {
    app: ODD,
    async act({ demo, open }) {
      await open('/visit/');
      await open('/visit/');
      await demo.kill();
      await wait(300);
      await demo.start();
      await wait(1_500);
      await open('/visit/');
      await open('/visit/');
    },
  },
  gap: {
    app: { ...ODD, env: { LOG_EVENTS: '40' } },
    async before({ browser, demo }) {
      for (let turn = 0; turn < 14; turn++) await browser.visit(`${demo.origin}/visit/`);
    },
    act: visitAll('/visit/', '/visit/'),
  },
  values: { app: ODD, act: visitAll('/profile/', '/profile/change/') },
  folded: { app: ODD, act: visitAll('/visit/', '/loop/') },
  'store-failure': { app: { ...ODD, env: { FRAGILE: '1' } }, act: visitAll('/visit/', '/fail/', '/visit/') },
  'sealed-fork': {
    app: { script: 'panel/sealed-app.ts' },
    async act({ open, press, send }) {
      await press('/login/');
      await send([
        ['POST', '/draft/'],
        ['POST', '/basket/', 120],
      ]);
      await open('/page/');
      await press('/logout/');
    },
  },
  clients: {
    async act({ demo, open, pair }) {
      await open('/set_session/');
      await pair();
      const other = createSmallBrowser();
      await other.visit(`${demo.origin}/set_session/`);
      await other.submit('/cart/add/', { sku: 'POT-03' });
      await open('/get_session/');
    },
  },
};

async function record({ app = {}, before, act, isCut = false }: Scenario): Promise<Recording> {
  await using demo = await startDemo(app);
  const browser = createSmallBrowser();
  const connection: ConnectionChange = {};
  const events: SessionscopeEvent[] = [];
  let store: SessionAnswer | undefined;
  const responses = new Map<string, HarExchange>();
  const connector = new Connector({
    host: browser,
    fetch: browser.panelFetch,
    retryMs: [100, 400],
    origin: PANEL_ORIGIN,
    sink: {
      connection(change) {
        Object.assign(connection, change);
        if (change.companions !== undefined) jarCheck.namesChanged();
      },
      events: (fresh) => events.push(...fresh),
      session: (answer) => {
        store = answer;
      },
    },
  });
  const open = async (path: string) => {
    await browser.visit(demo.origin + path);
    await wait(PAUSE_MS);
  };
  const stage: Stage = {
    demo,
    browser,
    connector,
    events,
    open,
    async press(path, fields) {
      await browser.submit(path, fields);
      await wait(PAUSE_MS);
    },
    async send(requests) {
      await Promise.all(
        requests.map(async ([method, path, afterMs = 0]) => {
          await wait(afterMs);
          await browser.request(path, { method });
        }),
      );
      await wait(PAUSE_MS);
    },
    async pair() {
      await connector.beginPairing();
      const code = await until(() => /pairing code for .*: ([A-Z0-9]{8})/.exec(demo.terminal())?.[1], 'the code');
      await connector.completePairing(code);
    },
  };
  // The first page is open before DevTools is, as it mostly is; its request is not seen.
  await browser.visit(`${demo.origin}/`);
  await before?.(stage);
  const fates = new Map<string, readonly (JarFate | undefined)[]>();
  const show = (response: SeenResponse) => {
    const har = harOf(response, fates.get(response.key), connection.pageOrigin);
    if (har) responses.set(response.key, har);
  };
  const jarCheck = new JarCheck({
    host: browser,
    names: () => connector.cookieNames,
    onFates(response, reported) {
      fates.set(response.key, reported);
      show(response);
    },
    onChange: () => {},
  });
  browser.onResponse((response) => {
    show(response);
    void jarCheck.see(response);
  });
  await connector.start();
  await act(stage);
  const exchanges = (type: SessionscopeEvent['type']) =>
    new Set(events.flatMap((event) => (event.type === type && 'exchange' in event ? [event.exchange] : [])));
  if (!isCut)
    await until(() => {
      const finished = exchanges('exchange-finished');
      return [...exchanges('exchange-started')].every((id) => finished.has(id));
    }, 'the last exchange');
  const recording: Recording = {
    events: withoutRepeats(events).map((event) => {
      if (event.type !== 'epoch-started') return event;
      // Where the project lies on this machine is nobody's business.
      const { root: _root, ...reported } = event;
      return reported;
    }),
    responses: [...responses.values()],
    connection,
    ...(store === undefined ? {} : { store }),
    endedAt: Date.now(),
  };
  connector.dispose();
  return recording;
}

/** The connector may report an event twice: the model takes it once. */
const withoutRepeats = (events: readonly SessionscopeEvent[]) => [
  ...new Map(events.map((event) => [`${event.type} ${event.epoch} ${event.seq}`, event])).values(),
];

const folder = join(import.meta.dirname, 'recordings');
mkdirSync(folder, { recursive: true });
const chosen = process.argv.slice(2);
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const recording = await record(scenario);
  // One event a line: a later recording's differences can be read.
  const { events, ...rest } = recording;
  const lines = events.map((event) => `    ${JSON.stringify(event)}`).join(',\n');
  const head = JSON.stringify(rest, undefined, 2).replace(/\n\}$/, ',');
  writeFileSync(join(folder, `${name}.json`), `${head}\n  "events": [\n${lines}\n  ]\n}\n`);
  console.log(`${name}: ${events.length} events, ${recording.responses.length} responses`);
}
// Requests that a recording cut off would keep the process.
process.exit();
