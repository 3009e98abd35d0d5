/** What lasts from one DevTools to the next, as one text for the browser's storage. Nothing of a recording is in it. */
import { batch } from '@preact/signals-core';
import { type Kind, KINDS } from '../views/filter.ts';
import { LANE_KINDS, type LaneKind } from '../views/lanes.ts';
import { type PanelModel, type Tab, TABS } from './panel-model.ts';
import { DEFAULT_SHARES, type Editor, EDITORS, SIZED_COLUMNS, type Workbench } from './workbench.ts';

/** A filter longer than this is not kept. */
const MAX_FILTER = 500;

/** Projects whose silenced rules are kept: of more the ones that were added last. */
const MAX_PROJECTS = 50;
/** Of one project; there are not as many rules. */
const MAX_SILENCED = 200;

type Settled = Pick<
  PanelModel,
  'filterText' | 'kind' | 'lanesBy' | 'preserve' | 'scope' | 'tab' | 'silenced' | 'setSilenced'
>;

/** The settings as they stand; reads their signals, so that an effect can save each change. */
export function settingsText(model: Settled, bench: Workbench): string {
  return JSON.stringify({
    editor: bench.editor.value,
    filter: model.filterText.value.slice(0, MAX_FILTER),
    kind: model.kind.value,
    preserve: model.preserve.value,
    thisTab: model.scope.value === 'tab',
    tab: model.tab.value,
    lanes: model.lanesBy.value,
    silenced: Object.fromEntries(
      [...model.silenced.value].slice(-MAX_PROJECTS).map(([app, rules]) => [app, [...rules]]),
    ),
    shares: bench.shares.value,
    columns: bench.columns.value,
    wraps: bench.wraps.value,
  });
}

/** Puts saved settings in place. Whatever is damaged, unknown or absent leaves its default. */
export function restoreSettings(text: string | undefined, model: Settled, bench: Workbench): void {
  const saved = parse(text);
  if (saved === undefined) return;
  batch(() => {
    const { editor, filter, kind, preserve, thisTab, tab, lanes, shares, columns, wraps, silenced } = saved;
    if (typeof editor === 'string' && Object.hasOwn(EDITORS, editor)) bench.editor.value = editor as Editor;
    if (typeof filter === 'string') model.filterText.value = filter.slice(0, MAX_FILTER);
    if (KINDS.includes(kind as Kind)) model.kind.value = kind as Kind;
    if (typeof preserve === 'boolean') model.preserve.value = preserve;
    if (typeof thisTab === 'boolean') model.scope.value = thisTab ? 'tab' : 'all';
    if (TABS.includes(tab as Tab)) model.tab.value = tab as Tab;
    if (LANE_KINDS.includes(lanes as LaneKind)) model.lanesBy.value = lanes as LaneKind;
    if (typeof wraps === 'boolean') bench.wraps.value = wraps;
    model.setSilenced(silencedIn(silenced));
    for (const arrangement of ['beside', 'stacked'] as const) {
      const share = numberAt(shares, arrangement);
      bench.setShare(arrangement, share ?? DEFAULT_SHARES[arrangement]);
    }
    for (const column of SIZED_COLUMNS) {
      const px = numberAt(columns, column);
      if (px !== undefined) bench.setColumn(column, px);
    }
  });
}

function parse(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function numberAt(value: unknown, name: string): number | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  const number = (value as Record<string, unknown>)[name];
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function silencedIn(value: unknown): Map<string, ReadonlySet<string>> {
  const found = new Map<string, ReadonlySet<string>>();
  if (typeof value !== 'object' || value === null) return found;
  for (const [app, rules] of Object.entries(value).slice(-MAX_PROJECTS)) {
    const names = Array.isArray(rules) ? rules.filter((rule): rule is string => typeof rule === 'string') : [];
    if (names.length > 0) found.set(app, new Set(names.slice(0, MAX_SILENCED)));
  }
  return found;
}
