/** The panel's keys. The list that `?` shows is made from the same table. */
import { formatPath, LANE_KINDS, type PanelModel, TABS, type Workbench } from '../../model/index.ts';
import { copyText } from '../parts/copy-text.ts';
import type { PanelActions } from './panel-actions.ts';

export interface KeyContext {
  model: PanelModel;
  bench: Workbench;
  actions: PanelActions;
  focusFilter: () => void;
  toggleHelp: () => void;
  /** Closes what lies over the panel; returns whether there was something. */
  closeOverlay: () => boolean;
  /** Narrow: shows the detail, or goes back to the timeline; returns whether that changed anything. */
  drill: (into: boolean) => boolean;
  /** What can be done with the selected row. */
  openMenu: () => void;
  /** Reads the selected value in full. */
  viewValue: () => void;
  /** Chooses a session from those that are recorded. */
  openSessions: () => void;
  /** Shows what a mouse reads in the tooltips of the selected row. */
  explain: () => void;
}

interface Key {
  keys: readonly string[];
  does: string;
  /** `false`: it meant nothing here, and the browser may have the key. */
  act: (context: KeyContext, key: string) => boolean | void;
}

const currentOperation = ({ cursor }: PanelModel) => cursor.value?.exchange.operations[cursor.value.index - 1];

function openSource({ model, actions, drill }: KeyContext): void {
  const operation = currentOperation(model);
  const frame = operation?.source?.frames[0];
  if (frame && actions.openSource) actions.openSource(frame, operation!.epoch);
  else void drill(true);
}

function copy({ model, actions }: KeyContext): void {
  const operation = currentOperation(model);
  if (operation === undefined) return;
  actions.copy(copyText(operation) ?? (operation.path ? formatPath(operation.path) : operation.operation));
}

function watch({ model, bench }: KeyContext): void {
  const path = model.selectedPath.value;
  if (path !== undefined) bench.toggleWatch(path);
}

export const KEYS: readonly Key[] = [
  { keys: ['ArrowUp'], does: 'previous row', act: ({ model }) => model.moveRow(-1) },
  { keys: ['ArrowDown'], does: 'next row', act: ({ model }) => model.moveRow(1) },
  { keys: ['ArrowRight'], does: 'open the request', act: ({ model }) => model.setOpen(true) },
  { keys: ['ArrowLeft'], does: 'close the request', act: ({ model }) => model.setOpen(false) },
  { keys: ['Shift ArrowRight'], does: 'expand all', act: ({ model }) => model.setAllExpanded(true) },
  { keys: ['Shift ArrowLeft'], does: 'collapse all', act: ({ model }) => model.setAllExpanded(false) },
  { keys: ['Enter'], does: 'open the details', act: ({ drill }) => void drill(true) },
  {
    keys: ['Escape'],
    does: 'back to the timeline',
    act: ({ drill, closeOverlay }) => closeOverlay() || drill(false),
  },
  { keys: [','], does: 'previous operation', act: ({ model }) => model.step(-1) },
  { keys: ['.'], does: 'next operation', act: ({ model }) => model.step(1) },
  { keys: ['['], does: 'previous write of the selected key', act: ({ model }) => model.stepWrite(-1) },
  { keys: [']'], does: 'next write of the selected key', act: ({ model }) => model.stepWrite(1) },
  { keys: ['n'], does: 'next problem or finding', act: ({ model }) => model.stepToProblem(1) },
  { keys: ['p'], does: 'previous problem or finding', act: ({ model }) => model.stepToProblem(-1) },
  {
    keys: ['1', '2', '3', '4', '5', '6'],
    does: 'tabs',
    act: ({ model }, key) => {
      model.tab.value = TABS[Number(key) - 1]!;
    },
  },
  { keys: ['/', 'Ctrl F'], does: 'filter', act: ({ focusFilter }) => focusFilter() },
  { keys: ['s'], does: 'choose a session', act: ({ openSessions }) => openSessions() },
  {
    keys: ['l'],
    does: 'lanes by session, tab, client, server, none',
    act: ({ model }) => {
      model.lanesBy.value = LANE_KINDS[(LANE_KINDS.indexOf(model.lanesBy.value) + 1) % LANE_KINDS.length]!;
    },
  },
  { keys: ['d'], does: 'mark this moment as Before', act: ({ model }) => model.mark() },
  { keys: ['o'], does: 'open the source', act: openSource },
  { keys: ['c'], does: 'copy the value', act: copy },
  { keys: ['v'], does: 'view the whole value', act: ({ viewValue }) => viewValue() },
  { keys: ['w'], does: 'watch the selected key over all requests', act: watch },
  { keys: ['i'], does: 'explain the selected row', act: ({ explain }) => explain() },
  { keys: ['Shift F10', 'ContextMenu'], does: 'more actions', act: ({ openMenu }) => openMenu() },
  { keys: ['Home'], does: 'first moment', act: ({ model }) => model.first() },
  { keys: ['End'], does: 'live', act: ({ model }) => model.goLive() },
  { keys: [' '], does: 'pause, resume', act: ({ model }) => model.setPaused(!model.isPaused.value) },
  { keys: ['?'], does: 'keyboard shortcuts', act: ({ toggleHelp }) => toggleHelp() },
];

/** Controls that use these keys themselves. */
const OWN_KEYS = 'input:not([type=checkbox]), select, textarea, [contenteditable]';
const PRESSED_BY_KEYS = 'button, a, summary, input[type=checkbox]';
/** In a pane of text these scroll it. */
const SCROLL_KEYS: ReadonlySet<string> = new Set(['ArrowUp', 'ArrowDown', 'Home', 'End', ' ']);

/** With Shift these are keys of their own; of a letter or a sign, Shift is a part. */
const SHIFTED: ReadonlySet<string> = new Set(['F10', 'ArrowLeft', 'ArrowRight']);

/** Handles a key pressed anywhere in the panel; returns whether it was one of ours. */
export function handleKey(event: KeyboardEvent, context: KeyContext): boolean {
  const target = event.target as Element;
  // DevTools' own search would look into nothing: the filter finds keys and values.
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'f') {
    context.focusFilter();
    return true;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (target.closest(OWN_KEYS)) {
    if (event.key !== 'Escape') return false;
    (target as HTMLElement).blur();
    return true;
  }
  if ((event.key === ' ' || event.key === 'Enter') && target.closest(PRESSED_BY_KEYS)) return false;
  if (target.matches('[role=tabpanel]') && SCROLL_KEYS.has(event.key)) return false;
  const name = event.shiftKey && SHIFTED.has(event.key) ? `Shift ${event.key}` : event.key;
  const key = KEYS.find(({ keys }) => keys.includes(name));
  if (key === undefined) return false;
  return key.act(context, event.key) !== false;
}
