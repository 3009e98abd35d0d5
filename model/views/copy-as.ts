/** What *copy as …* puts on the clipboard. Pure text; a cookie's value is a credential and never among it. */
import type { EpochStarted } from '../../protocol/index.ts';
import { cookieLabel, operationLabels, recordLabel, requestOf, sourceLabel } from '../labels/exchange-labels.ts';
import { formatDuration, formatOffset, shortSession } from '../labels/formats.ts';
import type { HarExchange } from '../recording/har.ts';
import type { ExchangeRecord } from '../recording/records.ts';

/** In single quotes, as every POSIX shell reads them. */
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Headers of the connection, not of the request: a client writes its own. */
const OF_THE_CONNECTION =
  /^(?::.*|accept-encoding|connection|content-length|cookie|host|proxy-.*|sec-.*|te|transfer-encoding|upgrade.*)$/i;

/** Headers that carry a credential: their value is left to the reader. */
const CREDENTIALS = /^(?:authorization|x-api-key|x-auth-token|x-csrf-?token|x-xsrf-token|csrf-token)$/i;

interface SentHeader {
  name: string;
  value: string;
  /** Its value is a credential and not known here. */
  isSecret: boolean;
}

const headersOf = (request: HarExchange['request']): SentHeader[] =>
  (request?.headers ?? [])
    .filter(({ name }) => !OF_THE_CONNECTION.test(name))
    .map(({ name, value }) => ({ name, value, isSecret: CREDENTIALS.test(name) }));

const urlOf = (exchange: ExchangeRecord, origin: string | undefined) =>
  exchange.har?.url ?? `${origin ?? 'http://localhost'}/${requestOf(exchange).path.replace(/^\//, '')}`;

const hasCookie = ({ started }: ExchangeRecord) => started !== undefined && started.cookie.sent > 0;

/**
 * A command that sends the request again: method, URL, headers and body as DevTools saw them. The values of cookie
 * and credentials are variables of the shell. `origin` stands in where the browser did not report the URL.
 */
export function curlOf(exchange: ExchangeRecord, origin: string | undefined): string {
  const { method } = requestOf(exchange);
  const { started, har } = exchange;
  const parts = ['curl'];
  if (method !== 'GET' && method !== '') parts.push(`-X ${quote(method)}`);
  parts.push(quote(urlOf(exchange, origin)));
  for (const { name, value, isSecret } of headersOf(har?.request))
    parts.push(isSecret ? `-H ${quote(`${name}: `)}"$${variableOf(name)}"` : `-H ${quote(`${name}: ${value}`)}`);
  // The shell's own variable: whoever sends it puts the value in, and it is in no history.
  if (started !== undefined && hasCookie(exchange))
    parts.push(`-H ${quote(`cookie: ${started.cookie.name}=`)}"$SESSION_COOKIE"`);
  const body = har?.request?.body;
  if (body !== undefined) parts.push(`--data-raw ${quote(body)}`);
  return parts.length <= 4 ? parts.join(' ') : parts.join(' \\\n  ');
}

const variableOf = (name: string) => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');

/** The request as a line for the page's own console: there the browser adds the cookie. */
export function fetchOf(exchange: ExchangeRecord, origin: string | undefined): string {
  const { method } = requestOf(exchange);
  const request = exchange.har?.request;
  const headers = headersOf(request).filter(
    ({ name }) => !/^(?:user-agent|referer|origin|accept-language)$/i.test(name),
  );
  const init = {
    ...(method === '' || method === 'GET' ? {} : { method }),
    ...(headers.length === 0
      ? {}
      : {
          headers: Object.fromEntries(
            headers.map(({ name, value, isSecret }) => [name, isSecret ? `<${name}>` : value]),
          ),
        }),
    ...(request?.body === undefined ? {} : { body: request.body }),
    ...(hasCookie(exchange) ? { credentials: 'include' } : {}),
  };
  const url = JSON.stringify(urlOf(exchange, origin));
  return Object.keys(init).length === 0
    ? `await fetch(${url});`
    : `await fetch(${url}, ${JSON.stringify(init, undefined, 2)});`;
}

/** The exchange as it was recorded: request, operations, verdict. Headers and body are not the companion's. */
export function jsonOf({ started, operations, finished, faults, har }: ExchangeRecord): string {
  const { request: _, ...seen } = har ?? { request: undefined };
  return JSON.stringify({ started, operations, finished, faults, ...(har ? { har: seen } : {}) }, undefined, 2);
}

/** A text as Markdown code: with a fence that is longer than any within. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${text}${fence}` : `${fence} ${text} ${fence}`;
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim();

/** The request for a bug report: what was decided and why, and each operation with its line. */
export function markdownOf(exchange: ExchangeRecord, epoch: EpochStarted | undefined): string {
  const { method, path } = requestOf(exchange);
  const { started, finished, operations } = exchange;
  const middleware = started && epoch?.middlewares[started.middleware];
  const lines = [
    `### ${code(`${method} ${path}`.trim())} ${finished?.status ?? exchange.har?.status ?? ''}`.trimEnd(),
    '',
    ...(finished === undefined
      ? ['The request has not ended.']
      : [
          `- **Record: ${recordLabel(exchange).text}.** ${finished.verdict.record.text}`,
          `- **Cookie: ${cookieLabel(exchange).text}.** ${finished.verdict.cookie.text}`,
          ...[finished.verdict.record.fix, finished.verdict.cookie.fix]
            .filter((fix) => fix !== undefined)
            .map((fix) => `- **Fix:** ${fix}`),
          `- Took ${formatDuration(finished.durationMs)}`,
        ]),
    ...(started?.cookie.fingerprint ? [`- Session ${code(shortSession(started.cookie.fingerprint))}`] : []),
    ...(middleware ? [`- ${middleware.library} ${middleware.libraryVersion}, ${middleware.store}`] : []),
    '',
    '| ms | operation | key | value | source |',
    '| ---: | --- | --- | --- | --- |',
    ...operations.map((operation) => {
      const { path: key, mark, before, after, note } = operationLabels(operation);
      const { link, note: by } = sourceLabel(operation);
      const value = [mark && `[${mark.text}]`, before && `${before} →`, after, note].filter(Boolean).join(' ');
      const columns = [
        operation.offsetMs === undefined ? '' : formatOffset(operation.offsetMs),
        operation.call === operation.operation ? operation.operation : `${operation.operation} (${operation.call})`,
        key === undefined ? '' : code(cell(key)),
        value === '' ? '' : code(cell(value)),
        link ?? by ?? '',
      ];
      return `| ${columns.map(cell).join(' | ')} |`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}
