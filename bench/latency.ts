/**
 * From `req.session.x = 1` in a running request to its row painted in the real panel, in real Chromium DevTools:
 * `node bench/latency.ts [--rounds=5] [--sets=60] [--keys=12] [--profile=FILE]`; the profile is of the panel, in the last round, and
 * that round is not counted. The baseline, in the same run and at the same moment: a bare
 * EventSource in the page, whose handler appends one list item; it has no companion, no model and no timeline.
 * A row counts as painted in the task after the animation frame that follows it.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CDPSession, Frame } from 'puppeteer-core';
import { launchChromium } from '../tests/browsers/chromium.ts';
import { until } from '../tests/browsers/until.ts';
import { handOn } from './rows.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    sets: { type: 'string', default: '60' },
    keys: { type: 'string', default: '12' },
    profile: { type: 'string' },
  },
});
const ROUNDS = Number(values.rounds);
const SETS = Number(values.sets);
/** What the panel promises. */
const WANTED_P95_MS = 25;

const state = mkdtempSync(join(tmpdir(), 'sessionscope-bench-'));
const server = fork(new URL('latency/server.ts', import.meta.url), {
  env: { ...process.env, NODE_ENV: 'development', XDG_STATE_HOME: state },
});
const port = await new Promise<number>((resolve) => server.once('message', (message) => resolve(message as number)));
const chromium = await launchChromium();
try {
  await measure();
} finally {
  await chromium.close();
  server.kill();
  rmSync(state, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const { page } = chromium;
  const panel = await chromium.showPanel();
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.reload();
  await until(
    () => panel.evaluate(() => document.querySelector<HTMLElement>('.link')?.innerText.includes('Live')),
    'the panel to be live',
  );
  await watch(panel, '.row.operation .val b');
  await page.evaluate(() => {
    new EventSource('/events').addEventListener('message', ({ data }) => {
      const item = document.createElement('li');
      item.textContent = String(data);
      document.querySelector('ol')!.append(item);
    });
  });
  await watch(page.mainFrame(), 'li');

  const cpu = [await watchCpu(panel), await watchCpu(page.mainFrame())] as const;
  const ours: number[] = [];
  const baseline: number[] = [];
  const cpuMs = [0, 0];
  // The first round warms both up.
  for (let round = 0; round <= ROUNDS; round++) {
    const stopProfile = values.profile !== undefined && round === ROUNDS ? await startProfile(panel) : undefined;
    const sets = await page.evaluate(
      async (from, count, keys) =>
        (await (await fetch(`/run?from=${from}&count=${count}&keys=${keys}`, { method: 'POST' })).json()) as {
          value: string;
          at: number;
        }[],
      round * SETS,
      SETS,
      values.keys,
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (stopProfile !== undefined) {
      await writeFile(values.profile!, await stopProfile());
      break;
    }
    const [painted, paintedBare] = await Promise.all([times(panel), times(page.mainFrame())]);
    const spent = await Promise.all(cpu.map((read) => read()));
    if (round === 0) continue;
    spent.forEach((ms, index) => {
      cpuMs[index]! += ms;
    });
    for (const { value, at } of sets) {
      if (painted[value] === undefined) throw new Error(`${value} was never painted`);
      ours.push(painted[value] - at);
      if (paintedBare[value] !== undefined) baseline.push(paintedBare[value] - at);
    }
  }
  const report = (name: string, all: number[]) => {
    console.log(
      `${name.padEnd(12)} p50 ${quantile(all, 0.5)} ms   p95 ${quantile(all, 0.95)} ms   max ${quantile(all, 1)} ms   (${all.length} sets)`,
    );
  };
  report('panel', ours);
  report('bare stream', baseline);
  console.log(
    `main thread, CPU for each set: panel ${(cpuMs[0]! / ours.length).toFixed(1)} ms, bare stream ${(cpuMs[1]! / ours.length).toFixed(1)} ms`,
  );
  const [own, bare] = [Number(quantile(ours, 0.95)), Number(quantile(baseline, 0.95))];
  handOn({
    what: 'a set in a running request, until its row is painted',
    of: 'ms, p95',
    measured: own,
    atMost: WANTED_P95_MS,
    figures: { 'a bare event stream': `${bare} ms` },
  });
  console.log(
    `ratio p50 ${(Number(quantile(ours, 0.5)) / Number(quantile(baseline, 0.5))).toFixed(2)}, p95 ${(own / bare).toFixed(2)} of a bare stream`,
  );
  console.log(
    `p95 at most ${WANTED_P95_MS} ms: ${own <= WANTED_P95_MS ? 'held' : `missed by ${(own - WANTED_P95_MS).toFixed(1)} ms`}`,
  );
}

function quantile(all: number[], share: number): string {
  const sorted = all.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!.toFixed(1);
}

/** Notes when each text of `selector` is first painted. */
async function watch(frame: Frame, selector: string): Promise<void> {
  await frame.evaluate((wanted) => {
    const painted: Record<string, number> = {};
    Object.assign(globalThis, { painted });
    const seen = new Set<string>();
    new MutationObserver(() => {
      const fresh = [...document.querySelectorAll(wanted)]
        .map(({ textContent }) => (textContent ?? '').replaceAll('"', ''))
        .filter((text) => !seen.has(text));
      if (fresh.length === 0) return;
      for (const text of fresh) seen.add(text);
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.addEventListener('message', () => {
          for (const text of fresh) painted[text] = performance.timeOrigin + performance.now();
        });
        port1.start();
        port2.postMessage(undefined);
      });
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  }, selector);
}

/** Returns a function that measures the CPU milliseconds a frame's main thread has spent since it was asked last. */
async function watchCpu(frame: Frame): Promise<() => Promise<number>> {
  const { client } = frame as unknown as { client: CDPSession };
  // Puppeteer has enabled it already, by wall time.
  await client.send('Performance.disable');
  await client.send('Performance.enable', { timeDomain: 'threadTicks' });
  let before = 0;
  const read = async () => {
    const { metrics } = await client.send('Performance.getMetrics');
    const now = metrics.find(({ name }) => name === 'TaskDuration')!.value * 1_000;
    const spent = now - before;
    before = now;
    return spent;
  };
  await read();
  return read;
}

/** Profiles a frame's thread until the returned function is called, which gives the profile as DevTools loads it. */
async function startProfile(frame: Frame): Promise<() => Promise<string>> {
  // The frame has a process, and so a session, of its own; puppeteer keeps it to itself.
  const { client } = frame as unknown as { client: CDPSession };
  await client.send('Profiler.enable');
  await client.send('Profiler.setSamplingInterval', { interval: 200 });
  await client.send('Profiler.start');
  return async () => JSON.stringify((await client.send('Profiler.stop')).profile);
}

function times(frame: Frame): Promise<Record<string, number>> {
  return frame.evaluate(() => (globalThis as unknown as { painted: Record<string, number> }).painted);
}
