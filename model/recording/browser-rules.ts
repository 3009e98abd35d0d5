/**
 * Whether a browser takes a Set-Cookie: the rules of RFC 6265bis (draft 20, section 5.6) as Chromium and Firefox apply
 * them. One computation for every library; what the rules cannot decide is left to the jar.
 */

import { type UrlOrigin, urlOrigin } from './url-origin.ts';

/** A Set-Cookie without its value. */
export interface SetCookieLine {
  name: string;
  valueLength: number;
  /** What follows the value, from its `;`. */
  attributes: string;
}

/** What a browser knows as it receives it. */
export interface Reception {
  url: string;
  /** `Sec-Fetch-Site`, `Sec-Fetch-Dest`, as sent. */
  site?: string | undefined;
  dest?: string | undefined;
  browser?: 'chromium' | 'firefox' | undefined;
}

/** Attributes as a browser reads them: the last of each name counts. */
export interface CookieAttributes {
  path?: string;
  domain?: string;
  maxAge?: number;
  /** Epoch ms. */
  expiresAt?: number;
  sameSite?: 'strict' | 'lax' | 'none';
  secure: boolean;
  httpOnly: boolean;
  partitioned: boolean;
}

export interface BrowserRule {
  /** Kebab case, stable. */
  rule: string;
  /** Why it is refused, a sentence. */
  text: string;
  fix: string;
}

/** Name and value together; longer ones are dropped. */
export const MAX_COOKIE_BYTES = 4_096;

export function attributesOf(attributes: string): CookieAttributes {
  const found: CookieAttributes = { secure: false, httpOnly: false, partitioned: false };
  for (const part of attributes.split(';').slice(1)) {
    const at = part.indexOf('=');
    const name = (at < 0 ? part : part.slice(0, at)).trim().toLowerCase();
    const value = at < 0 ? '' : part.slice(at + 1).trim();
    if (name === 'path') found.path = value;
    else if (name === 'domain') found.domain = value.replace(/^\./, '').toLowerCase();
    else if (name === 'max-age' && /^-?\d+$/.test(value)) found.maxAge = Number(value);
    else if (name === 'expires' && !Number.isNaN(Date.parse(value))) found.expiresAt = Date.parse(value);
    else if (name === 'samesite' && /^(?:strict|lax|none)$/i.test(value))
      found.sameSite = value.toLowerCase() as 'strict' | 'lax' | 'none';
    else if (name === 'secure') found.secure = true;
    else if (name === 'httponly') found.httpOnly = true;
    else if (name === 'partitioned') found.partitioned = true;
  }
  return found;
}

/** `http` to this machine counts as secure in both browsers. */
export const isLocalHost = (host: string) =>
  host === 'localhost' || host.endsWith('.localhost') || /^127(?:\.\d+){3}$/.test(host) || host === '[::1]';

const isAddress = (host: string) => host.startsWith('[') || /^\d+(?:\.\d+){3}$/.test(host);

/** The first rule by which the browser refuses it; `undefined`: none that is known here. */
export function refusalOf(line: SetCookieLine, reception: Reception): BrowserRule | undefined {
  const url = urlOrigin(reception.url);
  if (url === undefined) return undefined;
  const facts: RuleFacts = { ...reception, line, url, attributes: attributesOf(line.attributes) };
  for (const { rule, refuses, text, fix } of RULES)
    if (refuses(facts)) return { rule, text: text(facts), fix: fix(facts) };
  return undefined;
}

interface RuleFacts extends Omit<Reception, 'url'> {
  line: SetCookieLine;
  url: UrlOrigin;
  attributes: CookieAttributes;
}

interface Rule {
  rule: string;
  refuses: (facts: RuleFacts) => boolean;
  text: (facts: RuleFacts) => string;
  fix: (facts: RuleFacts) => string;
}

const sizeOf = ({ name, valueLength }: SetCookieLine) => name.length + valueLength;

