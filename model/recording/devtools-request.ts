/** Requests that DevTools sends by itself: no part of what the app's users do. */
import { pathOfUrl } from './url-path.ts';
import type { ExchangeRecord } from './records.ts';

/** What Chromium's DevTools asks of each page by itself, to find a workspace. */
const DEVTOOLS_PATH = '/.well-known/appspecific/com.chrome.devtools.json';

/** Whether DevTools sent it, not the page. */
export const isOfDevtools = ({ started, har }: Pick<ExchangeRecord, 'started' | 'har'>): boolean =>
  (started?.path ?? (har && pathOfUrl(har.url))) === DEVTOOLS_PATH;
