/**
 * The panel beside Redux DevTools and TanStack Query's devtools, each told the same 10,000 writes of a state of 2.9 KB as
 * JSON, in real Chromium, in turn: `node bench/panel-peers.ts [--rounds=5]`. Medians, by the clock.
 *
 * - *shown*: until all of it is painted: the rows that are in sight, and how many there are. *append*: one more write. *select*: another moment, with what it changed (not
 *   TanStack: it knows no changes). *sweep*: time between two frames, p95, when each selects the moment before.
 * - *heap*: what the page's JavaScript holds after a collection.
 *
 * What each is told is what it is built for: ours hears four events of a write, of which one holds the state; the others
 * an action or a query, with the state. Ours shows each answer as it comes; the others are opened when all of them are
 * there, as they take minutes otherwise. Redux DevTools keeps all of them here, as ours does; its extension keeps 50.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../scripts/project.ts';
import { openPanelPage, type PanelPage } from '../tests/panel/panel-page.ts';
import { median } from './codec/medians.ts';
import { handOn } from './rows.ts';
import {
  APPEND,
  asJson,
  checked,
  frames,
  heap,
  PEER_WRITES,
  receiveJson,
  SELECT,
  SWEEP,
  turns,
  WRITE_COUNT,
  WRITES,
} from './panel/page.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const ROUNDS = Number(values.rounds);
const TURNS = 6;
/** Redux DevTools takes seconds for each. */
const FRAMES = { ours: 60, redux: 6, tanstack: 60 };
const FLAGS = ['--js-flags=--expose-gc', '--enable-precise-memory-info'];

interface Sample {
  shown: number;
  append: number;
  select: number;
  sweep: number;
  heap: number;
}

interface Side {
  name: string;
  panel: PanelPage;
  state: string;
  /** Makes the answers in the page. */
  prepare: string;
  take?: string;
  /** Selector of its rows. */
  row?: string;
  append: string;
  select: string;
  sweep: string;
  /** After all is shown: what else it does with it. */
  settle?: (panel: PanelPage) => Promise<unknown>;
}

/** Units, and what is wanted of ours beside a peer's. */
const ROWS: Record<
  keyof Sample,
  { unit: string; wanted?: (of: Record<string, number>) => [limit: number, text: string] }
> = {
  shown: { unit: 'ms', wanted: ({ tanstack }) => [2 * tanstack!, 'twice TanStack'] },
  append: { unit: 'ms', wanted: () => [34, 'the next frame but one'] },
  select: { unit: 'ms' },
  sweep: { unit: 'ms', wanted: () => [17, '17'] },
  heap: { unit: 'MB', wanted: () => [20, '20'] },
};

await using ours = await openPanelPage(FLAGS);
await using theirs = await openPanelPage(FLAGS, join(ROOT, 'bench', 'panel', 'peers', 'vite.config.ts'));
const peer = (state: string, name: string, row: string): Side => ({
  name,
  row,
  panel: theirs,
  state,
  prepare: PEER_WRITES,
  take: 'peer.receive(answer, more)',
  append: `peer.append(writeOf(${WRITE_COUNT} + turn))`,
  select: 'peer.select(turn)',
  sweep: 'peer.sweep(turn)',
});
const SIDES: Record<string, Side> = {
  ours: {
    name: 'Sessionscope',
    panel: ours,
    state: 'timeline',
    prepare: `panelModel.clear(); ${asJson(WRITES)}`,
    append: APPEND,
    select: SELECT,
    sweep: SWEEP,
    settle: async ({ page }) => {
      await checked(page);
      await page.evaluate(`document.querySelector('#tab-diff').click()`);
    },
  },
  redux: peer('redux', 'Redux DevTools', '#root *'),
  tanstack: peer('tanstack', 'TanStack Query', '.tsqd-query-row'),
};

const samples: Record<string, Sample[]> = { ours: [], redux: [], tanstack: [] };
for (const { panel } of Object.values(SIDES)) await panel.size(1440);
// The first round warms the browsers up.
for (let round = 0; round <= ROUNDS; round++)
  for (const [key, side] of Object.entries(SIDES)) {
    console.error(`round ${round} of ${ROUNDS}: ${side.name}`);
    const sample = await measure(side, FRAMES[key as keyof typeof FRAMES]);
    if (round > 0) samples[key]!.push(sample);
  }
report();

async function measure({ panel, state, prepare, take, row, settle, ...acts }: Side, count: number): Promise<Sample> {
  const { page } = panel;
  await page.goto('about:blank');
  await panel.open(state);
  await page.evaluate(prepare);
  const { all: shown } = await receiveJson(page, take, row);
  await settle?.(panel);
  const held = await heap(page);
  const append = median(await turns(page, acts.append, TURNS));
  const select = median(await turns(page, acts.select, TURNS));
  const times = await frames(page, acts.sweep, count);
  return { shown, append, select, sweep: times[Math.floor(times.length * 0.95)]!, heap: held };
}

function report(): void {
  const names = Object.values(SIDES).map(({ name }) => name.padStart(16));
  console.log(`${`Medians of ${ROUNDS} rounds`.padEnd(22)}${names.join('')}`);
  for (const [row, { unit, wanted }] of Object.entries(ROWS) as [keyof Sample, (typeof ROWS)[keyof Sample]][]) {
    const of = Object.fromEntries(
      Object.entries(samples).map(([key, all]) => [key, median(all.map((sample) => sample[row]))]),
    );
    const cells = Object.keys(SIDES).map((key) => {
      const ratio = key === 'ours' ? '' : ` ×${(of[key]! / of['ours']!).toFixed(1)}`;
      return `${of[key]!.toFixed(1)}${ratio}`.padStart(16);
    });
    const [limit, text] = wanted?.(of) ?? [];
    handOn({
      what: `panel, ${WRITE_COUNT} writes beside its peers: ${row}`,
      of: unit,
      measured: of['ours']!,
      ...(limit === undefined ? {} : { atMost: Math.round(limit) }),
      figures: Object.fromEntries(Object.entries(SIDES).map(([key, { name }]) => [name, of[key]!.toFixed(0)])),
    });
    const verdict =
      limit === undefined ? '' : `  ${of['ours']! <= limit ? 'as wanted' : 'NOT as wanted'}: at most ${text}`;
    console.log(`${`${row}, ${unit}`.padEnd(22)}${cells.join('')}${verdict}`);
  }
}
