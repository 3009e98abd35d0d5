/**
 * What the companion costs an app:
 * `node bench/overhead.ts [process] [rate] [flood] [memory] [promoted] [--rounds=5] [--seconds=4] [--against=<built checkout>]`.
 *
 * `process` measures CPU in one process: see `overhead/in-process.ts`. For the others four servers run side by side,
 * each in its own process and each loaded in turn from this one, round after round: bare, observed with nobody
 * attached, observed with one panel attached, and bare again. What the two bare ones differ by is the noise of the
 * machine. Every ratio is of medians within this one run.
 */
import { type ChildProcess, fork, type ForkOptions } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { compareInProcess } from './overhead/in-process.ts';
import type { PanelCount } from './overhead/panel.ts';
import type { Cost, ServerMessage } from './overhead/server.ts';
import { answer } from './overhead/answer.ts';
import { handOn } from './rows.ts';
import { promotedOf } from './overhead/promoted.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    against: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const isChosen = (name: string) => positionals.length === 0 || positionals.includes(name);

/** Sessions under load, one for each connection. */
const CONNECTIONS = 10;
/** A developer who clicks fast on a page with many requests. */
const DEVELOPER_RATE = 200;
/** Operations that the route makes: 3 gets, 2 sets, 1 delete. */
const OPERATIONS_PER_REQUEST = 6;

const state = mkdtempSync(join(tmpdir(), 'sessionscope-bench-'));

interface Server {
  name: string;
  origin: string;
  cookies: string[];
  process: ChildProcess;
  panel?: ChildProcess;
  rates: number[];
  cpu: number[];
}

const children: ChildProcess[] = [];
function start(file: string, args: string[], options: ForkOptions = {}): ChildProcess {
  const child = fork(new URL(file, import.meta.url), args, {
    execArgv: ['--expose-gc'],
    ...options,
    env: { ...process.env, NODE_ENV: 'development', XDG_STATE_HOME: state },
  });
  children.push(child);
  return child;
}

async function serve(
  name: string,
  kind: 'bare' | 'observed',
  hasPanel = false,
  options?: ForkOptions,
): Promise<Server> {
  const child = start('./overhead/server.ts', [kind], options);
  const listening = await answer<ServerMessage>(child);
  if (listening.type !== 'listening') throw new Error('the server did not start');
  const origin = `http://127.0.0.1:${listening.port}`;
  const cookies: string[] = [];
  while (cookies.length < CONNECTIONS) {
    const response = await fetch(origin);
    cookies.push(response.headers.getSetCookie()[0]!.split(';')[0]!);
  }
  const server: Server = { name, origin, cookies, process: child, rates: [], cpu: [] };
  if (hasPanel) {
    server.panel = start('./overhead/panel.ts', [origin, ...cookies.map((cookie) => cookie.split('=')[1]!)]);
    await answer(server.panel);
  }
  return server;
}

const costOf = async ({ process: child }: Server): Promise<Cost> => {
  const reply = answer<Cost>(child);
  child.send('cost');
  return reply;
};

