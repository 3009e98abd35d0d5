/**
 * A long recording in the panel's page, in real Chromium: `node bench/panel.ts [--rounds=5] [--operations=100000]`.
 * Four figures, each beside a baseline of the same run, interleaved, medians over the rounds.
 * Times are told twice where another load on the machine would change them: by the clock, and as CPU time of the
 * page's main thread.
 *
 * - *shown*: from the recording in memory to the panel painted with it; beside a thousand operations, and beside a
 *   plain table of the same rows, a tenth of them, without the panel (no model, no virtual list).
 * - *scrolling*: the time between two frames at a fast wheel (240 px a frame) and at a fling (1,000 px a frame), and
 *   what the page's main thread computes in each; beside a thousand operations.
 * - *live*: from one more request being told to its row painted, with all the others held.
 * - *heap*: what the page's JavaScript holds after a collection, and how much of it is the events alone.
 */
import { parseArgs } from 'node:util';
import type { Page } from 'puppeteer-core';
import { openPanelPage, type PanelPage } from '../tests/panel/panel-page.ts';
import type { PageUnderTest } from './panel/page.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, operations: { type: 'string', default: '100000' } },
});
const ROUNDS = Number(values.rounds);
const OPERATIONS = Number(values.operations);
const FEW = 1_000;
const WHEEL_PX = 240;
const FLING_PX = 1_000;
const FRAMES = 150;
/** What the panel promises. */
const WANTED = { shownMs: 1_000, frameMs: 20 };

interface Sample {
  shownMs: number;
  /** The page's own start included. */
  shownCpuMs: number;
  wheel: Scrolled;
  fling: Scrolled;
  liveMs: number;
  heapMb: number;
}

interface Scrolled {
  p50: number;
  p95: number;
  /** Share of frames that came later than two screen refreshes. */
  late: number;
  cpuMs: number;
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

await using panel = await openPanelPage(['--js-flags=--expose-gc', '--enable-precise-memory-info']);
await panel.size(1440);
const devtools = await panel.page.createCDPSession();
await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
const samples: Record<number, Sample[]> = { [FEW]: [], [OPERATIONS]: [] };
const plain: number[] = [];
const eventsMb: number[] = [];
// The first round warms the browser up.
for (let round = 0; round <= ROUNDS; round++) {
  for (const count of round % 2 === 0 ? [FEW, OPERATIONS] : [OPERATIONS, FEW]) {
    const sample = await measure(panel, count);
    if (round > 0) samples[count]!.push(sample);
  }
  const table = await plainTable(panel.page, OPERATIONS / 10);
  const held = await eventsAlone(panel, OPERATIONS);
  if (round === 0) continue;
  plain.push(table);
  eventsMb.push(held);
}
report();

/** CPU time of the page's main thread since it began, ms: what runs beside it on the machine is not in it. */
async function cpuMs(): Promise<number> {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1_000;
}

async function measure({ page, open }: PanelPage, count: number): Promise<Sample> {
  await page.goto('about:blank');
  const before = await cpuMs();
  await open('timeline', { count: String(count) });
  const shownCpuMs = (await cpuMs()) - before;
  const shownMs = await page.evaluate(() => performance.getEntriesByName('shown')[0]!.duration);
  const wheel = await scroll(page, WHEEL_PX);
  const fling = await scroll(page, FLING_PX);
  const liveMs = await live(page);
  return { shownMs, shownCpuMs, wheel, fling, liveMs, heapMb: await heap(page) };
}

/** From the end upwards, one step for each frame. */
async function scroll(page: Page, px: number): Promise<Scrolled> {
  const before = await cpuMs();
  const deltas = await page.evaluate(
    async (step, count) => {
      const list = document.querySelector('.timeline')!;
      list.scrollTop = list.scrollHeight;
      const times: number[] = [];
      let last = 0;
      for (let frame = 0; frame < count; frame++)
        await new Promise<void>((resolve) =>
          requestAnimationFrame((at) => {
            if (last > 0) times.push(at - last);
            last = at;
            // In a short recording it goes up and down.
            list.scrollTop = list.scrollTop < step ? list.scrollHeight : list.scrollTop - step;
            resolve();
          }),
        );
      return times.sort((a, b) => a - b);
    },
    px,
    FRAMES,
  );
  const after = await cpuMs();
  return {
    p50: deltas[Math.floor(deltas.length / 2)]!,
    p95: deltas[Math.floor(deltas.length * 0.95)]!,
    late: deltas.filter((delta) => delta > 34).length / deltas.length,
    cpuMs: (after - before) / FRAMES,
  };
}

/** One more request, told as the connector tells it; painted is the task after the next frame. */
async function live(page: Page): Promise<number> {
  const times = await page.evaluate(async () => {
    const { panelModel, recording } = globalThis as unknown as PageUnderTest;
    const started = recording.events.findLast((event) => event.type === 'exchange-started')!;
    const own: number[] = [];
    panelModel.goLive();
    for (let turn = 0; turn < 12; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      const from = performance.now();
      const exchange = (0x1000 + turn).toString(16).padStart(32, 'f');
      panelModel.receive([{ ...started, seq: 90_000_000 + turn, at: started.at + 1e9 + turn * 10, exchange }]);
      await new Promise<void>((resolve) =>
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.addEventListener('message', () => resolve());
          port1.start();
          port2.postMessage(undefined);
        }),
      );
      own.push(performance.now() - from);
    }
    return own;
  });
  return median(times);
}

