/** A companion that lies: what it sends is refused, the panel says so, and what was recorded before is kept. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createPanelModel, loadDeferred } from '../../model/index.ts';
import { formatDiscovery } from '../../protocol/index.ts';
import { Connector } from '../../transport/index.ts';
import { until } from '../browsers/until.ts';
import { createSmallBrowser, PANEL_ORIGIN } from './small-browser.ts';

await loadDeferred();

const APP = 'hostile-hostile-hosti0';
const EPOCH = 'hostile001';
const EXCHANGE = 'abcdefabcdefabcdefabcdefabcdefab';

const disposals: (() => void)[] = [];
afterEach(() => {
  for (const dispose of disposals.splice(0).toReversed()) dispose();
});

const STARTED = {
  type: 'exchange-started',
  epoch: EPOCH,
  seq: 1,
  at: 1_750_000_000_000,
  exchange: EXCHANGE,
  middleware: 0,
  method: 'GET',
  path: '/before',
  protocol: 'http',
  cookie: { name: 'sid', sent: 0 },
};

const answer = (events: unknown, seq = 1) => ({ events, next: { epoch: EPOCH, seq }, more: false, sentAt: Date.now() });

/** The panel's model beside a server that announces a companion, and answers `events` with this after one good event. */
async function openPanel(bad: string) {
  let origin = '';
  const server = createServer((request, response) => {
    if (request.method !== 'POST') {
      response.setHeader('Sessionscope', formatDiscovery([discovery()]));
      response.setHeader('Set-Cookie', 'sid=proof; Path=/');
      response.end('page');
      return;
    }
    if (request.url!.endsWith('/events')) {
      response.setHeader('content-type', 'text/event-stream');
      response.write(`data: ${JSON.stringify(answer([STARTED]))}\n\n`);
      response.write(`data: ${bad}\n\n`);
      const behind = { ...STARTED, seq: 3, exchange: EXCHANGE.replace('a', '0'), path: '/behind' };
      response.write(`data: ${JSON.stringify(answer([behind], 3))}\n\n`);
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.end(request.url!.endsWith('/hello') ? JSON.stringify(hello()) : '"nonsense"');
  });
  const discovery = () => ({ path: '/__sessionscope__', v: 1, app: APP, at: origin, exchange: EXCHANGE, epoch: EPOCH });
  const hello = () => ({
    v: 1,
    app: APP,
    project: 'shop',
    epoch: EPOCH,
    companion: { name: 'sessionscope', version: '0.1.0' },
    runtime: 'node 24.0.0',
    libraries: [{ name: 'express-session', version: '1.19.0', cookieNames: ['sid'] }],
    paired: false,
    directListener: { origin, path: '/__sessionscope__' },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const model = createPanelModel();
  const browser = createSmallBrowser();
  const connector = new Connector({
    host: browser,
    fetch: browser.panelFetch,
    retryMs: [60_000, 60_000],
    origin: PANEL_ORIGIN,
    sink: { connection: model.setConnection, events: model.receive, session: model.setStoreReading },
  });
  disposals.push(
    () => server.close(),
    () => server.closeAllConnections(),
    () => connector.dispose(),
  );
  await browser.visit(`${origin}/`);
  await connector.start();
  return model;
}

const operation = (fields: object) =>
  JSON.stringify(
    answer([
      {
        type: 'operation-recorded',
        epoch: EPOCH,
        seq: 2,
        at: 1,
        exchange: EXCHANGE,
        session: null,
        operation: 'set',
        call: 'set',
        actor: 'app',
        ...fields,
      },
    ]),
  );

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

/** Made when they are sent: each says when that was. */
const MESSAGES: Record<string, () => string> = {
  'no JSON': () => '{"events":',
  'another shape': () => '{"events":"all of them"}',
  'an event that nobody knows': () => JSON.stringify(answer([{ ...STARTED, type: 'exchange-hijacked' }])),
  'an operation that nobody knows': () => operation({ operation: 'innerHTML' }),
  'a session key where a fingerprint belongs': () => operation({ session: 's:KEY.signature' }),
  'a sequence number that is none': () => operation({ seq: '2; DROP' }),
  'a forged tag': () => operation({ path: ['a'], after: { $: 'html', html: '<b>' } }),
  'a key that leads to a prototype': () =>
    operation({ path: ['a'] }).replace('"path"', '"after":{"__proto__":{"polluted":1}},"path"'),
  'a value deeper than any companion sends': () =>
    operation({ path: ['a'] }).replace('"path"', `"after":${deep(500)},"path"`),
  'a list longer than any companion sends': () => operation({ after: Array.from({ length: 5_000 }, () => 0) }),
  'a frame that is no frame': () => operation({ source: { frames: [{ file: 1, line: 'x', kind: 'app' }] } }),
};

test.each(Object.entries(MESSAGES))('%s: costs one gap, and the stream goes on', async (_what, bad) => {
  const model = await openPanel(bad());
  await until(() => model.counts.value.exchanges === 2, 'the request behind it');
  expect(model.connection.value.stream).toBe('live');
  expect(model.counts.value).toMatchObject({ exchanges: 2, operations: 0 });
  expect(model.items.value).toMatchObject([
    { kind: 'exchange', started: { path: '/before' } },
    { kind: 'gap', gap: { cause: 'refused', count: 1 } },
    { kind: 'exchange', started: { path: '/behind' } },
  ]);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});
