/** Between the devtools page and the panel of one inspected tab. */
import type { SeenResponse } from '../../transport/index.ts';

export type HarMessage =
  | { type: 'panel-opened' }
  /** `since`: epoch ms from which on responses are reported; with the answer to a panel that opens. */
  | { type: 'seen'; responses: SeenResponse[]; since?: number }
  | { type: 'navigated'; url: string }
  /** DevTools selected the panel. */
  | { type: 'shown' }
  /** DevTools' own search: `performSearch`, `nextSearchResult`, `previousSearchResult`, `cancelSearch`. */
  | { type: 'search'; action: string; query: string };

/** Reaches the extension's own pages only, of this tab's DevTools. */
export const harChannel = (tabId: number): BroadcastChannel => new BroadcastChannel(`sessionscope-har-${tabId}`);
