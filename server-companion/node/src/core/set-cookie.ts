/** What a response's Set-Cookie says of the session cookie, its value left out. */
import type { Verdict } from '../../../../protocol/index.ts';

type Attributes = NonNullable<Verdict['cookie']['attributes']>;
type Named = Omit<Attributes, 'name' | 'bytes'>;

/** The last Set-Cookie of that name, which is the one that the browser keeps. */
export function readSetCookie(header: unknown, name: string, now: number): Attributes | undefined {
  const lines = Array.isArray(header) ? (header as unknown[]) : [header];
  for (let index = lines.length - 1; index >= 0; index--) {
    const line = lines[index];
    if (typeof line === 'string' && line.startsWith(name) && line[name.length] === '=') return parse(line, name, now);
  }
  return undefined;
}

/** Attributes by their text, which an app's responses share but for the second in `Expires`. */
const parsed = new Map<string, Named>();
const MAX_PARSED = 200;

/** Those of the last response: within a second most have the same. */
let lastText: string | undefined;
let lastNamed: Named = { httpOnly: false, secure: false };

function namedIn(text: string): Named {
  let named = parsed.get(text);
  if (named === undefined) {
    if (parsed.size >= MAX_PARSED) parsed.clear();
    named = parseAttributes(text);
    parsed.set(text, named);
  }
  lastText = text;
  return (lastNamed = named);
}

function parse(line: string, name: string, now: number): Attributes {
  const end = line.indexOf(';');
  const pair = end < 0 ? line : line.slice(0, end);
  const text = end < 0 ? '' : line.slice(end + 1);
  const named = text === lastText ? lastNamed : namedIn(text);
  // Name and value, without the sign between them: what browsers count (RFC 6265bis, 5.7).
  const attributes: Attributes = { name, ...named, bytes: Buffer.byteLength(pair) - 1 };
  // Max-Age goes before Expires (RFC 6265, 5.3).
  if (named.maxAge !== undefined) attributes.expiresAt = now + named.maxAge * 1000;
  return attributes;
}

function parseAttributes(text: string): Named {
  const attributes: Named = { httpOnly: false, secure: false };
  for (const part of text.split(';')) {
    const equals = part.indexOf('=');
    const key = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    const value = equals < 0 ? '' : part.slice(equals + 1).trim();
    if (key === 'path') attributes.path = value;
    else if (key === 'domain') attributes.domain = value;
    else if (key === 'httponly') attributes.httpOnly = true;
    else if (key === 'secure') attributes.secure = true;
    else if (key === 'partitioned') attributes.partitioned = true;
    else if (key === 'max-age' && /^-?\d+$/.test(value)) attributes.maxAge = Number(value);
    else if (key === 'samesite') {
      const mode = value.toLowerCase();
      if (mode === 'strict' || mode === 'lax' || mode === 'none') attributes.sameSite = mode;
    } else if (key === 'expires') {
      const time = Date.parse(value);
      if (!Number.isNaN(time)) attributes.expiresAt = time;
    }
  }
  return attributes;
}

/** Whether it tells the browser to drop the cookie. */
export const isExpired = ({ expiresAt }: Attributes, now: number): boolean =>
  expiresAt !== undefined && expiresAt <= now;

/** The value that the last Set-Cookie of that name sets, as it is sent; `undefined`: none does. */
export function lastSetValue(lines: readonly unknown[], name: string): string | undefined {
  const line = lines.findLast((text) => typeof text === 'string' && text.startsWith(`${name}=`)) as string | undefined;
  return line?.slice(name.length + 1).split(';', 1)[0];
}