const isCrossSiteSubresource = ({ site, dest }: RuleFacts) => site === 'cross-site' && dest !== 'document';

const sameSiteLabel = ({ attributes: { sameSite } }: RuleFacts) =>
  sameSite === undefined ? 'without SameSite, which is Lax' : `with SameSite=${sameSite === 'lax' ? 'Lax' : 'Strict'}`;

/** In the order in which a browser applies them. */
export const RULES: readonly Rule[] = [
  {
    rule: 'too-large',
    refuses: ({ line }) => sizeOf(line) > MAX_COOKIE_BYTES,
    text: ({ line }) => `Name and value take ${sizeOf(line)} bytes; browsers drop a cookie of more than 4,096.`,
    fix: () => 'Keep less in the session, or keep it in a store instead of in the cookie.',
  },
  {
    rule: 'domain-mismatch',
    refuses: ({ attributes: { domain }, url: { hostname } }) =>
      domain !== undefined &&
      domain !== '' &&
      domain !== hostname &&
      (isAddress(hostname) || !hostname.endsWith(`.${domain}`) || !domain.includes('.')),
    text: ({ attributes: { domain }, url }) => `Domain=${domain} does not cover ${url.hostname}, which answered.`,
    fix: () => 'Leave Domain out, or name the host that answers, or a parent domain of it.',
  },
  {
    rule: 'secure-over-http',
    refuses: ({ attributes: { secure }, url }) => secure && url.protocol === 'http:' && !isLocalHost(url.hostname),
    text: ({ url }) => `The cookie is Secure, and ${url.hostname} answered over http.`,
    fix: () => 'Use https, or leave Secure out in development.',
  },
  {
    rule: 'host-prefix',
    refuses: ({ line, attributes: { secure, path, domain } }) =>
      /^__host-/i.test(line.name) && (!secure || path !== '/' || (domain !== undefined && domain !== '')),
    text: () => 'A name that begins with __Host- needs Secure, Path=/ and no Domain.',
    fix: () => 'Set these, or choose another name.',
  },
  {
    rule: 'secure-prefix',
    refuses: ({ line, attributes: { secure } }) => /^__secure-/i.test(line.name) && !secure,
    text: () => 'A name that begins with __Secure- needs Secure.',
    fix: () => 'Set Secure, or choose another name.',
  },
  {
    rule: 'partitioned-without-secure',
    refuses: ({ attributes: { partitioned, secure } }) => partitioned && !secure,
    text: () => 'Partitioned needs Secure.',
    fix: () => 'Set Secure too.',
  },
  {
    // Older Firefox took it, with a warning in its console; ESR 153 does not.
    rule: 'none-without-secure',
    refuses: ({ attributes: { sameSite, secure } }) => sameSite === 'none' && !secure,
    text: () => 'SameSite=None needs Secure: browsers drop the cookie.',
    fix: () => 'Set Secure too, or use SameSite=Lax.',
  },
  {
    rule: 'same-site-in-cross-site',
    // A cookie without SameSite is Lax to Chromium, None to Firefox.
    refuses: (facts) =>
      isCrossSiteSubresource(facts) &&
      facts.attributes.sameSite !== 'none' &&
      !(facts.browser === 'firefox' && facts.attributes.sameSite === undefined),
    text: (facts) =>
      `The request was cross-site: browsers don't take a cookie ${sameSiteLabel(facts)} from its response. Two hosts of one machine, localhost and 127.0.0.1, are two sites.`,
    fix: () => 'Use one host for page and server, or SameSite=None with Secure.',
  },
];

/** Whether the browser sends a cookie of this path with a request to that path (RFC 6265, 5.1.4). */
export function isPathCovered(cookiePath: string, requestPath: string): boolean {
  if (cookiePath === requestPath) return true;
  return requestPath.startsWith(cookiePath) && (cookiePath.endsWith('/') || requestPath[cookiePath.length] === '/');
}
