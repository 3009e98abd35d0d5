/** One HAR entry of DevTools, as far as we use it; cookie values are dropped here and go no further. */
import { markOf } from './jar.ts';
import { DISCOVERY_HEADER, type DiscoveryResult, parseDiscovery } from '../protocol/index.ts';
import { type SentRequest, sentRequest } from './sent-request.ts';

/** What a HAR entry must have to be read. Both browsers give more. */
export interface HarEntry {
  startedDateTime: string | Date;
  time: number;
  request: {
    method: string;
    url: string;
    headers: readonly HarHeader[];
    postData?: { text?: string };
    /** Chromium: each cookie sent, with path and domain. Firefox: name and value. */
    cookies?: readonly { name: string; path?: string; domain?: string }[];
  };
  /** `headersSize`: in bytes; -1 where Chromium has not read the headers as they came. `httpVersion`: `HTTP/1.1`, `h2`. */
  response: { status: number; headers: readonly HarHeader[]; headersSize?: number; httpVersion?: string };
  /** Chromium only. */
  _resourceType?: string;
  /** Chromium: `memory` or `disk` where its cache answered. */
  _fromCache?: string;
  /** Chromium: a service worker answered, and where it had the answer from. */
  _fetchedViaServiceWorker?: boolean;
  _serviceWorkerResponseSource?: string;
}

export interface HarHeader {
  name: string;
  value: string;
}

export interface SeenResponse {
  /** The same for an entry and its later, completer version. */
  key: string;
  url: string;
  origin: string;
  method: string;
  status: number;
  /** Epoch ms, the browser's clock. */
  startedAt: number;
  durationMs: number;
  /** Absent: no such header came. */
  discovery?: DiscoveryResult;
  /** Names in the Cookie header; absent where the browser does not report it. */
  cookieNames?: string[];
  /** Each cookie sent, in order, with path and domain where the browser gives them. */
  sentCookies?: SentCookie[];
  /** `mark`: distinguishes the value from another one, salted with `key`: `markOf`. */
  setCookies: { name: string; valueLength: number; attributes: string; mark: string }[];
  /** `X-Powered-By` and `Server`, each cut at `MAX_SOFTWARE` characters; absent where the response has none. */
  poweredBy?: string;
  server?: string;
  /** Absent: not read from a HAR entry. */
  sent?: SentRequest;
  /**
   * Set-Cookie headers of this response may be missing here: Chromium's entry was made of what the renderer knows (a
   * worker's own request, or one whose headers came later than the event).
   */
  hidesSetCookies: boolean;
  fromCache: boolean;
  /** A service worker answered out of its own cache: the server was not asked. */
  fromServiceWorker?: boolean;
  resourceType?: string;
  /** `Sec-Purpose` or `Purpose`: the page was fetched before anyone asked for it. */
  purpose?: 'prefetch' | 'prerender';
  /** `Sec-Fetch-Site`, `Sec-Fetch-Dest`, `Sec-Fetch-Mode`. */
  site?: string;
  dest?: string;
  mode?: string;
  browser: 'chromium' | 'firefox';
}

export interface SentCookie {
  name: string;
  path?: string;
  domain?: string;
}

/** A program's name and version are shorter. */
const MAX_SOFTWARE = 64;

export const keyOf = ({ startedDateTime, request }: HarEntry): string =>
  `${new Date(startedDateTime).toISOString()} ${request.method} ${request.url}`;

/**
 * `undefined` for what has no origin of http: extensions, data, blobs. `isSettled`: read long enough after the response
 * that what is not in the entry now will not come.
 */
