/** One HAR entry of DevTools, as far as we use it; cookie values are dropped here and go no further. */
import { DISCOVERY_HEADER, type DiscoveryResult, parseDiscovery } from '../protocol/index.ts';

/** What a HAR entry must have to be read. Both browsers give more. */
export interface HarEntry {
  startedDateTime: string | Date;
  time: number;
  request: { method: string; url: string; headers: readonly HarHeader[] };
  response: { status: number; headers: readonly HarHeader[] };
  /** Chromium only. */
  _resourceType?: string;
  /** Chromium: `memory` or `disk` where its cache answered. */
  _fromCache?: string;
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
  /** Names in the Cookie header; absent where the browser does not tell it. */
  cookieNames?: string[];
  setCookies: { name: string; valueLength: number; attributes: string }[];
  /** The browser tells no cookies of this one, in either direction: a worker's own request in Chromium. */
  hidesCookies: boolean;
  fromCache: boolean;
  resourceType?: string;
}

export const keyOf = ({ startedDateTime, request }: HarEntry): string =>
  `${new Date(startedDateTime).toISOString()} ${request.method} ${request.url}`;

/** `undefined` for what has no origin of http: extensions, data, blobs. */
export function readHarEntry(entry: HarEntry): SeenResponse | undefined {
  const { request, response } = entry;
  const url = URL.parse(request.url);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const values = (headers: readonly HarHeader[], name: string) =>
    headers.filter((header) => header.name.toLowerCase() === name).map(({ value }) => value);
  const header = values(response.headers, DISCOVERY_HEADER.toLowerCase());
  const cookies = values(request.headers, 'cookie');
  const setCookies = values(response.headers, 'set-cookie');
  // Each request names its host: an entry without it was made from what the renderer knows, and that holds no cookie.
  const isRaw = request.headers.some(({ name }) => /^(?:host|:authority)$/i.test(name));
  return {
    key: keyOf(entry),
    url: request.url,
    origin: url.origin,
    method: request.method,
    status: response.status,
    startedAt: new Date(entry.startedDateTime).getTime(),
    durationMs: entry.time,
    ...(header.length > 0 ? { discovery: parseDiscovery(header.join(', ')) } : {}),
    ...(cookies.length > 0
      ? {
          cookieNames: cookies
            .join('; ')
            .split(';')
            .map((pair) => pair.split('=', 1)[0]!.trim()),
        }
      : {}),
    // Firefox gives several Set-Cookie headers as one, with a line each.
    setCookies: setCookies.flatMap((lines) => lines.split('\n').map(withoutValue)),
    hidesCookies: !isRaw && cookies.length === 0 && setCookies.length === 0,
    // Not a 304: there the server was asked, and its answer bears an exchange of its own.
    fromCache: entry._fromCache !== undefined,
    ...(entry._resourceType === undefined ? {} : { resourceType: entry._resourceType }),
  };
}

function withoutValue(line: string): SeenResponse['setCookies'][number] {
  const end = line.includes(';') ? line.indexOf(';') : line.length;
  const equals = line.slice(0, end).indexOf('=');
  return {
    name: line.slice(0, Math.max(0, equals)).trim(),
    valueLength: Math.max(0, end - equals - 1),
    attributes: line.slice(end),
  };
}
