/**
 * What the companion adds to a request, in CPU, with real http objects over connections in memory: no system call and
 * no client's waking stands between two requests, so it is steadier than what is measured over sockets. Each variant
 * has a process of its own; all are asked in turn, round after round.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { loadavg } from 'node:os';
import type { Cost, Run, Shape, Variant } from './in-process-app.ts';
import { handOn } from '../rows.ts';
import { answer } from './answer.ts';

/** Of what a bare app costs, by session. */
const WANTED: Record<Shape, number> = { small: 0.72, cart: 0.78 };
/** Before anything is measured: the engine's compilers have done their work, and the log is full. */
const WARM_UP = 8_000;
const REQUESTS = 1_000;
/** A round is measured in as many parts: the fastest of them is what other processes disturb least. */
const PARTS = 5;

interface App {
  name: string;
  process: ChildProcess;
  /** µs a request, of each round. */
  costs: number[];
  /** Of the fastest part of all. */
  fastest: number;
}

async function start(variant: Variant, shape: Shape, state: string, against?: string): Promise<App> {
  const checkout = variant === 'against' ? [against!] : [];
  const child = fork(new URL('./in-process-app.ts', import.meta.url), [variant, shape, ...checkout], {
    env: {
      ...process.env,
      NODE_ENV: 'development',
      SESSIONSCOPE_QUIET: '1',
      XDG_STATE_HOME: state,
      ...(variant === 'debug' ? { DEBUG: 'express-session' } : {}),
    },
    stdio: ['ignore', 'inherit', variant === 'debug' ? 'ignore' : 'inherit', 'ipc'],
  });
  await answer(child);
  return {
    name: variant === 'against' ? against! : variant,
    process: child,
    costs: [],
    fastest: Number.POSITIVE_INFINITY,
  };
}

async function load(app: App, requests: number): Promise<number> {
  const reply = answer<Cost>(app.process);
  app.process.send({ requests } satisfies Run);
  return (await reply).microsPerRequest;
}

async function measure(app: App): Promise<void> {
  const parts: number[] = [];
  while (parts.length < PARTS) parts.push(await load(app, REQUESTS / PARTS));
  app.costs.push(parts.reduce((sum, part) => sum + part, 0) / PARTS);
  app.fastest = Math.min(app.fastest, ...parts);
}

const median = (list: number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]!;

/** `against`: a built checkout whose companion is measured too. `state`: a folder for the companions' own files. */
export async function compareInProcess(shape: Shape, rounds: number, state: string, against?: string): Promise<void> {
  const variants: Variant[] = ['bare', 'ours', 'opentelemetry', 'debug', 'bare again'];
  if (against !== undefined) variants.splice(2, 0, 'against');
  const apps: App[] = [];
  try {
    for (const variant of variants) apps.push(await start(variant, shape, state, against));
    for (const app of apps) await load(app, WARM_UP);
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? apps : apps.toReversed();
      for (const app of order) await measure(app);
    }
  } finally {
    for (const app of apps) app.process.disconnect();
  }
  const bare = Array.from({ length: rounds }, (_, round) => (apps[0]!.costs[round]! + apps.at(-1)!.costs[round]!) / 2);
  console.log(
    `\nIn process, ${shape} session, 6 operations (medians of ${rounds} rounds of ${REQUESTS} requests; ` +
      `load average ${loadavg()[0]!.toFixed(1)})`,
  );
  console.log('CPU µs/request   added   bare ÷ it   fastest 200   bare ÷ it');
  const fastestBare = Math.min(apps[0]!.fastest, apps.at(-1)!.fastest);
  for (const { name, costs, fastest } of apps)
    console.log(
      median(costs).toFixed(1).padStart(14) +
        median(costs.map((cost, round) => cost - bare[round]!))
          .toFixed(1)
          .padStart(8) +
        median(costs.map((cost, round) => bare[round]! / cost))
          .toFixed(3)
          .padStart(12) +
        fastest.toFixed(1).padStart(14) +
        (fastestBare / fastest).toFixed(3).padStart(12) +
        `   ${name}`,
    );
  const ratioOf = (wanted: string) => fastestBare / apps.find(({ name }) => name === wanted)!.fastest;
  handOn(
    {
      what: `Express, 6 operations in one process, ${shape === 'cart' ? 'cart of 20 items' : 'small session'}`,
      of: 'CPU of the fastest 200 requests, bare ÷ observed',
      measured: ratioOf('ours'),
      atLeast: WANTED[shape],
      figures: Object.fromEntries(apps.slice(0, -1).map(({ name, fastest }) => [name, `${fastest.toFixed(1)} µs`])),
    },
    {
      what: 'the same, with OpenTelemetry in its place',
      of: "ours ÷ OpenTelemetry's of these ratios",
      measured: ratioOf('ours') / ratioOf('opentelemetry'),
      atLeast: 1,
    },
    {
      what: 'the same, medians',
      of: 'CPU, bare ÷ observed',
      measured: median(apps.find(({ name }) => name === 'ours')!.costs.map((cost, round) => bare[round]! / cost)),
      atLeast: WANTED[shape],
      figures: Object.fromEntries(apps.map(({ name, costs }) => [name, `${median(costs).toFixed(1)} µs`])),
    },
  );
}
