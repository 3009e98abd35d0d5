/** How the requests of the line above are parted into lanes, and the sessions to choose from. */
import { computed, signal } from '@preact/signals-core';
import { sessionOf, sessionRoot } from '../history/session-roots.ts';
import { serverName } from '../recording/epochs.ts';
import { isOfDevtools } from '../recording/devtools-request.ts';
import { type ExchangeRecord, isOfThisTab, type TimelineItem } from '../recording/records.ts';
import { type LaneKind, type Lanes, lanesOf } from '../views/lanes.ts';
import type { SessionChoice } from '../views/session-choices.ts';
import { onDemand } from './on-demand.ts';
import type { RecordingModel } from './recording-model.ts';

/** In words; `undefined`: nobody who could say sees it. */
export function tabOf({ sight }: RecordingModel, request: ExchangeRecord): string | undefined {
  if (isOfThisTab(request)) return 'this tab';
  if (!sight.seesBrowser.value) return undefined;
  if (sight.isElsewhere(request)) return 'another tab or client';
  return sight.isPlaceUnknown(request) ? 'tab not known' : undefined;
}

export function createLanesModel(recording: RecordingModel) {
  const { timeline, version } = recording;
  const lanesBy = signal<LaneKind>('none');
  const facts = {
    sessionOf(exchange: ExchangeRecord) {
      const name = sessionOf(exchange);
      return name === undefined ? undefined : { root: sessionRoot(timeline.items, name), name };
    },
    tabOf: (exchange: ExchangeRecord) => tabOf(recording, exchange),
    serverOf: ({ life }: ExchangeRecord) => serverName(life.started),
  };
  const takeChangedFrom = timeline.watchChanges();
  let first: string | undefined;
  let several: string | undefined;
  function note(item: TimelineItem): void {
    const name = item.kind === 'exchange' && !isOfDevtools(item) ? sessionOf(item) : undefined;
    if (name === undefined || name === first) return;
    first ??= name;
    if (sessionRoot(timeline.items, name) !== sessionRoot(timeline.items, first)) several = name;
  }
  return {
    lanesBy,
    /** Of these requests; `undefined`: they are in no lanes. */
    lanesOf(exchanges: readonly ExchangeRecord[]): Lanes | undefined {
      const by = lanesBy.value;
      return by === 'none' ? undefined : lanesOf(exchanges, by, facts);
    },
    /** There is something to choose. */
    hasSeveralSessions: computed(() => {
      void version.value;
      const from = takeChangedFrom();
      if (from === 0) first = several = undefined;
      // Once there are two, no more is asked until the recording begins again.
      for (let at = from; several === undefined && at < timeline.items.length; at++) note(timeline.items[at]!);
      return several !== undefined;
    }),
    /** Gone through when asked; `onDemand` must be loaded. */
    sessionChoices: (): SessionChoice[] => onDemand.loaded.sessionChoices(timeline.items),
  };
}
