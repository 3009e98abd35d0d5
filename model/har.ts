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
  /** Names in the Cookie header, in order, repeated as sent; absent where the browser does not tell it. */
  cookieNames?: readonly string[];
  /** Set-Cookie headers as received. */
  setCookies: readonly SetCookie[];
  /** The browser tells no cookies of this one, in either direction: a worker's own request in Chromium. */
  hidesCookies?: boolean;
  /** Answered by the browser's own cache: no exchange took place. */
  fromCache: boolean;
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
