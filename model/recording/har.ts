import type { JarFate } from './jar.ts';

/** What the browser says of one response: one HAR entry, normalized by the extension, cookie values left out. */
export interface HarExchange {
  /** Exchange ids of its discovery header, one for each observed middleware. */
  exchanges: readonly string[];
  url: string;
  method: string;
  status: number;
  /** Epoch ms, the browser's clock. */
  startedAt: number;
  durationMs: number;
  /** Names in the Cookie header, in order, repeated as sent; absent where the browser does not report it. */
  cookieNames?: readonly string[];
  /** Set-Cookie headers as received. */
  setCookies: readonly SetCookie[];
  /** Set-Cookie headers of this response may be missing here: the browser did not report them. */
  hidesSetCookies?: boolean;
  /** What the browser sent, to send it again: no cookie is among the headers, and no value of a credential. */
  request?: { headers: readonly { name: string; value: string }[]; body?: string };
  /** Answered by the browser's own cache: no exchange took place. */
  fromCache: boolean;
  /** A service worker answered out of its own cache. */
  fromServiceWorker?: boolean;
  /** Each cookie sent, in order, with path and domain where the browser gives them (Chromium). */
  sentCookies?: readonly { name: string; path?: string; domain?: string }[];
  /** What the jar said of each Set-Cookie, by its position; a hole or absent: not asked, or not answered. */
  jar?: readonly (JarFate | undefined)[];
  /** Fetched before anyone asked for it. */
  purpose?: 'prefetch' | 'prerender';
  /** `Sec-Fetch-Site`, `Sec-Fetch-Dest`, `Sec-Fetch-Mode`, as sent. */
  site?: string;
  dest?: string;
  mode?: string;
  browser?: 'chromium' | 'firefox';
  /** Origin of the page that was open when it was seen. */
  pageOrigin?: string;
  /** Matched without the header, by what it is alone: a proxy removes it. */
  isMatchedWithoutHeader?: boolean;
  /** `document`, `fetch`, …; absent in Firefox. */
  resourceType?: string;
}

export interface SetCookie {
  name: string;
  /** Characters of the value, which is a credential and is not kept. */
  valueLength: number;
  /** What follows the value, from its `;`. */
  attributes: string;
}
