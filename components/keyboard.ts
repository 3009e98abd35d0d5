/** The panel's keys. The list that `?` shows is made from the same table. */
import { formatPath, type PanelModel, TABS } from '../model/index.ts';
import { copyText } from './copy-text.ts';
import type { PanelActions } from './panel-actions.ts';

export interface KeyContext {
  model: PanelModel;
  actions: PanelActions;
  focusFilter: () => void;
  toggleHelp: () => void;
  /** Closes what lies over the panel; returns whether there was something. */
  closeOverlay: () => boolean;
  /** Narrow: shows the detail, or goes back to the timeline. */
  drill: (into: boolean) => void;
  /** What can be done with the selected row. */
  openMenu: () => void;
}

interface Key {
  keys: readonly string[];
  does: string;
  act: (context: KeyContext, key: string) => void;
}

const currentOperation = ({ cursor }: PanelModel) => cursor.value?.exchange.operations[cursor.value.index - 1];

function openSource({ model, actions, drill }: KeyContext): void {
  const frame = currentOperation(model)?.source?.frames[0];
  if (frame && actions.openSource) actions.openSource(frame);
  else drill(true);
}

function copy({ model, actions }: KeyContext): void {
  const operation = currentOperation(model);
  if (operation === undefined) return;
  actions.copy(copyText(operation) ?? (operation.path ? formatPath(operation.path) : operation.operation));
}

export const KEYS: readonly Key[] = [
  { keys: ['ArrowUp'], does: 'previous row', act: ({ model }) => model.moveRow(-1) },
  { keys: ['ArrowDown'], does: 'next row', act: ({ model }) => model.moveRow(1) },
  { keys: ['ArrowRight'], does: 'open the exchange', act: ({ model }) => model.setOpen(true) },
  { keys: ['ArrowLeft'], does: 'close the exchange', act: ({ model }) => model.setOpen(false) },
  { keys: ['Enter'], does: 'open the details', act: ({ drill }) => drill(true) },
  {
    keys: ['Escape'],
    does: 'back to the timeline',
    act: ({ drill, closeOverlay }) => void (closeOverlay() || drill(false)),
  },
  { keys: [','], does: 'previous operation', act: ({ model }) => model.step(-1) },
  { keys: ['.'], does: 'next operation', act: ({ model }) => model.step(1) },
  { keys: ['['], does: 'previous write of the selected key', act: ({ model }) => model.stepWrite(-1) },
  { keys: [']'], does: 'next write of the selected key', act: ({ model }) => model.stepWrite(1) },
  { keys: ['n'], does: 'next exchange that went wrong', act: ({ model }) => model.stepAmiss(1) },
  { keys: ['p'], does: 'previous exchange that went wrong', act: ({ model }) => model.stepAmiss(-1) },
  {
    keys: ['1', '2', '3', '4'],
    does: 'tabs',
    act: ({ model }, key) => {
      model.tab.value = TABS[Number(key) - 1]!;
    },
  },
  { keys: ['/'], does: 'filter', act: ({ focusFilter }) => focusFilter() },
  { keys: ['d'], does: 'mark this moment as Before', act: ({ model }) => model.mark() },
  { keys: ['o'], does: 'open the source', act: openSource },
  { keys: ['c'], does: 'copy the value', act: copy },
  { keys: ['Shift F10', 'ContextMenu'], does: 'what else can be done', act: ({ openMenu }) => openMenu() },
  { keys: ['Home'], does: 'first moment', act: ({ model }) => model.first() },
  { keys: ['End'], does: 'live', act: ({ model }) => model.goLive() },
  { keys: [' '], does: 'pause, go on', act: ({ model }) => model.setPaused(!model.isPaused.value) },
  { keys: ['?'], does: 'this list', act: ({ toggleHelp }) => toggleHelp() },
];

/** Controls that use these keys themselves. */
const OWN_KEYS = 'input, select, textarea, [contenteditable]';
const PRESSED_BY_KEYS = 'button, a, summary';
/** In a pane of text these scroll it. */
const SCROLL_KEYS: ReadonlySet<string> = new Set(['ArrowUp', 'ArrowDown', 'Home', 'End', ' ']);

/** Handles a key pressed anywhere in the panel; returns whether it was one of ours. */
export function handleKey(event: KeyboardEvent, context: KeyContext): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const target = event.target as Element;
  if (target.closest(OWN_KEYS)) {
    if (event.key !== 'Escape') return false;
    (target as HTMLElement).blur();
    return true;
  }
  if ((event.key === ' ' || event.key === 'Enter') && target.closest(PRESSED_BY_KEYS)) return false;
  if (target.matches('[role=tabpanel]') && SCROLL_KEYS.has(event.key)) return false;
  const name = event.shiftKey && event.key === 'F10' ? 'Shift F10' : event.key;
  const key = KEYS.find(({ keys }) => keys.includes(name));
  if (key === undefined) return false;
  key.act(context, event.key);
  return true;
}