/** The same rows as a table that knows nothing: what a list without windowing would cost. ms until painted. */
async function plainTable(page: Page, count: number): Promise<number> {
  await page.goto('about:blank');
  return page.evaluate(async (rows) => {
    const from = performance.now();
    const table = document.createElement('table');
    for (let index = 0; index < rows; index++) {
      const row = table.insertRow();
      for (const text of [`+${index % 90}.4`, 'set', 'cart.items[0].qty', '1 → 2', 'cart/views.py:29', ''])
        row.insertCell().textContent = text;
    }
    document.body.append(table);
    await new Promise<void>((resolve) =>
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.addEventListener('message', () => resolve());
        port1.start();
        port2.postMessage(undefined);
      }),
    );
    return performance.now() - from;
  }, count);
}

function heap(page: Page): Promise<number> {
  return page.evaluate(() => {
    (globalThis as unknown as { gc: () => void }).gc();
    return (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize / 1e6;
  });
}

/** What as many events weigh by themselves, MB: the part that no panel could leave out. */
async function eventsAlone({ page, open }: PanelPage, count: number): Promise<number> {
  await open('listening');
  await open('timeline');
  const before = await heap(page);
  await page.evaluate((wanted) => {
    const { manyEvents, recording } = globalThis as unknown as PageUnderTest;
    Object.assign(globalThis, { held: manyEvents(recording.events, wanted) });
  }, count);
  return (await heap(page)) - before;
}

function report(): void {
  const of = (count: number, pick: (sample: Sample) => number) => median(samples[count]!.map(pick));
  const line = (name: string, pick: (sample: Sample) => number, unit: string, wanted?: number) => {
    const few = of(FEW, pick);
    const many = of(OPERATIONS, pick);
    const verdict =
      wanted === undefined ? '' : `  ${many <= wanted ? 'as wanted' : 'NOT as wanted'}: ≤ ${wanted} ${unit}`;
    console.log(
      `${name.padEnd(34)} ${few.toFixed(1).padStart(8)} ${many.toFixed(1).padStart(9)} ${unit.padEnd(3)} ×${(many / few).toFixed(2)}${verdict}`,
    );
  };
  console.log(`Medians of ${ROUNDS} rounds${' '.repeat(19)}${FEW} ops  ${OPERATIONS} ops`);
  line('shown', ({ shownMs }) => shownMs, 'ms', WANTED.shownMs);
  line('shown: main thread', ({ shownCpuMs }) => shownCpuMs, 'ms');
  line('wheel: frame, median', ({ wheel }) => wheel.p50, 'ms');
  line('wheel: frame, p95', ({ wheel }) => wheel.p95, 'ms', WANTED.frameMs);
  line('wheel: main thread, each frame', ({ wheel }) => wheel.cpuMs, 'ms');
  line('wheel: frames over 34 ms', ({ wheel }) => wheel.late * 100, '%');
  line('fling: frame, p95', ({ fling }) => fling.p95, 'ms');
  line('fling: main thread, each frame', ({ fling }) => fling.cpuMs, 'ms');
  line('live: told to painted', ({ liveMs }) => liveMs, 'ms');
  line('heap', ({ heapMb }) => heapMb, 'MB');
  const table = median(plain);
  console.log(`events alone, ${OPERATIONS} operations: ${median(eventsMb).toFixed(1)} MB`);
  console.log(
    `a plain table of ${OPERATIONS / 10} rows is painted in ${table.toFixed(0)} ms; at that rate ${OPERATIONS} take ` +
      `${(table * 10).toFixed(0)} ms, ×${((table * 10) / of(OPERATIONS, ({ shownMs }) => shownMs)).toFixed(1)} of the panel with its model`,
  );
}
