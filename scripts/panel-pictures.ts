/** Takes the pictures of `docs/panel.md` and `docs/tour.md` off the panel's page, from its recordings: `node scripts/panel-pictures.ts`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openPanelPage } from '../tests/panel/panel-page.ts';
import { ROOT } from './project.ts';

interface Picture {
  /** Of `playground/panel/states.ts`. */
  state: string;
  query?: Record<string, string>;
  /** px. */
  width: number;
  height: number;
  /** The part that is shown; default: all. */
  part?: string;
}

const PICTURES: Record<string, Picture> = {
  timeline: { state: 'timeline', query: { at: '10.3', tab: 'state' }, width: 1200, height: 560 },
  running: { state: 'running', width: 1200, height: 300 },
  diff: { state: 'lost-update', width: 1200, height: 420 },
  'diff-values': { state: 'values-diff', width: 1440, height: 480, part: '.detail' },
  'state-not-saved': { state: 'nested-not-saved', query: { tab: 'state' }, width: 1440, height: 480, part: '.detail' },
  cookie: { state: 'cookie-not-set', width: 1440, height: 640, part: '.detail' },
  clocks: { state: 'expiry', width: 1440, height: 660, part: '.detail' },
  'what-if': { state: 'what-if-rolling', width: 1440, height: 620, part: '.detail' },
  lanes: { state: 'lanes-session', width: 1200, height: 300, part: '.scrub-place' },
  lineage: { state: 'lineage', width: 1440, height: 480, part: '.detail' },
  exchange: { state: 'rotation', width: 1440, height: 560, part: '.detail' },
  restart: { state: 'restart', width: 1440, height: 440, part: '.list' },
  gap: { state: 'gap', query: { at: '3' }, width: 1440, height: 300, part: '.list' },
  doctor: { state: 'doctor-header', width: 900, height: 500 },
  pairing: { state: 'pairing-code', width: 1440, height: 400, part: '.detail' },
  narrow: { state: 'lost-update', query: { tab: 'state' }, width: 272, height: 560 },
  'narrow-diff': { state: 'values-diff', query: { view: 'detail' }, width: 272, height: 560 },
};

/** Of the tour: a bug from the first click. */
const TOUR: Record<string, Picture> = {
  '1-timeline': { state: 'cookie-not-set', query: { at: '1' }, width: 1440, height: 360, part: '.list' },
  '2-outcome': { state: 'cookie-not-set', query: { at: '2', tab: 'state' }, width: 1440, height: 360, part: '.detail' },
  '3-cookie': { state: 'cookie-not-set', query: { at: '2', tab: 'cookie' }, width: 1440, height: 580, part: '.detail' },
};

const folderOf = (name: string) => {
  const folder = join(ROOT, 'docs', 'images', name);
  mkdirSync(folder, { recursive: true });
  return folder;
};
await using panel = await openPanelPage();
const ALL = [
  ...Object.entries(PICTURES).map(([name, picture]) => [join(folderOf('panel'), name), picture] as const),
  ...Object.entries(TOUR).map(([name, picture]) => [join(folderOf('tour'), name), picture] as const),
];
for (const [name, { state, query, width, height, part }] of ALL) {
  await panel.size(width, height);
  await panel.open(state, { theme: 'light', ...query });
  const path = `${name}.png` as const;
  const found = await panel.page.$(part ?? '.panel');
  if (found === null) throw new Error(`there is no ${part} in the state ${state}`);
  await found.screenshot({ path });
  console.log(path);
}