export function readHarEntry(entry: HarEntry, isSettled = false): SeenResponse | undefined {
  const { request, response } = entry;
  const url = URL.parse(request.url);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const values = (headers: readonly HarHeader[], name: string) =>
    headers.filter((header) => header.name.toLowerCase() === name).map(({ value }) => value);
  const header = values(response.headers, DISCOVERY_HEADER.toLowerCase());
  const cookies = values(request.headers, 'cookie');
  const setCookies = values(response.headers, 'set-cookie');
  const software = (name: string) => values(response.headers, name)[0]?.slice(0, MAX_SOFTWARE);
  const [poweredBy, server] = [software('x-powered-by'), software('server')];
  // Each request names its host: an entry without it was made from what the renderer knows, and that holds no cookie.
  const first = (name: string) => values(request.headers, name)[0]?.toLowerCase();
  const purpose = purposeOf(first('sec-purpose') ?? first('purpose'));
  const [site, dest, mode] = [first('sec-fetch-site'), first('sec-fetch-dest'), first('sec-fetch-mode')];
  const key = keyOf(entry);
  const isRaw = request.headers.some(({ name }) => /^(?:host|:authority)$/i.test(name));
  return {
    key,
    url: request.url,
    origin: url.origin,
    method: request.method,
    status: response.status,
    startedAt: new Date(entry.startedDateTime).getTime(),
    durationMs: entry.time,
    ...(header.length > 0 ? { discovery: parseDiscovery(header.join(', ')) } : {}),
    ...(isRaw || cookies.length > 0
      ? {
          cookieNames: cookies
            .join('; ')
            .split(';')
            .filter((pair) => pair.trim() !== '')
            .map((pair) => pair.split('=', 1)[0]!.trim()),
        }
      : {}),
    // Firefox gives several Set-Cookie headers as one, with a line each.
    ...(request.cookies !== undefined && request.cookies.length > 0
      ? { sentCookies: request.cookies.map(withoutSentValue) }
      : {}),
    setCookies: setCookies.flatMap((lines) => lines.split('\n').map((line) => withoutValue(line, key))),
    ...(poweredBy === undefined ? {} : { poweredBy }),
    ...(server === undefined ? {} : { server }),
    sent: sentRequest(request),
    hidesSetCookies: setCookies.length === 0 && !hasRawResponse(entry, isRaw && isSettled),
    // Not a 304: there the server was asked, and its answer bears an exchange of its own.
    fromCache: entry._fromCache !== undefined,
    ...(entry._fetchedViaServiceWorker === true && (entry._serviceWorkerResponseSource ?? 'network') !== 'network'
      ? { fromServiceWorker: true }
      : {}),
    ...(entry._resourceType === undefined ? {} : { resourceType: entry._resourceType }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(site === undefined ? {} : { site }),
    ...(dest === undefined ? {} : { dest }),
    ...(mode === undefined ? {} : { mode }),
    browser: entry._resourceType === undefined ? 'firefox' : 'chromium',
  };
}

/**
 * Whether the response's headers are those that came. Chromium learns of an entry twice, in any order: from the renderer,
 * without Set-Cookie, and from the network, with the head's size where it came as text. HTTP/2 has no such text: there
 * an entry counts once it had the time to be completed.
 */
function hasRawResponse({ response, _resourceType }: HarEntry, isComplete: boolean): boolean {
  const isFirefox = _resourceType === undefined;
  if (isFirefox || (response.headersSize ?? -1) > 0) return true;
  return isComplete && !/^http\/1/i.test(response.httpVersion ?? '');
}

/** `prefetch`, `prefetch;prerender` and the like. */
function purposeOf(header: string | undefined): SeenResponse['purpose'] {
  if (header === undefined || !/prefetch|prerender/.test(header)) return undefined;
  return header.includes('prerender') ? 'prerender' : 'prefetch';
}

const withoutSentValue = ({ name, path, domain }: SentCookie): SentCookie => ({
  name,
  ...(path === undefined ? {} : { path }),
  ...(domain === undefined ? {} : { domain }),
});

function withoutValue(line: string, salt: string): SeenResponse['setCookies'][number] {
  const end = line.includes(';') ? line.indexOf(';') : line.length;
  const equals = line.slice(0, end).indexOf('=');
  return {
    name: line.slice(0, Math.max(0, equals)).trim(),
    valueLength: Math.max(0, end - equals - 1),
    attributes: line.slice(end),
    mark: markOf(line.slice(equals + 1, end).trim(), salt),
  };
}
