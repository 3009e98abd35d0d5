/** Several processes, one log: here several logs on one stream of the real Redis, beside `processes.test.ts`. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, Server as TlsServer } from 'node:tls';
import { expect } from 'vitest';
import { parseEvent } from '../../protocol/index.ts';
import { ROOT } from '../../scripts/project.ts';
import {
  A,
  B,
  everything,
  exchange,
  holderOf,
  newId,
  set,
  witnessOf,
} from '../../server-companion/node/src/core/event-log.cases.ts';
import type { NewEvent } from '../../server-companion/node/src/core/event-log.ts';
import { APPEND } from '../../server-companion/node/src/core/shared-log/stream-entry.ts';
import type { RedisLog } from '../../server-companion/node/src/core/shared-log/redis-log.ts';
import { until } from '../browsers/until.ts';
import { canSign, selfSigned } from '../reliability/self-signed.ts';
import { createRig, eventsOf, openClient, REDIS, redisTest as test, startRelay, valuesOf } from './rig.ts';

/** Until each shows all that the others do, and as many events as there must be. */
const shows = (logs: readonly RedisLog[], count: number) =>
  until(() => logs.every((log) => log.lastSeq === count), `${count} events in each of ${logs.length} logs`);

test('both companions write by the same script', () => {
  const python = readFileSync(join(ROOT, 'server-companion/python/src/sessionscope/core/redis_log.py'), 'utf8');
  expect(/^_APPEND = """(.*?)"""$/ms.exec(python)?.[1]).toBe(APPEND);
});

test('all send the same events in the same order, and one that comes late does', async () => {
  await using rig = createRig();
  const [one, two] = [await rig.open(), await rig.open()];
  expect(one.epoch).toBe(two.epoch);
  for (let number = 0; number < 300; number++)
    (number % 3 === 0 ? one : two).append(
      set(null, number % 2 === 0 ? A : null, 'n', number),
      8,
      number % 2 === 0 ? A : null,
    );
  await shows([one, two], 300);
  const events = eventsOf(one);
  expect(eventsOf(two)).toEqual(events);
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
  // Of one process in its order.
  const values = valuesOf(events) as number[];
  for (const own of [true, false]) {
    const of = values.filter((value) => (value % 3 === 0) === own);
    expect(of).toEqual(of.toSorted((a, b) => a - b));
  }
  for (const event of events) expect(parseEvent(event)).toMatchObject({ ok: true });
  expect(eventsOf(two, holderOf(A))).toHaveLength(150);
  const late = await rig.open();
  expect(eventsOf(late)).toEqual(events);
});

test('secrets do not leave the process, and the one that recorded them can still reveal them', async () => {
  await using rig = createRig();
  const [one, two] = [await rig.open(), await rig.open()];
  const canary = 'canary-of-a-secret';
  one.append({ ...set(null, A, 'password'), after: canary } as NewEvent, 20, A);
  one.append({ ...set(null, A, 'deep'), after: { inner: [{ apiKey: canary }] } } as NewEvent, 20, A);
  one.append({ ...set(null, A, 'save'), operation: 'save', state: { password: canary } } as NewEvent, 20, A);
  await shows([one, two], 3);
  const client = await openClient();
  const raw = JSON.stringify(await client.xRange(rig.streamKey, '-', '+'));
  client.destroy();
  expect(raw).toContain('password');
  expect(raw).not.toContain(canary);
  const asked = { seq: 1, part: 'after', path: [], reveal: true } as const;
  expect(one.value(asked, everything)).toBe(canary);
  expect(two.value(asked, everything)).toMatchObject({ $: 'redacted' });
  // Two contents that differ in a secret only are two, whoever shows them.
  const digests = [one, two].map((log) => (eventsOf(log)[2] as { digest?: string }).digest);
  expect(digests[0]).toMatch(/^[0-9a-f]{12}$/);
  expect(digests[1]).toBe(digests[0]);
});

test('a nested change names the read that it came through, whoever shows it', async () => {
  await using rig = createRig();
  const [one, two] = [await rig.open(), await rig.open()];
  for (let count = 0; count < 5; count++) two.append(set(null, A), 8, A);
  await shows([one, two], 5);
  const via = one.append({ ...set(null, A), operation: 'get' } as NewEvent, 8, A);
  one.append({ ...set(null, A), inferred: true, via } as NewEvent, 8, A);
  await shows([one, two], 7);
  for (const log of [one, two]) expect(eventsOf(log).at(-1)).toMatchObject({ seq: 7, inferred: true, via: 6 });
});

test('what Redis let go is a gap, behind what each process says of itself', async () => {
  await using rig = createRig();
  const one = await rig.open({ events: 50 });
  const epoch = { app: rig.app, project: 'p', runtime: 'node 24', middlewares: [] };
  one.append({ type: 'epoch-started', ...epoch }, 0, null);
  await shows([one], 1);
  for (let number = 0; number < 500; number++) one.append(set(null, A, 'n', number), 8, A);
  await shows([one], 501);
  const [first, gap, ...rest] = eventsOf(one);
  expect(first).toMatchObject({ type: 'epoch-started', process: 'process-0', seq: 1 });
  expect(gap).toMatchObject({ type: 'gap-opened', fromSeq: 1, cause: 'evicted' });
  expect(rest.length).toBeLessThanOrEqual(50);
  expect(valuesOf(rest).at(-1)).toBe(499);
});

