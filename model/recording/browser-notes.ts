/** What the browser did without the server: a cookie that changed in its jar, a page out of its cache. */
import type { CookieChange } from './cookie-changes.ts';

export type BrowserNote =
  | { what: 'cookie'; at: number; change: CookieChange }
  /** Answered without the server being asked. */
  | { what: 'cached'; at: number; url: string; by: 'browser' | 'service-worker' | 'back-forward' };

/** Answers out of a cache that are kept: some hours of clicking. */
export const MAX_CACHED = 500;

/** Of one page with all its pictures only what may matter to a session is said. */
const SHOWN_CACHED_TYPES: ReadonlySet<string> = new Set(['document', 'fetch', 'xhr']);

/** Whether an answer out of a cache is worth a row. */
export const isCachedTypeShown = (resourceType: string | undefined): boolean =>
  resourceType !== undefined && SHOWN_CACHED_TYPES.has(resourceType);

export const keyOfNote = (note: BrowserNote): string =>
  note.what === 'cookie'
    ? `browser:cookie:${note.at}:${note.change.cookie.name}:${note.change.kind}`
    : `browser:cached:${note.at}:${note.url}`;
