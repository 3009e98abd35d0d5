/** Logs of several processes on one stream in the real Redis, and a relay before it that can be made to fail. */
import { randomBytes } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createClient } from 'redis';
import { fixtureDigest } from '../../protocol/fixture-notation.cases.ts';
import type { SessionscopeEvent } from '../../protocol/index.ts';
import { everything } from '../../server-companion/node/src/core/event-log.cases.ts';
import { createRedaction } from '../../server-companion/node/src/core/redaction.ts';
import { createLogInTurn, type LogInTurn } from '../../server-companion/node/src/core/shared-log/log-in-turn.ts';
import { openRedisLog, type RedisLog } from '../../server-companion/node/src/core/shared-log/redis-log.ts';
import { parseRedisUrl } from '../../server-companion/node/src/core/shared-log/redis-url.ts';
import { answers, serviceTest } from '../django/services.ts';

const PORT = 6379;
export const REDIS = `redis://127.0.0.1:${PORT}/0`;
export const redisTest = serviceTest(await answers(PORT));

/** A client of the tests' own. */
export async function openClient() {
  const client = createClient({ url: REDIS });
  await client.connect();
  return client;
}

/** Takes an app's shared log out of Redis. */
export async function forgetLog(app: string): Promise<void> {
  const client = await openClient();
  await client.del(['events', 'seq', 'epoch', 'written'].map((name) => `sessionscope:${app}:${name}`));
  client.destroy();
}

export interface Rig extends AsyncDisposable {
  readonly app: string;
  readonly streamKey: string;
  /** The log of one more process. `onLost`, `onEpochGone`: as of `RedisLogOptions`. */
  open(more?: {
    url?: string;
    events?: number;
    onLost?: (reason: string) => void;
    onEpochGone?: () => void;
  }): Promise<RedisLog>;
  /** As a companion writes it: the shared one, or one of its own. `onBegin` gets the log. */
  openInTurn(url?: string, onBegin?: (log: LogInTurn) => void): LogInTurn;
}

const redaction = createRedaction(fixtureDigest);

/** Of an app of its own, which is taken out of Redis at the end. */
export function createRig(): Rig {
  const app = `test-${randomBytes(6).toString('hex')}`;
  const made: { close(): void }[] = [];
  const common = { redaction, app, withoutKeysInJson: (json: string) => json, now: Date.now };
  return {
    app,
    streamKey: `sessionscope:${app}:events`,
    async open({ url = REDIS, events, onLost = () => {}, onEpochGone = () => {} } = {}) {
      const log = await openRedisLog({
        ...common,
        processName: `process-${made.length}`,
        address: parseRedisUrl(url)!,
        limits: events === undefined ? undefined : { events },
        onLost: (_log, reason) => onLost(reason),
        onEpochGone,
      });
      made.push(log);
      return log;
    },
    openInTurn(url = REDIS, onBegin = () => {}) {
      const log = createLogInTurn({
        ...common,
        address: parseRedisUrl(url)!,
        limits: undefined,
        onBegin: () => onBegin(log),
      });
      made.push(log);
      return log;
    },
    async [Symbol.asyncDispose]() {
      for (const log of made) log.close();
      await forgetLog(app);
    },
  };
}

/** All that a log shows to who is paired, followed through each log that takes the place of another. */
export function eventsOf(log: Pick<LogInTurn, 'read'>, viewer = everything): SessionscopeEvent[] {
  const events: SessionscopeEvent[] = [];
  for (let after: Parameters<LogInTurn['read']>[0] = null; ;) {
    const reading = log.read(after, viewer, 1_000);
    events.push(...reading.events);
    after = reading.next;
    if (!reading.more) return events;
  }
}

/** What the writes of one key say, in order. */
export const valuesOf = (events: readonly SessionscopeEvent[]): unknown[] =>
  events.flatMap((event) => (event.type === 'operation-recorded' ? [event.after] : []));

/** `through` passes on; `silent` takes all and answers nothing; `gone` refuses; `deaf` passes on and swallows answers. */
export type RelayMode = 'through' | 'silent' | 'gone' | 'deaf';

export interface Relay extends AsyncDisposable {
  readonly url: string;
  set(mode: RelayMode): Promise<void>;
}

/** Stands before the real Redis, on a port of its own. */
export async function startRelay(first: RelayMode = 'through'): Promise<Relay> {
  let mode = first;
  const sockets = new Set<Socket>();
  const serve = (down: Socket) => {
    const up = connect(PORT, '127.0.0.1');
    for (const socket of [down, up]) {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket);
          down.destroy();
          up.destroy();
        });
    }
    down.on('data', (data) => void (mode === 'silent' || up.write(data)));
    up.on('data', (data) => void (mode === 'silent' || mode === 'deaf' || down.write(data)));
  };
  let server: Server | undefined = createServer(serve);
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => void server!.once('error', reject).listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  async function stop(): Promise<void> {
    const stopping = server;
    server = undefined;
    if (stopping === undefined) return;
    const closed = new Promise((resolve) => stopping.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }
  async function set(next: RelayMode): Promise<void> {
    mode = next;
    if (next === 'gone') return stop();
    if (server !== undefined) return;
    server = createServer(serve);
    await listen(port);
  }
  if (first === 'gone') await stop();
  return { url: `redis://127.0.0.1:${port}/0`, set, [Symbol.asyncDispose]: stop };
}
