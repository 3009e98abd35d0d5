/** What a response's head says beside the session's cookie: the optional fields of `exchange-finished`. */
import { type ExchangeFinished, LIMITS } from '../../../../protocol/index.ts';

export type ResponseFacts = Partial<Pick<ExchangeFinished, 'headAtMs' | 'cacheControl' | 'vary' | 'location'>>;

/** Of the wire's `location`. */
const MAX_LOCATION = 1024;

/** `header` gives the value of a header as it leaves; `headAtMs`: when the head was written. */
export function responseFacts(header: (name: string) => unknown, headAtMs: number): ResponseFacts {
  const facts: ResponseFacts = { headAtMs };
  const cacheControl = textOf(header('cache-control'));
  if (cacheControl !== undefined) facts.cacheControl = cacheControl.slice(0, LIMITS.nameLength);
  const vary = textOf(header('vary'));
  if (vary !== undefined) facts.vary = vary.slice(0, LIMITS.nameLength);
  const location = textOf(header('location'));
  if (location !== undefined) facts.location = locationPath(location);
  return facts;
}

function textOf(value: unknown): string | undefined {
  const text = Array.isArray(value) ? value.join(', ') : value;
  return typeof text === 'string' ? text : undefined;
}

/** The path alone: the query of a redirect holds codes and tokens, its user part a password. */
function locationPath(location: string): string {
  try {
    return new URL(location, 'http://relative.invalid').pathname.slice(0, MAX_LOCATION);
  } catch {
    return location.split(/[?#]/, 1)[0]!.slice(0, MAX_LOCATION);
  }
}
