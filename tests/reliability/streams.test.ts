/** Streams: a disconnect frees everything, nothing is lost and nothing reported twice, memory is bounded. docs/security.md. */
import { readdirSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import v8 from 'node:v8';
import vm from 'node:vm';
import { expect, test } from 'vitest';
import type { Position, SessionscopeEvent } from '../../protocol/index.ts';
import { pump } from '../../server-companion/node/src/core/endpoint/stream.ts';
import { createEventLog } from '../../server-companion/node/src/core/event-log.ts';
import { createRedaction } from '../../server-companion/node/src/core/redaction.ts';
import { readEvents } from '../../transport/event-stream.ts';
import { until } from '../browsers/until.ts';
import { EVERYTHING } from '../express-session/observed-app.ts';
import { createChance } from '../oracle/random.ts';
import { SEED } from '../seed.ts';
import { type GuardedApp, holdTerminal, serveGuarded } from '../security/guarded-app.ts';
import { startApp } from './app-process.ts';
import { directBaseOf, inApp, openStream, pairingOf, pairWith, panelFetch } from './panel-client.ts';

/** Thousands of connections on a machine that may be doing other things. */
const LONG_MS = 120_000;

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

interface Stats {
  /** Live ones, by kind: exact where the heap is not. */
  objects: Record<string, number>;
  heap: number;
  sockets: number;
  timers: number;
}

test(
  '1,000 streams aborted in the middle: descriptors, sockets, timers, objects and heap come back to where they were',
  async () => {
    await using app = await startApp();
    const token = await pairWith(inApp(app.origin), app.terminal);
    const baseUrls = [await directBaseOf(app.origin), inApp(app.origin)];
    let cookie = '';
    // No connection of ours is kept: those that are left are the streams'.
    const ask = (path: string) => fetch(app.origin + path, { headers: { connection: 'close', cookie } });
    const stats = async (query = '') => (await (await ask(`/stats${query}`)).json()) as Stats;
    const descriptors = () =>
      process.platform === 'linux' ? readdirSync(`/proc/${app.child.pid}/fd`).length : undefined;

    [cookie = ''] = (await ask('/write?note=0')).headers.getSetCookie()[0]!.split(';');

    let after: Position | null = null;
    async function abort(times: number): Promise<void> {
      let left = times;
      const one = async (baseUrl: string) => {
        while (left > 0) {
          left -= 1;
          const stream = await openStream(baseUrl, { token, after });
          after = stream.answers.at(-1)!.next;
          // Something is on its way while it breaks.
          const written = ask(`/write?note=${left}`).then((response) => response.text());
          stream.destroy();
          await stream.over;
          await written;
        }
      };
      await Promise.all([0, 1, 2, 3].map((index) => one(baseUrls[index % 2]!)));
      // A stream looks four times a second whether it is still wanted.
      await until(async () => (await stats()).timers <= 2, 'the streams to end');
    }
    // What a process warms up once is no leak: its log is full after this.
    await abort(300);
    const [before, descriptorsBefore] = [await stats('?objects'), descriptors()];
    await abort(1_000);
    await until(async () => {
      const { sockets } = await stats();
      return sockets <= before.sockets && (descriptors() ?? 0) <= (descriptorsBefore ?? 0);
    }, 'sockets and descriptors to come back');
    // The last streams end a turn or two after their sockets: what a thousand of them leaked would stay.
    let end = await stats('?objects');
    const lingering = () =>
      Object.entries(end.objects).flatMap(([kind, count]) => {
        const more = count - before.objects[kind]!;
        return more > 5 ? [`${more} ${kind}`] : [];
      });
    for (let tries = 0; tries < 20 && lingering().length > 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      end = await stats('?objects');
    }
    expect(lingering()).toEqual([]);
    expect(end.timers).toBeLessThanOrEqual(before.timers);
    expect(end.heap - before.heap).toBeLessThan(1024 * 1024);

    // And nothing was said of it in the app's terminal.
    expect(app.terminal().replace(/Sessionscope.*\n|listening on \d+\n/g, '')).toBe('');
  },
  LONG_MS,
);

test('each stream that ends lets go of the log, whoever ended it', async () => {
  await using guarded = await serveGuarded();
  const { log } = guarded.app.companion!;
  let listening = 0;
  const { subscribe } = log;
  log.subscribe = (wake) => {
    const dispose = subscribe(wake);
    listening += 1;
    return () => {
      listening -= 1;
      dispose();
    };
  };
  const baseUrl = inApp(guarded.app.origin);
  const streams = await Promise.all(Array.from({ length: 10 }, () => openStream(baseUrl, { token: guarded.token })));
  expect(listening).toBe(10);
  for (const stream of streams) stream.destroy();
  await until(() => listening === 0, 'all to let go');
});

/** A way to a listener that cuts each connection after as many bytes as `cut` says. */
async function cuttingWay(direct: string, cut: () => number): Promise<{ baseUrl: string; close: () => void }> {
  const { port } = new URL(direct);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), '127.0.0.1');
    let left = cut();
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end).on('close', end);
    }
    client.on('data', (data) => upstream.write(data));
    upstream.on('data', (data) => {
      client.write(data.subarray(0, left));
      left -= data.length;
      if (left <= 0) client.end(() => end());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

test(
  '1,000 disconnects at random bytes: with `after`, nothing is lost and nothing reported twice',
  async () => {
    await using guarded = await serveGuarded({ companion: { limits: { events: 60_000, bytes: 64 * 1024 * 1024 } } });
    const { app, token } = guarded;
    const { log } = app.companion!;
    const direct = await directBaseOf(app.origin);
    const chance = createChance(SEED);
    let cuts = 0;
    const pairing = await pairingOf(direct, token);
    const way = await cuttingWay(direct, () => 1 + Math.floor(chance.below(1) ** 3 * 40_000));

    /** A panel that is cut off 250 times, and reads the rest undisturbed. */
    async function read(): Promise<SessionscopeEvent[]> {
      const reported: SessionscopeEvent[] = [];
      const hasAll = () => (reported.at(-1)?.seq ?? 0) === log.lastSeq;
      const readOn = async (signal: AbortSignal) => {
        await readEvents(
          source,
          { onAnswer: ({ events }) => void reported.push(...events), onMode: () => {} },
          { pairing, fetch: panelFetch, signal },
        );
      };
      const source: Parameters<typeof readEvents>[0] = {
        address: { origin: way.baseUrl, path: '/__sessionscope__' },
        proofs: {},
        after: null,
      };
      for (let disconnects = 0; disconnects < 250; disconnects++) {
        const once = new AbortController();
        // With nothing left to report, no byte comes that could be the last one.
        const timer = setInterval(() => hasAll() && once.abort(), 3);
        await readOn(once.signal);
        clearInterval(timer);
        cuts += 1;
        // Events while streams are open, closed, and breaking.
        if (disconnects % 4 === 0) void app.get(`/write?note=${cuts}`).then((response) => response.text());
      }
      await until(() => cuts === 1_000, 'the others');
      source.address.origin = new URL(direct).origin;
      const end = new AbortController();
      const last = readOn(end.signal);
      await until(hasAll, 'the last event');
      end.abort();
      await last;
      return reported;
    }

    const panels = await Promise.all([read(), read(), read(), read()]);
    way.close();
    const all = app.events();
    expect(all.length).toBeGreaterThan(1_000);
    for (const reported of panels) expect(reported).toEqual(all);
  },
  LONG_MS,
);

/** Appends `count` operations of a kilobyte each. */
function flood({ app }: Pick<GuardedApp, 'app'>, count: number): void {
  const { log } = app.companion!;
  const value = 'x'.repeat(1_000);
  for (let index = 0; index < count; index++)
    log.append(
      {
        type: 'operation-recorded',
        exchange: null,
        session: null,
        operation: 'set',
        call: 'set',
        actor: 'background',
        path: ['flood'],
        after: value,
      },
      1_000,
      null,
    );
}

test(
  '1,000,000 operations with a stalled reader: memory stays, by bytes and by count; the reader is sent a gap',
  async () => {
    const limits = { events: 5_000, bytes: 2 * 1024 * 1024 };
    await using guarded = await serveGuarded({ companion: { limits } });
    const { log } = guarded.app.companion!;
    const stalled = await openStream(await directBaseOf(guarded.app.origin), { token: guarded.token }, true);
    const turn = () => new Promise((resolve) => setTimeout(resolve, 15));
    // Until the kernel's buffers are full, and the log with them.
    for (let rounds = 0; rounds < 20; rounds++) {
      flood(guarded, 5_000);
      await turn();
    }
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let rounds = 0; rounds < 18; rounds++) {
      flood(guarded, 50_000);
      await turn();
      expect(log.heldBytes).toBeLessThanOrEqual(limits.bytes);
      expect(log.heldEvents).toBeLessThanOrEqual(limits.events);
    }
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(8 * 1024 * 1024);

    stalled.response.resume();
    await until(() => stalled.answers.at(-1)?.next.seq === log.lastSeq, 'the reader to catch up');
    const events = stalled.answers.flatMap((answer) => answer.events);
    const gaps = events.filter((event) => event.type === 'gap-opened');
    expect(gaps.length).toBeGreaterThan(0);
    // Each event is reported or counted as lost; the word on the epoch is sent again beside a gap.
    const lost = gaps.reduce((sum, { count }) => sum + count, 0);
    const seqs = new Set(events.filter((event) => event.type !== 'gap-opened').map(({ seq }) => seq));
    const missed = gaps.flatMap(({ fromSeq, count }) =>
      [...seqs].filter((seq) => seq >= fromSeq && seq < fromSeq + count),
    );
    expect(lost + seqs.size - missed.length).toBe(log.lastSeq);
    expect(log.lastSeq).toBeGreaterThan(1_000_000);
    stalled.destroy();
  },
  LONG_MS,
);

test('sixteen streams; the next is refused and may poll; one that ends makes room', async () => {
  await using guarded = await serveGuarded();
  const { token, app } = guarded;
  const baseUrl = await directBaseOf(app.origin);
  const open = await Promise.all(Array.from({ length: 16 }, () => openStream(baseUrl, { token })));
  await expect(openStream(baseUrl, { token })).rejects.toMatchObject({ status: 429 });
  await expect(openStream(inApp(app.origin), { token })).rejects.toMatchObject({ status: 429 });
  expect((await guarded.ask('direct', { call: 'events' })).status).toBe(200);
  open.pop()!.destroy();
  const again = await until(() => openStream(baseUrl, { token }), 'room');
  for (const stream of [...open, again]) stream.destroy();
});

test('an epoch that is not this one, and a position that never was, are reported and not passed over in silence', async () => {
  await using guarded = await serveGuarded();
  const { token, app } = guarded;
  const baseUrl = await directBaseOf(app.origin);
  const other = await openStream(baseUrl, { token, after: { epoch: '0123456789ab', seq: 5 } });
  expect(other.answers[0]!.events[0]).toMatchObject({ type: 'epoch-started', seq: 1 });
  const { epoch } = app.companion!.log;
  const beyond = await openStream(baseUrl, { token, after: { epoch, seq: 1_000_000 } });
  expect(beyond.answers[0]!.events[0]).toMatchObject({ type: 'gap-opened', cause: 'unknown-position' });
  other.destroy();
  beyond.destroy();
});

test('a fault while a stream is written is counted, ends that stream, and reaches nobody else', async () => {
  using terminal = holdTerminal();
  await using guarded = await serveGuarded();
  const { token, app } = guarded;
  const baseUrl = await directBaseOf(app.origin);
  const { log, faults } = app.companion!;
  const stream = await openStream(baseUrl, { token });
  const { read } = log;
  log.read = () => {
    throw new Error('planted');
  };
  await (await app.get('/write?note=x')).text();
  await stream.over;
  log.read = read;
  expect(faults.total).toBe(1);
  expect((await app.get('/write?note=y')).status).toBe(200);
  const again = await openStream(baseUrl, { token });
  expect(again.answers.flatMap(({ events }) => events)).toContainEqual(
    expect.objectContaining({ type: 'fault-noted', where: 'stream', message: 'Error: planted' }),
  );
  again.destroy();
  expect(terminal.text().replace(/Sessionscope: pairing code.*\n/g, '')).toBe('');
});

test('clocks that jump, ±1 h and backwards: events come in the order of their seq', async () => {
  const jumps = [0, 3_600_000, -3_600_000, -7_200_000, 1, -1];
  let clock = 1_700_000_000_000;
  const log = createEventLog({
    redaction: createRedaction(() => '0123456789ab'),
    now: () => clock,
  });
  const reported: SessionscopeEvent[] = [];
  let isOpen = true;
  const streaming = pump({
    log,
    after: null,
    viewer: EVERYTHING,
    isOpen: () => isOpen,
    write: async ({ events }) => void reported.push(...events),
  });
  for (let index = 0; index < 600; index++) {
    clock += jumps[index % jumps.length]!;
    log.append({ type: 'fault-noted', exchange: null, where: 'test', message: 'm', total: index }, 1, null);
    if (index % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await until(() => reported.length === 600, 'all events');
  isOpen = false;
  await streaming;
  expect(reported.map(({ seq }) => seq)).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
  expect(reported.some(({ at }, index) => index > 0 && at < reported[index - 1]!.at)).toBe(true);
});