test('a process whose `epoch-started` was let go records it again', async () => {
  await using rig = createRig();
  let gone = 0;
  const one = await rig.open({ events: 200, onEpochGone: () => (gone += 1) });
  one.append({ type: 'epoch-started', app: rig.app, project: 'p', runtime: 'node 24', middlewares: [] }, 0, null);
  for (let number = 0; number < 150; number++) one.append(set(null, A), 8, A);
  await shows([one], 151);
  expect(gone).toBe(0);
  for (let number = 0; number < 100; number++) one.append(set(null, A), 8, A);
  await shows([one], 251);
  expect(gone).toBe(1);
  // Let go before it was read: as many as one batch are more than this log holds.
  one.append({ type: 'epoch-started', app: rig.app, project: 'p', runtime: 'node 24', middlewares: [] }, 0, null);
  for (let number = 0; number < 450; number++) one.append(set(null, A), 8, A);
  await shows([one], 702);
  expect(gone).toBe(2);
});

test('what is written again, since an answer was lost, is there once', async () => {
  await using rig = createRig();
  await using relay = await startRelay();
  const [one, other] = [await rig.open({ url: relay.url }), await rig.open()];
  one.append(set(null, A, 'n', 1), 8, A);
  await shows([one, other], 1);
  await relay.set('deaf');
  one.append(set(null, A, 'n', 2), 8, A);
  // Redis has it, and the writer does not know.
  await shows([other], 2);
  await relay.set('gone');
  await relay.set('through');
  one.append(set(null, A, 'n', 3), 8, A);
  await shows([one, other], 3);
  expect(valuesOf(eventsOf(other))).toEqual([1, 2, 3]);
});

test.each(['*', '1-1', 'many'])('entries of somebody else end nothing: %s', async (id) => {
  await using rig = createRig();
  const [one, other] = [await rig.open(), await rig.open()];
  const client = await openClient();
  if (id !== 'many') await client.xAdd(rig.streamKey, id, { hello: 'world' });
  else
    for (let count = 1; count <= 350; count++)
      await client.xAdd(rig.streamKey, `${count}-1`, {
        p: 'x',
        l: '1',
        o: '',
        e: count % 2 === 0 ? '{' : '{"type":7}',
      });
  const seen = (log: RedisLog) => valuesOf(eventsOf(log));
  for (const number of [1, 2, 3]) {
    one.append(set(null, A, 'n', number), 8, A);
    const most = Array.from({ length: number }, (_, index) => index + 1);
    await until(() => [one, other].every((log) => String(seen(log)) === String(most)), `the events up to ${number}`);
  }
  const faults = () =>
    eventsOf(other)
      .flatMap((event) => (event.type === 'fault-noted' ? [event.message] : []))
      .join('\n');
  await until(() => faults().includes('were not written by a companion'), 'the report');
  const late = await rig.open();
  expect(seen(late)).toEqual(seen(other));
  client.destroy();
});

test('a key of ours that holds something else is the reason that is given', async () => {
  await using rig = createRig();
  const client = await openClient();
  await client.set(rig.streamKey, 'a text');
  client.destroy();
  await expect(rig.open()).rejects.toThrow('WRONGTYPE');
});

test('an event that this companion can’t read keeps its number, and is a fault in its place', async () => {
  await using rig = createRig();
  const one = await rig.open();
  const client = await openClient();
  const keys = ['events', 'seq', 'epoch', 'written'].map((name) => `sessionscope:${rig.app}:${name}`);
  const write = (number: number, event: object) =>
    client.eval(APPEND, {
      keys,
      arguments: [one.epoch, '0', '100', '60', 'another', String(number), '', JSON.stringify(event)],
    });
  await write(1, { type: 'event-of-a-later-version', at: 1_000 });
  await write(2, { type: 'exchange-finished', at: 2_000, exchange: newId() });
  one.append(set(null, A, 'n', 1), 8, A);
  await shows([one], 3);
  client.destroy();
  const [first, second, third] = eventsOf(one);
  expect(first).toMatchObject({
    type: 'fault-noted',
    seq: 1,
    at: 1_000,
    message: expect.stringContaining("can't be read"),
  });
  expect(second).toMatchObject({ type: 'fault-noted', seq: 2, at: 2_000 });
  expect(third).toMatchObject({ type: 'operation-recorded', seq: 3 });
});

