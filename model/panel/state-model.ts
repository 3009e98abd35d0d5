/** The session at the cursor: its tree, the history of the selected key, its cookie, and a look into the store. */
import { computed, signal } from '@preact/signals-core';
import type { KeyPath, SessionAnswer } from '../../protocol/index.ts';
import { type Origin, originOf } from '../history/memory.ts';
import { type Loadable, loadableAt } from '../history/loadable.ts';
import { sideAt } from '../history/sides.ts';
import { momentOf, sessionAt } from '../history/moment.ts';
import { changedSince } from '../history/store-look.ts';
import type { Why } from '../findings/why.ts';
import type { Write } from '../history/writes.ts';
import type { CookieView } from '../views/cookie-view.ts';
import { type StateView, stateView } from '../views/state-view.ts';
import type { CursorModel } from './cursor-model.ts';
import { onDemand } from './on-demand.ts';
import type { RecordingModel } from './recording-model.ts';

/** A look into the store on demand, at a time of its own. */
export interface StoreLook {
  answer: SessionAnswer;
  at: number;
  /** Lives of the server that read it; empty: not known. */
  epochs: readonly string[];
  /** What was seen to change the record since; absent: nothing. */
  olderThan?: Write;
}

export function createStateModel({ timeline, version }: RecordingModel, { cursor, selectedPath }: CursorModel) {
  const treeToggled = signal<ReadonlyMap<string, boolean>>(new Map());
  /** The newest of each server, the newest of all last. */
  const looks = signal<readonly StoreLook[]>([]);
  /** Of the server whose request is looked at. */
  const storeLook = computed<StoreLook | undefined>(() => {
    void version.value;
    const epoch = cursor.value?.exchange.epoch;
    const look = looks.value.findLast(
      ({ epochs }) => epoch === undefined || epochs.length === 0 || epochs.includes(epoch),
    );
    const olderThan = look && changedSince(timeline.items, look.answer);
    return olderThan === undefined ? look : { ...look!, olderThan };
  });

  const state = computed<StateView | undefined>(() => {
    void version.value;
    const at = cursor.value;
    return at && stateView(timeline.items, at.exchange, momentOf(at), treeToggled.value);
  });
  const keyHistory = computed<Write[]>(() => {
    void version.value;
    const at = cursor.value;
    const path = selectedPath.value;
    if (at === undefined || path === undefined) return [];
    return onDemand.code?.historyOf(timeline.items, momentOf(at), sessionAt(at.exchange, at.index), path) ?? [];
  });
  /** Why the selected key has the value that it has at the cursor, or is not there. */
  const whyKey = computed<Why | undefined>(() => {
    void version.value;
    const at = cursor.value;
    const path = selectedPath.value;
    return at === undefined || path === undefined ? undefined : onDemand.code?.whyValue(timeline.items, at, path);
  });
  /** Why the request at the cursor has its session. */
  const whyRequest = computed<Why | undefined>(() => {
    void version.value;
    const at = cursor.value;
    return at && onDemand.code?.whySession(timeline.items, at.exchange);
  });
  const cookie = computed<CookieView | undefined>(() => {
    void version.value;
    const at = cursor.value;
    return at && onDemand.code?.cookieView(timeline.items, at.exchange);
  });

  return {
    state,
    /** The session at the cursor, where not all of its keys were sent and more can be asked for. */
    keysToLoad: (): Loadable[] => (cursor.value === undefined ? [] : loadableAt(sideAt(cursor.value), [])),
    keyHistory,
    whyKey,
    whyRequest,
    cookie,
    storeLook,
    /** `epochs`: of the server that read it. */
    setStoreReading(answer: SessionAnswer, epochs: readonly string[] = []): void {
      const others = looks.value.filter(
        (look) => look.epochs.length > 0 && !look.epochs.some((id) => epochs.includes(id)),
      );
      looks.value = [...others, { answer, at: answer.store.at, epochs }];
    },
    forgetStoreReading(): void {
      looks.value = [];
    },
    setTreeExpanded(key: string, open: boolean): void {
      treeToggled.value = new Map(treeToggled.value).set(key, open);
    },
    /** What reported the value at `path` of the session at the cursor, to fetch the whole of it. */
    originOf(path: KeyPath): Origin | undefined {
      const at = cursor.value;
      return at && originOf(at.exchange.operations, at.index, path);
    },
  };
}
