/** The inspected page's own list of its requests, as its Performance API has it: DevTools reports none from before it was ready, and misses some later. */

/** As the model's `OwnRequest`. */
export interface OwnRequest {
  url: string;
  /** Epoch ms, by the page's clock. */
  startedAt: number;
  endedAt: number;
}

/** Entries read: a browser keeps 250 by itself. */
const MAX_ENTRIES = 300;
const MAX_URL = 2_048;
const MAX_TEXT = 1_000_000;

/**
 * Run in the page; a text, since DevTools of Firefox gives lists of its own. What a cache or a service worker answered
 * is left out: no server saw it, or the worker asked. (A cache: a body and no bytes for it, as Resource Timing has it.)
 */
export const OWN_REQUESTS = `JSON.stringify(
  [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .filter((entry) => entry.name.length <= ${MAX_URL} && !entry.workerStart && (entry.transferSize > 0 || !entry.decodedBodySize))
    .slice(0, ${MAX_ENTRIES})
    .map((entry) => [entry.name, performance.timeOrigin + (entry.fetchStart || entry.startTime), performance.timeOrigin + entry.responseEnd])
)`;

/** What the page answered, which may be anything. */
export function parseOwnRequests(text: unknown): OwnRequest[] {
  if (typeof text !== 'string' || text.length > MAX_TEXT) return [];
  let entries: unknown;
  try {
    entries = JSON.parse(text);
  } catch {
    return [];
  }
  if (!Array.isArray(entries)) return [];
  return entries.slice(0, MAX_ENTRIES).flatMap((entry: unknown): OwnRequest[] => {
    if (!Array.isArray(entry)) return [];
    const [url, startedAt, endedAt] = entry as unknown[];
    if (typeof url !== 'string' || url.length > MAX_URL || !isTime(startedAt) || !isTime(endedAt)) return [];
    return [{ url: url.replace(/#.*$/, ''), startedAt, endedAt }];
  });
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
