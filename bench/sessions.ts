/**
 * Requests per second of an Express app on our sessions against the same app on express-session, on the same kind of
 * store: in memory (`locmem://` against MemoryStore), PostgreSQL (against connect-pg-simple) and Redis (against
 * connect-redis).
 *
 *     npm run build -w django-sessions && npx node bench/sessions.ts [memory] [postgres] [redis] [--rounds=7] [--seconds=3]
 *
 * Each server runs in its own process; load comes from this one, in turn, round after round, in changing order. A
 * session holds 1 KB. `read`: two keys; `write`: two keys and one set, which saves. Medians within one run.
 *
 * Wanted: at least as many as express-session.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import pg from 'pg';
import { createClient } from 'redis';
import { median } from './codec/medians.ts';
import { handOn } from './rows.ts';
import type { ServerMessage, StoreKind } from './sessions/server.ts';

const WANTED = 1;
/** Of writes, beside express-session on the same store. */
const WRITES_WANTED: Record<StoreKind, number> = { memory: 1.05, postgres: 1, redis: 1.05 };
/** Sessions under load, one for each connection. */
const CONNECTIONS = 20;
const WARM_UP_SECONDS = 2;
const KINDS: readonly StoreKind[] = ['memory', 'postgres', 'redis'];

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '7' }, seconds: { type: 'string', default: '3' } },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const mark = `bench_${randomBytes(4).toString('hex')}`;

interface Server {
  who: 'ours' | 'express-session';
  origin: string;
  cookies: string[];
  process: ChildProcess;
  rates: Record<string, number[]>;
  cpu: Record<string, number[]>;
}

/** The next message; rejects where the process ends instead. */
async function answer<T extends ServerMessage>(child: ChildProcess): Promise<T> {
  const over = new AbortController();
  const { signal } = over;
  try {
    const ended = once(child, 'exit', { signal }).then(() => {
      throw new Error('a server of the benchmark ended');
    });
    const [message] = (await Promise.race([once(child, 'message', { signal }), ended])) as [T];
    return message;
  } finally {
    over.abort();
  }
}

async function start(who: Server['who'], kind: StoreKind): Promise<Server> {
  const child = fork(new URL('./sessions/server.ts', import.meta.url), [who, kind, mark], {
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const { port } = await answer<Extract<ServerMessage, { type: 'listening' }>>(child);
  const origin = `http://127.0.0.1:${port}`;
  const cookies: string[] = [];
  while (cookies.length < CONNECTIONS) {
    const response = await fetch(`${origin}/start`);
    await response.arrayBuffer();
    cookies.push(response.headers.getSetCookie()[0]!.split(';')[0]!);
  }
  const visits = await (await fetch(`${origin}/write`, { headers: { cookie: cookies[0]! } })).json();
  if ((visits as { visits: number }).visits !== 1) throw new Error(`${who} on ${kind} keeps no session`);
  return { who, origin, cookies, process: child, rates: {}, cpu: {} };
}

async function load({ origin, cookies, process: child }: Server, path: string, duration: number) {
  const cost = async () => {
    const reply = answer<Extract<ServerMessage, { type: 'cost' }>>(child);
    child.send('cost');
    return (await reply).cpuMicros;
  };
  let next = 0;
  const before = await cost();
  const result = await autocannon({
    url: origin + path,
    connections: CONNECTIONS,
    duration,
    setupClient: (client) => client.setHeaders({ cookie: cookies[next++ % cookies.length]! }),
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} refused, ${result.errors} failed`);
  return { rate: result['2xx'] / result.duration, cpu: ((await cost()) - before) / result['2xx'] };
}

async function stop({ process: child }: Server): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.disconnect();
  await ended;
}

async function compare(kind: StoreKind): Promise<boolean> {
  const servers = [await start('ours', kind), await start('express-session', kind)];
  const paths = ['/read', '/write'];
  for (const server of servers) for (const path of paths) await load(server, path, WARM_UP_SECONDS);
  for (let round = 0; round < rounds; round++)
    for (const path of paths)
      for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
        const { rate, cpu } = await load(server, path, seconds);
        (server.rates[path] ??= []).push(rate);
        (server.cpu[path] ??= []).push(cpu);
      }
  const [ours, theirs] = servers as [Server, Server];
  let isReached = true;
  for (const path of paths) {
    const [mine, other] = [median(ours.rates[path]!), median(theirs.rates[path]!)];
    if (mine / other < WANTED) isReached = false;
    const cpu = { ours: median(ours.cpu[path]!), theirs: median(theirs.cpu[path]!) };
    handOn({
      what: `Django's sessions in TypeScript beside express-session, ${kind}: ${path.slice(1)}`,
      of: 'requests/s, ours ÷ theirs',
      measured: mine / other,
      atLeast: path === '/read' ? 1.5 : WRITES_WANTED[kind],
      figures: {
        ours: `${mine.toFixed(0)}/s, ${cpu.ours.toFixed(0)} µs`,
        theirs: `${other.toFixed(0)}/s, ${cpu.theirs.toFixed(0)} µs`,
      },
    });
    console.log(
      `${kind}, ${path.slice(1)}: ours ${mine.toFixed(0)} requests/s (${median(ours.cpu[path]!).toFixed(0)} µs of CPU each), express-session ${other.toFixed(0)} (${median(theirs.cpu[path]!).toFixed(0)} µs): ${(mine / other).toFixed(2)}`,
    );
  }
  await Promise.all(servers.map(stop));
  return isReached;
}

async function withDatabase<T>(work: () => Promise<T>): Promise<T> {
  const client = new pg.Client('postgres://postgres@127.0.0.1:5432/test');
  await client.connect();
  await client.query(`create database ${mark}`);
  try {
    return await work();
  } finally {
    await client.query(`drop database ${mark} with (force)`);
    await client.end();
  }
}

/** Leaves nothing of ours in a Redis that others use too. */
async function cleanRedis(): Promise<void> {
  const client = createClient({ url: 'redis://127.0.0.1:6379' });
  await client.connect();
  for await (const keys of client.scanIterator({ MATCH: `${mark}:*` })) if (keys.length > 0) await client.del(keys);
  await client.close();
}

console.log(`Node ${process.versions.node}, ${CONNECTIONS} connections, medians of ${rounds} rounds of ${seconds} s`);
let isReached = true;
for (const kind of KINDS) {
  if (positionals.length > 0 && !positionals.includes(kind)) continue;
  const reached = kind === 'postgres' ? await withDatabase(() => compare(kind)) : await compare(kind);
  if (kind === 'redis') await cleanRedis();
  isReached &&= reached;
}
console.log(isReached ? 'reached' : 'NOT reached');
