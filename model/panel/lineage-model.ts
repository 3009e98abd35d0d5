/** The lineage of the session at the cursor: gathered while somebody looks at it, and only then. */
import { computed } from '@preact/signals-core';
import { SessionRequests } from '../history/session-requests.ts';
import { isOfThisTab, type ExchangeRecord } from '../recording/records.ts';
import { type LineageView, lineageView } from '../views/lineage-view.ts';
import type { CursorModel } from './cursor-model.ts';
import type { RecordingModel } from './recording-model.ts';

export function createLineageModel({ timeline, version, sight }: RecordingModel, { cursor }: CursorModel) {
  const requests = new SessionRequests();
  const takeChangedFrom = timeline.watchChanges();
  const exchange = computed(() => cursor.value?.exchange);

  function tabOf(request: ExchangeRecord): string | undefined {
    if (isOfThisTab(request)) return 'this tab';
    if (!sight.seesBrowser.value) return undefined;
    if (sight.isElsewhere(request)) return 'another tab or client';
    return sight.isPlaceUnknown(request) ? 'tab not known' : undefined;
  }

  const lineage = computed<LineageView | undefined>(() => {
    void version.value;
    const at = exchange.value;
    if (at === undefined) return undefined;
    requests.update(timeline.items, takeChangedFrom());
    return lineageView(timeline.items, requests, at, { tabOf });
  });

  return { lineage };
}
