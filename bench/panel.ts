/**
 * A long recording in the panel's page, in real Chromium: `node bench/panel.ts [--rounds=3] [--operations=100000]
 * [--profile=FILE]`; the profile is of the clicks of the last round, which is then not counted.
 * Each figure stands beside the same with a thousand operations, interleaved, medians over the rounds. Times are by the
 * clock; where another load on the machine would change them, also as CPU time of the page's main thread.
 *
 * - *received*: the recording comes as JSON, in answers as a companion sends them: until the first screenful is painted,
 *   until all of it is, and until the rules have looked at it.
 * - *wheel*, *fling*: time between two frames at 240 and at 1,000 px a frame.
 * - *append*, *select*, *click*: until the panel is painted with one more request, another moment's diff, a click.
 * - *heap*: what the page's JavaScript holds after a collection.
 * - *writes*: 10,000 requests that each save a session of 2.9 KB of which one part is new.
 * - *rules*, *sheet*: in this process, in the model alone, beside the same recording with no rule on: each event as it
 *   comes at the end of the recording, all of it at once, and the sheet of ASVS while it is looked at.
 * - a plain table of a tenth of the rows, without the panel (no model, no virtual list).
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Page } from 'puppeteer-core';
import { openPanelPage } from '../tests/panel/panel-page.ts';
import {
  APPEND,
  asJson,
  checked,
  CLICKS,
  frames,
  heap,
  receiveJson,
  scrollBy,
  SELECT,
  SWEEP,
  turns,
  WRITES,
} from './panel/page.ts';
import { handOn } from './rows.ts';
import { measureRules, RULES_ROWS, type RulesSample } from './panel/rules.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    operations: { type: 'string', default: '100000' },
    profile: { type: 'string' },
  },
});
const ROUNDS = Number(values.rounds);
const OPERATIONS = Number(values.operations);
const FEW = 1_000;
const FRAMES = 100;
const APPENDS = 12;

/** What is wanted of the long recording; `times`: of what the short one takes. */
const WANTED: Record<string, { most?: number; times?: number }> = {
  'received: first screenful, ms': { most: 300 },
  'received: all, ms': { most: 600 },
  'wheel: frame p95, ms': { most: 20 },
  'append, ms': { times: 1.3 },
  'select with diff, ms': { most: 28 },
  'heap, MB': { most: 60 },
  'writes: heap, MB': { most: 20 },
  'writes: sweep, frame p95, ms': { most: 17 },
  ...Object.fromEntries(Object.keys(CLICKS).map((name) => [`click: ${name}, ms`, { most: 50 }])),
};

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
const p95 = (sorted: readonly number[]) => sorted[Math.floor(sorted.length * 0.95)] ?? 0;

await using panel = await openPanelPage(['--js-flags=--expose-gc', '--enable-precise-memory-info']);
await panel.size(1440);
const { page } = panel;
const devtools = await page.createCDPSession();
await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
/** Of each figure, by the length of the recording, one for each round. */
const figures = new Map<string, Record<number, number[]>>();
const plain: number[] = [];
// The first round warms the browser up.
for (let round = 0; round <= ROUNDS; round++) {
  const isCounted = round > 0;
  for (const count of round % 2 === 0 ? [FEW, OPERATIONS] : [OPERATIONS, FEW]) {
    console.error(`round ${round} of ${ROUNDS}, ${count} operations`);
    const isProfiled = values.profile !== undefined && round === ROUNDS && count === OPERATIONS;
    const sample = await measure(count, isProfiled ? values.profile : undefined);
    if (!isCounted || isProfiled) continue;
    for (const [name, value] of Object.entries(sample)) {
      const known = figures.get(name) ?? { [FEW]: [], [OPERATIONS]: [] };
      known[count]!.push(value);
      figures.set(name, known);
    }
  }
  const table = await plainTable(page, OPERATIONS / 10);
  if (isCounted) plain.push(table);
}
report();
reportRules();

/** CPU time of the page's main thread since it began, ms: what runs beside it on the machine is not in it. */
async function cpuMs(): Promise<number> {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1_000;
}

