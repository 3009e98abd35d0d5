/** Between the devtools page and the panel of one inspected tab. */
import type { SeenResponse } from '../../transport/index.ts';

export type HarMessage =
  | { type: 'panel-opened' }
  | { type: 'seen'; responses: SeenResponse[] }
  | { type: 'navigated'; url: string };

/** Reaches the extension's own pages only, of this tab's DevTools. */
export const harChannel = (tabId: number): BroadcastChannel => new BroadcastChannel(`sessionscope-har-${tabId}`);
