/** The session cookie of a request, read as express-session reads it. */
import { unsign } from 'cookie-signature';
import { sentCookies, unquoted } from '../../core/sent-cookies.ts';

/** The cookie that the library takes, which is the first of that name; percent-decoded as the library does. */
export function readSent(header: string | undefined, name: string): string | undefined {
  const value = header === undefined ? undefined : sentCookies(header, name)[0];
  return value === undefined ? undefined : decode(unquoted(value));
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export type Signature = 'valid' | 'invalid' | 'malformed';

/** Verifies a decoded cookie against the secrets in order; `key` only where one fits. */
export function verifyCookie(value: string, secrets: readonly string[]): { signature: Signature; key?: string } {
  if (!value.startsWith('s:')) return { signature: 'malformed' };
  for (const secret of secrets) {
    const key = unsign(value.slice(2), secret);
    if (key !== false) return { signature: 'valid', key };
  }
  return { signature: 'invalid' };
}

/** As the browser sends it: still percent-encoded. */
export const decodeSent = (raw: string): string => decode(unquoted(raw));
