/** Two moments beside each other: which they are, and what differs. */
import { computed, type ReadonlySignal, signal } from '@preact/signals-core';
import type { KeyPath } from '../../protocol/index.ts';
import { type Loadable, loadableAt } from '../history/loadable.ts';
import type { Origin } from '../history/memory.ts';
import { cursorOf, type Moment, momentOf, positionOf } from '../history/moment.ts';
import { type DiffBase, memoryAt, sideAt, sideBefore } from '../history/sides.ts';
import { valueAt } from '../values/parts.ts';
import type { DiffCell, DiffView } from '../views/diff-view.ts';
import type { CursorModel } from './cursor-model.ts';
import type { ListModel } from './list-model.ts';
import { onDemand } from './on-demand.ts';
import type { RecordingModel } from './recording-model.ts';

export function createDiffModel(
  { timeline, version }: RecordingModel,
  { isVisible }: ListModel,
  { cursor }: CursorModel,
) {
  const diffBase = signal<DiffBase>('exchange');
  const marked = signal<Moment | undefined>(undefined);
  const showsUnchanged = signal(false);

  const effectiveBase = computed<DiffBase>(() =>
    diffBase.value === 'marked' && marked.value === undefined ? 'exchange' : diffBase.value,
  );
  /** The two sides of the diff, with what each of them is. */
  const diffSides = computed(() => {
    void version.value;
    const at = cursor.value;
    if (at === undefined) return undefined;
    const other = marked.value && cursorOf(timeline.items, marked.value);
    const before = sideBefore(timeline.items, at, effectiveBase.value, other, isVisible);
    const sides = [before, sideAt(at)];
    return { before: before?.value, since: before?.moment, after: memoryAt(at), base: effectiveBase.value, sides };
  });
  const diff = computed<DiffView | undefined>(() => {
    const sides = diffSides.value;
    const at = cursor.value;
    const { code } = onDemand;
    if (sides === undefined || at === undefined || code === undefined) return undefined;
    const since = sides.since && positionOf(timeline.items, sides.since);
    return code.diffView(
      sides.before,
      sides.after,
      code.whoWroteSince(timeline.items, at, since),
      showsUnchanged.value,
    );
  });

  return {
    diff,
    diffSides,
    diffBase,
    showsUnchanged,
    marked: marked as ReadonlySignal<Moment | undefined>,
    /** What can be fetched of both sides at these paths. */
    partsToLoad: (paths: readonly KeyPath[]): Loadable[] =>
      (diffSides.value?.sides ?? []).flatMap((side) => paths.flatMap((path) => loadableAt(side, path))),
    /** Where the whole of a cell's value is to be had; `undefined`: nothing recorded says it. */
    originOfCell(of: 'before' | 'after', { path, value }: DiffCell): Origin | undefined {
      const side = diffSides.value?.sides[of === 'before' ? 0 : 1];
      // Of a list whose items moved, the path may be the other side's.
      return side !== undefined && valueAt(side.value, path) === value ? side.originOf(path) : undefined;
    },
    mark(): void {
      const at = cursor.value;
      if (at === undefined) return;
      marked.value = momentOf(at);
      diffBase.value = 'marked';
    },
    forgetMark(): void {
      marked.value = undefined;
    },
  };
}
