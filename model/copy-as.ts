/** What *copy as …* puts on the clipboard. Pure text; a cookie's value is a credential and never among it. */
import type { ExchangeRecord } from './timeline.ts';
import { requestOf } from './exchange-words.ts';

/** In single quotes, as every POSIX shell reads them. */
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * A command that sends the request again: method, URL, and where the session's cookie goes. Body and other headers
 * are not recorded. `origin` stands in where the browser did not tell the URL.
 */
export function curlOf(exchange: ExchangeRecord, origin: string | undefined): string {
  const { method, path } = requestOf(exchange);
  const url = exchange.har?.url ?? `${origin ?? 'http://localhost'}${path}`;
  const cookie = exchange.started?.cookie;
  const parts = ['curl'];
  if (method !== 'GET' && method !== '') parts.push('-X', quote(method));
  parts.push(quote(url));
  // The shell's own variable: whoever sends it puts the value in, and it is in no history.
  if (cookie !== undefined && cookie.sent > 0) parts.push('-H', `"cookie: ${shellName(cookie.name)}=$SESSION_COOKIE"`);
  return parts.join(' ');
}

/** A cookie's name inside double quotes: whatever a shell would read there is escaped. */
const shellName = (name: string) => name.replaceAll(/[\\"$`]/g, '\\$&');

/** The exchange as it was told: request, operations, verdict. */
export function jsonOf({ started, operations, finished, faults, har }: ExchangeRecord): string {
  return JSON.stringify({ started, operations, finished, faults, har }, undefined, 2);
}
