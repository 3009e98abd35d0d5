/** The lineage of the session at the cursor: gathered while somebody looks at it, and only then. */
import { computed } from '@preact/signals-core';
import { SessionRequests } from '../history/session-requests.ts';
import { type LineageView, lineageView } from '../views/lineage-view.ts';
import type { CursorModel } from './cursor-model.ts';
import { tabOf } from './lanes-model.ts';
import type { RecordingModel } from './recording-model.ts';

export function createLineageModel(recording: RecordingModel, { cursor }: CursorModel) {
  const { timeline, version } = recording;
  const requests = new SessionRequests();
  const takeChangedFrom = timeline.watchChanges();
  const exchange = computed(() => cursor.value?.exchange);

  const lineage = computed<LineageView | undefined>(() => {
    void version.value;
    const at = exchange.value;
    if (at === undefined) return undefined;
    requests.update(timeline.items, takeChangedFrom());
    return lineageView(timeline.items, requests, at, { tabOf: (request) => tabOf(recording, request) });
  });

  return { lineage };
}
