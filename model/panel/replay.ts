/** A panel's model over a trace: as of the moment at which it was saved, with nobody behind it. */
import type { Trace } from '../recording/trace.ts';
import { createPanelModel, type PanelModel } from './panel-model.ts';

/** Longer than anything that waits for the browser's word on a request. */
const SETTLED_MS = 10_000;

export function replay({ savedAt, seenSince, events, responses, notes }: Trace): PanelModel {
  let now = savedAt - SETTLED_MS;
  const model = createPanelModel({ now: () => now });
  model.setSeenSince(seenSince);
  if (typeof seenSince === 'number') model.noteReported(seenSince);
  // What was saved was shown: the tab of the file is nobody's tab here.
  model.scope.value = 'all';
  model.receive(events);
  for (const response of responses) model.seeHarEntry(response);
  model.restoreNotes(notes);
  // All that was to come has come.
  now = savedAt;
  model.tick();
  return model;
}