test('a rotation in one process hides what follows from the old key in every other', async () => {
  await using rig = createRig();
  const [one, other] = [await rig.open(), await rig.open()];
  const [before, login] = [newId(), newId()];
  exchange(one, A, A, before);
  one.append(set(login, A, 'in-login'), 8, A);
  one.append({ ...set(login, B), operation: 'cycle-key', from: A, to: B } as NewEvent, 8, A);
  one.append(set(login, B, 'logged-in'), 8, A);
  const late = newId();
  exchange(other, A, A, late);
  await shows([one, other], 9);
  const third = await rig.open();
  for (const log of [one, other, third]) {
    const keys = (viewer: typeof everything) =>
      eventsOf(log, viewer).flatMap((event) => (event.type === 'operation-recorded' ? [event.path?.[0]] : []));
    expect(keys(holderOf(A))).toEqual(['n', 'in-login']);
    expect(keys(witnessOf(login))).toEqual(['in-login', 'n', 'logged-in']);
    expect(keys(everything)).toHaveLength(5);
  }
});

test('who ends a request with another session sees it, in every process', async () => {
  await using rig = createRig();
  const [one, other] = [await rig.open(), await rig.open()];
  exchange(one, A, B);
  await shows([one, other], 3);
  for (const log of [one, other]) expect(eventsOf(log, holderOf(B))).toHaveLength(3);
});

test('a reader that comes from a process which is ahead waits for this one', async () => {
  await using rig = createRig();
  const one = await rig.open();
  one.append(set(null, A, 'n', 1), 8, A);
  await shows([one], 1);
  const ahead = one.read({ epoch: one.epoch, seq: 2 }, everything, 10);
  expect(ahead).toEqual({ events: [], next: { epoch: one.epoch, seq: 2 }, more: false });
  for (const number of [2, 3]) one.append(set(null, A, 'n', number), 8, A);
  await shows([one], 3);
  expect(valuesOf(one.read(ahead.next, everything, 10).events)).toEqual([3]);
});

test('a flush of Redis takes no number back', async () => {
  await using rig = createRig();
  const [one, other] = [await rig.open(), await rig.open()];
  for (const number of [1, 2, 3]) one.append(set(null, A, 'n', number), 8, A);
  await shows([one, other], 3);
  const client = await openClient();
  await client.del(['events', 'seq', 'epoch', 'written'].map((name) => `sessionscope:${rig.app}:${name}`));
  client.destroy();
  one.append(set(null, A, 'n', 4), 8, A);
  other.append(set(null, A, 'n', 5), 8, A);
  await shows([one, other], 5);
  for (const log of [one, other]) expect((valuesOf(eventsOf(log)) as number[]).toSorted()).toEqual([1, 2, 3, 4, 5]);
});

test('a user and a password are taken from the URL, and no error repeats them', async () => {
  await using rig = createRig();
  const client = await openClient();
  const [user, password] = [`test-${randomBytes(6).toString('hex')}`, `pass-${randomBytes(6).toString('hex')}/ @`];
  const url = (given: string) => REDIS.replace('//', `//${user}:${encodeURIComponent(given)}@`);
  try {
    await client.aclSetUser(user, ['on', `>${password}`, `~sessionscope:${rig.app}:*`, '+@all']);
    const one = await rig.open({ url: url(password) });
    one.append(set(null, A, 'n', 1), 8, A);
    await shows([one], 1);
    const refused = await rig.open({ url: url('wrong-canary') }).catch((error: Error) => error);
    expect(String(refused)).toContain('AUTH: WRONGPASS');
    expect(String(refused)).not.toContain('canary');
    await client.aclSetUser(user, ['-eval']);
    await expect(rig.open({ url: url(password) })).rejects.toThrow('NOPERM');
  } finally {
    await client.aclDelUser(user);
    client.destroy();
  }
});

test('a unix socket is as good', async () => {
  await using rig = createRig();
  const directory = mkdtempSync(join(tmpdir(), 'sessionscope-redis-'));
  await using relay = await passOn(createServer(), join(directory, 'redis.sock'));
  const one = await rig.open({ url: `unix://${relay.address as string}?db=0` });
  one.append(set(null, A, 'n', 1), 8, A);
  await shows([one, await rig.open()], 1);
  rmSync(directory, { recursive: true });
});

(canSign ? test : test.skip)(
  'over TLS, a certificate is checked unless the URL says otherwise (needs openssl)',
  async () => {
    await using rig = createRig();
    await using relay = await passOn(createTlsServer(selfSigned()), 0);
    const url = `rediss://localhost:${(relay.address as AddressInfo).port}/0`;
    await expect(rig.open({ url })).rejects.toThrow('self-signed certificate');
    const one = await rig.open({ url: `${url}?ssl_cert_reqs=none` });
    one.append(set(null, A, 'n', 1), 8, A);
    await shows([one, await rig.open()], 1);
  },
);

/** Passes on to the real Redis what comes in over another kind of connection. */
async function passOn(
  server: Server,
  place: string | number,
): Promise<AsyncDisposable & { address: ReturnType<Server['address']> }> {
  const sockets = new Set<Socket>();
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (down: Socket) => {
    const up = connect(Number(new URL(REDIS).port), '127.0.0.1');
    for (const socket of [down, up]) sockets.add(socket.on('error', () => {}));
    down.pipe(up).pipe(down);
  });
  const listening = once(server, 'listening');
  if (typeof place === 'string') server.listen(place);
  else server.listen(place, '127.0.0.1');
  await listening;
  return {
    address: server.address(),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
