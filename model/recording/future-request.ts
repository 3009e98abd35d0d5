/** A request that has not been made, and a cookie that it may carry. */
import type { KeptCookie } from './jar.ts';

/** How a page, or the user, makes a request. */
export const REQUEST_KINDS = [
  'link',
  'typed',
  'form-post',
  'fetch',
  'fetch-include',
  'fetch-omit',
  'frame',
  'image',
] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

export type BrowserName = 'chromium' | 'firefox';

/** A cookie as a browser holds it. */
export interface SendableCookie extends KeptCookie {
  /** Epoch ms between which it was created, as far as that is known: a value that is written again keeps its age. */
  createdFrom?: number;
  createdTo?: number;
}

export interface FutureRequest {
  /** Where it goes. */
  url: string;
  kind: RequestKind;
  /** URL of the page that makes it, which is the tab's own and no frame's; none counts with `typed`. */
  page?: string | undefined;
  /** Absent: what both browsers do alike is known. */
  browser?: BrowserName | undefined;
  /** Epoch ms, the browser's clock. */
  at: number;
}
