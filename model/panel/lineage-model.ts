/** The lineage of the session at the cursor: gathered while somebody looks at it, and only then. */
import { computed } from '@preact/signals-core';
import type { SessionRequests } from '../history/session-requests.ts';
import type { LineageView } from '../views/lineage-view.ts';
import type { CursorModel } from './cursor-model.ts';
import { tabOf } from './lanes-model.ts';
import { onDemand } from './on-demand.ts';
import type { RecordingModel } from './recording-model.ts';

export function createLineageModel(recording: RecordingModel, { cursor }: CursorModel) {
  const { timeline, version } = recording;
  let requests: SessionRequests | undefined;
  const takeChangedFrom = timeline.watchChanges();
  const exchange = computed(() => cursor.value?.exchange);

  const lineage = computed<LineageView | undefined>(() => {
    void version.value;
    const at = exchange.value;
    const { code } = onDemand;
    if (at === undefined || code === undefined) return undefined;
    requests ??= new code.SessionRequests();
    requests.update(timeline.items, takeChangedFrom());
    return code.lineageView(timeline.items, requests, at, { tabOf: (request) => tabOf(recording, request) });
  });

  return { lineage };
}