async function load({ origin, cookies }: Server, options: Partial<autocannon.Options>): Promise<autocannon.Result> {
  let next = 0;
  const result = await autocannon({
    url: origin,
    connections: CONNECTIONS,
    ...options,
    setupClient: (client) => client.setHeaders({ cookie: cookies[next++ % cookies.length]! }),
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} refused, ${result.errors} failed`);
  return result;
}

async function measure(server: Server, options: Partial<autocannon.Options>): Promise<void> {
  const before = await costOf(server);
  const result = await load(server, { duration: seconds, ...options });
  const after = await costOf(server);
  server.rates.push(result['2xx'] / result.duration);
  server.cpu.push((after.cpuMicros - before.cpuMicros) / result['2xx']);
}

/** What the panel received since it was last asked. */
async function countOf({ panel }: Server): Promise<PanelCount> {
  const reply = answer<PanelCount>(panel!);
  panel!.send('count');
  return reply;
}

const median = (list: number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]!;

async function compare(
  title: string,
  options: Partial<autocannon.Options>,
  wanted?: readonly [none: number, panel: number],
): Promise<void> {
  const servers = [
    await serve('bare', 'bare'),
    await serve('nobody attached', 'observed'),
    await serve('one panel attached', 'observed', true),
    await serve('bare again', 'bare'),
  ];
  // The engine's compilers have done their work before anything is measured.
  for (const server of servers) await load(server, { amount: 12_000 });
  await countOf(servers[2]!);
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? servers : servers.toReversed();
    for (const server of order) await measure(server, options);
  }
  const bareRate = (median(servers[0]!.rates) + median(servers[3]!.rates)) / 2;
  const bareCpu = (median(servers[0]!.cpu) + median(servers[3]!.cpu)) / 2;
  console.log(`\n${title} (medians of ${rounds} rounds of ${seconds} s)`);
  console.log('server              requests/s   of bare   CPU µs/request   added');
  for (const { name, rates, cpu } of servers)
    console.log(
      name.padEnd(20) +
        median(rates).toFixed(0).padStart(10) +
        (median(rates) / bareRate).toFixed(2).padStart(10) +
        median(cpu).toFixed(1).padStart(17) +
        (median(cpu) - bareCpu).toFixed(1).padStart(8),
    );
  const ofBare = ({ rates }: Server) => median(rates) / bareRate;
  const figures = Object.fromEntries(servers.map(({ name, rates }) => [name, `${median(rates).toFixed(0)}/s`]));
  if (wanted !== undefined)
    handOn(
      {
        what: `Express over sockets: ${title}`,
        of: 'requests/s, observed ÷ bare',
        measured: ofBare(servers[1]!),
        atLeast: wanted[0],
        figures,
      },
      {
        what: 'the same, one panel attached',
        of: 'requests/s, observed ÷ bare',
        measured: ofBare(servers[2]!),
        atLeast: wanted[1],
      },
    );
  const { events, lost, operations, withSource } = await countOf(servers[2]!);
  console.log(
    `The panel read ${events} events; gaps reported ${lost} more. ` +
      `${((100 * withSource) / operations).toFixed(1)} % of the app's operations have their source; the rest is marked.`,
  );
  await stopAll();
}

async function measureMemory(): Promise<void> {
  const server = await serve('observed', 'observed');
  const perRequest = OPERATIONS_PER_REQUEST;
  console.log('\nMemory: heap of the observed server after a collection');
  let made = CONNECTIONS * perRequest;
  let first = 0;
  for (const operations of [10_000, 100_000, 500_000, 1_000_000]) {
    await load(server, { amount: Math.ceil((operations - made) / perRequest) });
    made = operations;
    const { heapBytes } = await costOf(server);
    first ||= heapBytes;
    console.log(
      `${operations.toLocaleString('en').padStart(10)} operations: ${(heapBytes / 2 ** 20).toFixed(1)} MiB` +
        ` (${(heapBytes / first).toFixed(2)} of the first)`,
    );
  }
  await stopAll();
}

/** What the engine says of each collection goes to standard output. */
const TRACED: ForkOptions = {
  execArgv: ['--trace-gc', '--trace-gc-nvp'],
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
};

async function measurePromoted(): Promise<void> {
  console.log('\nWhat a collection of the young heap takes over into the old one (means of its collections)');
  console.log('server       collections   promoted   of what was allocated');
  const promoted: Record<string, number> = {};
  for (const kind of ['bare', 'observed'] as const) {
    const server = await serve(kind, kind, false, TRACED);
    const collections = promotedOf(server.process.stdout!);
    await load(server, { amount: 30_000 });
    await stopAll();
    const { count, promotedBytes, allocatedBytes } = await collections;
    promoted[kind] = promotedBytes / count / 2 ** 20;
    console.log(
      kind.padEnd(12) +
        String(count).padStart(12) +
        `${(promotedBytes / count / 2 ** 20).toFixed(2)} MB`.padStart(11) +
        `${((100 * promotedBytes) / allocatedBytes).toFixed(1)} %`.padStart(12),
    );
  }
  handOn({
    what: 'Express: taken over into the old heap by a collection of the young one',
    of: 'MB, observed',
    measured: promoted['observed']!,
    atMost: 0.3,
    figures: { bare: `${promoted['bare']!.toFixed(1)} MB` },
  });
}

async function stopAll(): Promise<void> {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null) continue;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.disconnect();
    await ended;
  }
}

/** A round in process is short: as many more give a steady median. */
const ROUNDS_IN_PROCESS = rounds * 3;

try {
  if (isChosen('process'))
    for (const shape of ['small', 'cart'] as const)
      await compareInProcess(shape, ROUNDS_IN_PROCESS, state, values.against && resolve(values.against));
  if (isChosen('rate'))
    await compare(`At a developer's rate: ${DEVELOPER_RATE} requests/s`, { overallRate: DEVELOPER_RATE });
  if (isChosen('flood')) await compare('under a flood', {}, [0.8, 0.55]);
  if (isChosen('memory')) await measureMemory();
  if (isChosen('promoted')) await measurePromoted();
} finally {
  await stopAll();
  rmSync(state, { recursive: true, force: true });
}
