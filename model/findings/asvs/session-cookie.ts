/** The session's cookie as a response set it, with what the requirements ask of it. */
import { attributesOf } from '../../recording/browser-rules.ts';
import { receivedCookie } from '../../recording/received-cookie.ts';
import type { ExchangeRecord } from '../../recording/records.ts';
import { isPlainLocal } from '../facts.ts';

export interface SessionCookie {
  exchange: ExchangeRecord;
  name: string;
  secure: boolean;
  httpOnly: boolean;
  sameSite?: 'strict' | 'lax' | 'none';
  domain?: string;
  /** Characters of name and value together. */
  length: number;
  /** Over plain http to this machine, where browsers do without Secure. */
  isPlainLocal: boolean;
}

/**
 * As the browser received it, where DevTools saw the response: a proxy may have rewritten it. Otherwise as the server
 * wrote it. `undefined`: none was set.
 */
export function cookieOf(exchange: ExchangeRecord): SessionCookie | undefined {
  const { outcome, attributes } = exchange.finished?.verdict.cookie ?? {};
  if (outcome !== 'set' || attributes === undefined) return undefined;
  const received = receivedCookie(exchange);
  const seen = received === undefined || received.isOverwritten ? undefined : received.line;
  const { secure, httpOnly, sameSite, domain } = seen === undefined ? attributes : attributesOf(seen.attributes);
  return {
    exchange,
    name: seen?.name ?? attributes.name,
    secure,
    httpOnly,
    ...(sameSite === undefined ? {} : { sameSite }),
    ...(domain === undefined || domain === '' ? {} : { domain }),
    length: seen === undefined ? attributes.bytes - 1 : seen.name.length + seen.valueLength,
    isPlainLocal: isPlainLocal(exchange),
  };
}
