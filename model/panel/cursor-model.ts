/** The moment that is looked at, the row that stands for it, and how to move from one to the next. */
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals-core';
import type { KeyPath } from '../../protocol/index.ts';
import { type Cursor, isBefore, type Moment, momentOf, sessionAt } from '../history/moment.ts';
import { isOfDevtools } from '../recording/devtools-request.ts';
import { journalOf } from '../recording/journal.ts';
import { firstStop, momentOfRow, nextRow, nextStop, rowOf, rowOfRequest } from '../views/row-steps.ts';
import type { ListModel } from './list-model.ts';
import type { RecordingModel } from './recording-model.ts';

export type CursorModel = ReturnType<typeof createCursorModel>;

export function createCursorModel(
  { timeline, version, hasRunning }: RecordingModel,
  { rows, visible, isVisible, counts, setExpanded, setRunOpen }: ListModel,
) {
  const chosen = signal<Moment | undefined>(undefined);
  const isLive = signal(true);
  const seenOperations = signal(0);
  const selectedPath = signal<KeyPath | undefined>(undefined);

  const lastCursor = computed<Cursor | undefined>(() => {
    void version.value;
    // The newest with something to show: a request for a picture is no moment to look at.
    const newest = journalOf(timeline.items).entries.findLast(
      ({ exchange: own }) => isVisible(own) && !isOfDevtools(own),
    );
    const exchange = newest?.exchange ?? visible.value.findLast((item) => !isOfDevtools(item));
    return exchange && { exchange, index: exchange.operations.length };
  });
  const cursor = computed<Cursor | undefined>(() => {
    void version.value;
    const moment = chosen.value;
    if (isLive.value || moment === undefined) return lastCursor.value;
    const exchange = timeline.exchange(moment.exchange);
    return exchange === undefined
      ? lastCursor.value
      : { exchange, index: Math.min(moment.index, exchange.operations.length) };
  });

  /** Key of the row that was moved to, while it stands for the moment at the cursor. */
  const focusedKey = signal<string | undefined>(undefined);
  const selectedRow = computed<number>(() => {
    const all = rows.value.rows;
    const at = cursor.value;
    const found = rowOf(all, at);
    // An open exchange and its last operation stand for the same moment: the one that was chosen is selected.
    const chosenKey = focusedKey.value;
    if (chosenKey === undefined || at === undefined) return found;
    for (let index = found; index >= 0; index--) {
      const row = all.get(index)!;
      if (row.key === chosenKey && momentOfRow(row)?.index === at.index) return index;
      if (row.kind === 'exchange') break;
    }
    return found;
  });

  /** Operations that came while something older was being looked at. */
  const unseen = computed(() => (isLive.value ? 0 : Math.max(0, counts.value.operations - seenOperations.value)));

  /** Stays where the cursor is, while new operations come. */
  function stay(): void {
    if (cursor.value !== undefined) select(momentOf(cursor.value));
    isLive.value = false;
  }

  function select(moment: Moment): void {
    batch(() => {
      chosen.value = moment;
      focusedKey.value = undefined;
      const last = lastCursor.value;
      // The newest moment is live until it is left: selecting it is staying.
      isLive.value =
        last !== undefined &&
        last.exchange.id === moment.exchange &&
        moment.index >= last.exchange.operations.length &&
        hasRunning.value;
      seenOperations.value = counts.value.operations;
    });
  }

  function goLive(): void {
    batch(() => {
      isLive.value = true;
      chosen.value = undefined;
      focusedKey.value = undefined;
    });
  }

  /** To a row: its moment, and where it and its last operation are one moment, to this of the two. */
  function focusRow(index: number): void {
    const row = rows.value.rows.get(index);
    const moment = row && momentOfRow(row);
    if (moment === undefined) return;
    batch(() => {
      select(moment);
      focusedKey.value = row!.key;
      if (row!.kind === 'operation' && row!.operations.at(-1)!.path)
        selectedPath.value = row!.operations.at(-1)!.path!.slice(0, 1);
    });
  }

  /** To the next (1) or previous (−1) row. */
  const moveRow = (by: 1 | -1): void => focusRow(nextRow(rows.value.rows, selectedRow.value, by));

  /** Opens or closes the exchange at the cursor; a row inside one that is closed goes to it first. */
  function setOpen(open: boolean): void {
    const { rows: all } = rows.value;
    const row = all.get(selectedRow.value);
    if (row?.kind === 'folded') return setRunOpen(row.key, open);
    if (row === undefined || !('exchange' in row)) return;
    if (row.kind === 'exchange' && row.run !== undefined && !open && !row.isExpanded) return setRunOpen(row.run, false);
    if (row.kind === 'operation' && !open) focusRow(rowOfRequest(all, selectedRow.value));
    else if (row.kind === 'exchange' && open && row.isExpanded) moveRow(1);
    else if (row.kind === 'exchange') setExpanded(row.exchange, open);
  }

  /** To the next (1) or previous (−1) operation on screen. */
  function step(by: 1 | -1): void {
    const at = cursor.value;
    const row = at && nextStop(rows.value.rows, at, by);
    const moment = row && momentOfRow(row);
    if (moment) select(moment);
  }

  /** To the next or previous write of the selected key. */
  function stepWrite(by: 1 | -1): void {
    const path = selectedPath.value;
    const at = cursor.value;
    const session = at && sessionAt(at.exchange, at.index);
    if (path === undefined || at === undefined || session === undefined) return;
    const all = timeline.items.flatMap((item) =>
      item.kind !== 'exchange' || !isVisible(item)
        ? []
        : item.operations.flatMap((operation, index) =>
            operation.session === session && operation.operation !== 'get' && operation.path?.[0] === path[0]
              ? [{ exchange: item.id, index: index + 1, operation }]
              : [],
          ),
    );
    const here = at.exchange.operations[at.index - 1] ?? at.exchange;
    all.sort((a, b) => (isBefore(a.operation, b.operation) ? -1 : 1));
    const next =
      by > 0
        ? all.find(({ operation }) => isBefore(here, operation))
        : all.findLast(({ operation }) => isBefore(operation, here));
    if (next) select({ exchange: next.exchange, index: next.index });
  }

  function first(): void {
    const row = firstStop(rows.value.rows);
    const moment = row && momentOfRow(row);
    if (moment) select(moment);
  }

  return {
    cursor,
    /** Index of the row that is selected; −1: it is not shown. */
    selectedRow,
    selectedPath,
    isLive: isLive as ReadonlySignal<boolean>,
    unseen,
    select,
    stay,
    goLive,
    focusRow,
    moveRow,
    setOpen,
    step,
    stepWrite,
    first,
  };
}
