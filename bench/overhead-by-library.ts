/**
 * What the companion adds to a request, for each Node library that it observes:
 * `node bench/overhead-by-library.ts [library …] [--rounds=9]`.
 *
 * CPU of one process over connections in memory, as `overhead.ts process` measures it: bare, observed, with OpenTelemetry's
 * instrumentation of http (and Express), and bare again, each in a process of its own, asked in turn, round after round. A
 * row's figures are medians of the differences within a round; *noise* is what the two bare ones differ by.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { answer } from './overhead/answer.ts';
import type { Variant } from './overhead/library-app.ts';
import { HOSTS } from './overhead/library-hosts.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '9' } },
});
const rounds = Number(values.rounds);
const chosen = Object.keys(HOSTS).filter((name) => positionals.length === 0 || positionals.includes(name));

/** Before anything is measured: the engine's compilers have done their work, and the log is full. */
const WARM_UP = 4_000;
const REQUESTS = 500;
const VARIANTS: readonly Variant[] = ['bare', 'ours', 'opentelemetry', 'bare again'];

const state = mkdtempSync(join(tmpdir(), 'sessionscope-bench-'));
const median = (list: number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]!;

async function load(process: ChildProcess, requests: number): Promise<number> {
  const reply = answer<number>(process);
  process.send(requests);
  return reply;
}

async function start(library: string, variant: Variant): Promise<ChildProcess> {
  const child = fork(new URL('./overhead/library-app.ts', import.meta.url), [library, variant], {
    env: { ...process.env, NODE_ENV: 'development', SESSIONSCOPE_QUIET: '1', XDG_STATE_HOME: state },
  });
  await answer(child);
  return child;
}

async function compare(library: string): Promise<string> {
  const apps: ChildProcess[] = [];
  const costs: number[][] = VARIANTS.map(() => []);
  try {
    for (const variant of VARIANTS) apps.push(await start(library, variant));
    const part = HOSTS[library]!.isSlow ? 0.1 : 1;
    for (const app of apps) await load(app, WARM_UP * part);
    for (let round = 0; round < rounds; round++) {
      const order = apps.map((_, index) => index);
      for (const index of round % 2 === 0 ? order : order.toReversed())
        costs[index]!.push(await load(apps[index]!, REQUESTS * part));
    }
  } finally {
    for (const app of apps) app.disconnect();
  }
  const [bare, ours, peer, again] = costs as [number[], number[], number[], number[]];
  const base = bare.map((cost, round) => (cost + again[round]!) / 2);
  const added = (list: number[]) => median(list.map((cost, round) => cost - base[round]!));
  const noise = median(bare.map((cost, round) => Math.abs(cost - again[round]!)));
  const share = median(ours.map((cost, round) => base[round]! / cost));
  const cells = [
    median(base).toFixed(0),
    added(ours).toFixed(0),
    added(peer).toFixed(0),
    noise.toFixed(0),
    share.toFixed(2),
  ];
  return `| ${library} | ${cells.join(' | ')} |`;
}

try {
  console.log(
    `CPU of a request in µs, 6 operations on a small session; medians of ${rounds} rounds of ${REQUESTS} requests\n`,
  );
  console.log('| | bare | added by the companion | added by OpenTelemetry | noise | bare ÷ observed |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const library of chosen) console.log(await compare(library));
  console.log(`\nNode ${process.versions.node}, load average ${loadavg()[0]!.toFixed(1)}`);
} finally {
  rmSync(state, { recursive: true, force: true });
}