async function measure(count: number, profile: string | undefined): Promise<Record<string, number>> {
  const sample: Record<string, number> = {};
  const withCpu = async <Result>(name: string, count: number, act: () => Promise<Result>): Promise<Result> => {
    const before = await cpuMs();
    console.error(`  ${name}`);
    const result = await act();
    sample[`${name}: CPU, ms`] = ((await cpuMs()) - before) / count;
    return result;
  };

  await start();
  await page.evaluate(asJson(`manyEvents(recording.events, ${count})`));
  const came = performance.now();
  const { first, all } = await withCpu('received', 1, () => receiveJson(page));
  sample['received: first screenful, ms'] = first;
  sample['received: all, ms'] = all;
  await withCpu('rules', 1, () => checked(page));
  sample['rules: all looked at, ms'] = performance.now() - came;
  sample['heap, MB'] = await heap(page);

  for (const [name, px] of Object.entries({ wheel: 240, fling: 1_000 })) {
    const times = await withCpu(`${name}: each frame`, FRAMES, () => frames(page, scrollBy(px), FRAMES));
    sample[`${name}: frame p95, ms`] = p95(times);
  }
  await page.evaluate('panelModel.goLive()');
  sample['append, ms'] = median(await withCpu('append', APPENDS, () => turns(page, APPEND, APPENDS)));
  await checked(page);
  await page.evaluate(`document.querySelector('#tab-diff').click()`);
  sample['select with diff, ms'] = median(await turns(page, SELECT));
  await page.evaluate(`document.querySelector('#tab-state').click(), panelModel.goLive()`);
  if (profile !== undefined) await devtools.send('Profiler.enable');
  if (profile !== undefined) await devtools.send('Profiler.start');
  for (const [name, act] of Object.entries(CLICKS)) {
    const times = await withCpu(`click: ${name}`, 8, () => turns(page, act));
    sample[`click: ${name}, ms`] = median(times);
  }
  if (profile !== undefined) writeFileSync(profile, JSON.stringify((await devtools.send('Profiler.stop')).profile));

  if (count !== OPERATIONS) return sample;
  await start();
  await page.evaluate(asJson(WRITES));
  sample['writes: all, ms'] = (await receiveJson(page)).all;
  await checked(page);
  sample['writes: heap, MB'] = await heap(page);
  sample['writes: sweep, frame p95, ms'] = p95(await frames(page, SWEEP, FRAMES));
  return sample;
}

/** The panel with nothing recorded, and what recordings are made of beside it. */
async function start(): Promise<void> {
  await page.goto('about:blank');
  await panel.open('timeline');
  await page.evaluate('panelModel.clear()');
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
    await new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    return performance.now() - from;
  }, count);
}

function report(): void {
  console.log(`Medians of ${ROUNDS} rounds${' '.repeat(19)}${FEW} ops  ${OPERATIONS} ops  ratio`);
  for (const [name, { [FEW]: short = [], [OPERATIONS]: long = [] }] of figures) {
    const [few, many] = [median(short), median(long)];
    const { most, times } = WANTED[name] ?? {};
    const limit = most ?? (times === undefined ? undefined : times * few);
    const verdict =
      limit === undefined ? '' : `  ${many <= limit ? 'as wanted' : 'NOT as wanted'}: ≤ ${limit.toFixed(0)}`;
    const ratio = short.length === 0 ? '' : `×${(many / few).toFixed(2)}`;
    const text = short.length === 0 ? '' : few.toFixed(1);
    if (limit !== undefined)
      handOn({
        what: `panel, ${OPERATIONS} operations: ${name.replace(/, (?:ms|MB)$/, '')}`,
        of: name.endsWith('MB') ? 'MB' : 'ms',
        measured: many,
        atMost: Math.round(limit),
        figures: short.length === 0 ? {} : { [`${FEW} operations`]: text },
      });
    console.log(`${name.padEnd(36)} ${text.padStart(8)} ${many.toFixed(1).padStart(11)}  ${ratio.padEnd(6)}${verdict}`);
  }
  const table = median(plain);
  console.log(`a plain table of ${OPERATIONS / 10} rows is painted in ${table.toFixed(0)} ms`);
}

/** Of rules and sheet: medians, in turn with each other and with no rule on. */
function reportRules(): void {
  const lengths = [FEW, OPERATIONS];
  const samples = lengths.map((count): RulesSample[] => {
    console.error(`rules, ${count} operations`);
    return Array.from({ length: ROUNDS + 1 }, () => measureRules(count)).slice(1);
  });
  const [few, many] = samples as [RulesSample[], RulesSample[]];
  const of = (all: readonly RulesSample[], name: keyof RulesSample) => median(all.map((sample) => sample[name]));
  for (const [name, off] of Object.entries(RULES_ROWS) as [keyof RulesSample, keyof RulesSample | undefined][]) {
    const [short, long] = [of(few, name), of(many, name)];
    const ratio = off === undefined ? '' : `  ×${(long / of(many, off)).toFixed(2)} of no rules`;
    console.log(
      `${name.padEnd(36)} ${short.toFixed(3).padStart(8)} ${long.toFixed(3).padStart(11)}  ×${(long / short).toFixed(2)}${ratio}`,
    );
  }
}
