/** What a browser's jar holds after a Set-Cookie, where nobody has asked the jar: as the header says. */
import { attributesOf, type Reception, type SetCookieLine } from './browser-rules.ts';
import type { SendableCookie } from './future-request.ts';
import { isAddress } from './same-site.ts';
import { urlOrigin } from './url-origin.ts';
import { pathOfUrl } from './url-path.ts';

export interface HeaderReception extends Reception {
  /** Epoch ms at which the response came. */
  at: number;
  /** Origin of the tab's page. */
  pageOrigin?: string | undefined;
}

/** `undefined`: it drops the cookie, or came from no URL of http. Whether a browser takes it, `refusalOf` says. */
export function cookieOfHeader(line: SetCookieLine, reception: HeaderReception): SendableCookie | undefined {
  const { at, url } = reception;
  const hostname = urlOrigin(url)?.hostname;
  const attributes = attributesOf(line.attributes);
  const { path, domain, maxAge, expiresAt, secure, httpOnly, sameSite } = attributes;
  const end = maxAge === undefined ? (expiresAt ?? null) : at + maxAge * 1_000;
  if (hostname === undefined || (end !== null && end <= at)) return undefined;
  // A name of one label, as localhost, has nothing below it that a cookie may cover.
  const isHostOnly = domain === undefined || !domain.includes('.') || isAddress(hostname);
  return {
    name: line.name,
    path: path?.startsWith('/') === true ? path : directoryOf(pathOfUrl(url)),
    domain: isHostOnly ? hostname : `.${domain}`,
    secure,
    httpOnly,
    ...(sameSite === undefined ? {} : { sameSite }),
    expiresAt: end,
    ...partitionOf(attributes.partitioned, reception),
    createdTo: at,
  };
}

/** The path of a cookie that names none (RFC 6265bis, 5.1.4). */
const directoryOf = (path: string) => path.slice(0, Math.max(1, path.lastIndexOf('/')));

/** Chromium keeps a `Partitioned` one apart, Firefox each of another site too. */
function partitionOf(
  isPartitioned: boolean,
  { site, dest, browser, pageOrigin, url }: HeaderReception,
): Pick<SendableCookie, 'partition' | 'hasForeignAncestor'> {
  const isForeign = site === 'cross-site' && dest !== 'document';
  if (!isPartitioned && !(isForeign && browser === 'firefox')) return {};
  const top = dest === 'document' ? urlOrigin(url)?.origin : pageOrigin;
  if (top === undefined) return {};
  const partition = top.replace(/:\d+$/, '');
  return { partition, ...(browser === 'firefox' ? {} : { hasForeignAncestor: isForeign }) };
}
